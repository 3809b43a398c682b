// SPDX-License-Identifier: MIT
// A number for each row of a data set by the row's label, such as what its sample counts: y == 3,
// np.where(y == 3, 5.0, 1.0), np.ones(len(x)), and arithmetic of these. It is an array of labels with a
// table of 256 numbers, of a label's byte.
#include "keras/losses/loss.h"
#include "data/table.h"
#include "support/text.h"
#include "../runtime/data/types.h"
#include <math.h>
#include <string.h>

static Array by_table(Eval *e, const Array *labels) {
    return array_step(e, labels, &array_table, "by label");
}

// Of labels, of the data by a name, or the same for so many rows.
static Value made(Eval *e, Loc loc, const Counts *counts, int64_t rows) {
    if (!eval_spend(e, loc, sizeof *counts / 32)) return eval_error();
    const Counts *own = arena_copy(e->a, counts, sizeof *counts);
    Array x = {.of = array_class(&array_constant), .source = "numbers", .steps = ""};
    x.rank = !own->by;
    x.one = own->by != NULL;
    x.dim[0] = rows;
    if (own->labels) x = by_table(e, own->labels);
    x.type = own->type;
    x.number = own->value; // so that what is set later is set there too
    x.nnumber = own->labels ? 256 : 1;
    x.numbers = x.counts = own;
    x.set = NULL;
    return array_value(e, loc, x);
}

static Value none(Eval *e, const char *what, Loc loc) {
    return foreign_made(e, arena_printf(e->a, "numpy.%s", what), loc);
}

// All its values have a place in the table, as far as that is known.
static bool within_table(Eval *e, const Array *x, Loc loc) {
    if (x->type == CNN_U1 || x->type == CNN_B1 || array_labels_of(x)) return true;
    const double *value = table_of_numbers(e, x) ? array_read(e, x, loc) : NULL;
    for (int64_t i = 0; value && i < x->dim[0]; i++)
        if (!(value[i] >= 0 && value[i] < 256)) return false;
    return value;
}

// The labels of v, each standing for itself; false: it has no whole numbers from 0 to 255, one a row. Those of data by a
// name are bytes, as those of Keras's data sets.
static bool labels_of(Eval *e, const Value *v, Counts *counts, Loc loc) {
    *counts = (Counts){.type = CNN_U1};
    for (int i = 0; i < 256; i++) counts->value[i] = i;
    if (v->kind == VALUE_DATA && v->text[0] == 'y') return counts->by = v->text, true;
    if (v->kind != VALUE_ARRAY) return false;
    const Array *x = v->array;
    if (x->counts) return *counts = *x->counts, true;
    counts->labels = x;
    counts->type = x->type;
    bool rows = !x->one && !x->members && !x->order && !x->flow && !x->generator && !x->predicted;
    return rows && !type_rows[x->type].real && x->rank > 0 && array_count(x) == x->dim[0] &&
           within_table(e, x, loc);
}

static int64_t rows_of(const Value *v) {
    return v->kind == VALUE_ARRAY ? v->array->dim[0] : 0;
}

static bool compared(AstOp op, double a, double b) {
    switch (op) {
    case OP_EQUAL: return a == b;
    case OP_NOT_EQUAL: return a != b;
    case OP_LESS: return a < b;
    case OP_LESS_EQUAL: return a <= b;
    case OP_GREATER: return a > b;
    default: return a >= b;
    }
}

bool counts_compare(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r, Value *out) {
    bool right = value_is_number(l); // 3 == y
    const Value *number = right ? l : r, *v = right ? r : l;
    Counts counts;
    if (op == OP_IN || op == OP_NOT_IN || !value_is_number(number) ||
        !labels_of(e, v, &counts, loc))
        return false;
    double n = value_real(number);
    for (int i = 0; i < 256; i++)
        counts.value[i] =
            right ? compared(op, n, counts.value[i]) : compared(op, counts.value[i], n);
    counts.type = CNN_B1;
    *out = made(e, loc, &counts, rows_of(v));
    return true;
}

