// SPDX-License-Identifier: MIT
// Statements and control flow.
#include "data/data.h"
#include "script/later.h"
#include <string.h>

// --------------------------------------------------------------------------- simple statements

static void left_out(Eval *e, const AstStatement *s, const Foreign *f) {
    foreign_left_out(e, s->loc, f);
    draws_unseen(e, s->value);
    draws_unseen(e, s->target);
}

static Flow run_assign(Eval *e, const AstStatement *s) {
    Value v = eval(e, s->value);
    if (v.kind == VALUE_FOREIGN) left_out(e, s, v.foreign);
    for (int i = 0; i < s->ntarget; i++) assign(e, s->targets[i], v);
    return FLOW_ON;
}

static bool extend_in_place(Eval *e, const AstStatement *s, const Value *l, const Value *r) {
    if (l->kind != VALUE_LIST || s->op != OP_ADD) return false;
    const List *more = eval_iterate(e, r, s->value->loc);
    int n = more ? more->n : 0;
    if (!more || !eval_items(e, s->loc, (int64_t)l->list->n + n)) return true;
    for (int i = 0; i < n; i++) ARENA_PUSH(e->a, l->list->item, l->list->n, more->item[i]);
    return true;
}

static void update_array(Eval *e, const AstStatement *s, const Value *l, const Value *r) {
    const Value v = array_updated(e, s->target, s->op, l, r, s->loc);
    if (v.kind == VALUE_ERROR) return assign_names(e, s->target, v);
    if (v.kind == VALUE_FOREIGN) left_out(e, s, v.foreign);
    assign(e, s->target, v);
}

static Flow run_update(Eval *e, const AstStatement *s) {
    Value l = eval(e, s->target), r = eval(e, s->value);
    bool known = l.kind != VALUE_ERROR && r.kind != VALUE_ERROR;
    if (known && r.kind != VALUE_FOREIGN && extend_in_place(e, s, &l, &r)) return FLOW_ON;
    if (known && l.kind == VALUE_ARRAY) return update_array(e, s, &l, &r), FLOW_ON;
    if (l.kind == VALUE_FOREIGN && l.foreign->view) array_part_forget(e, s->target, l.foreign);
    Value v = s->op == OP_POWER ? arith_power(e, s->loc, &l, &r) : arith(e, s->loc, s->op, &l, &r);
    if (v.kind == VALUE_FOREIGN) left_out(e, s, v.foreign);
    v.loc = s->loc;
    assign(e, s->target, v);
    return FLOW_ON;
}

// A comma behind a call makes a tuple of it, which Python takes too.
static bool is_call(const Ast *node) {
    bool calls = node->kind == AST_TUPLE && node->n > 0;
    for (int i = 0; calls && i < node->n; i++) calls = node->item[i].value->kind == AST_CALL;
    return calls || node->kind == AST_CALL || node->kind == AST_COMPREHENSION;
}

static Flow run_expression(Eval *e, const AstStatement *s) {
    Value v = eval(e, s->value);
    const Foreign *f = foreign_within(&v, 0);
    bool call = is_call(s->value);
    bool silent = v.kind == VALUE_ERROR || call || s->value->kind == AST_STRING ||
                  s->value->kind == AST_CONSTANT;
    if (f)
        left_out(e, s, f);
    else if (!silent || (call && v.kind == VALUE_OBJECT))
        diag_warning(e->d, s->loc, "unused", "the value of this line is not used: %s",
                     value_describe(e->a, &v));
    return FLOW_ON;
}

static Flow run_import(Eval *e, const AstStatement *s) {
    return import_run(e, s), FLOW_ON;
}

