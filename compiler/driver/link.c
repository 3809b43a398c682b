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

// The linked program is read, and written as every output is: the linker's own way would replace what
// lies at its path, whatever it is.
static int copy_program(Arena *a, const char *program, OutFile *out) {
    struct stat st;
    FILE *file = fopen(program, "rb");
    if (!file || fstat(fileno(file), &st) != 0) return fail("read", program);
    size_t size = (size_t)st.st_size;
    char *bytes = arena_alloc(a, size + 1);
    bool whole = fread(bytes, 1, size, file) == size;
    if (!whole) fail("read", program);
    fclose(file);
    out->program = true;
    return whole ? output_write(out, bytes, size) : EXIT_SYSTEM;
}

// In a folder of its own, which goes away again: 0.o, 1.o and so on become the program.
int link_program(Arena *a, const Output *object, int n, OutFile *out, bool blas, bool verbose) {
    const char *runtime = find_runtime(a), *parent = getenv("TMPDIR");
    Kept kept = {0};
    CnnError error;
    if (!runtime) return EXIT_SYSTEM;
    kept_add(&kept, runtime, "the runtime");
    if (!kept_allows(&kept, out->path, &error))
        return fprintf(stderr, "cnnc: error: %s\n", error.text), error.code;
    char *folder = arena_printf(a, "%s/cnnc-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(folder)) return fail("write", folder);
    const char *program = arena_printf(a, "%s/program", folder);
    Args args = {0}, made = {0};
    int code = EXIT_OK;
    add_compiler(a, &args);
    add(a, &args, "-o");
    add(a, &args, program);
    add(a, &made, program);
    for (int i = 0; i < n && code == EXIT_OK; i++) {
        const char *file = arena_printf(a, "%s/%d.o", folder, i);
        add(a, &made, file);
        add(a, &args, file);
        if (!output_scratch(file, object[i].bytes, object[i].length)) code = fail("write", file);
    }
    add_libraries(a, &args, runtime, blas);
    if (code == EXIT_OK) code = run(a, &args, verbose);
    if (code == EXIT_OK) code = copy_program(a, program, out);
    for (int i = 0; i < made.n; i++) unlink(made.v[i]);
    rmdir(folder);
    return code;
}