// An operand: numbers by label, or one for all; false: neither.
static bool operand(const Value *v, double value[256], const Array **of) {
    if (v->kind == VALUE_ARRAY && v->array->counts) {
        memcpy(value, v->array->counts->value, sizeof v->array->counts->value);
        *of = v->array;
        return true;
    }
    for (int i = 0; i < 256; i++) value[i] = value_is_number(v) ? value_real(v) : 0;
    return value_is_number(v);
}

static bool of_any(const Counts *c) { // of no labels, the same for all
    return !c->by && !c->labels;
}

static bool same_rows(const Array *a, const Array *b) { // of one data set, or one array
    const Plain *p = &a->plain, *q = &b->plain;
    if (a == b) return true;
    return p->holds && q->holds && p->labels && q->labels && !p->classes == !q->classes &&
           a->set == b->set && p->half == q->half && p->first == q->first && a->dim[0] == b->dim[0];
}

// The one of two that says which labels they go by; NULL: they go by different ones.
static const Array *common(const Array *a, const Array *b) {
    if (!a || !b) return a ? a : b;
    const Counts *c = a->counts, *d = b->counts;
    if (a->dim[0] != b->dim[0] || a->rank != b->rank) return NULL;
    if (of_any(d)) return a;
    if (of_any(c)) return b;
    if (c->labels && d->labels) return same_rows(c->labels, d->labels) ? a : NULL;
    return c->by && d->by && !strcmp(c->by, d->by) ? a : NULL;
}

static int type_alone(const Value *v) { // numpy's, of an array or a number of Python's
    return v->kind == VALUE_ARRAY   ? v->array->type
           : v->kind == VALUE_FLOAT ? CNN_F8
           : v->kind == VALUE_BOOL  ? CNN_B1
                                    : CNN_I8;
}

// That of two of them. False: the number is outside the array's type.
static bool type_of_both(AstOp op, const Value *l, const Value *r, int *type) {
    bool left = l->kind == VALUE_ARRAY, right = r->kind == VALUE_ARRAY;
    if (left != right) return array_number_type(type_alone(left ? l : r), left ? r : l, op, type);
    return *type = array_common_type(type_alone(l), type_alone(r)), true;
}

// Of truths alone numpy has other arithmetic.
static bool type_of_result(AstOp op, const Value *l, const Value *r, int *type) {
    if (!type_of_both(op, l, r, type)) return false;
    if (op == OP_DIV && !type_rows[*type].real) *type = CNN_F8;
    return *type != CNN_B1 || op == OP_ADD || op == OP_MUL; // or; and
}

static bool combined(AstOp op, int type, double x, double y, double *out) {
    static const EachOp ops[] = {
        [OP_ADD] = EACH_ADD, [OP_SUB] = EACH_SUB, [OP_MUL] = EACH_MUL, [OP_DIV] = EACH_DIV};
    if (op != OP_ADD && op != OP_SUB && op != OP_MUL && op != OP_DIV) return false;
    return *out = each_value(ops[op], type, x, y), true;
}

bool counts_arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r, Value *out) {
    const Array *a = NULL, *b = NULL, *of;
    double x[256], y[256];
    if (!operand(l, x, &a) || !operand(r, y, &b) || !(of = common(a, b))) return false;
    Counts counts = *of->counts;
    if (!type_of_result(op, l, r, &counts.type)) return false;
    for (int i = 0; i < 256; i++)
        if (!combined(op, counts.type, x[i], y[i], &counts.value[i])) return false;
    *out = made(e, loc, &counts, of->dim[0]);
    return true;
}

Value counts_slice(Eval *e, const Value *v, int64_t first, int64_t n, Loc loc) {
    Counts counts = *v->array->counts;
    if (counts.labels) {
        Value labels = {.kind = VALUE_ARRAY, .array = counts.labels};
        labels = array_slice_rows(e, &labels, first, n, 1, loc);
        if (labels.kind != VALUE_ARRAY) return labels;
        counts.labels = labels.array;
    }
    return made(e, loc, &counts, n);
}