static Flow run_assert(Eval *e, const AstStatement *s) {
    Value v = eval(e, s->value);
    bool truth;
    const Foreign *f = foreign_unknown(e, &v);
    if (f) return left_out(e, s, f), FLOW_ON;
    if (!eval_truth(e, &v, &truth) || truth) return FLOW_ON;
    Value message = s->message ? eval(e, s->message) : eval_error();
    diag_error(e->d, s->loc, 413, "the assertion does not hold%s%s",
               message.kind == VALUE_STRING ? ": " : "",
               message.kind == VALUE_STRING ? message.text : "");
    return FLOW_ON;
}

static Flow run_del(Eval *e, const AstStatement *s) {
    return delete_target(e, s->target), FLOW_ON;
}

static Flow run_raise(Eval *e, const AstStatement *s) {
    const Ast *call = s->value && s->value->kind == AST_CALL ? s->value : NULL;
    Value message = call && call->n ? eval(e, call->item[0].value) : eval_error();
    diag_error(e->d, s->loc, 413, "the script ends here by 'raise'%s%s",
               message.kind == VALUE_STRING ? ": " : "",
               message.kind == VALUE_STRING ? message.text : "");
    e->exhausted = true;
    return FLOW_ON;
}

static Flow run_return(Eval *e, const AstStatement *s) {
    if (e->calls == 0) {
        diag_error(e->d, s->loc, 414, "'return' stands only in a function");
        return FLOW_ON;
    }
    e->returned = s->value ? eval(e, s->value) : (Value){.kind = VALUE_NONE};
    if (foreign_within(&e->returned, 0)) draws_unseen(e, s->value);
    return FLOW_RETURN;
}

// functools.lru_cache, of what may be a call of it.
static const char *path_of(Eval *e, const Ast *node) {
    if (node->kind == AST_CALL) return path_of(e, node->left);
    if (node->kind == AST_NAME) return node->text;
    if (node->kind != AST_ATTRIBUTE) return "...";
    return arena_printf(e->a, "%s.%s", path_of(e, node->left), node->text);
}

// What a decorator makes of it is not known.
static bool is_decorated(Eval *e, const AstStatement *s) {
    if (!s->value) return false;
    const char *what = arena_printf(e->a, "@%s", path_of(e, s->value));
    const Value v = foreign_made(e, what, s->loc);
    foreign_left_out(e, s->loc, v.foreign);
    scope_bind(e, s->name, v);
    return true;
}

static Flow run_def(Eval *e, const AstStatement *s) {
    if (is_decorated(e, s)) return FLOW_ON;
    scope_bind(e, s->name, closure_make(e, s->name, s->def, &s->body));
    return FLOW_ON;
}

static Flow run_class(Eval *e, const AstStatement *s) {
    if (is_decorated(e, s)) return FLOW_ON;
    Value v = class_make(e, s);
    if (v.kind == VALUE_FOREIGN) foreign_left_out(e, s->loc, v.foreign);
    scope_bind(e, s->name, v);
    return FLOW_ON;
}

static Flow run_pass(Eval *e, const AstStatement *s) {
    return (void)e, (void)s, FLOW_ON;
}
static Flow run_break(Eval *e, const AstStatement *s) {
    return (void)e, (void)s, FLOW_BREAK;
}
static Flow run_continue(Eval *e, const AstStatement *s) {
    return (void)e, (void)s, FLOW_CONTINUE;
}

// ------------------------------------------------------------------------- compound statements

// What such a statement would have bound stays silent.
static Flow give_up(Eval *e, const AstStatement *s, const Value *v) {
    const Foreign *f = foreign_unknown(e, v);
    foreign_block(e, s, f);
    return FLOW_ON;
}

static Flow run_if(Eval *e, const AstStatement *s) {
    for (int i = 0; i < s->narm; i++) {
        Value test = eval(e, s->arm[i].test);
        bool truth;
        if (!eval_truth(e, &test, &truth)) return give_up(e, s, &test);
        if (truth) return block_run(e, &s->arm[i].body);
    }
    return block_run(e, &s->other);
}

