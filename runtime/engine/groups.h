// SPDX-License-Identifier: 0BSD
// Limits of this process's control groups. A group's limit holds for all groups inside it, so each from the
// process's own up to the root counts.
#ifndef CNN_GROUPS_H
#define CNN_GROUPS_H
#include <stdint.h>

typedef int64_t GroupLimit(const char *folder); // what a group's files say; INT64_MAX: no limit

// The least limit that a controller sets. list: as /proc/self/cgroup; mount: as /sys/fs/cgroup.
int64_t groups_least(const char *list, const char *mount, const char *controller,
                     GroupLimit *limit);
// Reads what format asks for from FOLDER/NAME; the number of values that were there.
int groups_read(const char *folder, const char *name, const char *format, long long *a,
                long long *b);
#endif