Value counts_copy(Eval *e, const Value *v, Loc loc) {
    return made(e, loc, v->array->counts, v->array->dim[0]);
}

static void cast(Counts *c, int type) {
    for (int i = 0; i < 256; i++) c->value[i] = type_cast(c->type, type, c->value[i]);
    c->type = type;
}

Value counts_astype(Eval *e, const Value *v, int type, Loc loc) {
    Counts counts = *v->array->counts;
    cast(&counts, type);
    return made(e, loc, &counts, v->array->dim[0]);
}

bool counts_assign(const Value *of, const Value *where, const Value *v) {
    Array *x = (Array *)(uintptr_t)of->array;
    const Array *at = where->kind == VALUE_ARRAY ? where->array : NULL;
    if (!x->counts || !at || !at->counts || at->counts->type != CNN_B1 || !value_is_number(v))
        return false;
    const Array *by = common(x, at);
    int type = x->type, own;
    bool real = v->kind == VALUE_FLOAT;
    if (!by || (!real && type != CNN_B1 && !array_number_type(type, v, OP_ADD, &own))) return false;
    Counts *c = (Counts *)(uintptr_t)x->counts;
    for (int i = 0; i < 256; i++)
        if (at->counts->value[i] != 0)
            c->value[i] = type_cast(real ? CNN_F8 : CNN_I8, type, value_real(v));
    if (by == x) return true;
    c->by = at->counts->by, c->labels = at->counts->labels; // by these from now on
    x->of = at->of;
    x->ninput = at->ninput, x->input[0] = at->input[0];
    x->nnumber = at->nnumber;
    return true;
}

// ------------------------------------------------------------------------------------ functions

static bool type_of_parts(const Value *x, const Value *y, int *type) {
    bool truths = type_alone(x) == CNN_B1 && type_alone(y) == CNN_B1;
    return truths ? (*type = CNN_B1, true) : type_of_both(OP_ADD, x, y, type);
}

// A truth for each row is a label, too; else v.
static Value truths_counted(Eval *e, const Value *v, Loc loc) {
    Counts counts;
    if (!mask_is(v) || v->array->counts || !labels_of(e, v, &counts, loc)) return *v;
    return made(e, loc, &counts, v->array->dim[0]);
}

static Value run_where(Eval *e, const Call *call) {
    static const char *const names[] = {"condition", "x", "y"};
    const Value *v[3];
    double value[3][256];
    const Array *of[3] = {NULL}, *by;
    if (!take(e, call, names, 1, 3, v)) return eval_error();
    if (!v[1] && !v[2]) return mask_where(e, v[0], call->loc);
    const Value truths = truths_counted(e, v[0], call->loc);
    v[0] = &truths;
    for (int k = 0; k < 3; k++)
        if (!v[k] || !operand(v[k], value[k], &of[k])) return none(e, "where", call->loc);
    bool truth = of[0] && of[0]->counts->type == CNN_B1;
    if (!truth || !(by = common(common(of[0], of[1]), of[2])) || !common(of[0], of[2]))
        return none(e, "where", call->loc);
    Counts counts = *by->counts;
    if (!type_of_parts(v[1], v[2], &counts.type)) return none(e, "where", call->loc);
    for (int i = 0; i < 256; i++)
        counts.value[i] = type_round(counts.type, value[0][i] != 0 ? value[1][i] : value[2][i]);
    return made(e, call->loc, &counts, by->dim[0]);
}

// np.zeros((10, 28, 28)): rows that are all alike. None: it is of another kind.
static Value alike(Eval *e, const Value *shape, double with, int type, Loc loc) {
    enum { MOST = 1 << 20 };
    Array x = {.of = array_class(&array_constant), .source = "numbers", .steps = ""};
    int64_t n = 1;
    x.type = type;
    x.rank = value_is_sequence(shape) ? value_count(shape) : 0;
    if (x.rank < 2 || x.rank > ARRAY_RANK) return (Value){.kind = VALUE_NONE};
    for (int d = 0; d < x.rank; d++) {
        const Value *size = value_at(shape, d);
        if (!value_is_int(size) || size->integer < 1) return (Value){.kind = VALUE_NONE};
        x.dim[d] = size->integer;
        if (d && (!mul64(n, size->integer, &n) || n > MOST)) return (Value){.kind = VALUE_NONE};
    }
    x.numbers = ARENA_NEW(e->a, char);
    for (int64_t i = 0; i < n; i++) array_number(e, &x, with);
    return array_value(e, loc, x);
}

