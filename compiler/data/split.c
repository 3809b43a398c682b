// SPDX-License-Identifier: MIT
// Parts of data by rows drawn at random: scikit-learn's train_test_split and numpy's permutation. The rows are
// those that numpy's RandomState draws from the seed; the program draws them.
#include "data/frame.h"
#include <math.h>
#include <string.h>

// The first n rows of an order.
Value array_shuffle(Eval *e, const Value *v, const RowOrder *order, int64_t n, Loc loc) {
    const Array *from = v->array;
    if (order->where) {
        const Value rows = mask_rows(e, v, order->where, loc);
        bool whole = rows.kind != VALUE_ARRAY || rows.array->dim[0] == n;
        return whole ? rows : array_slice_rows(e, &rows, order->first, n, 1, loc);
    }
    if (from->dim[0] != order->all) {
        diag_error(e->d, loc, 307, "%lld rows do not take an order of %lld",
                   (long long)from->dim[0], (long long)order->all);
        return eval_error();
    }
    const char *text = arena_printf(e->a, "%lld of its rows in an order drawn from %u",
                                    (long long)n, order->from.seed);
    Array x = array_step(e, from, &array_shuffled, text);
    x.plain.bytes = from->plain.bytes;
    x.dim[0] = n;
    x.numbers = ARENA_NEW(e->a, char);
    array_number(e, &x, (double)order->first);
    random_settings(e, &x, &order->from);
    return array_value(e, loc, x);
}

// The next order of so many rows that np.random gives. False: it is not known how np.random goes on.
static bool next_order(Eval *e, Loc loc, int64_t rows, RowOrder *order) {
    *order = (RowOrder){.all = rows};
    return random_next(e, loc, (RandomDraw){.kind = RANDOM_ORDER, .n = rows}, &order->from);
}

// np.random.permutation of a number, or of the rows of data.
static Value run_permutation(Eval *e, const Call *call) {
    static const char *const names[] = {"x"};
    const Value *v;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    const Array *data = v->kind == VALUE_ARRAY ? v->array : NULL;
    bool rows = data ? !data->one && !data->members : value_is_int(v) && v->integer > 0;
    int64_t n = data ? data->dim[0] : v->integer;
    RowOrder order;
    if (!rows || n >= UINT32_MAX || !next_order(e, call->loc, n, &order)) {
        e->draws.follows = false;
        return foreign_made(e, "numpy.random.permutation", call->loc);
    }
    const Value rows_alone = table_array(e, v, call->loc);
    if (data) return array_shuffle(e, &rows_alone, &order, n, call->loc);
    Array x = random_array(e, CNN_I8, RANDOM_ORDER, 0, 0, &order.from);
    x.source = arena_printf(e->a, "an order of rows drawn from %u", order.from.seed);
    x.rank = 1;
    x.dim[0] = n;
    x.order = arena_copy(e->a, &order, sizeof order);
    return array_value(e, call->loc, x);
}

// np.random.shuffle draws as permutation does. The names of the array stand for its rows in the new order; what else
// shares their numbers is no longer known.
static Value run_shuffle(Eval *e, const Call *call) {
    static const char *const names[] = {"x"};
    const Value *v;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    const Value rows = array_as_rows(e, v),
                lost = foreign_made(e, "numpy.random.shuffle", call->loc);
    const Array *x = rows.kind == VALUE_ARRAY ? rows.array : NULL;
    bool known = x && !x->one && !x->members && !x->order && !x->flow && !x->generator &&
                 !x->counts && !x->predicted && x->dim[0] < UINT32_MAX;
    Value made = lost;
    RowOrder order;
    known = known && next_order(e, call->loc, x->dim[0], &order);
    if (known) made = array_shuffle(e, &rows, &order, x->dim[0], call->loc);
    if (!known) e->draws.follows = false;
    if (v->kind != VALUE_ARRAY || made.kind == VALUE_ERROR) return made;
    array_rebind(e, v->array, made);
    const bool viewed = made.kind == VALUE_ARRAY; // what is done to those changes the rows, too
    array_lose(e, v->array, viewed ? array_viewing(e, &lost, made.array) : lost);
    return known ? (Value){.kind = VALUE_NONE} : lost;
}

// ---------------------------------------------------------------------------- train_test_split

typedef struct Split {
    int64_t rows, train, test;
    bool shuffles;
    RowOrder order;
    const Array *classes; // each part has them in their shares; or NULL
} Split;

