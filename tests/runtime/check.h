// SPDX-License-Identifier: 0BSD
// What the runtime's tests share: cmocka with what it needs, and a folder for files.
#ifndef CHECK_H
#define CHECK_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define ASSERT_HAS(text, part)                                                                     \
    do {                                                                                           \
        if (!strstr(text, part)) fail_msg("'%s' has no '%s'", text, part);                         \
    } while (0)

// Group set-up and teardown: each test program works in a new folder, removed at its end.
static inline int enter_folder(void **state) {
    char *folder = strdup("/tmp/cnnc-test-XXXXXX");
    *state = folder;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static inline int leave_folder(void **state) {
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", (char *)*state);
    int code = chdir("/") == 0 ? system(command) : -1;
    free(*state);
    return code;
}

static inline void write_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

// The whole file, from malloc, with a zero after it.
static inline char *read_file(const char *path, size_t *size) {
    char *bytes = calloc(1, 1 << 20);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t got = fread(bytes, 1, (1 << 20) - 1, file);
    if (size) *size = got;
    fclose(file);
    return bytes;
}

// The most bytes that were ever held at once; 0: not known, as a sanitizer's own are among them.
static inline int64_t most_memory(void) {
#ifdef __SANITIZE_ADDRESS__
    return 0;
#endif
    char line[128];
    long long kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %lld", &kilobytes) == 1) break;
    fclose(file);
    return kilobytes * 1024;
}
#endif
