// SPDX-License-Identifier: MIT
// Arrays as values of the script: what they are called, their attributes and methods; and those that
// keras.datasets gives.
#include "data/frame.h"
#include "../runtime/data/types.h"
#include "support/text.h"
#include <string.h>

#define ARRAY_RUNTIME(x) {#x, &x}
const ArrayClass array_classes[] = {
    ARRAY_RUNTIME(array_dataset),       ARRAY_RUNTIME(array_npy),
    ARRAY_RUNTIME(array_each),          ARRAY_RUNTIME(array_with),
    ARRAY_RUNTIME(array_view),          ARRAY_RUNTIME(array_slice),
    ARRAY_RUNTIME(array_join),          ARRAY_RUNTIME(array_one_hot),
    ARRAY_RUNTIME(array_argmax),        ARRAY_RUNTIME(array_reduced),
    ARRAY_RUNTIME(array_shuffled),      ARRAY_RUNTIME(array_stratified),
    ARRAY_RUNTIME(array_constant),      ARRAY_RUNTIME(array_same),
    ARRAY_RUNTIME(array_csv),           ARRAY_RUNTIME(array_images),
    ARRAY_RUNTIME(array_folder_labels), ARRAY_RUNTIME(array_table),
    ARRAY_RUNTIME(array_predicted),     ARRAY_RUNTIME(array_listed),
    ARRAY_RUNTIME(array_picked),        ARRAY_RUNTIME(array_unchanged),
    ARRAY_RUNTIME(array_pictures),      ARRAY_RUNTIME(array_beside),
    ARRAY_RUNTIME(array_categories),    ARRAY_RUNTIME(array_encoded),
    ARRAY_RUNTIME(array_fitted),        ARRAY_RUNTIME(array_scaled),
    ARRAY_RUNTIME(array_normalized),    ARRAY_RUNTIME(array_random),
    ARRAY_RUNTIME(array_padded),        ARRAY_RUNTIME(array_where),
    ARRAY_RUNTIME(array_places_where),  {0},
};

const ArrayClass *array_class(const CnnArrayClass *runtime) {
    const ArrayClass *c = array_classes;
    while (c->runtime != runtime) c++;
    return c;
}

const char *array_shape(Arena *a, const Array *x) {
    return text_tuple(a, x->rank, x->dim);
}

const char *array_type(const Array *x) {
    return type_rows[x->type].name;
}

const char *array_describe(Arena *a, const Array *x) {
    const Plain *p = &x->plain;
    if (!p->holds)
        return arena_printf(a, "%s: %s of shape %s%s", x->source, array_type(x), array_shape(a, x),
                            x->steps);
    return arena_printf(a, "%s, rows from %lld: %s of shape %s%s", x->source, (long long)p->first,
                        p->classes ? "one-hot rows" : array_type(x), array_shape(a, x), x->steps);
}

int64_t array_count(const Array *x) {
    int64_t n = 1;
    for (int i = 0; i < x->rank; i++) n *= x->dim[i]; // array_value has checked it
    return n;
}

// seen: by id. A script can name an array so often that the ways to it are beyond counting.
static void find_sources(Arena *a, const Array *x, bool *seen, Sources *s) {
    if (seen[x->id]) return;
    seen[x->id] = true;
    for (int i = 0; i < x->ninput; i++) find_sources(a, x->input[i], seen, s);
    if (!x->ninput) ARENA_PUSH(a, s->source, s->n, x);
}

Sources array_sources(Eval *e, const Array *x) {
    Sources s = {0};
    find_sources(e->a, x, ARENA_ARRAY(e->a, bool, (size_t)e->narray), &s);
    return s;
}

Value array_foreign(Eval *e, const Value *v, const char *what, Loc loc) {
    Value made = foreign_made(e, arena_printf(e->a, "%s of %s", what, v->array->source), loc);
    ((Foreign *)(uintptr_t)made.foreign)->part = what;
    if (strcmp(what, "arithmetic") == 0) ((Foreign *)(uintptr_t)made.foreign)->like = v->array;
    return made;
}

Value array_viewing(Eval *e, const Value *foreign, const Array *of) {
    Value out = *foreign;
    Foreign *f = arena_copy(e->a, foreign->foreign, sizeof *f);
    f->view = of->members ? NULL : of;
    out.foreign = f;
    return out;
}

