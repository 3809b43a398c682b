// SPDX-License-Identifier: MIT
// Preloaded into a program, it makes it believe that it may use 64 CPUs: so that a machine of two
// can test what many threads do.
#define _GNU_SOURCE
#include <sched.h>

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set) {
    (void)pid;
    CPU_ZERO_S(size, set);
    for (size_t cpu = 0; cpu < 64; cpu++) CPU_SET_S(cpu, size, set);
    return 0;
}