// A size as scikit-learn reads it: a share, rounded up for tests and down for training, or a number of rows.
static bool read_size(const Value *v, int64_t rows, bool test, int64_t *n) {
    if (v->kind == VALUE_INT) return *n = v->integer, *n > 0 && *n < rows;
    if (v->kind != VALUE_FLOAT || !(v->real > 0 && v->real < 1)) return false;
    double exact = v->real * (double)rows;
    *n = (int64_t)(test ? ceil(exact) : floor(exact));
    return true;
}

static bool refuse_size(Eval *e, const Value *v, const char *name, int64_t rows) {
    diag_error(e->d, v->loc, 207,
               "'%s' must be a share between 0 and 1 or a number below %lld, not %s", name,
               (long long)rows, value_describe(e->a, v));
    return false;
}

static bool read_sizes(Eval *e, const Call *call, const Value *test, const Value *train, Split *s) {
    bool has_test = test && test->kind != VALUE_NONE,
         has_train = train && train->kind != VALUE_NONE;
    const Value quarter = {.kind = VALUE_FLOAT, .real = 0.25};
    if (has_test && !read_size(test, s->rows, true, &s->test))
        return refuse_size(e, test, "test_size", s->rows);
    if (has_train && !read_size(train, s->rows, false, &s->train))
        return refuse_size(e, train, "train_size", s->rows);
    if (!has_test && !has_train) read_size(&quarter, s->rows, true, &s->test);
    if (!has_test && has_train) s->test = s->rows - s->train;
    if (!has_train) s->train = s->rows - s->test;
    if (s->train > 0 && s->test > 0 && s->train + s->test <= s->rows) return true;
    diag_error(e->d, call->loc, 307, "%lld rows give no %lld for training and %lld for tests",
               (long long)s->rows, (long long)s->train, (long long)s->test);
    return false;
}

// By classes, from a seed of its own.
static Value stratified(Eval *e, const Value *v, const Split *s, bool test, Loc loc) {
    int64_t n = test ? s->test : s->train;
    const char *text = arena_printf(e->a, "%lld of its rows by class, drawn from %u", (long long)n,
                                    s->order.from.seed);
    Array x = array_step(e, v->array, &array_stratified, text);
    x.plain.bytes = v->array->plain.bytes;
    x.dim[0] = n;
    x.ninput = 2;
    x.input[1] = s->classes;
    x.numbers = ARENA_NEW(e->a, char);
    const double number[] = {test, s->order.from.seed, (double)s->train, (double)s->test};
    for (int i = 0; i < 4; i++) array_number(e, &x, number[i]);
    return array_value(e, loc, x);
}

typedef struct Half {
    const Split *split;
    bool test;
} Half;

static Value half(Eval *e, const Value *v, const void *context, Loc loc) {
    const Split *s = ((const Half *)context)->split;
    bool test = ((const Half *)context)->test;
    RowOrder order = s->order;
    int64_t n = test ? s->test : s->train;
    if (!s->shuffles) {
        const Value rows = array_slice_rows(e, v, test ? s->train : 0, n, 1, loc);
        return array_copy(e, &rows, loc);
    }
    if (s->classes) return stratified(e, v, s, test, loc);
    order.first = test ? 0 : s->test;
    return array_shuffle(e, v, &order, n, loc);
}

static Value part(Eval *e, const Value *v, const Split *s, bool test, Loc loc) {
    const Half h = {s, test};
    return frame_of(v) ? frame_chosen(e, v, half, &h, loc) : half(e, v, &h, loc);
}

// Positional arguments are arrays of as many rows each; the others are named.
static bool read_arrays(Eval *e, const Call *call, int *n, Split *s) {
    for (*n = 0; *n < call->n && !call->arg[*n].keyword; (*n)++) {
        const Value *v = &call->arg[*n].value;
        const Frame *f = frame_of(v);
        if (v->kind != VALUE_ARRAY || v->array->one || (v->array->members && !f)) return false;
        int64_t rows = f ? f->rows : v->array->dim[0];
        if (f && (f->lost || rows < 1)) return false;
        if (*n == 0) s->rows = rows;
        if (rows == s->rows) continue;
        diag_error(e->d, call->arg[*n].loc, 307,
                   "arrays of %lld and of %lld rows do not go together", (long long)s->rows,
                   (long long)rows);
        s->rows = -1;
        return false;
    }
    return *n > 0;
}

