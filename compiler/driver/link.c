// SPDX-License-Identifier: MIT
// See link.h. No shell is involved: the C compiler is started with an argument list. $CC may hold
// arguments of its own ("gcc -m64"), split at blanks, unless all of it is the path of a program.
#include "driver/link.h"
#include "driver/child.h"
#include "driver/options.h"
#include "driver/own.h"
#include "driver/progress.h"
#include "formats/output.h"
#include "support/tell.h"
#include "support/text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// What programs are linked with after the runtime, and the Debian package that it is in.
static const struct {
    const char *name, *word, *package;
    LinkNeeds only; // with this; 0: always
} libraries[] = {
#ifdef CNNC_PNG
    {"libpng", "-l:libpng.a", "libpng-dev", LINK_IMAGES},
#endif
#ifdef CNNC_JPEG
    {"libjpeg", "-l:libjpeg.a", "libjpeg-dev", LINK_IMAGES},
#endif
    {"jansson", "-l:libjansson.a", "libjansson-dev", 0},
    {"zlib", "-l:libz.a", "zlib1g-dev", 0},
#ifdef CNNC_CRYPTO
    {"openssl", "-l:libcrypto.a", "libssl-dev", 0},
#endif
    {"openblas", "-lopenblas", "libopenblas-dev", LINK_BLAS},
    {"", "-lm", "libc6-dev", 0},
    {"", "-lpthread", "libc6-dev", 0},
};
enum { NLIBRARY = sizeof libraries / sizeof *libraries };

#ifndef CNNC_MPI
#define CNNC_MPI
#endif
static const char *const mpi[] = {CNNC_MPI NULL}; // words: MPI's libraries

bool link_has_mpi(void) {
    return mpi[0] != NULL;
}

typedef struct Link {
    Arena *a;
    Workshop shop;
    int n; // words of the command
    const char **word;
    bool verbose;
    const char *made; // "program", "library" or "module"
    const char *linker, *or_else; // by which name, or else by which; NULL: the C compiler
} Link;

static void add(Link *l, const char *word) {
    ARENA_PUSH(l->a, l->word, l->n, word);
}

static int fail(const char *what, const char *path) {
    tell("error: cannot %s '%s': %s", what, path, strerror(errno));
    return EXIT_SYSTEM;
}

// ---- what is linked with what

static bool exists(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static const char *runtime_set(Arena *a, const char *set) {
    const char *in = arena_printf(a, "%s/libcnnrt.a", set);
    if (*set != '/')
        tell("error: CNNC_RUNTIME='%s' is not an absolute path: nothing is linked from the current "
             "folder",
             set);
    else if (exists(in) || exists(set))
        return exists(in) ? in : set;
    else
        tell("error: the runtime libcnnrt.a is not in '%s', which CNNC_RUNTIME names", set);
    return NULL;
}

// $CNNC_RUNTIME, else beside a build's compiler/ folder, else where it is installed.
static const char *find_runtime(Arena *a) {
    static const char *const place[] = {
        "libcnnrt.a", "../runtime/libcnnrt.a", "../lib/cnnc/libcnnrt.a",
        "../lib/x86_64-linux-gnu/cnnc/libcnnrt.a", "../lib/aarch64-linux-gnu/cnnc/libcnnrt.a"};
    const char *set = getenv("CNNC_RUNTIME"), *own = own_folder(a);
    if (set && *set) return runtime_set(a, set);
    for (size_t i = 0; *own && i < sizeof place / sizeof *place; i++) {
        const char *path = arena_printf(a, "%s%s", own, place[i]);
        if (exists(path)) return path;
    }
    tell("error: the runtime libcnnrt.a is not near '%s': set CNNC_RUNTIME to its folder", own);
    return NULL;
}

static void add_compiler(Link *l) {
    const char *cc = getenv("CC");
    if (!cc || cc[strspn(cc, " ")] == 0) cc = "cc";
    if (strchr(cc, '/') && exists(cc) && access(cc, X_OK) == 0) {
        add(l, cc);
        return;
    }
    char *copy = arena_printf(l->a, "%s", cc), *rest = NULL;
    for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) add(l, w);
}

// An instrumented runtime (built under a sanitizer) needs its runtime library linked too.
static const char *sanitizer(void) {
#ifdef __SANITIZE_ADDRESS__
    return "-fsanitize=address,undefined";
#else
    return NULL;
#endif
}

static bool is_needed(int i, LinkNeeds needs) {
    return !libraries[i].only || (libraries[i].only & needs);
}

