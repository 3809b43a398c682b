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
    const Array *view = callee->foreign->view; // x.swapaxes(1, 2)
    v = foreign_part(e, callee, "", call->loc);
    if (!view) view = array_viewed(callee->foreign->what, call);
    if (view) v = array_viewing(e, &v, view);
    array_given(e, callee->foreign->what, call, &v);
    lose_given(e, callee->foreign->what, call, &v);
    if (draws(callee->foreign->what)) e->shuffles = false;
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
        if (f) return f;
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

// ---------------------------------------------------------------------------------- blocks
// A block that cannot be run is walked as text: the names that it binds or changes become foreign,
// and anything of the model or the data that it would act on is an error.

typedef struct Walk {
    Eval *e;
    const Foreign *why; // NULL: an error was reported, all stays silent
    Loc loc;
    bool refused;
} Walk;

static Value lost(const Walk *w) {
    return w->why ? (Value){.kind = VALUE_FOREIGN, .loc = w->loc, .foreign = w->why} : eval_error();
}

static const Ast *root_of(const Ast *node) {
    while (node->kind == AST_ATTRIBUTE || node->kind == AST_SUBSCRIPT || node->kind == AST_CALL)
        node = node->left;
    return node;
}

static bool acts(const Value *v) {
    if (v->kind == VALUE_MODEL || v->kind == VALUE_FUNCTION) return true;
    if (v->kind == VALUE_MODULE)
        return strcmp(v->text, "numpy") != 0 && strcmp(v->text, "math") != 0;
    return v->kind == VALUE_THING && v->thing->kind != THING_FUNCTION &&
           v->thing->kind != THING_DATASET;
}

// A function by its path, as tf.config.set_visible_devices, which is foreign although tf is not.
static bool is_foreign_path(Eval *e, const Value *of, const Ast *root, const Ast *node) {
    const char *name[8];
    int n = 0;
    for (; node != root; node = node->left) {
        if (node->kind != AST_ATTRIBUTE || n == 8) return false;
        name[n++] = node->text;
    }
    Value v = *of;
    while (n > 0 && v.kind == VALUE_MODULE && catalog_has(e, v.text, name[n - 1]))
        v = catalog_member(e, v.text, name[--n], root->loc);
    return v.kind == VALUE_FOREIGN;
}

// What is asked of a model changes nothing of it.
static bool only_looks(const Ast *call) {
    static const char *const names[] = {"predict",     "evaluate",  "summary",
                                        "get_weights", "get_layer", "predict_on_batch"};
    const Ast *method = call->left;
    if (method->kind != AST_ATTRIBUTE || method->left->kind != AST_NAME) return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], method->text) == 0) return true;
    return false;
}

// A call in the block: what it is of must not be a model or a part of Keras; a list that it may fill
// is no longer known.
static void walk_call(Walk *w, const Ast *node) {
    const Ast *root = root_of(node->left);
    if (root->kind != AST_NAME) return;
    const Value *bound = scope_get(w->e, root->text);
    Value v = bound ? *bound : catalog_name(w->e, root->text, root->loc);
    bool changes = v.kind == VALUE_LIST || v.kind == VALUE_DICT || v.kind == VALUE_SET ||
                   v.kind == VALUE_INSTANCE || (v.kind == VALUE_ARRAY && v.array->members);
    if (changes && node->left->kind == AST_ATTRIBUTE) {
        if (w->why) estimator_forget(&v, w->why);
        scope_bind(w->e, root->text, lost(w));
    }
    if (v.kind == VALUE_MODEL && only_looks(node)) return;
    if (!acts(&v) || w->refused || !w->why || is_foreign_path(w->e, &v, root, node->left)) return;
    w->refused = true;
    diag_error(w->e->d, node->loc, 417,
               "whether and how often this runs depends on %s, which is "
               "not known when the program is compiled",
               w->why->what);
    diag_note(w->e->d, w->loc, "it stands under this line");
}

