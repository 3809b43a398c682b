// SPDX-License-Identifier: MIT
// An edit may show the next fault: the text is mended and checked again until it has none, or none with an
// edit.
#include "driver/fix.h"
#include "../runtime/io/outfile.h"
#include "model/model.h"
#include "support/tell.h"
#include "syntax/notebook.h"
#include <string.h>
#include <unistd.h>

typedef struct Text {
    const char *name, *at;
    size_t length;
} Text;

// The diagnostics of the text; *n edits are made, or 0, and *t is then what came of it.
static Diag *mend(const Options *o, Arena *a, Text *t, int *n) {
    Diag *d = diag_new(a, t->name, t->at, t->length);
    model_load(a, d, t->at, t->length, &(ModelOptions){o->data, o->model});
    const Edit *edit = diag_edits(d, n);
    if (!edit) *n = 0;
    if (*n) t->at = diag_mended(d, edit, *n, &t->length);
    return d;
}

// What is made of a notebook is the script of its cells, in a file of its own; NULL: reported.
static const char *place_of(Arena *a, const char *name) {
    if (!notebook_named(name)) return name;
    const char *script = arena_printf(a, "%.*s.py", (int)(strlen(name) - strlen(".ipynb")), name);
    if (access(script, F_OK) == 0) {
        tell("error: a notebook's mended script would be '%s', which is there already", script);
        return NULL;
    }
    return script;
}

static ExitCode write_text(const char *name, const Text *t) {
    if (strcmp(name, "-") == 0) {
        fwrite(t->at, 1, t->length, stdout);
        return EXIT_OK;
    }
    OutFile out = {.fd = -1};
    CnnError error = {0};
    OutPart part = {t->at, t->length};
    bool ok = outfile_open(&out, name, NULL, (int64_t)t->length, &error) &&
              outfile_write(&out, &part, 1, &error);
    outfile_close(&out);
    if (!ok) tell("error: %s", error.text);
    return ok ? EXIT_OK : (ExitCode)error.code;
}

ExitCode fix_file(const Options *o, Arena *a, const char *name, const char *text, size_t length) {
    enum { ROUNDS = 20 };
    bool standard = strcmp(name, "-") == 0;
    Text t = {standard ? "<stdin>" : name, text, length};
    int edits = 0, n = 1;
    Diag *d = NULL;
    for (int i = 0; n && i < ROUNDS; i++) {
        d = mend(o, a, &t, &n);
        edits += n;
    }
    bool refused = diag_errors(d) > 0 || n;
    diag_flush(d, stderr, &o->diagnostics);
    refused |= diag_errors(d) > 0;
    if (refused && edits) tell("'%s' is not written: the errors above have no edit", t.name);
    if (refused) return EXIT_REFUSED;
    if (!edits && !standard) return EXIT_OK;
    const char *place = place_of(a, name);
    ExitCode code = place ? write_text(place, &t) : EXIT_REFUSED;
    if (code == EXIT_OK && !standard) tell("'%s': %d edit%s", place, edits, edits == 1 ? "" : "s");
    return code;
}