// After an error a loop is not run again: it would report the same.
static bool goes_on(const Eval *e, int errors) {
    return !e->exhausted && diag_errors(e->d) == errors;
}

static Flow run_while(Eval *e, const AstStatement *s) {
    int errors = diag_errors(e->d);
    for (;;) {
        Value test = eval(e, s->value);
        bool truth;
        if (!eval_truth(e, &test, &truth)) return give_up(e, s, &test);
        if (!truth) return block_run(e, &s->other);
        Flow flow = block_run(e, &s->body);
        if (flow == FLOW_RETURN) return flow;
        if (flow == FLOW_BREAK || !goes_on(e, errors)) return FLOW_ON;
    }
}

static Flow run_for(Eval *e, const AstStatement *s) {
    Value source = eval(e, s->value);
    const Foreign *f = foreign_unknown(e, &source);
    const List *list =
        f || source.kind == VALUE_ERROR ? NULL : eval_iterate(e, &source, s->value->loc);
    int errors = diag_errors(e->d);
    if (!list) return give_up(e, s, f ? &source : &(Value){.kind = VALUE_ERROR});
    for (int i = 0; i < list->n && eval_spend(e, s->loc, 1); i++) {
        assign(e, s->target, list->item[i]);
        Flow flow = block_run(e, &s->body);
        if (flow == FLOW_RETURN) return flow;
        if (flow == FLOW_BREAK || !goes_on(e, errors)) return FLOW_ON;
    }
    return block_run(e, &s->other);
}

// A context that says where or under which name the body runs, and changes nothing of what it computes.
static bool only_surrounds(const Value *v) {
    static const char *const names[] = {"tf.device",      "tf.name_scope",
                                        "tf.distribute.", "mlflow.start_run",
                                        "wandb.init",     "warnings.catch_warnings"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(v->foreign->what, names[i], strlen(names[i])) == 0) return true;
    return false;
}

// Files and the like; what stands below is left out with it.
static Flow run_with(Eval *e, const AstStatement *s) {
    for (int i = 0; i < s->def->n; i++) {
        Value of = eval(e, s->def->item[i].value);
        if (of.kind == VALUE_ERROR) return give_up(e, s, &of);
        if (of.kind != VALUE_FOREIGN) {
            diag_error(e->d, s->loc, 415, "'with' %s is not part of the language",
                       value_describe(e->a, &of));
            return FLOW_ON;
        }
        if (!only_surrounds(&of)) return give_up(e, s, &of);
        if (s->def->item[i].key) assign(e, s->def->item[i].key, of);
    }
    return block_run(e, &s->body);
}

static Flow run_try(Eval *e, const AstStatement *s) {
    Value v = foreign_made(e, "try", s->loc);
    return give_up(e, s, &v);
}

static Flow (*const runners[])(Eval *, const AstStatement *) = {
    [AST_ASSIGN] = run_assign, [AST_UPDATE] = run_update, [AST_EXPRESSION] = run_expression,
    [AST_IMPORT] = run_import, [AST_IF] = run_if,         [AST_WHILE] = run_while,
    [AST_FOR] = run_for,       [AST_BREAK] = run_break,   [AST_CONTINUE] = run_continue,
    [AST_PASS] = run_pass,     [AST_ASSERT] = run_assert, [AST_DEL] = run_del,
    [AST_DEF] = run_def,       [AST_RETURN] = run_return, [AST_RAISE] = run_raise,
    [AST_CLASS] = run_class,   [AST_WITH] = run_with,     [AST_TRY] = run_try,
};

Flow block_run(Eval *e, const AstBlock *b) {
    for (int i = 0; i < b->n; i++) {
        if (diag_full(e->d) || !eval_spend(e, b->statement[i]->loc, 1)) return FLOW_ON;
        Flow flow = runners[b->statement[i]->kind](e, b->statement[i]);
        if (flow != FLOW_ON) return flow;
    }
    return FLOW_ON;
}
