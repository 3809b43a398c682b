// SPDX-License-Identifier: MIT
// What is of no module that is compiled: plots, files, other libraries, and what is computed from
// them. Statements that touch nothing else are left out, with a warning each, and summed up.
#include "data/data.h"
#include "script/later.h"
#include "support/text.h"
#include <string.h>

Value foreign_made(Eval *e, const char *what, Loc loc) {
    Foreign *f = ARENA_NEW(e->a, Foreign);
    *f = (Foreign){.what = what, .loc = loc};
    return (Value){.kind = VALUE_FOREIGN, .loc = loc, .foreign = f};
}

// A module's part has a name of its own; what is computed from one keeps where it came from.
Value foreign_part(Eval *e, const Value *of, const char *name, Loc loc) {
    enum { LONGEST = 60 };
    const Foreign *f = of->foreign;
    Value v = {.kind = VALUE_FOREIGN, .loc = loc, .foreign = f};
    if (f->view && *name != '[' &&
        eval_spend(e, loc, 4)) { // what is made of it has numbers of its own
        Foreign *own = arena_copy(e->a, f, sizeof *f);
        own->view = NULL;
        v.foreign = f = own;
    }
    bool path = *name && *name != '[' && strlen(f->what) + strlen(name) < LONGEST &&
                !strchr(f->what, '(') && !strchr(f->what, ' ');
    if (!*name || !eval_spend(e, loc, 4)) return v;
    if (!path) {
        Foreign *same = arena_copy(e->a, f, sizeof *f);
        same->part = name;
        v.foreign = same;
        return v;
    }
    v = foreign_made(e, arena_printf(e->a, "%s.%s", f->what, name), f->loc);
    Foreign *part = arena_copy(e->a, v.foreign, sizeof *f);
    part->part = name;
    part->batch = f->batch;
    part->acts = f->acts;
    part->weights = f->weights;
    part->file = f->file;
    part->folder = f->folder;
    v.foreign = part;
    return v;
}

// numpy's own generator, whose next numbers are not followed here then.
static bool draws(const char *function) {
    static const char others[] = " default_rng RandomState Generator SeedSequence PCG64 MT19937 ";
    static const char module[] = "numpy.random.";
    const char *name = function + sizeof module - 1;
    enum { LONGEST = 40 };
    char word[LONGEST];
    if (strncmp(function, module, sizeof module - 1) != 0) return false;
    bool fits = snprintf(word, sizeof word, " %s ", name) < LONGEST;
    return !fits || !strstr(others, word);
}

// Whether a function may change a list or dict that it is given. Of these libraries it is known; of others nothing is.
static bool may_change(const char *function) {
    static const char *const changing[] = {"random.shuffle", "heapq", "bisect.insort"};
    static const char *const harmless[] = {
        "matplotlib", "seaborn",  "plotly", "IPython",   "pprint",   "json",     "pickle",
        "time",       "datetime", "os",     "sys",       "pathlib",  "glob",     "shutil",
        "logging",    "warnings", "math",   "random",    "bisect",   "string",   "re",
        "itertools",  "operator", "copy",   "functools", "csv",      "argparse", "collections",
        "numpy",      "pandas",   "scipy",  "sklearn",   "tf",       "keras",    "models",
        "layers",     "metrics",  "losses", "utils",     "PIL",      "cv2",      "tqdm",
        "skimage",    "imageio",  "wandb",  "mlflow",    "tabulate", "open",     "model",
        "type",       "callbacks"};
    size_t root = strcspn(function, ".([ ");
    for (size_t i = 0; i < sizeof changing / sizeof *changing; i++)
        if (strncmp(function, changing[i], strlen(changing[i])) == 0) return true;
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (strlen(harmless[i]) == root && strncmp(function, harmless[i], root) == 0) return false;
    return true;
}

static bool same_object(const Value *a, const Value *b) {
    if (a->kind != b->kind) return false;
    return (a->kind == VALUE_LIST && a->list == b->list) ||
           ((a->kind == VALUE_DICT || a->kind == VALUE_SET) && a->dict == b->dict);
}

typedef struct GivenAway { // to a function, which may have changed it
    const Call *call;
    const Value *lost;
} GivenAway;

static void lose_if_given(void *context, const char *name, Value *v) {
    const GivenAway *g = context;
    (void)name;
    for (int i = 0; i < g->call->n; i++)
        if (same_object(v, &g->call->arg[i].value)) *v = *g->lost;
}

// Lists and dicts that a function was given, and may have changed, are no longer known.
static void lose_given(Eval *e, const char *function, const Call *call, const Value *lost) {
    GivenAway g = {call, lost};
    if (may_change(function)) scope_each(e, lose_if_given, &g);
}

bool foreign_sets_weights(const Foreign *f, const char *method) {
    return f->weights && method && strncmp(method, "assign", strlen("assign")) == 0;
}