// What is filled in, of a type: `standard`, or as dtype says. False: that names none.
static bool read_fill(const Value *with, const Value *dtype, int standard, Counts *c) {
    int type = standard;
    if (dtype && dtype->kind != VALUE_NONE && !array_parse_type(dtype, &type)) return false;
    c->type = type;
    double value = type_cast(with->kind == VALUE_FLOAT ? CNN_F8 : CNN_I8, type, value_real(with));
    for (int i = 0; i < 256; i++) c->value[i] = value;
    return true;
}

// np.ones(n), np.full((n,), 2.0); with: NULL where it is an argument.
static Value fill(Eval *e, const Call *call, const Value *with) {
    static const char *const names[] = {"shape", "fill_value", "dtype"};
    static const char *const fixed[] = {"shape", "dtype"};
    const Value *v[3] = {NULL};
    Counts counts = {.by = NULL};
    bool given = !with;
    if (!take(e, call, given ? names : fixed, 1 + given, 2 + given, v)) return eval_error();
    if (given) with = v[1];
    if (!value_is_number(with) ||
        !read_fill(with, v[1 + given], given ? type_alone(with) : CNN_F8, &counts))
        return none(e, call->what, call->loc);
    const Value *n = v[0];
    const Value all = alike(e, n, *counts.value, counts.type, call->loc);
    if (all.kind != VALUE_NONE) return all;
    if (n->kind == VALUE_TUPLE && value_count(n) == 1) n = value_at(n, 0);
    if (!value_is_int(n) || n->integer < 1) return none(e, call->what, call->loc);
    return made(e, call->loc, &counts, n->integer);
}

// Of the type of what they are like.
static Value fill_like(Eval *e, const Call *call, const Value *with) {
    static const char *const names[] = {"a", "fill_value", "dtype"};
    static const char *const fixed[] = {"a", "dtype"};
    const Value *v[3] = {NULL};
    Counts counts;
    bool given = !with;
    if (!take(e, call, given ? names : fixed, 1 + given, 2 + given, v)) return eval_error();
    if (given) with = v[1];
    if (!labels_of(e, v[0], &counts, call->loc) || !value_is_number(with) ||
        !read_fill(with, v[1 + given], counts.type, &counts))
        return none(e, call->what, call->loc);
    if (*counts.value != value_real(with))
        diag_warning(e->d, call->loc, "data",
                     "%s is of the type of what it is like, %s: %s becomes %g, as in numpy; write "
                     "dtype=float",
                     call->what, type_rows[counts.type].name, value_str(e->a, with), *counts.value);
    return made(e, call->loc, &counts, rows_of(v[0]));
}

static const Value zero = {.kind = VALUE_INT}, one = {.kind = VALUE_INT, .integer = 1};

static Value run_ones(Eval *e, const Call *call) {
    return fill(e, call, &one);
}
static Value run_zeros(Eval *e, const Call *call) {
    return fill(e, call, &zero);
}
static Value run_full(Eval *e, const Call *call) {
    return fill(e, call, NULL);
}
static Value run_ones_like(Eval *e, const Call *call) {
    return fill_like(e, call, &one);
}
static Value run_zeros_like(Eval *e, const Call *call) {
    return fill_like(e, call, &zero);
}
static Value run_full_like(Eval *e, const Call *call) {
    return fill_like(e, call, NULL);
}

