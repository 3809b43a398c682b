// SPDX-License-Identifier: MIT
// See source.h.
#include "driver/source.h"
#include "support/tell.h"
#include "syntax/ast.h"
#include "syntax/notebook.h"
#include <errno.h>
#include <string.h>

static ExitCode system_error(const char *what, const char *name) {
    tell("error: cannot %s '%s': %s", what, name, strerror(errno));
    return EXIT_SYSTEM;
}

// Places in a notebook count the lines of its cells of code, each behind a line with its number.
static ExitCode unpack(Arena *a, Source *s) {
    const char *wrong = NULL, *script = NULL;
    if (s->length > MOST_NOTEBOOK)
        wrong = arena_printf(a, "it is longer than %d MiB", MOST_NOTEBOOK >> 20);
    else
        script = notebook_script(a, s->text, s->length, &wrong);
    if (!script) {
        tell("error: '%s' is no notebook: %s", s->name, wrong);
        return EXIT_REFUSED;
    }
    s->text = script;
    s->length = strlen(script);
    return EXIT_OK;
}

ExitCode source_read(Arena *a, const char *name, Source *s) {
    enum { CHUNK = 1 << 16 };
    bool standard = strcmp(name, "-") == 0;
    FILE *in = standard ? stdin : fopen(name, "rb");
    if (!in) {
        ExitCode code = errno == ENOENT ? EXIT_REFUSED : EXIT_SYSTEM;
        system_error("read", name);
        return code;
    }
    size_t size = CHUNK, n = 0, got;
    char *text = arena_alloc(a, size);
    // Not more than shows that there is too much.
    size_t most = notebook_named(name) ? MOST_NOTEBOOK : MOST_TEXT;
    while (n <= most && (got = fread(text + n, 1, size - n, in)) > 0) {
        n += got;
        if (n < size) continue;
        char *wider = arena_alloc(a, size *= 2);
        text = memcpy(wider, text, n);
    }
    bool failed = ferror(in) != 0;
    ExitCode code = failed ? system_error("read", name) : EXIT_OK;
    if (!standard) fclose(in);
    *s = (Source){standard ? "<stdin>" : name, text, n};
    return code == EXIT_OK && notebook_named(name) ? unpack(a, s) : code;
}
