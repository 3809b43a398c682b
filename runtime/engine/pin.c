// SPDX-License-Identifier: 0BSD
// Which CPUs threads are pinned to: those of this process's affinity, one of each core before the others of these
// cores, by their numbers, which go up from memory to memory. What shares a core says
//     /sys/devices/system/cpu/cpuN/topology/thread_siblings_list     "0,64" or "0-1"
#define _GNU_SOURCE // CPU_SET_S
#include "engine/pin.h"
#include "runtime.h"
#include <stdio.h>

bool cpus_allowed(CpuSet *set) {
    return sched_getaffinity(0, sizeof set->of, set->of) == 0;
}

// How many CPUs of the set that share a core with this one come before it; 0 where that is not known.
static int siblings_before(const char *folder, const CpuSet *set, int cpu) {
    char path[256];
    int before = 0, first, last;
    snprintf(path, sizeof path, "%s/cpu%d/topology/thread_siblings_list", folder, cpu);
    FILE *file = fopen(path, "r");
    while (file && fscanf(file, "%d", &first) == 1) {
        if (fscanf(file, "-%d", &last) != 1) last = first;
        for (int other = first; other <= last && other < cpu; other++)
            before += CPU_ISSET_S((size_t)other, sizeof set->of, set->of) != 0;
        if (fgetc(file) != ',') break;
    }
    if (file) fclose(file);
    return before;
}

int cpus_order(const char *folder, const CpuSet *set, int *cpu) {
    int n = 0, count = CPU_COUNT_S(sizeof set->of, set->of), before[POOL_LIMIT], found[POOL_LIMIT];
    if (count > POOL_LIMIT) count = POOL_LIMIT;
    for (int i = 0; n < count; i++)
        if (CPU_ISSET_S((size_t)i, sizeof set->of, set->of)) {
            before[n] = siblings_before(folder, set, i);
            found[n++] = i;
        }
    n = 0;
    for (int rank = 0; n < count; rank++)
        for (int i = 0; i < count; i++)
            if (before[i] == rank) cpu[n++] = found[i];
    return n;
}