const Function counts_functions[] = {
    {"where", "numpy", run_where, true},         {"ones", "numpy", run_ones, true},
    {"zeros", "numpy", run_zeros, true},         {"full", "numpy", run_full, true},
    {"ones_like", "numpy", run_ones_like, true}, {"zeros_like", "numpy", run_zeros_like, true},
    {"full_like", "numpy", run_full_like, true}, {0},
};

// ------------------------------------------------------------------------------------- its use

static float *table_of(Eval *e, const Counts *c) {
    float *table = ARENA_ARRAY(e->a, float, 256);
    for (int i = 0; i < 256; i++) {
        float f = (float)c->value[i];
        table[i] = isfinite(f) ? f : 0; // of no label that there is
    }
    return table;
}

static bool refuse(Eval *e, const Value *v, const Value *y) {
    if (v->kind == VALUE_ERROR) return false;
    if (v->kind == VALUE_ARRAY) {
        diag_error(e->d, v->loc, 307, "sample_weight is not for the rows of these labels: %s",
                   array_describe(e->a, v->array));
        diag_note(e->d, y->loc, "the labels are %s", value_describe(e->a, y));
        return false;
    }
    diag_error(e->d, v->loc, 307, "sample_weight is a number for each sample, not %s",
               value_describe(e->a, v));
    diag_help(e->d, v->loc, "write np.where(y == 3, 5.0, 1.0), y the labels that are given");
    return false;
}

static bool described(Eval *e, const Value *v, const Value *x, const Value *y, DataRows *rows) {
    const Array *w = v->array, *labels = y->array;
    const Counts *c = w->counts;
    if (w->one || w->members || w->order || w->rank == 0 || w->dim[0] != labels->dim[0] ||
        array_count(w) != w->dim[0])
        return refuse(e, v, y);
    bool by_byte = c && !rows->x && (!c->labels || same_rows(c->labels, labels));
    if (by_byte) return rows->counts = table_of(e, c), true;
    if (!rows_are_read(e, w)) return refuse(e, v, y);
    rows->described =
        arena_printf(e->a, "x is %s; y is %s; w is %s", array_describe(e->a, x->array),
                     array_describe(e->a, labels), array_describe(e->a, w));
    rows->x = x->array;
    rows->y = labels;
    rows->w = w;
    return true;
}

// A batch's one loss is not summed, but times what samples count it is.
static bool is_sum(const Loss *loss) {
    return loss->nsum && ((const LossArgs *)loss->args)->reduction == LOSS_SUM;
}

bool counts_allowed(Eval *e, const Value *v, const char *what) {
    if (is_sum(&e->model->loss)) {
        diag_error(
            e->d, v->loc, 208,
            "%s beside one loss of the whole batch with reduction=\"sum\" is not supported yet",
            what);
        diag_help(e->d, v->loc,
                  "leave the reduction out: the loss then counts as the samples do in the mean");
        return false;
    }
    if (e->at->broken || e->model->output.rank <= 1) return true;
    diag_error(e->d, v->loc, 307, "%s needs a label for each sample, and outputs are %s", what,
               shape_text(e->a, &e->model->output));
    return false;
}

bool counts_read(Eval *e, const Value *v, const Value *x, const Value *y, DataRows *rows) {
    if (!v || v->kind == VALUE_NONE) return true;
    if (v->kind == VALUE_FOREIGN) {
        model_lacks(e, v->loc, "data",
                    arena_printf(e->a, "sample_weight comes from %s, which is not compiled",
                                 v->foreign->what));
        return true;
    }
    if (!counts_allowed(e, v, "sample_weight")) return false;
    if (!y || (y->kind != VALUE_DATA && y->kind != VALUE_ARRAY)) return true; // that was said
    if (v->kind != VALUE_ARRAY || v->array->predicted) return refuse(e, v, y);
    const Counts *c = v->array->counts;
    if (y->kind == VALUE_ARRAY) return x->kind != VALUE_ARRAY || described(e, v, x, y, rows);
    if (!c || !c->by || strcmp(c->by, y->text) != 0) return refuse(e, v, y);
    rows->counts = table_of(e, c);
    return true;
}
