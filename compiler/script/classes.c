// SPDX-License-Identifier: MIT
// Functions of the script, and classes as namespaces of constants and plain methods.
#include "script/eval.h"
#include "support/text.h"
#include <string.h>

enum { MOST_CALLS = 200 };

Value closure_make(Eval *e, const char *name, const Ast *params, const AstBlock *body) {
    Value *standard = ARENA_ARRAY(e->a, Value, params->nparam + 1);
    Map *seen = map_new(e->a);
    for (int i = 0; i < params->nparam; i++) {
        const AstParam *p = &params->param[i];
        if (p->standard) standard[i] = eval(e, p->standard);
        if (!p->name) continue;
        void **slot = map_slot(seen, p->name);
        if (*slot) diag_error(e->d, p->loc, 414, "two parameters are named '%s'", p->name);
        *slot = seen;
    }
    Closure *c = ARENA_NEW(e->a, Closure);
    *c = (Closure){.name = name,
                   .params = params,
                   .body = body,
                   .standard = standard,
                   .scope = e->scope->of_class ? e->scope->outer : e->scope,
                   .loc = params->loc};
    return (Value){.kind = VALUE_FUNCTION, .closure = c};
}

// ------------------------------------------------------------------------------- parameters

typedef struct Binding {
    Eval *e;
    const Closure *c;
    const Call *call;
    Value *value; // by parameter
    bool *given;
} Binding;

static int find_param(const Closure *c, const char *name) {
    for (int i = 0; i < c->params->nparam; i++) {
        const AstParam *p = &c->params->param[i];
        if (p->kind == PARAM_PLAIN && strcmp(p->name, name) == 0) return i;
    }
    return -1;
}

static int find_kind(const Closure *c, int kind) {
    for (int i = 0; i < c->params->nparam; i++)
        if ((int)c->params->param[i].kind == kind) return i;
    return -1;
}

static bool refuse_argument(Binding *b, const Argument *arg) {
    Eval *e = b->e;
    const char **names = NULL;
    int n = 0;
    for (int i = 0; i < b->c->params->nparam; i++)
        if (b->c->params->param[i].name) ARENA_PUSH(e->a, names, n, b->c->params->param[i].name);
    if (!arg->keyword) {
        diag_error(e->d, arg->loc, 202, "%s takes fewer positional arguments", b->c->name);
        return false;
    }
    diag_error(e->d, arg->loc, 201, "unknown argument '%s' of %s", arg->keyword, b->c->name);
    const char *nearest = text_nearest(arg->keyword, names, n);
    if (nearest) diag_help(e->d, arg->loc, "did you mean '%s'?", nearest);
    return false;
}

static bool bind_argument(Binding *b, const Argument *arg, int *position) {
    const Ast *params = b->c->params;
    int rest = find_kind(b->c, PARAM_REST), keywords = find_kind(b->c, PARAM_KEYWORDS);
    int i = arg->keyword ? find_param(b->c, arg->keyword) : *position;
    if (!arg->keyword && i < params->nparam && params->param[i].kind == PARAM_PLAIN) ++*position;
    if (!arg->keyword && (i >= params->nparam || params->param[i].kind != PARAM_PLAIN)) {
        if (rest < 0) return refuse_argument(b, arg);
        return value_append(b->e->a, &b->value[rest], arg->value), true;
    }
    if (i < 0) {
        if (keywords < 0) return refuse_argument(b, arg);
        Value key = {.kind = VALUE_STRING, .text = arg->keyword};
        return dict_put(b->value[keywords].dict, key, arg->value), true;
    }
    if (b->given[i]) {
        diag_error(b->e->d, arg->loc, 204, "the argument '%s' is given twice",
                   params->param[i].name);
        return false;
    }
    b->value[i] = arg->value;
    return b->given[i] = true;
}

static bool bind_arguments(Binding *b) {
    const Ast *params = b->c->params;
    int position = 0;
    for (int i = 0; i < params->nparam; i++) {
        if (params->param[i].kind == PARAM_REST)
            b->value[i] = value_sequence(b->e->a, VALUE_TUPLE, 0);
        if (params->param[i].kind == PARAM_KEYWORDS)
            b->value[i] = (Value){.kind = VALUE_DICT, .dict = dict_new(b->e->a)};
    }
    for (int i = 0; i < b->call->n; i++)
        if (!bind_argument(b, &b->call->arg[i], &position)) return false;
    for (int i = 0; i < params->nparam; i++) {
        const AstParam *p = &params->param[i];
        if (p->kind != PARAM_PLAIN || b->given[i]) continue;
        if (!p->standard) {
            diag_error(b->e->d, b->call->loc, 205, "%s needs the argument '%s'", b->c->name,
                       p->name);
            diag_note(b->e->d, p->loc, "it has no default here");
            return false;
        }
        b->value[i] = b->c->standard[i];
    }
    return true;
}

