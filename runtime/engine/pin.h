// SPDX-License-Identifier: 0BSD
// The CPUs that pinned threads take.
#ifndef CNN_PIN_H
#define CNN_PIN_H
#include <sched.h>
#include <stdbool.h>

typedef struct CpuSet { // 8192 CPUs; Linux refuses a set that is too small for the machine
    cpu_set_t of[8];
} CpuSet;

bool cpus_allowed(CpuSet *set); // this thread's affinity; false where it is not known
// Those of the set, in order; what shares a core stands below folder, /sys/devices/system/cpu. cpu: room for
// POOL_LIMIT. Returns how many.
int cpus_order(const char *folder, const CpuSet *set, int *cpu);
#endif
