// SPDX-License-Identifier: 0BSD
// How much memory this process can still have, so that what does not fit is refused with figures and not ended by
// the system half way: the least of
//     what the machine has left, with its swap     /proc/meminfo
//     what its control groups have left            v2: memory.max, memory.current, memory.stat
//                                                  v1: memory.limit_in_bytes, memory.usage_in_bytes
//     what ulimit -v leaves it                     /proc/self/statm
// What a group holds of files counts as free: it goes when memory is wanted.
#include "engine/groups.h"
#include "runtime.h"
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

// Of a file of lines "NAME VALUE": what stands behind the name. -1: it is not there.
static int64_t value_in(const char *path, const char *name) {
    char line[256];
    long long value = -1;
    size_t length = strlen(name);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, name, length) && sscanf(line + length, "%lld", &value) == 1) break;
    if (file) fclose(file);
    return value;
}

static int64_t group_room(const char *folder) {
    long long most = 0, used = 0;
    char path[4096];
    bool known = (groups_read(folder, "memory.max", "%lld", &most, NULL) == 1 &&
                  groups_read(folder, "memory.current", "%lld", &used, NULL) == 1) ||
                 (groups_read(folder, "memory.limit_in_bytes", "%lld", &most, NULL) == 1 &&
                  groups_read(folder, "memory.usage_in_bytes", "%lld", &used, NULL) == 1);
    if (!known || most >= INT64_MAX / 2) return INT64_MAX;
    snprintf(path, sizeof path, "%s/memory.stat", folder);
    int64_t files = value_in(path, "inactive_file "), room = most - used + (files > 0 ? files : 0);
    return room > 0 ? room : 0;
}

int64_t room_of_groups(const char *list, const char *mount) {
    return groups_least(list, mount, "memory", group_room);
}

int64_t room_of_machine(const char *meminfo) {
    int64_t free = value_in(meminfo, "MemAvailable:"), swap = value_in(meminfo, "SwapFree:");
    return free < 0 ? INT64_MAX : (free + (swap > 0 ? swap : 0)) * 1024;
}

static int64_t room_of_limit(void) {
    struct rlimit limit;
    long long pages = 0;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur >= (rlim_t)INT64_MAX ||
        groups_read("/proc/self", "statm", "%lld", &pages, NULL) != 1)
        return INT64_MAX;
    int64_t left = (int64_t)limit.rlim_cur - pages * sysconf(_SC_PAGESIZE);
    return left > 0 ? left : 0;
}

int64_t memory_room(void) {
    int64_t machine = room_of_machine("/proc/meminfo"), limit = room_of_limit();
    int64_t groups = room_of_groups("/proc/self/cgroup", "/sys/fs/cgroup");
    int64_t least = machine < groups ? machine : groups;
    return least < limit ? least : limit;
}
