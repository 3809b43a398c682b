// SPDX-License-Identifier: MIT
// Expressions of later numbers are kept as trees, and become terms where they are printed.
#include "script/later.h"
#include "data/data.h"
#include <string.h>

enum { DEEPEST = CNN_FORMULA_DEPTH - 2 };

static Value value_of(Eval *e, Loc loc, Later made) {
    return (Value){.kind = VALUE_LATER, .loc = loc, .later = arena_copy(e->a, &made, sizeof made)};
}

Value later_score(Eval *e, const Value *score, int index) {
    const Model *m = score->model->model;
    bool known = !score->model->broken && index >= 0 && index <= m->nmetric;
    Later made = {.op = LATER_SCORE, .from = score->n, .of = score->model};
    made.index = known ? (int)model_figure(m, index) : index;
    Value v = value_of(e, (Loc){0}, made);
    if (!known || !index || m->metric[index - 1].figures == 1) return v;
    v.kind = VALUE_FIGURES;
    v.n = (int)m->metric[index - 1].figures;
    return v;
}

static Value single(Eval *e, Loc loc, const Later *l) {
    Later made = {.op = LATER_SINGLE, .l = l, .depth = l->depth + 1, .of = l->of, .single = true};
    return value_of(e, loc, made);
}

Value figures_item(Eval *e, const Value *figures, int i, Loc loc) {
    Later *item = arena_copy(e->a, figures->later, sizeof *item);
    item->index += i;
    return single(e, loc, item);
}

const List *figures_items(Eval *e, const Value *figures, Loc loc) {
    Value v = value_sequence(e->a, VALUE_LIST, 0);
    if (!eval_items(e, loc, figures->n)) return NULL;
    for (int i = 0; i < figures->n; i++) value_append(e->a, &v, figures_item(e, figures, i, loc));
    return v.list;
}

const List *later_scores(Eval *e, const Value *score) {
    const Model *m = score->model->model;
    if (score->model->broken) return NULL;
    if (m->nmetric == 0) {
        diag_error(e->d, score->loc, 102, "evaluate() gives one number here: the loss");
        return NULL;
    }
    Value v = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i <= m->nmetric; i++) value_append(e->a, &v, later_score(e, score, i));
    return v.list;
}

// A plain number as an operand; NULL: reported.
static const Later *operand(Eval *e, Loc loc, const Value *v) {
    const Value one = array_number_later(e, v);
    if (one.kind == VALUE_LATER) return one.later;
    if (v->kind == VALUE_SCORE && v->model->model->nmetric == 0) return later_score(e, v, 0).later;
    if (value_is_number(v)) {
        Later made = {.op = LATER_NUMBER, .number = value_real(v), .integer = value_is_int(v)};
        return arena_copy(e->a, &made, sizeof made);
    }
    if (v->kind != VALUE_ERROR)
        diag_error(e->d, loc, 103, "%s does not go with a result of evaluate()",
                   value_describe(e->a, v));
    return NULL;
}

static bool is_single(LaterOp op, const Later *l, const Later *r) {
    bool any = l->single || (r && r->single && op != LATER_ROUND);
    return any && op != LATER_INT && op != LATER_NEAREST && op != LATER_FLOAT;
}

static Value make_plain(Eval *e, Loc loc, LaterOp op, const Later *l, const Later *r) {
    bool whole = l->integer && (!r || r->integer);
    Later made = {.op = op, .l = l, .r = r, .depth = l->depth + 1};
    if (r && r->depth >= l->depth) made.depth = r->depth + 1;
    made.of = l->of ? l->of : r ? r->of : NULL;
    if (r && r->of && r->of != made.of) {
        diag_error(e->d, loc, 404, "results of two models do not go together");
        return eval_error();
    }
    made.integer = op == LATER_INT || op == LATER_NEAREST ||
                   (whole && op != LATER_DIV && op != LATER_FLOAT && op < LATER_SQRT);
    if (made.depth <= DEEPEST) return value_of(e, loc, made);
    diag_error(e->d, loc, 7, "an expression of results is nested deeper than %d", DEEPEST);
    return eval_error();
}

static const Later *as_single(Eval *e, Loc loc, const Later *x) {
    return x->single ? x : single(e, loc, x).later;
}

