// SPDX-License-Identifier: 0BSD
// How many threads can run at once: the CPUs of this process's affinity; and how much of their time
// its control groups let it have, of which the default number of threads takes account.
//     v2   cpu.max                "QUOTA PERIOD" in us, or "max PERIOD"
//     v1   cpu.cfs_quota_us       -1 without a limit, and cpu.cfs_period_us
#define _GNU_SOURCE // sched_getaffinity
#include "engine/groups.h"
#include "engine/pin.h"
#include "runtime.h"
#include <unistd.h>

static int limited(int64_t cpus) {
    return cpus < 1 ? 1 : cpus > POOL_LIMIT ? POOL_LIMIT : (int)cpus;
}

int cpus_usable(void) {
    CpuSet set;
    return limited(cpus_allowed(&set) ? CPU_COUNT_S(sizeof set.of, set.of)
                                      : sysconf(_SC_NPROCESSORS_ONLN));
}

// In CPUs, rounded up.
static int64_t group_limit(const char *folder) {
    long long quota, period;
    bool known = groups_read(folder, "cpu.max", "%lld %lld", &quota, &period) == 2 ||
                 (groups_read(folder, "cpu.cfs_quota_us", "%lld", &quota, NULL) == 1 &&
                  groups_read(folder, "cpu.cfs_period_us", "%lld", &period, NULL) == 1);
    return known && quota > 0 && period > 0 ? ceil_div(quota, period) : INT64_MAX;
}

int cpus_quota(const char *list, const char *mount) {
    return limited(groups_least(list, mount, "cpu", group_limit));
}

int cpus_default(void) {
    int usable = cpus_usable(), quota = cpus_quota("/proc/self/cgroup", "/sys/fs/cgroup");
    return quota < usable ? quota : usable;
}
