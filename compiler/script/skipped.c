// SPDX-License-Identifier: MIT
// A block that cannot be run is walked as text: the names that it binds or changes become foreign, the data that it
// changes are no longer known, and anything of the model that it would act on is an error.
#include "data/data.h"
#include "script/later.h"
#include <string.h>

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

// ---- data

// The array that a name stands for, or may share its numbers with; NULL: none.
static const Array *array_named(const Walk *w, const Ast *name) {
    const Value *v = name->kind == AST_NAME ? scope_get(w->e, name->text) : NULL;
    return v ? array_shared(v) : NULL;
}

// What the block may change: node is it, or a part of it.
static void lose_numbers(Walk *w, const Ast *node) {
    const Array *x = array_named(w, root_of(node));
    if (!x) return;
    array_rebind(w->e, x, lost(w));
    array_lose(w->e, x, lost(w));
}

static bool calls(const Ast *node, const char *name) {
    return node->kind == AST_CALL && node->left->kind == AST_NAME &&
           strcmp(node->left->text, name) == 0;
}

static int indices(const Ast *key) { // dimensions that x[key] has no more
    int n = key->kind == AST_INT;
    for (int i = 0; key->kind == AST_TUPLE && i < key->n; i++) n += indices(key->item[i].value);
    return n;
}

// A loop over rows of an array: what it calls them shares the array's numbers.
static void bind_rows(Walk *w, const Ast *target, const Ast *source) {
    bool several = target->kind == AST_TUPLE || target->kind == AST_LIST;
    bool zips = several && calls(source, "zip") && source->n == target->n;
    bool counts = several && calls(source, "enumerate") && source->n > 0 && target->n == 2;
    for (int i = counts ? 1 : 0; several && i < target->n; i++) {
        const Ast *of = zips ? source->item[i].value : counts ? source->item[0].value : source;
        bind_rows(w, target->item[i].value, of);
    }
    if (target->kind != AST_NAME || !w->why) return;
    int single = 0;
    for (; source->kind == AST_ATTRIBUTE || source->kind == AST_SUBSCRIPT; source = source->left)
        if (source->kind == AST_SUBSCRIPT) single += indices(source->right);
    const Array *x = array_named(w, source);
    if (!x || x->is_frame || x->rank - single < 2) return; // numbers are copies
    const Value row = lost(w);
    scope_bind(w->e, target->text, array_viewing(w->e, &row, x));
}

static const char *path_to(const Walk *w, const Ast *node, const Value *root) {
    if (node->kind == AST_NAME)
        return root->kind == VALUE_MODULE    ? root->text
               : root->kind == VALUE_FOREIGN ? root->foreign->what
               : random_state_of(root)       ? "numpy.random"
                                             : "";
    if (node->kind != AST_ATTRIBUTE) return "";
    return arena_printf(w->e->a, "%s.%s", path_to(w, node->left, root), node->text);
}

// By a method of it, x.sort(), or by a function that is given it, np.random.shuffle(x).
static void walk_change(Walk *w, const Ast *call, const Value *root) {
    if (array_changes(call)) lose_numbers(w, call->left);
    const char **keyword = ARENA_ARRAY(w->e->a, const char *, (size_t)call->n + 1);
    for (int i = 0; i < call->n; i++) keyword[i] = call->item[i].keyword;
    const Filling given = {path_to(w, call->left, root), call->n, keyword};
    for (int i = 0; i < call->n; i++)
        if (array_fills(&given, i)) lose_numbers(w, call->item[i].value);
}

// ---- what is drawn

static bool is_of(const Value *v, const char *module) {
    switch (v->kind) {
    case VALUE_MODULE: return strcmp(v->text, module) == 0;
    case VALUE_THING: return v->thing->module && strcmp(v->thing->module, module) == 0;
    case VALUE_FOREIGN: return strncmp(v->foreign->what, module, strlen(module)) == 0;
    default: return false;
    }
}

// What draws if this is named: np.random, also by what the script has imported of it, or a RandomState; else NULL.
static Draws *drawn_by(Eval *e, const Ast *node) {
    const bool part = node->kind == AST_ATTRIBUTE && strcmp(node->text, "random") == 0;
    const Ast *name = part ? node->left : node;
    const Value *v = name->kind == AST_NAME ? scope_get(e, name->text) : NULL;
    if (v && !part && random_state_of(v)) return random_state_of(v);
    bool module = v ? is_of(v, part ? "numpy" : "numpy.random")
                    : part && name->kind == AST_NAME &&
                          (!strcmp(name->text, "np") || !strcmp(name->text, "numpy"));
    return module ? &e->draws : NULL;
}

static void lose_draws(Eval *e, const Ast *node) {
    Draws *by = drawn_by(e, node);
    if (by) by->follows = false;
}

void draws_unseen(Eval *e, const Ast *node) {
    if (!node || !eval_spend(e, node->loc, 1)) return;
    lose_draws(e, node);
    draws_unseen(e, node->left);
    draws_unseen(e, node->right);
    draws_unseen(e, node->third);
    for (int i = 0; i < node->n; i++)
        draws_unseen(e, node->item[i].key), draws_unseen(e, node->item[i].value);
    for (int i = 0; i < node->nclause; i++) {
        draws_unseen(e, node->clause[i].source);
        for (int k = 0; k < node->clause[i].ncondition; k++)
            draws_unseen(e, node->clause[i].condition[k]);
    }
}

// ---- what is of the model

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

static bool may_act(const Walk *w, const Value *v, const Ast *root, const Ast *call) {
    if (v->kind == VALUE_MODEL && only_looks(call)) return false;
    return acts(v) && !is_foreign_path(w->e, v, root, call->left);
}

// A call in the block: what it is of must not be a model or a part of Keras; a list that it may fill
// is no longer known.
static void walk_call(Walk *w, const Ast *node) {
    const Ast *root = root_of(node->left);
    if (root->kind != AST_NAME) return;
    const Value *bound = scope_get(w->e, root->text);
    Value v = bound ? *bound : catalog_name(w->e, root->text, root->loc);
    bool changes = v.kind == VALUE_LIST || v.kind == VALUE_DICT || v.kind == VALUE_SET ||
                   v.kind == VALUE_INSTANCE ||
                   (v.kind == VALUE_ARRAY && v.array->members && !v.array->is_frame);
    if (changes && node->left->kind == AST_ATTRIBUTE) {
        if (w->why) estimator_forget(&v, w->why);
        scope_bind(w->e, root->text, lost(w));
    }
    walk_change(w, node, &v);
    bool sets = v.kind == VALUE_FOREIGN && foreign_sets_weights(v.foreign, node->left->text);
    if (w->refused || !w->why || (!sets && !may_act(w, &v, root, node))) return;
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
    lose_draws(w->e, node);
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
    const Ast *root = root_of(target);
    if (root != target) lose_numbers(w, target);
    assign_names(w->e, target, lost(w));
    if (root != target && root->kind == AST_NAME) scope_bind(w->e, root->text, lost(w));
}

static void walk_block(Walk *w, const AstBlock *b);

static void walk_statement(Walk *w, const AstStatement *s) {
    if (!eval_spend(w->e, s->loc, 1)) return;
    walk(w, s->value);
    if (s->kind != AST_DEF && s->kind != AST_CLASS) walk(w, s->def);
    if (s->kind == AST_UPDATE) lose_numbers(w, s->target);
    for (int i = 0; i < s->ntarget; i++) walk_target(w, s->targets[i]);
    if (s->target && s->kind != AST_DEL) walk_target(w, s->target);
    if (s->kind == AST_FOR) bind_rows(w, s->target, s->value);
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