Value array_foreign_view(Eval *e, const Value *v, const char *what, Loc loc) {
    const Value made = array_foreign(e, v, what, loc);
    return array_viewing(e, &made, v->array);
}

// Attributes and methods of numpy's that are not here, of the same numbers.
static bool is_view(const char *name) {
    static const char *const names[] = {"swapaxes", "view", "diagonal", "flat", "real"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

Value array_value(Eval *e, Loc loc, Array x) {
    int64_t n = 8;
    if (!eval_spend(e, loc, sizeof x / 32)) return eval_error();
    for (int i = 0; i < x.rank; i++)
        if (!mul64(n, x.dim[i], &n)) {
            diag_error(e->d, loc, 307, "data of shape %s is more than 64 bits can count",
                       array_shape(e->a, &x));
            return eval_error();
        }
    x.id = e->narray++;
    return (Value){.kind = VALUE_ARRAY, .loc = loc, .array = arena_copy(e->a, &x, sizeof x)};
}

void array_bytes(Array *x) {
    x->plain.bytes = x->type == CNN_U1;
    for (int i = 0; i < 256; i++) x->plain.value[i] = i;
}

Array array_step(Eval *e, const Array *x, const CnnArrayClass *of, const char *text) {
    Array next = *x;
    enum { LONGEST = 1000 };
    if (strlen(x->steps) < LONGEST) next.steps = arena_printf(e->a, "%s, %s", x->steps, text);
    next.of = array_class(of);
    next.ninput = 1;
    next.input[0] = x;
    next.nnumber = next.ntext = 0;
    next.text = NULL;
    next.flow = NULL;
    next.number = NULL;
    next.plain.holds = next.plain.bytes = false;
    next.order = NULL;
    next.counts = NULL;
    next.labels = NULL;
    next.renumbered = false;
    return next;
}

void array_number(Eval *e, Array *x, double number) {
    double *list = (double *)(uintptr_t)x->number;
    ARENA_PUSH(e->a, list, x->nnumber, number);
    x->number = list;
}

Value array_copy(Eval *e, const Value *v, Loc loc) {
    if (v->kind != VALUE_ARRAY || v->array->members) return *v;
    if (v->array->counts) return counts_copy(e, v, loc);
    Array x = *v->array;
    x.numbers = ARENA_NEW(e->a, char);
    return array_value(e, loc, x);
}

// ------------------------------------------------------------------------------------ sources

static Value source_part(Eval *e, Loc loc, const DatasetClass *s, const DatasetMode *mode, int half,
                         bool labels) {
    int type = s->npz ? CNN_F8 : CNN_U1;
    Array x = {.of = array_class(&array_dataset), .type = type, .set = mode, .steps = ""};
    x.source = arena_printf(e->a, "%s, %s of the %s data", s->name, labels ? "labels" : "images",
                            half ? "test" : "training");
    x.dim[0] = s->rows[half];
    x.rank = 1 + (labels ? s->label_rank : s->rank);
    for (int i = 1; i < x.rank; i++) x.dim[i] = labels ? 1 : s->dim[i - 1];
    x.plain = (Plain){.holds = true, .bytes = true, .half = half, .labels = labels};
    array_bytes(&x);
    x.numbers = ARENA_NEW(e->a, char);
    array_number(e, &x, half);
    array_number(e, &x, labels);
    return array_value(e, loc, x);
}

// label_mode="fine"; NULL: reported.
static const DatasetMode *read_mode(Eval *e, const DatasetClass *s, const Value *v) {
    if (!v) return &s->mode[0];
    for (int i = 0; v->kind == VALUE_STRING && i < s->nmode; i++)
        if (strcmp(s->mode[i].name, v->text) == 0) return &s->mode[i];
    if (v->kind != VALUE_ERROR)
        diag_error(e->d, v->loc, 207, "'label_mode' must be \"%s\" or \"%s\", not %s",
                   s->mode[0].name, s->mode[1].name, value_describe(e->a, v));
    return NULL;
}

// load_data() of a data set. Where the files are is said when the program runs: path has no meaning.
Value dataset_make(Eval *e, const Thing *t, const Call *call) {
    static const char *const names[] = {"path"}, *const mode_names[] = {"label_mode"};
    const DatasetClass *s = t->row;
    const Value *v = NULL;
    bool modes = s->nmode > 1;
    Value out;
    if (s->npz && (dataset_load_npz(e, s, call, &out) || call->n > 0)) return out;
    if (!take(e, call, modes ? mode_names : names, 0, s->path || modes, &v)) return eval_error();
    const DatasetMode *mode = read_mode(e, s, modes ? v : NULL);
    if (!mode) return eval_error();
    Value all = value_sequence(e->a, VALUE_TUPLE, 0);
    for (int half = 0; half < 2; half++) {
        Value pair = value_sequence(e->a, VALUE_TUPLE, 0);
        for (int labels = 0; labels < 2; labels++)
            value_append(e->a, &pair, source_part(e, call->loc, s, mode, half, labels));
        value_append(e->a, &all, pair);
    }
    return all;
}

// ------------------------------------------------------------------------------------- methods

// Of a file of several arrays.
static Value members_get(Eval *e, const Value *v, const char *name, Loc loc) {
    Value list = value_sequence(e->a, VALUE_LIST, 0);
    const Value *key, *item;
    const Value own = {.kind = VALUE_STRING, .text = name};
    const Value *found = dict_find(v->array->members, &own);
    bool bunch = v->array->of->runtime == &array_csv; // of scikit-learn
    if (bunch) return found ? *found : array_foreign(e, v, name, loc);
    if (strcmp(name, "close") == 0) return method_bound(e, VALUE_BOUND, v, name);
    if (strcmp(name, "files") != 0) return array_foreign(e, v, name, loc);
    for (int at = 0; dict_next(v->array->members, &at, &key, &item);)
        value_append(e->a, &list, *key);
    return list;
}

// Of a sparse matrix: what is in it, and its shape.
static Value sparse_get(Eval *e, const Value *v, const char *name, Loc loc) {
    const Value dense = {.kind = VALUE_ARRAY, .loc = loc, .array = v->array->dense};
    if (strcmp(name, "A") == 0) return dense;
    if (strcmp(name, "shape") == 0) return array_get(e, &dense, name, loc);
    if (strcmp(name, "toarray") == 0 || strcmp(name, "todense") == 0)
        return method_bound(e, VALUE_BOUND, v, name);
    return array_foreign(e, v, name, loc);
}

// What is asked of columns by their names.
static bool labels_ask(const Array *x, const char *name) {
    bool asks =
        strcmp(name, "drop") == 0 || strcmp(name, "columns") == 0 || strcmp(name, "rename") == 0;
    for (int i = 0; !asks && i < x->labels->n; i++)
        asks = strcmp(x->labels->item[i].text, name) == 0;
    return asks;
}

Value array_get(Eval *e, const Value *v, const char *name, Loc loc) {
    static const char *const methods[] = {"astype", "reshape", "flatten",   "ravel", "squeeze",
                                          "copy",   "mean",    "std",       "min",   "max",
                                          "sum",    "argmax",  "transpose", "round", "clip"};
    const Array *x = v->array;
    Value out;
    if (x->labels && labels_ask(x, name)) {
        const Value table = frame_from(e, v, loc);
        array_rebind(e, x, table); // which inplace=True may change
        return frame_get(e, &table, name, loc);
    }
    if (x->frame) return frame_get(e, v, name, loc);
    if (x->estimator) return estimator_get(e, v, name, loc);
    if (x->draws) return random_state_get(e, v, name, loc);
    if (x->dense) return sparse_get(e, v, name, loc);
    if (texts_method(v, name) || unique_method(v, name))
        return method_bound(e, VALUE_BOUND, v, name);
    if (x->members) return members_get(e, v, name, loc);
    if (x->flow || x->generator) return flow_get(e, v, name, loc);
    if (table_get(e, v, name, loc, &out)) return out;
    if (strcmp(name, "shape") == 0) {
        Value shape = value_sequence(e->a, VALUE_TUPLE, 0);
        for (int i = 0; i < x->rank; i++) value_append(e->a, &shape, value_integer(x->dim[i]));
        return shape;
    }
    if (strcmp(name, "ndim") == 0) return value_integer(x->rank);
    if (strcmp(name, "size") == 0) return value_integer(array_count(x));
    if (strcmp(name, "T") == 0) return array_turn(e, v, loc);
    if (strcmp(name, "dtype") == 0) return (Value){.kind = VALUE_STRING, .text = array_type(x)};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i], name) == 0) return method_bound(e, VALUE_BOUND, v, name);
    return is_view(name) ? array_foreign_view(e, v, name, loc) : array_foreign(e, v, name, loc);
}