// A label for each row.
static bool is_labels(const Value *v, int64_t rows) {
    const Array *y = v->kind == VALUE_ARRAY ? v->array : NULL;
    return y && !y->one && !y->members && !y->order && y->dim[0] == rows &&
           array_count(y) == rows && !y->plain.classes;
}

// By random_state, or as np.random goes on.
static bool read_order(Eval *e, const Value *state, Split *s, Loc loc) {
    bool seeded = state && value_is_int(state), given = state && state->kind != VALUE_NONE;
    if (!given) return !(e->draws.seeded && s->classes) && next_order(e, loc, s->rows, &s->order);
    s->order = (RowOrder){.from = {.seed = (uint32_t)state->integer}, .all = s->rows};
    return seeded && state->integer >= 0 && state->integer <= UINT32_MAX;
}

static Value split_rows(Eval *e, const Call *call) {
    static const char *const names[] = {"test_size", "train_size", "random_state", "shuffle",
                                        "stratify"};
    const Value *v[5];
    Split s = {.shuffles = true};
    Call rest = *call;
    int n;
    Value foreign = foreign_made(e, "sklearn.model_selection.train_test_split", call->loc);
    if (!read_arrays(e, call, &n, &s)) return s.rows < 0 ? eval_error() : foreign;
    rest.arg += n;
    rest.n -= n;
    if (!take(e, &rest, names, 0, 5, v) || !read_sizes(e, call, v[0], v[1], &s))
        return eval_error();
    if (v[3] && v[3]->kind == VALUE_BOOL) s.shuffles = v[3]->integer;
    bool by_class = v[4] && v[4]->kind != VALUE_NONE;
    const Value labels = by_class ? texts_codes(e, v[4], call->loc) : foreign;
    if (by_class && !(s.shuffles && is_labels(&labels, s.rows))) return foreign;
    if (by_class) s.classes = labels.array;
    if (s.shuffles && !read_order(e, v[2], &s, call->loc))
        return foreign_made(e, "train_test_split without a random_state", call->loc);
    Value out = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < 2 * n; i++) {
        Value one = part(e, &call->arg[i / 2].value, &s, i % 2, call->loc);
        if (one.kind == VALUE_ERROR) return one;
        value_append(e->a, &out, one);
    }
    return out;
}

// Numbers that the script writes are rows here.
static Value run_split(Eval *e, const Call *call) {
    Argument *arg = ARENA_ARRAY(e->a, Argument, call->n + 1);
    Call rows = *call;
    for (int i = 0; i < call->n; i++) {
        arg[i] = call->arg[i];
        arg[i].value = array_as_rows(e, &arg[i].value);
    }
    rows.arg = arg;
    return split_rows(e, &rows);
}

// ---------------------------------------------------------------------------- sklearn.utils.shuffle

// shuffle(x, y, random_state=, n_samples=): the same rows of each, in the order of a permutation.
static Value run_shuffle_alike(Eval *e, const Call *call) {
    static const char *const names[] = {"random_state", "n_samples"};
    const Value *v[2], foreign = foreign_made(e, "sklearn.utils.shuffle", call->loc);
    Split s = {0};
    Call rest = *call;
    int n;
    if (!read_arrays(e, call, &n, &s)) return s.rows < 0 ? eval_error() : foreign;
    rest.arg += n;
    rest.n -= n;
    if (!take(e, &rest, names, 0, 2, v)) return eval_error();
    bool given = v[1] && v[1]->kind != VALUE_NONE;
    bool known = !given || (value_is_int(v[1]) && v[1]->integer >= 1 && v[1]->integer <= s.rows);
    if (!known || !read_order(e, v[0], &s, call->loc)) return foreign;
    int64_t some = given ? v[1]->integer : s.rows;
    Value out = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < n; i++) {
        const Value made = rows_ordered(e, &call->arg[i].value, &s.order, some, call->loc);
        if (made.kind == VALUE_ERROR || n == 1) return made;
        value_append(e->a, &out, made);
    }
    return out;
}

const Function data_split_functions[] = {
    {"shuffle", "sklearn.utils", run_shuffle_alike, true},
    {"permutation", "numpy.random", run_permutation, true},
    {"shuffle", "numpy.random", run_shuffle, true},
    {"train_test_split", "sklearn.model_selection", run_split, true},
    {0},
};
