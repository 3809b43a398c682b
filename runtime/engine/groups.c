// SPDX-License-Identifier: 0BSD
// See groups.h. A group's files are in
//     v2   /sys/fs/cgroup/GROUP
//     v1   /sys/fs/cgroup/CONTROLLER/GROUP
#include "engine/groups.h"
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int groups_read(const char *folder, const char *name, const char *format, long long *a,
                long long *b) {
    char path[PATH_MAX];
    FILE *file = NULL;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path)
        file = fopen(path, "r");
    int n = file ? fscanf(file, format, a, b) : 0;
    if (file) fclose(file);
    return n;
}

// The least limit of the group in `folder` and of those around it, down to the first `root` bytes.
static int64_t path_limit(char *folder, size_t root, GroupLimit *of) {
    int64_t least = of(folder);
    for (char *end; (end = strrchr(folder + root, '/'));) {
        *end = 0;
        int64_t limit = of(folder);
        if (limit < least) least = limit;
    }
    return least;
}

// Of a line "ID:CONTROLLERS:GROUP" of the list: where its group's files are, or "" where it is not one of that
// controller.
static void find_group(const char *mount, const char *controller, char *line, char folder[PATH_MAX],
                       size_t *root) {
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(++controllers, ':') : NULL;
    *folder = 0;
    if (!group) return;
    *group++ = 0;
    group[strcspn(group, "\n")] = 0;
    bool v2 = !*controllers, found = false;
    for (char *save, *c = strtok_r(controllers, ",", &save); c; c = strtok_r(NULL, ",", &save))
        found = found || !strcmp(c, controller);
    if (!v2 && !found) return;
    *root = strlen(mount) + (v2 ? 0 : 1 + strlen(controller));
    int length =
        snprintf(folder, PATH_MAX, "%s%s%s%s", mount, v2 ? "" : "/", v2 ? "" : controller, group);
    if (length >= PATH_MAX) *folder = 0;
}

int64_t groups_least(const char *list, const char *mount, const char *controller,
                     GroupLimit *limit) {
    char *line = NULL, folder[PATH_MAX];
    size_t room = 0, root = 0;
    int64_t least = INT64_MAX;
    FILE *file = fopen(list, "r");
    while (file && getline(&line, &room, file) > 0) {
        find_group(mount, controller, line, folder, &root);
        int64_t of = *folder ? path_limit(folder, root, limit) : INT64_MAX;
        if (of < least) least = of;
    }
    if (file) fclose(file);
    free(line);
    return least;
}