static Value listed(Eval *e, const Value *self, const Call *call,
                    Value (*run)(Eval *, const Value *, const List *, Loc)) {
    if (call->n > 0 && value_is_sequence(&call->arg[0].value))
        return run(e, self, call->arg[0].value.list, call->loc);
    List list = {0};
    for (int i = 0; i < call->n; i++) ARENA_PUSH(e->a, list.item, list.n, call->arg[i].value);
    return run(e, self, &list, call->loc);
}

static Value call_argmax(Eval *e, const Value *self, const Call *call) {
    Argument *arg = ARENA_ARRAY(e->a, Argument, call->n + 1);
    Call all = {.what = "argmax", .loc = call->loc, .n = call->n + 1, .arg = arg};
    arg[0] = (Argument){.value = *self, .loc = call->loc};
    for (int i = 0; i < call->n; i++) arg[i + 1] = call->arg[i];
    return array_argmax_of(e, &all);
}

static Value call_round(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"decimals"};
    const Value *digits;
    if (!take(e, call, names, 0, 1, &digits)) return eval_error();
    if (digits && !value_is_int(digits)) return array_foreign(e, self, "round", call->loc);
    return array_round(e, self, digits ? digits->integer : 0, call->loc);
}

static Value call_clip(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"min", "max"};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    return array_clip(e, self, v[0], v[1], call->loc);
}