const char *link_names(Arena *a, LinkNeeds needs) {
    const char *names = "";
    for (int i = 0; i < NLIBRARY; i++)
        if (is_needed(i, needs) && *libraries[i].name)
            names = arena_printf(a, "%s%s%s", names, *names ? " " : "", libraries[i].name);
    if (needs & LINK_MPI) names = arena_printf(a, "%s mpi", names);
    return names;
}

static void add_libraries(Link *l, const char *runtime, LinkNeeds needs) {
    if (needs & LINK_MPI) { // its file of the runtime lies beside the others
        const char *slash = strrchr(runtime, '/');
        add(l, path_word(l->a, arena_printf(l->a, "%.*slibcnnmpi.a",
                                            slash ? (int)(slash + 1 - runtime) : 0, runtime)));
    }
    add(l, path_word(l->a, runtime));
    for (int i = 0; i < NLIBRARY; i++)
        if (is_needed(i, needs)) add(l, libraries[i].word);
    for (int i = 0; needs & LINK_MPI && mpi[i]; i++) add(l, mpi[i]);
    add(l, "-Wl,--gc-sections");
    if (sanitizer()) add(l, sanitizer());
}

static int add_objects(Link *l, const Output *object, int n) {
    for (int i = 0; i < n; i++) {
        const char *file = workshop_path(&l->shop, arena_printf(l->a, "%d.o", i));
        add(l, file);
        if (!output_scratch(file, object[i].bytes, object[i].length)) return fail("write", file);
    }
    return EXIT_OK;
}

// ---- running it, and what it said

static const char *read_file(Arena *a, const char *path, size_t *size) { // NULL and errno
    struct stat st;
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *bytes = NULL;
    int trouble = EIO; // where it became shorter meanwhile
    if (fstat(fileno(file), &st) == 0) {
        bytes = arena_alloc(a, (size_t)st.st_size + 1);
        *size = fread(bytes, 1, (size_t)st.st_size, file);
        if (*size < (size_t)st.st_size) bytes = NULL;
        if (ferror(file)) trouble = errno;
    } else {
        trouble = errno;
    }
    fclose(file);
    errno = trouble;
    return bytes;
}

static void show_last_lines(const char *said) {
    enum { LINES = 8 };
    const char *from = said + strlen(said);
    for (int lines = 0; from > said; from--)
        if (from[-1] == '\n' && from[0] && ++lines == LINES) break;
    for (size_t n; *from; from += n + (from[n] == '\n')) {
        n = strcspn(from, "\n");
        tell("| %.*s", (int)n, from);
    }
}

// Linkers differ in their words, but all repeat the library that they miss as it was asked for.
static bool names(const char *said, const char *library) {
    for (const char *at = said; (at = strstr(at, library)); at++)
        if (strchr(" \t\n:'\"", at[strlen(library)])) return true;
    return false;
}

static void help(const Link *l, const char *said) {
    if (strstr(said, strerror(ENOSPC)))
        tell("help: no space is left where '%s' is: make some, or set TMPDIR", l->shop.folder);
    for (int i = 0; i < NLIBRARY; i++)
        if (names(said, libraries[i].word))
            tell("help: %s is missing, or is not for this machine (Debian: apt install %s)",
                 libraries[i].word, libraries[i].package);
}

static int report(const Link *l, int ended, const char *said) {
    const char *cc = l->word[0];
    if (ended == -EINTR && l->shop.stopped_by) return EXIT_SYSTEM;
    if (ended < 0) {
        tell("error: cannot run '%s' to link: %s", cc, strerror(-ended));
        tell(l->linker
                 ? "help: install LLVM's linker (Debian: apt install lld-19), or use --as=obj"
                 : "help: install a C compiler (Debian: apt install gcc libc6-dev), or set CC");
        return EXIT_SYSTEM;
    }
    if (ended > 128)
        tell("error: '%s' could not link the %s: %s", cc, l->made, strsignal(ended - 128));
    else
        tell("error: '%s' could not link the %s: its exit code is %d", cc, l->made, ended);
    show_last_lines(said);
    help(l, said);
    return EXIT_SYSTEM;
}

static void show_command(const Link *l) {
    for (int i = 0; i < l->n; i++)
        fprintf(stderr, i ? " %s" : "cnnc: %s", text_line(l->a, l->word[i]));
    fputc('\n', stderr);
}

