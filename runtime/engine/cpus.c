// SPDX-License-Identifier: 0BSD
// How many threads can run at once: the CPUs of this process's affinity; and how much of their time
// its control groups let it have, of which the default number of threads takes account. A group's
// limit holds for all groups inside it, so each from the process's own up to the root counts.
//     v2   /sys/fs/cgroup/GROUP/cpu.max                "QUOTA PERIOD" in us, or "max PERIOD"
//     v1   /sys/fs/cgroup/cpu/GROUP/cpu.cfs_quota_us   -1 without a limit, and cpu.cfs_period_us
#define _GNU_SOURCE // sched_getaffinity
#include "runtime.h"
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int limited(int64_t cpus) {
    return cpus < 1 ? 1 : cpus > POOL_LIMIT ? POOL_LIMIT : (int)cpus;
}

int cpus_usable(void) {
    cpu_set_t set[8]; // 8192 CPUs; Linux refuses a set that is too small for the machine
    bool known = sched_getaffinity(0, sizeof set, set) == 0;
    return limited(known ? CPU_COUNT_S(sizeof set, set) : sysconf(_SC_NPROCESSORS_ONLN));
}

// Reads what format asks for from FOLDER/NAME; the number of values that were there.
static int read_numbers(const char *folder, const char *name, const char *format, long long *a,
                        long long *b) {
    char path[PATH_MAX];
    FILE *file = NULL;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path)
        file = fopen(path, "r");
    int n = file ? fscanf(file, format, a, b) : 0;
    if (file) fclose(file);
    return n;
}

// A group's limit in CPUs, rounded up; INT64_MAX without one.
static int64_t group_limit(const char *folder) {
    long long quota, period;
    bool known = read_numbers(folder, "cpu.max", "%lld %lld", &quota, &period) == 2 ||
                 (read_numbers(folder, "cpu.cfs_quota_us", "%lld", &quota, NULL) == 1 &&
                  read_numbers(folder, "cpu.cfs_period_us", "%lld", &period, NULL) == 1);
    return known && quota > 0 && period > 0 ? ceil_div(quota, period) : INT64_MAX;
}

// The least limit of the group in `folder` and of those around it, down to the first `root` bytes.
static int64_t path_limit(char *folder, size_t root) {
    int64_t least = group_limit(folder);
    for (char *end; (end = strrchr(folder + root, '/'));) {
        *end = 0;
        int64_t limit = group_limit(folder);
        if (limit < least) least = limit;
    }
    return least;
}

// Of a line "ID:CONTROLLERS:GROUP" of the list: where its group's files are, or "" where it does
// not count CPU time.
static void find_group(const char *mount, char *line, char folder[PATH_MAX], size_t *root) {
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(++controllers, ':') : NULL;
    *folder = 0;
    if (!group) return;
    *group++ = 0;
    group[strcspn(group, "\n")] = 0;
    bool v2 = !*controllers, cpu = false;
    for (char *save, *c = strtok_r(controllers, ",", &save); c; c = strtok_r(NULL, ",", &save))
        cpu = cpu || !strcmp(c, "cpu");
    if (!v2 && !cpu) return;
    *root = strlen(mount) + (v2 ? 0 : strlen("/cpu"));
    if (snprintf(folder, PATH_MAX, "%s%s%s", mount, v2 ? "" : "/cpu", group) >= PATH_MAX)
        *folder = 0;
}

int cpus_quota(const char *list, const char *mount) {
    char *line = NULL, folder[PATH_MAX];
    size_t room = 0, root = 0;
    int64_t least = INT64_MAX;
    FILE *file = fopen(list, "r");
    while (file && getline(&line, &room, file) > 0) {
        find_group(mount, line, folder, &root);
        int64_t limit = *folder ? path_limit(folder, root) : INT64_MAX;
        if (limit < least) least = limit;
    }
    if (file) fclose(file);
    free(line);
    return limited(least);
}

int cpus_default(void) {
    int usable = cpus_usable(), quota = cpus_quota("/proc/self/cgroup", "/sys/fs/cgroup");
    return quota < usable ? quota : usable;
}