Value array_call(Eval *e, const Value *self, const char *name, const Call *call) {
    bool plain = call->n > 0 && !call->arg[0].keyword;
    Value out;
    if (texts_call(e, self, name, call, &out)) return out;
    if (unique_method(self, name)) return unique_call(e, self, name, call);
    if (self->array->frame) return frame_call(e, self, name, call);
    if (self->array->estimator) return estimator_call(e, self, name, call);
    if (self->array->draws) return random_state_call(e, self, name, call);
    if (self->array->dense)
        return (Value){.kind = VALUE_ARRAY, .loc = call->loc, .array = self->array->dense};
    if (self->array->flow || self->array->generator) return flow_call(e, self, name, call);
    if (table_call(e, self, name, call, &out)) return out;
    if (strcmp(name, "close") == 0) return (Value){.kind = VALUE_NONE};
    if (array_reduces(name)) return array_reduce(e, self, name, call, 0);
    if (strcmp(name, "argmax") == 0) return call_argmax(e, self, call);
    if (strcmp(name, "round") == 0) return call_round(e, self, call);
    if (strcmp(name, "clip") == 0) return call_clip(e, self, call);
    for (int i = 0; i < call->n; i++)
        if (call->arg[i].keyword && strcmp(call->arg[i].keyword, "dtype") != 0)
            return array_foreign(e, self, name, call->loc);
    if (strcmp(name, "copy") == 0) return array_copy(e, self, call->loc);
    if (strcmp(name, "squeeze") == 0 && call->n == 0) return array_squeeze(e, self, call->loc);
    if (strcmp(name, "astype") == 0 && call->n == 1)
        return array_astype(e, self, &call->arg[0].value, call->loc);
    if (strcmp(name, "flatten") == 0) {
        const Value flat = array_flatten(e, self, call->loc);
        return flat.kind == VALUE_FOREIGN ? array_foreign(e, self, name, call->loc)
                                          : array_copy(e, &flat, call->loc);
    }
    if (strcmp(name, "ravel") == 0) return array_flatten(e, self, call->loc);
    if (strcmp(name, "transpose") == 0 && call->n == 0) return array_turn(e, self, call->loc);
    if (strcmp(name, "transpose") == 0 && plain) return listed(e, self, call, array_transpose);
    if (strcmp(name, "reshape") != 0 || !plain) return array_foreign(e, self, name, call->loc);
    return listed(e, self, call, array_reshape);
}