// Generators and data sets have a batch size of their own.
Value foreign_called(Eval *e, const Value *callee, const Call *call) {
    static const struct {
        const char *end;
        int64_t standard;
    } batches[] = {{"flow", 32},
                   {"flow_from_directory", 32},
                   {"flow_from_dataframe", 32},
                   {"image_dataset_from_directory", 32},
                   {"batch", 0}};
    Value v;
    if (foreign_known(e, callee->foreign->what, call, &v)) return v;
    if (foreign_sets_weights(callee->foreign, callee->foreign->part)) {
        diag_error(e->d, call->loc, 407, "weights that the script sets are not supported yet");
        return eval_error();
    }
    const Array *view = callee->foreign->view; // x.swapaxes(1, 2)
    v = foreign_part(e, callee, "", call->loc);
    if (!view) view = array_viewed(callee->foreign->what, call);
    if (view) v = array_viewing(e, &v, view);
    lose_given(e, callee->foreign->what, call, &v);
    if (draws(callee->foreign->what)) e->draws.follows = false;
    const char *part = v.foreign->part;
    for (size_t i = 0; part && i < sizeof batches / sizeof *batches; i++) {
        if (strcmp(part, batches[i].end) != 0) continue;
        int64_t n = batches[i].standard;
        for (int k = 0; k < call->n; k++) {
            const Argument *arg = &call->arg[k];
            bool here = arg->keyword ? strcmp(arg->keyword, "batch_size") == 0 : n == 0;
            if (here && arg->value.kind == VALUE_INT && arg->value.integer > 0)
                n = arg->value.integer;
        }
        Foreign *f = arena_copy(e->a, v.foreign, sizeof *f);
        f->batch = n;
        f->part = NULL;
        v.foreign = f;
    }
    return v;
}

const Foreign *foreign_unknown(Eval *e, const Value *v) {
    if (v->kind == VALUE_FOREIGN) return v->foreign;
    if (v->kind == VALUE_SERIES && series_open(v))
        return foreign_made(e, "fit's history", v->loc).foreign;
    bool later = v->kind == VALUE_LATER || v->kind == VALUE_TEXT_LATER || v->kind == VALUE_HISTORY;
    if (!later && v->kind != VALUE_ARRAY && v->kind != VALUE_DATA) return NULL;
    return foreign_made(e, value_describe(e->a, v), v->loc).foreign;
}

Value foreign_result(Eval *e, const Value *v) {
    const Foreign *f = v->kind == VALUE_ERROR ? NULL : foreign_unknown(e, v);
    return f ? (Value){.kind = VALUE_FOREIGN, .loc = v->loc, .foreign = f} : eval_error();
}

const Foreign *foreign_within(const Value *v, int depth) {
    if (v->kind == VALUE_FOREIGN) return v->foreign;
    enum { MANY = 1 << 16 };
    if (!value_is_sequence(v) || depth > 3) return NULL;
    if (depth == 0 && value_weight(v, MANY) >= MANY) return NULL;
    for (int i = 0; i < value_count(v); i++) {
        const Foreign *f = foreign_within(value_at(v, i), depth + 1);
        if (f && !f->empty) return f; // a list of rows may have some that are none
    }
    return NULL;
}

bool foreign_arguments(const Call *call, Value *first) {
    for (int i = 0; i < call->n; i++) {
        const Foreign *f = foreign_within(&call->arg[i].value, 0);
        if (!f) continue;
        *first = (Value){.kind = VALUE_FOREIGN, .foreign = f};
        return true;
    }
    return false;
}

bool foreign_numbers(Eval *e, const Call *call) {
    for (int i = 0; i < call->n; i++) {
        const Value *v = &call->arg[i].value;
        if (value_is_sequence(v) || foreign_unknown(e, v)) return true;
    }
    return false;
}

const char *foreign_missing(Eval *e, const Foreign *f) {
    if (!f->folder) return arena_printf(e->a, "the file '%s' is not here; " DATA_ADVICE, f->file);
    return arena_printf(e->a,
                        "the file '%s' is not here; it is in scikit-learn's package, which --data "
                        "%s names",
                        f->file, f->folder);
}

void foreign_left_out(Eval *e, Loc loc, const Foreign *f) {
    const char *what = f->what + (strncmp(f->what, "a ", 2) == 0 ? 2 : 0);
    const char *root = arena_strndup(e->a, what, strcspn(what, ".([ "));
    ARENA_PUSH(e->a, e->left_out_at, e->nleft_out, loc);
    if (loc.end_line > loc.line) loc.end_line = loc.line, loc.end_col = loc.col + 1;
    int before = diag_warnings(e->d);
    if (f->file)
        diag_warning(e->d, loc, "foreign", "not known: the file '%s' is not here%s", f->file,
                     f->folder ? "" : "; " DATA_ADVICE);
    else
        diag_warning(e->d, loc, "foreign", "left out: it is of %s, which is not compiled", f->what);
    if (diag_warnings(e->d) == before) return; // said before: a loop
    e->nforeign++;
    *map_slot(e->left_out, root) = e;
}

void foreign_summary(Eval *e) {
    int n;
    const char *list = "", *const *names = map_keys(e->left_out, &n);
    enum { SHOWN = 8 };
    for (int i = 0; i < n && i < SHOWN; i++)
        list = arena_printf(e->a, "%s%s%s", list, i ? ", " : "", names[i]);
    if (e->nforeign)
        diag_warning(e->d, diag_last_line(e->d), "foreign", "left out: %d statement%s of %s%s",
                     e->nforeign, e->nforeign == 1 ? "" : "s", list, n > SHOWN ? ", ..." : "");
}