// What goes with a float32 becomes one, and so does what they make.
static Value make(Eval *e, Loc loc, LaterOp op, const Later *l, const Later *r) {
    if (!is_single(op, l, r)) return make_plain(e, loc, op, l, r);
    const Later *right = r && op != LATER_ROUND ? as_single(e, loc, r) : r;
    Value made = make_plain(e, loc, op, as_single(e, loc, l), right);
    return made.kind == VALUE_LATER ? single(e, loc, made.later) : made;
}

Value later_unary(Eval *e, Loc loc, LaterOp op, const Value *x) {
    const Later *l = operand(e, loc, x);
    return l ? make(e, loc, op, l, NULL) : eval_error();
}

Value later_binary(Eval *e, Loc loc, LaterOp op, const Value *l, const Value *r) {
    const Later *a = operand(e, loc, l), *b = a ? operand(e, loc, r) : NULL;
    return b ? make(e, loc, op, a, b) : eval_error();
}

Value later_arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r) {
    static const LaterOp ops[] = {
        [OP_ADD] = LATER_ADD, [OP_SUB] = LATER_SUB, [OP_MUL] = LATER_MUL,
        [OP_DIV] = LATER_DIV, [OP_MOD] = LATER_MOD, [OP_FLOORDIV] = LATER_FLOORDIV};
    bool known = op >= OP_ADD && op <= OP_MOD;
    if (known || op == OP_POWER) return later_binary(e, loc, known ? ops[op] : LATER_POWER, l, r);
    diag_error(e->d, loc, 103, "'%s' does not go with %s and %s", ast_operators[op],
               value_describe(e->a, l), value_describe(e->a, r));
    return eval_error();
}

Value later_round(Eval *e, Loc loc, const Value *x, bool whole, int64_t digits) {
    Value places = {.kind = VALUE_INT, .integer = digits};
    if (whole) return later_unary(e, loc, LATER_NEAREST, x);
    return later_binary(e, loc, LATER_ROUND, x, &places);
}

// -------------------------------------------------------------------------------------- texts

// Pieces are strings, and pairs of a number and its spec.
static void add_pieces(Eval *e, Value *to, const Value *v) {
    if (v->kind != VALUE_TEXT_LATER) {
        value_append(e->a, to, *v);
        return;
    }
    for (int i = 0; i < v->list->n; i++) value_append(e->a, to, v->list->item[i]);
}

Value later_text(Eval *e, Loc loc, const Value *l, const Value *r) {
    const Value *part[] = {l, r};
    Value v = value_sequence(e->a, VALUE_TEXT_LATER, 0);
    for (int i = 0; i < 2; i++) {
        if (part[i]->kind == VALUE_ERROR) return eval_error();
        if (part[i]->kind != VALUE_STRING && part[i]->kind != VALUE_TEXT_LATER) {
            diag_error(e->d, loc, 103, "'+' does not go with %s and %s", value_describe(e->a, l),
                       value_describe(e->a, r));
            return eval_error();
        }
        if (!eval_items(e, loc, part[i]->kind == VALUE_STRING ? 1 : part[i]->list->n))
            return eval_error();
        if (part[i]->kind != VALUE_STRING || *part[i]->text) add_pieces(e, &v, part[i]);
    }
    v.loc = loc;
    return v;
}

Value later_piece(Eval *e, Loc loc, const Value *number, const char *spec) {
    Value v = value_sequence(e->a, VALUE_TEXT_LATER, 0),
          pair = value_sequence(e->a, VALUE_TUPLE, 0);
    value_append(e->a, &pair, *number);
    value_append(e->a, &pair, (Value){.kind = VALUE_STRING, .loc = loc, .text = spec});
    value_append(e->a, &v, pair);
    v.loc = loc;
    return v;
}

// -------------------------------------------------------------------------------------- terms

static void put_terms(Eval *e, const Later *l, PrintItem *item) {
    if (l->l) put_terms(e, l->l, item);
    if (l->r) put_terms(e, l->r, item);
    bool placed = l->op == LATER_SCORE || l->op >= LATER_AT;
    PrintTerm term = {l->op, placed ? l->index : l->number, l->from, l->array};
    ARENA_PUSH(e->a, item->term, item->nterm, term);
}

PrintItem later_item(Eval *e, const Value *number, const char *spec) {
    PrintItem item = {.kind = PRINT_NUMBER, .text = spec, .integer = number->later->integer};
    put_terms(e, number->later, &item);
    return item;
}