// ------------------------------------------------------------------------------------- calls

static Value run_body(Eval *e, const Closure *c) {
    if (!c->body) return eval(e, c->params->left);
    Flow flow = block_run(e, c->body);
    return flow == FLOW_RETURN ? e->returned : (Value){.kind = VALUE_NONE};
}

Value closure_run(Eval *e, const Closure *c, const Value *self, const Call *given) {
    enum { COST = 16 }; // of a call, in operations: what its scope takes
    Call call = *given;
    int n = c->params->nparam;
    if (e->calls == MOST_CALLS) {
        diag_error(e->d, call.loc, 7, "calls are nested deeper than %d", MOST_CALLS);
        e->exhausted = true;
        return eval_error();
    }
    if (self) {
        Argument *arg = ARENA_ARRAY(e->a, Argument, call.n + 1);
        arg[0] = (Argument){NULL, call.loc, *self};
        if (call.n) memcpy(arg + 1, call.arg, sizeof *arg * (size_t)call.n);
        call.arg = arg, call.n++;
    }
    Binding b = {e, c, &call, ARENA_ARRAY(e->a, Value, n + 1), ARENA_ARRAY(e->a, bool, n + 1)};
    if (!eval_spend(e, call.loc, COST) || !bind_arguments(&b)) return eval_error();
    Scope own = {.names = map_new(e->a), .outer = c->scope, .caller = e->scope}, *outer = e->scope;
    e->scope = arena_copy(e->a, &own, sizeof own);
    for (int i = 0; i < n; i++)
        if (c->params->param[i].name) scope_bind(e, c->params->param[i].name, b.value[i]);
    e->calls++;
    int errors = diag_errors(e->d);
    Value v = run_body(e, c);
    e->calls--;
    e->scope = outer;
    bool lost = v.kind == VALUE_NONE && diag_errors(e->d) > errors;
    return lost ? eval_error() : v; // what it would have given
}

// ----------------------------------------------------------------------------------- classes

static void refuse_base(Eval *e, const AstStatement *s, const Value *base) {
    const char *name = base->kind == VALUE_THING ? base->thing->name : "a class";
    const char *instead = "a class here is a namespace of constants and plain methods";
    if (strcmp(name, "Model") == 0) instead = "write the network as keras.Sequential([...])";
    if (strcmp(name, "Layer") == 0) instead = "build it of Keras's own layers";
    diag_error(e->d, s->loc, 416, "a class derived from %s is not part of the language", name);
    diag_help(e->d, s->loc, "%s", instead);
}

// A callback of the script's own. One that only looks on is left out by its name, like any other foreign
// thing; one that reaches the model may change the training.
static Value callback_class(Eval *e, const AstStatement *s, const Thing *base) {
    Value v = foreign_made(e, arena_printf(e->a, "callbacks.%s", s->name), s->loc);
    Foreign *f = arena_copy(e->a, v.foreign, sizeof *f);
    f->acts = base->kind == THING_CALLBACK || block_names(e, &s->body, "model");
    v.foreign = f;
    return v;
}

Value class_make(Eval *e, const AstStatement *s) {
    for (int i = 0; i < s->def->n; i++) {
        Value base = eval(e, s->def->item[i].value);
        if (base.kind == VALUE_FOREIGN || base.kind == VALUE_ERROR) return base;
        bool callback = base.kind == VALUE_THING && strcmp(base.thing->module, "callbacks") == 0;
        if (callback) return callback_class(e, s, base.thing);
        bool object = base.kind == VALUE_THING && strcmp(base.thing->name, "object") == 0;
        if (!object) return refuse_base(e, s, &base), eval_error();
    }
    Scope own = {.names = map_new(e->a), .outer = e->scope, .of_class = true}, *outer = e->scope;
    e->scope = arena_copy(e->a, &own, sizeof own);
    block_run(e, &s->body);
    e->scope = outer;
    Record *r = ARENA_NEW(e->a, Record);
    *r = (Record){s->name, own.names, NULL};
    return (Value){.kind = VALUE_CLASS, .record = r};
}

Value instance_make(Eval *e, Record *of, const Call *call) {
    Record *r = ARENA_NEW(e->a, Record);
    *r = (Record){of->name, map_new(e->a), of};
    Value v = {.kind = VALUE_INSTANCE, .record = r};
    const Value *init = map_get(of->names, "__init__");
    if (!eval_spend(e, call->loc, 16)) return eval_error();
    if (init && init->kind == VALUE_FUNCTION) {
        Value made = closure_run(e, init->closure, &v, call);
        return made.kind == VALUE_ERROR ? made : v;
    }
    if (call->n == 0) return v;
    diag_error(e->d, call->arg[0].loc, 202, "%s takes no arguments", of->name);
    return eval_error();
}
