// SPDX-License-Identifier: MIT
// cnnc-fetch: downloads a data set into a folder. What is there already and right stays; what comes is checked
// before it takes its place. A program of its own, so that cnnc itself needs no network library.
#include "../runtime/io/outfile.h"
#include "driver/options.h"
#include "fetch/download.h"
#include "fetch/unpack.h"
#include "support/tell.h"
#include "support/text.h"
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Fetch {
    Arena *a;
    const DataSet *set;
    const char *folder;
    const char *const *from; // mirrors in place of those of the table, or NULL
} Fetch;

static const DataSet *find_set(Arena *a, const char *name) {
    const char **names = NULL;
    int n = 0;
    const char *all = "";
    for (const DataSet *s = data_sets; s->name; s++) {
        if (strcmp(s->name, name) == 0) return s;
        ARENA_PUSH(a, names, n, s->name);
        all = arena_printf(a, "%s%s%s", all, *all ? ", " : "", s->name);
    }
    tell("error: no data set is called '%s': use %s", name, all);
    const char *nearest = text_nearest(name, names, n);
    if (nearest) tell("help: did you mean '%s'?", nearest);
    return NULL;
}

// Where programs look for it: $XDG_DATA_HOME/cnnc/NAME, else ~/.local/share/cnnc/NAME.
static const char *standard_folder(Arena *a, const char *name) {
    const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (xdg && *xdg == '/') return arena_printf(a, "%s/cnnc/%s", xdg, name);
    if (home && *home) return arena_printf(a, "%s/.local/share/cnnc/%s", home, name);
    return NULL;
}

// Fetches one download from this mirror. file: NULL for the archive. UNREACHED: nothing came, or not all.
typedef enum { GOT_IT, GOT_WRONG, UNREACHED, UNWRITTEN } Got;
static Got try_mirror(const Fetch *f, const char *mirror, const char *name, const DataFile *file,
                      const char **trouble) {
    const char *part = arena_printf(f->a, "%s/%s.part", f->folder, name);
    Download d = {arena_printf(f->a, "%s/%s", mirror, name), part, f->set->most, name};
    for (bool resumed = true; resumed;) { // of a start that was wrong: once more from nothing
        printf("%s\n", d.url);
        fflush(stdout);
        if (!download(f->a, &d, &resumed, trouble)) return UNREACHED;
        Unpacked u = file ? unpack_gzip(f->a, part, file, f->folder, trouble)
                          : unpack_archive(f->a, part, f->set, f->folder, trouble);
        if (u != FAILED) unlink(part);
        if (u != WRONG) return u == UNPACKED ? GOT_IT : UNWRITTEN;
    }
    return GOT_WRONG;
}

// From the first mirror that has what it must have.
static ExitCode fetch_one(const Fetch *f, const DataFile *file) {
    const char *name = file ? arena_printf(f->a, "%s.gz", file->name) : f->set->archive;
    const char *const *mirror = f->from ? f->from : f->set->mirror;
    ExitCode code = EXIT_SYSTEM; // nothing came from anywhere
    for (; *mirror; mirror++) {
        const char *trouble = NULL;
        Got got = try_mirror(f, *mirror, name, file, &trouble);
        if (got == GOT_IT) return EXIT_OK;
        tell("%s: %s/%s: %s", got == UNWRITTEN ? "error" : "warning", *mirror, name, trouble);
        if (got == UNWRITTEN) return EXIT_SYSTEM;
        if (got == GOT_WRONG) code = EXIT_REFUSED;
    }
    tell("error: '%s' could not be had; it can be put by hand into '%s'", name, f->folder);
    return code;
}

static bool has(const Fetch *f, const DataFile *file) {
    return file_is(arena_printf(f->a, "%s/%s", f->folder, file->name), file->size, file->sha256);
}

static ExitCode fetch(const Fetch *f) {
    bool all = true;
    for (const DataFile *file = f->set->file; file->name; file++) {
        if (has(f, file)) continue;
        all = false;
        if (f->set->archive) break;
        ExitCode code = fetch_one(f, file);
        if (code != EXIT_OK) return code;
    }
    ExitCode code = f->set->archive && !all ? fetch_one(f, NULL) : EXIT_OK;
    if (code == EXIT_OK) printf("%s is in %s\n", f->set->name, f->folder);
    return code;
}

static const char *const *words(Arena *a, const char *text) {
    const char **word = NULL, *end = NULL;
    int n = 0;
    for (size_t length; *(text += strspn(text, " ")); text += length) {
        length = strcspn(text, " ");
        const char *one = arena_strndup(a, text, length);
        ARENA_PUSH(a, word, n, one);
    }
    ARENA_PUSH(a, word, n, end);
    return word;
}

static ExitCode run(Arena *a, const Options *o) {
    Fetch f = {.a = a, .set = find_set(a, o->file[0]), .from = o->from ? words(a, o->from) : NULL};
    if (!f.set) return EXIT_USAGE;
    f.folder = o->nfile > 1 ? o->file[1] : standard_folder(a, f.set->name);
    if (!f.folder) {
        tell("error: neither $XDG_DATA_HOME nor $HOME is set: say where, cnnc fetch %s DIR",
             f.set->name);
        return EXIT_USAGE;
    }
    CnnError error = {0};
    if (!outfile_folders(arena_printf(a, "%s/file", f.folder), &error)) {
        tell("error: %s", error.text);
        return EXIT_SYSTEM;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return EXIT_SYSTEM;
    ExitCode code = fetch(&f);
    curl_global_cleanup();
    return code;
}

int main(int argc, char **argv) {
    outfile_start();
    Arena *a = arena_new();
    Options o;
    ExitCode code = command_line_parse(&o, a, argc, argv);
    if (code == EXIT_OK) code = run(a, &o);
    arena_free(a);
    return code;
}
