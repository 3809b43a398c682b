// SPDX-License-Identifier: MIT
// See link.h. No shell is involved: the C compiler is started with an argument list. $CC may hold
// arguments of its own ("gcc -m64"), split at blanks.
#include "driver/link.h"
#include "driver/options.h"
#include "driver/own.h"
#include "formats/output.h"
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool exists(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

// $CNNC_RUNTIME, else beside a build's compiler/ folder, else where it is installed.
static const char *find_runtime(Arena *a) {
    const char *set = getenv("CNNC_RUNTIME"), *own = own_folder(a);
    const char *place[] = {
        set ? arena_printf(a, "%s/libcnnrt.a", set) : NULL,
        set,
        arena_printf(a, "%slibcnnrt.a", own),
        arena_printf(a, "%s../runtime/libcnnrt.a", own),
        arena_printf(a, "%s../lib/cnnc/libcnnrt.a", own),
        arena_printf(a, "%s../lib/x86_64-linux-gnu/cnnc/libcnnrt.a", own),
        arena_printf(a, "%s../lib/aarch64-linux-gnu/cnnc/libcnnrt.a", own),
    };
    for (size_t i = set ? 0 : 2; i < (set ? 2 : sizeof place / sizeof *place); i++)
        if (place[i] && exists(place[i])) return place[i];
    fprintf(stderr, "cnnc: error: the runtime libcnnrt.a is not %s '%s': %s\n", set ? "in" : "near",
            set ? set : own, "set CNNC_RUNTIME to its folder");
    return NULL;
}

typedef struct Args {
    int n;
    const char **v;
} Args;

static void add(Arena *a, Args *args, const char *word) {
    ARENA_PUSH(a, args->v, args->n, word);
}

static void add_compiler(Arena *a, Args *args) {
    const char *cc = getenv("CC");
    if (!cc || !*cc) cc = "cc";
    char *copy = arena_printf(a, "%s", cc), *rest = NULL;
    for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) add(a, args, w);
    if (args->n == 0) add(a, args, "cc");
}

static int report_missing(const char *cc, int error) {
    fprintf(stderr, "cnnc: error: cannot run '%s' to link: %s\n", cc, strerror(error));
    fprintf(stderr,
            "cnnc: help: install a C compiler (Debian: apt install gcc libc6-dev), or set CC\n");
    return EXIT_SYSTEM;
}

static int run(Arena *a, Args *args, bool verbose) {
    for (int i = 0; verbose && i < args->n; i++)
        fprintf(stderr, i ? " %s" : "cnnc: %s", args->v[i]);
    if (verbose) fputc('\n', stderr);
    char **argv = ARENA_ARRAY(a, char *, args->n + 1);
    for (int i = 0; i < args->n; i++) argv[i] = arena_printf(a, "%s", args->v[i]);
    pid_t pid;
    int error = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ), status = 0;
    if (error) return report_missing(argv[0], error);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return EXIT_OK;
    fprintf(stderr, "cnnc: error: '%s' could not link the program\n", argv[0]);
    fprintf(stderr, "cnnc: help: programs need libjansson.a and libz.a (Debian: apt install "
                    "libjansson-dev zlib1g-dev), with OpenBLAS also libopenblas-dev\n");
    return EXIT_SYSTEM;
}

// An instrumented runtime (built under a sanitizer) needs its runtime library linked too.
static const char *sanitizer(void) {
#ifdef __SANITIZE_ADDRESS__
    return "-fsanitize=address,undefined";
#else
    return NULL;
#endif
}

static int fail(const char *what, const char *path) {
    fprintf(stderr, "cnnc: error: cannot %s '%s': %s\n", what, path, strerror(errno));
    return EXIT_SYSTEM;
}

static void add_libraries(Arena *a, Args *args, const char *runtime, bool blas) {
    const char *const words[] = {
        runtime, "-l:libjansson.a", "-l:libz.a",        blas ? "-lopenblas" : "-lm",
        "-lm",   "-lpthread",       "-Wl,--gc-sections"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) add(a, args, words[i]);
    if (sanitizer()) add(a, args, sanitizer());
}

// The program is linked beside its path as PATH.XXXXXX, from PATH.XXXXXX.o, PATH.XXXXXX.1.o and so on.
int link_program(Arena *a, const Output *object, int n, const char *path, bool blas, bool verbose) {
    const char *runtime = find_runtime(a);
    if (!runtime) return EXIT_SYSTEM;
    char *beside = arena_printf(a, "%s.XXXXXX.o", path);
    int fd = mkstemps(beside, 2), code = EXIT_OK;
    if (fd < 0) return fail("write", path);
    close(fd);
    const char *program = arena_printf(a, "%.*s", (int)strlen(beside) - 2, beside);
    Args args = {0}, made = {0};
    add_compiler(a, &args);
    add(a, &args, "-o");
    add(a, &args, program);
    for (int i = 0; i < n && code == EXIT_OK; i++) {
        const char *file = i ? arena_printf(a, "%s.%d.o", program, i) : beside;
        if (!output_write(file, object[i].bytes, object[i].length)) code = fail("write", file);
        add(a, &made, file);
        add(a, &args, file);
    }
    add_libraries(a, &args, runtime, blas);
    if (code == EXIT_OK) code = run(a, &args, verbose);
    if (code == EXIT_OK && rename(program, path) != 0) code = fail("write", path);
    for (int i = 0; i < made.n; i++) unlink(made.v[i]);
    if (code != EXIT_OK) unlink(program);
    return code;
}