static int run(Link *l) {
    const char *end = NULL, *out = workshop_path(&l->shop, "said");
    if (l->verbose) show_command(l);
    ARENA_PUSH(l->a, l->word, l->n, end);
    ProgressLine line;
    line_begin(&line, "link");
    int ended = workshop_run(&l->shop, &(Child){l->word, out, out});
    if (ended == -ENOENT && l->or_else) {
        l->word[0] = l->or_else;
        ended = workshop_run(&l->shop, &(Child){l->word, out, out});
    }
    line_end(&line);
    size_t size = 0;
    const char *said = read_file(l->a, out, &size);
    if (ended) return report(l, ended, said ? said : "");
    if (said) show_last_lines(said); // warnings
    return EXIT_OK;
}

// What was linked is read, and written as every output is: the linker's own way would replace what
// lies at its path, whatever it is.
static int copy_linked(const Link *l, const char *linked, OutFile *out) {
    size_t size = 0;
    const char *bytes = read_file(l->a, linked, &size);
    if (!bytes && errno != ENOENT) return fail("read", linked);
    if (size == 0) {
        tell("error: '%s' said that it was done, and made no %s: is it a %s?", l->word[0], l->made,
             l->linker ? "linker" : "C compiler");
        return EXIT_SYSTEM;
    }
    out->program = !l->linker; // a module is a file of data
    return output_write(out, bytes, size);
}

// In a folder of its own, which goes away again: 0.o, 1.o and so on become what is made, with those words and, of a
// program, the runtime.
static int link_in_shop(Link *l, const Output *object, int n, const char *const *words,
                        const char *runtime, LinkNeeds needs, OutFile *out) {
    if (!workshop_open(&l->shop, l->a)) return fail("make a folder in", temporary_folder());
    const char *linked = workshop_path(&l->shop, l->made);
    if (l->linker)
        add(l, l->linker);
    else
        add_compiler(l);
    add(l, "-o");
    add(l, linked);
    for (; *words; words++) add(l, *words);
    int code = add_objects(l, object, n);
    if (runtime) add_libraries(l, runtime, needs);
    if (code == EXIT_OK) code = run(l);
    if (code == EXIT_OK) code = copy_linked(l, linked, out);
    workshop_close(&l->shop);
    return code;
}

int link_program(Arena *a, const Output *object, int n, OutFile *out, LinkNeeds needs,
                 bool verbose) {
    const char *runtime = find_runtime(a);
    Link l = {.a = a, .verbose = verbose, .made = "program"};
    Kept kept = {0};
    CnnError error;
    if (!runtime) return EXIT_SYSTEM;
    kept_add(&kept, runtime, "the runtime");
    if (!kept_allows(&kept, out->path, &error)) return tell("error: %s", error.text), error.code;
    return link_in_shop(&l, object, n, (const char *const[]){NULL}, runtime, needs, out);
}

// Programs find it by its file's name, wherever it lay when they were linked.
static const char *own_name(Arena *a, const char *path) {
    const char *name = text_last_part(path);
    bool plain = *name && !name[strcspn(name, ", ")] && strcmp(name, "-") != 0;
    return plain ? arena_printf(a, "-Wl,-soname,%s", name) : NULL;
}

int link_library(Arena *a, const Output *object, OutFile *out, bool verbose) {
    Link l = {.a = a, .verbose = verbose, .made = "library"};
    const char *const words[] = {"-shared", "-nostdlib", "-Wl,-z,defs", own_name(a, out->path),
                                 NULL};
    return link_in_shop(&l, object, 1, words, NULL, 0, out);
}

// What is visible of the object is exported, and where the memory begins that is the host's. The stack lies in front
// of all, so that who uses more than there is meets the end of memory.
int link_wasm(Arena *a, const Output *object, int64_t stack, OutFile *out, bool verbose) {
    enum { LEAST = 1024, ALIGN = 16 }; // bytes
    Link l = {
        .a = a, .verbose = verbose, .made = "module", .linker = "wasm-ld-19", .or_else = "wasm-ld"};
    int64_t bytes = (stack + LEAST + ALIGN - 1) / ALIGN * ALIGN;
    const char *const words[] = {"--no-entry",
                                 "--export-dynamic",
                                 "--export=__heap_base",
                                 "--strip-all",
                                 "--stack-first",
                                 "-z",
                                 arena_printf(a, "stack-size=%lld", (long long)bytes),
                                 NULL};
    return link_in_shop(&l, object, 1, words, NULL, 0, out);
}