static void walk(Walk *w, const Ast *node) {
    if (!node || !eval_spend(w->e, node->loc, 1)) return;
    if (node->kind == AST_CALL) walk_call(w, node);
    walk(w, node->left);
    walk(w, node->right);
    walk(w, node->third);
    for (int i = 0; i < node->n; i++) walk(w, node->item[i].key), walk(w, node->item[i].value);
    for (int i = 0; i < node->nclause; i++) {
        walk(w, node->clause[i].source);
        for (int k = 0; k < node->clause[i].ncondition; k++) walk(w, node->clause[i].condition[k]);
    }
}

// ---- is a name anywhere in a block?

static bool names(Eval *e, const Ast *node, const char *name) {
    if (!node || !eval_spend(e, node->loc, 1)) return false;
    bool here =
        (node->kind == AST_NAME || node->kind == AST_ATTRIBUTE) && strcmp(node->text, name) == 0;
    if (here || names(e, node->left, name) || names(e, node->right, name) ||
        names(e, node->third, name))
        return true;
    for (int i = 0; i < node->n; i++)
        if (names(e, node->item[i].key, name) || names(e, node->item[i].value, name)) return true;
    for (int i = 0; i < node->nclause; i++)
        if (names(e, node->clause[i].source, name)) return true;
    return false;
}

static bool statement_names(Eval *e, const AstStatement *s, const char *name) {
    if (names(e, s->value, name) || names(e, s->target, name)) return true;
    if (s->kind != AST_DEF && s->kind != AST_CLASS && names(e, s->def, name)) return true;
    for (int i = 0; i < s->ntarget; i++)
        if (names(e, s->targets[i], name)) return true;
    for (int i = 0; i < s->narm; i++)
        if (names(e, s->arm[i].test, name) || block_names(e, &s->arm[i].body, name)) return true;
    return block_names(e, &s->body, name) || block_names(e, &s->other, name) ||
           block_names(e, &s->last, name);
}

bool block_names(Eval *e, const AstBlock *b, const char *name) {
    for (int i = 0; i < b->n; i++)
        if (statement_names(e, b->statement[i], name)) return true;
    return false;
}

static void walk_target(Walk *w, const Ast *target) {
    assign_names(w->e, target, lost(w));
    const Ast *root = root_of(target);
    if (root != target && root->kind == AST_NAME) scope_bind(w->e, root->text, lost(w));
}

static void walk_block(Walk *w, const AstBlock *b);

static void walk_statement(Walk *w, const AstStatement *s) {
    if (!eval_spend(w->e, s->loc, 1)) return;
    walk(w, s->value);
    if (s->kind != AST_DEF && s->kind != AST_CLASS) walk(w, s->def);
    for (int i = 0; i < s->ntarget; i++) walk_target(w, s->targets[i]);
    if (s->target && s->kind != AST_DEL) walk_target(w, s->target);
    for (int i = 0; s->kind == AST_WITH && i < s->def->n; i++)
        if (s->def->item[i].key) walk_target(w, s->def->item[i].key);
    for (int i = 0; i < s->nalias; i++) {
        const AstAlias *a = &s->alias[i];
        const char *dot = strrchr(a->path, '.'), *name = a->name ? a->name : a->path;
        if (!a->name && s->from && dot) name = dot + 1;
        scope_bind(w->e, name, lost(w));
    }
    if (s->name) scope_bind(w->e, s->name, lost(w));
    if (s->kind == AST_DEF || s->kind == AST_CLASS) return;
    for (int i = 0; i < s->narm; i++) {
        walk(w, s->arm[i].test);
        walk_block(w, &s->arm[i].body);
    }
    walk_block(w, &s->body);
    walk_block(w, &s->other);
    walk_block(w, &s->last);
}

static void walk_block(Walk *w, const AstBlock *b) {
    for (int i = 0; i < b->n; i++) walk_statement(w, b->statement[i]);
}

void foreign_block(Eval *e, const AstStatement *s, const Foreign *f) {
    Walk w = {e, f, s->loc, false};
    AstStatement copy = *s;
    if (copy.kind == AST_IF) copy.value = NULL;
    walk_statement(&w, &copy);
    if (f && !w.refused) foreign_left_out(e, s->loc, f);
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
