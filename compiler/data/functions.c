// SPDX-License-Identifier: MIT
// numpy's and Keras's functions of data.
#include "data/data.h"
#include "script/later.h"
#include "../runtime/data/types.h"
#include "support/text.h"
#include <string.h>

static Value foreign_call(Eval *e, const Call *call) {
    const char *what = arena_printf(e->a, "numpy.%s", call->what);
    const Value made = foreign_made(e, what, call->loc);
    const Array *view = array_viewed(what, call);
    return view ? array_viewing(e, &made, view) : made;
}

// Tables are arrays to these functions, and what they give is none of pandas's.
static Call arrays_of(Eval *e, const Call *call) {
    Argument *arg = ARENA_ARRAY(e->a, Argument, call->n + 1);
    Call arrays = *call;
    for (int i = 0; i < call->n; i++) {
        arg[i] = call->arg[i];
        arg[i].value = table_array(e, &call->arg[i].value, call->loc);
    }
    arrays.arg = arg;
    return arrays;
}

static const Value *first_array(const Call *call) {
    const Value *v = call->n ? &call->arg[0].value : NULL;
    return v && v->kind == VALUE_ARRAY && !call->arg[0].keyword ? v : NULL;
}

static Value run_expand_dims(Eval *e, const Call *given) {
    const Call arrays = arrays_of(e, given), *call = &arrays;
    static const char *const names[] = {"a", "axis"};
    const Value *v[2];
    if (!take(e, call, names, 2, 2, v)) return eval_error();
    if (v[0]->kind != VALUE_ARRAY || !value_is_int(v[1])) return foreign_call(e, call);
    return array_expand(e, v[0], v[1]->integer, call->loc);
}

static Value run_reshape(Eval *e, const Call *given) {
    const Call arrays = arrays_of(e, given), *call = &arrays;
    static const char *const names[] = {"a", "shape"};
    const Value *v[2];
    if (!take(e, call, names, 2, 2, v)) return eval_error();
    const List one = {1, (Value *)(uintptr_t)v[1]}; // np.reshape(x, -1)
    bool list = value_is_sequence(v[1]);
    if (v[0]->kind != VALUE_ARRAY || !(list || value_is_int(v[1]))) return foreign_call(e, call);
    return array_reshape(e, v[0], list ? v[1]->list : &one, call->loc);
}

static Value run_tensor_reshape(Eval *e, const Call *call) {
    static const char *const names[] = {"tensor", "shape"};
    const Value *v[2];
    if (!take(e, call, names, 2, 2, v)) return eval_error();
    bool known = v[0]->kind == VALUE_ARRAY && value_is_sequence(v[1]);
    return known ? array_reshape(e, v[0], v[1]->list, call->loc)
                 : foreign_made(e, "tf.reshape", call->loc);
}

static Value run_transpose(Eval *e, const Call *call) {
    static const char *const names[] = {"a", "axes"};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    bool turns = !v[1] || v[1]->kind == VALUE_NONE; // all of them
    if (v[0]->kind != VALUE_ARRAY || (!turns && !value_is_sequence(v[1])))
        return foreign_call(e, call);
    return turns ? array_turn(e, v[0], call->loc) : array_transpose(e, v[0], v[1]->list, call->loc);
}

static Value run_cast(Eval *e, const Call *given) {
    const Call arrays = arrays_of(e, given), *call = &arrays;
    static const char *const names[] = {"x", "dtype"};
    const Value *v[2];
    if (!take(e, call, names, 2, 2, v)) return eval_error();
    if (v[0]->kind != VALUE_ARRAY) return foreign_made(e, "tf.cast", call->loc);
    return array_astype(e, v[0], v[1], call->loc);
}

// np.repeat along a dimension of 1: grey images as three equal colours.
static Value run_repeat(Eval *e, const Call *given) {
    const Call arrays = arrays_of(e, given), *call = &arrays;
    static const char *const names[] = {"a", "repeats", "axis"};
    const Value *v[3];
    if (!take(e, call, names, 2, 3, v)) return eval_error();
    bool known = v[0]->kind == VALUE_ARRAY && value_is_int(v[1]) && v[2] && value_is_int(v[2]);
    return known ? array_repeat(e, v[0], v[1]->integer, v[2]->integer, call->loc)
                 : foreign_call(e, call);
}

static Value run_squeeze(Eval *e, const Call *call) {
    const Value *v = first_array(call);
    return v && call->n == 1 ? array_squeeze(e, v, call->loc) : foreign_call(e, call);
}

static Value run_ravel(Eval *e, const Call *given) {
    const Call arrays = arrays_of(e, given), *call = &arrays;
    const Value *v = first_array(call);
    return v && call->n == 1 ? array_flatten(e, v, call->loc) : foreign_call(e, call);
}

// Numbers of the script as an array: the means of colours, say.
static Value constant(Eval *e, const List *list, Loc loc) {
    enum { MANY = 1 << 16 };
    Array x = {.of = array_class(&array_constant), .one = true, .rank = 1, .type = CNN_I8};
    x.source = "numbers";
    x.steps = "";
    x.dim[0] = list->n;
    x.numbers = ARENA_NEW(e->a, char);
    for (int i = 0; i < list->n && list->n <= MANY; i++) {
        const Value *v = &list->item[i];
        if (v->kind == VALUE_FLOAT) x.type = CNN_F8;
        if (!value_is_number(v)) return (Value){.kind = VALUE_NONE};
        array_number(e, &x, value_real(v));
    }
    return x.nnumber ? array_value(e, loc, x) : (Value){.kind = VALUE_NONE};
}

// The shape of lists in lists, and their numbers in order; false: it is no array of numbers.
static bool read_nested(Eval *e, const Value *v, int depth, Array *x) {
    if (!value_is_sequence(v)) {
        if (!value_is_number(v) || depth != x->rank) return false;
        if (v->kind == VALUE_FLOAT) x->type = CNN_F8;
        return array_number(e, x, value_real(v)), true;
    }
    int64_t n = value_count(v);
    if (depth == x->rank && (x->nnumber || depth == ARRAY_RANK)) return false;
    if (depth == x->rank) x->dim[x->rank++] = n;
    bool ok = n > 0 && x->dim[depth] == n;
    for (int i = 0; ok && i < n; i++) ok = read_nested(e, value_at(v, i), depth + 1, x);
    return ok;
}

// Rows that stand in the script: [[0, 1], [1, 0]].
static Value listed(Eval *e, const Value *v, Loc loc) {
    Array x = {.of = array_class(&array_listed), .source = "numbers", .steps = "", .type = CNN_I8};
    x.numbers = ARENA_NEW(e->a, char);
    const bool known = read_nested(e, v, 0, &x) && x.rank > 1;
    return known ? array_value(e, loc, x) : (Value){.kind = VALUE_NONE};
}

// Ranges and arrays in a list as lists.
static Value items_listed(Eval *e, const Value *v, Loc loc) {
    Value list = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < value_count(v); i++)
        value_append(e->a, &list, written_listed(e, value_at(v, i), loc));
    return list;
}

static Value run_array(Eval *e, const Call *given) {
    const Call arrays = arrays_of(e, given), *call = &arrays;
    bool typed = call->n == 2 && (!call->arg[1].keyword || !strcmp(call->arg[1].keyword, "dtype"));
    if (call->n == 0 || call->arg[0].keyword || (call->n != 1 && !typed))
        return foreign_call(e, call);
    Value v = call->arg[0].value;
    if (v.kind == VALUE_RANGE) v = written_listed(e, &v, call->loc);
    if (value_is_sequence(&v)) v = items_listed(e, &v, call->loc);
    bool nested = value_is_sequence(&v) && value_count(&v) && value_is_sequence(value_at(&v, 0));
    if (nested)
        v = listed(e, &v, call->loc);
    else if (value_is_sequence(&v))
        v = constant(e, v.list, call->loc);
    if (v.kind == VALUE_ERROR) return v;
    if (v.kind != VALUE_ARRAY) return foreign_call(e, call);
    int type = v.array->type;
    bool as_is = strcmp(call->what, "asarray") == 0; // no copy, where it is of that type
    if (typed && !(as_is && array_parse_type(&call->arg[1].value, &type) && type == v.array->type))
        return array_astype(e, &v, &call->arg[1].value, call->loc);
    return as_is ? v : array_copy(e, &v, call->loc);
}

// ----------------------------------------------------------------------------------- classes

Value array_argmax_of(Eval *e, const Call *call) {
    bool series = call->n == 1 && call->arg[0].value.kind == VALUE_SERIES;
    if (series) return series_made(e, &call->arg[0].value, LATER_WHERE_MOST, call->loc);
    static const char *const names[] = {"a", "axis"};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    const Array *from = v[0]->kind == VALUE_ARRAY ? v[0]->array : NULL;
    Value row;
    bool all = from && (!v[1] || v[1]->kind == VALUE_NONE);
    if (all && from->predicted && from->rank == 2 && !from->one && from->dim[0] == 1) {
        const Value first = {.kind = VALUE_INT, .integer = 0};
        row = array_subscript(e, v[0], &first, call->loc);
        from = row.kind == VALUE_ARRAY ? row.array : from;
    }
    bool last =
        from && (v[1] && value_is_int(v[1]) ? v[1]->integer == -1 || v[1]->integer == from->rank - 1
                                            : all && from->one && from->rank == 1);
    if (!last || from->rank < (from->one ? 1 : 2) || from->members) return foreign_call(e, call);
    Array x = array_step(e, from, &array_argmax, "argmax");
    x.type = CNN_I8;
    x.is_frame = false;
    x.numbers = ARENA_NEW(e->a, char);
    x.rank--;
    if (from->plain.classes) {
        x.plain = from->plain;
        x.plain.classes = 0;
    }
    return array_value(e, call->loc, x);
}

// Of labels of a data set the number of classes is known.
static int64_t classes_of(Eval *e, const Value *given, const Array *x, Loc loc) {
    if (given && value_is_int(given)) return given->integer;
    const Array *labels = array_labels_of(x);
    int64_t n = labels ? labels->set->classes : table_classes(x);
    return n ? n : array_classes_read(e, x, loc);
}

Array array_one_hot_rows(Eval *e, const Array *from, int64_t n) {
    Array x =
        array_step(e, from, &array_one_hot, arena_printf(e->a, "one-hot of %lld", (long long)n));
    x.plain = from->plain;
    x.plain.classes = (int)n;
    x.numbers = ARENA_NEW(e->a, char);
    x.is_frame = false;
    x.type = CNN_F8;
    x.rank =
        from->rank > 1 && from->dim[from->rank - 1] == 1 ? from->rank : from->rank + 1; // as Keras
    x.dim[x.rank - 1] = n;
    if (!x.plain.holds) x.plain.classes = 0;
    return x;
}

Value array_categorical(Eval *e, const Call *call) {
    static const char *const names[] = {"x", "num_classes"};
    enum { MANY = 1 << 20 };
    const Value *v[2];
    Value classes;
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    if (v[0]->kind == VALUE_DATA) return *v[0];
    if (v[1] && array_known(e, v[1], call->loc, &classes)) v[1] = &classes;
    const Array *from = v[0]->kind == VALUE_ARRAY ? v[0]->array : NULL;
    bool labels = from && !from->one && !from->members && from->rank < ARRAY_RANK &&
                  !from->plain.classes && (!from->plain.holds || from->plain.labels);
    int64_t n = labels ? classes_of(e, v[1], from, call->loc) : 0;
    if (!labels || (v[1] && !value_is_int(v[1]) && v[1]->kind != VALUE_NONE))
        return foreign_made(e, "utils.to_categorical", call->loc);
    if (n == 0 && !(v[1] && value_is_int(v[1]))) {
        diag_error(e->d, call->loc, 205,
                   "to_categorical needs the argument 'num_classes' here: the labels of %s are not "
                   "known to be class numbers",
                   from->source);
        return eval_error();
    }
    int least = from->set && from->plain.holds ? from->set->classes : 1;
    if (n < least || n > MANY) {
        diag_error(e->d, call->loc, 307, "%lld classes for labels from 0 to %d", (long long)n,
                   least - 1);
        return eval_error();
    }
    return array_value(e, call->loc, array_one_hot_rows(e, from, n));
}

// ------------------------------------------------------------------------------------ several

// Of the rows those that are there; of none, all.
static List some_rows(Eval *e, const List *list) {
    List some = {0};
    for (int i = 0; i < list->n; i++)
        if (list->item[i].kind != VALUE_FOREIGN || !list->item[i].foreign->empty)
            ARENA_PUSH(e->a, some.item, some.n, list->item[i]);
    return some.n ? some : *list;
}

// Rows after rows, or side by side.
static Value joined(Eval *e, const Call *call, const List *all_of_it, int64_t axis) {
    const List some = axis == 0 ? some_rows(e, all_of_it) : *all_of_it, *list = &some;
    for (int i = 0; i < list->n; i++)
        if (list->item[i].kind != VALUE_ARRAY) return foreign_call(e, call);
    Value all = table_array(e, &list->item[0], call->loc);
    all = array_as_rows(e, &all);
    if (all.kind != VALUE_ARRAY || all.array->members) return foreign_call(e, call);
    if (axis < 0) axis += all.array->rank;
    bool same = axis > 1 && axis < all.array->rank && all.array->dim[axis] == 1;
    for (int i = 1; same && i < list->n; i++) same = list->item[i].array == list->item[0].array;
    if (same) return array_repeat(e, &all, list->n, axis, call->loc);
    if (axis != 0 && axis != 1) return foreign_call(e, call);
    for (int i = 1; i < list->n && all.kind == VALUE_ARRAY; i++) {
        Value more = table_array(e, &list->item[i], call->loc);
        more = array_as_rows(e, &more);
        all = axis ? array_beside_two(e, &all, &more, call->loc)
                   : array_join_two(e, &all, &more, call->loc);
    }
    return list->n == 1 ? array_copy(e, &all, call->loc) : all;
}

// Without an axis all values in one row; of one dimension these are the rows.
static Value run_append(Eval *e, const Call *given) {
    const Call arrays = arrays_of(e, given), *call = &arrays;
    static const char *const names[] = {"arr", "values", "axis"};
    const Value *v[3];
    if (!take(e, call, names, 2, 3, v)) return eval_error();
    List list = {0};
    bool axis = v[2] && v[2]->kind == VALUE_INT, rows = true;
    for (int i = 0; i < 2; i++) {
        ARENA_PUSH(e->a, list.item, list.n, *v[i]);
        rows &= v[i]->kind == VALUE_ARRAY && v[i]->array->rank == 1;
    }
    bool known = axis || (rows && (!v[2] || v[2]->kind == VALUE_NONE));
    return known ? joined(e, call, &list, axis ? v[2]->integer : 0) : foreign_call(e, call);
}

static Value run_concatenate(Eval *e, const Call *call) {
    static const char *const names[] = {"arrays", "axis"};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    bool known = value_is_sequence(v[0]) && value_count(v[0]) && (!v[1] || value_is_int(v[1]));
    return known ? joined(e, call, v[0]->list, v[1] ? v[1]->integer : 0) : foreign_call(e, call);
}

// What has one dimension would become a row.
static Value run_vstack(Eval *e, const Call *call) {
    const Value *v = call->n == 1 ? &call->arg[0].value : NULL;
    bool rows = v && value_is_sequence(v) && value_count(v);
    const List some = rows ? some_rows(e, v->list) : (List){0};
    for (int i = 0; rows && i < some.n; i++)
        rows = some.item[i].kind == VALUE_ARRAY && some.item[i].array->rank > 1;
    return rows ? joined(e, call, &some, 0) : foreign_call(e, call);
}

// Of one dimension they are put after each other.
static Value run_hstack(Eval *e, const Call *call) {
    static const char *const names[] = {"tup"};
    const Value *v;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    if (!value_is_sequence(v) || !value_count(v)) return foreign_call(e, call);
    const Value *first = value_at(v, 0);
    return joined(e, call, v->list, first->kind == VALUE_ARRAY && first->array->rank > 1);
}

static Value run_clip(Eval *e, const Call *call) {
    static const char *const names[] = {"a", "a_min", "a_max"};
    const Value *v[3];
    if (!take(e, call, names, 1, 3, v)) return eval_error();
    return v[0]->kind == VALUE_ARRAY ? array_clip(e, v[0], v[1], v[2], call->loc)
                                     : foreign_call(e, call);
}

static Value run_clip_by_value(Eval *e, const Call *call) {
    static const char *const names[] = {"t", "clip_value_min", "clip_value_max"};
    const Value *v[3];
    if (!take(e, call, names, 3, 3, v)) return eval_error();
    return v[0]->kind == VALUE_ARRAY ? array_clip(e, v[0], v[1], v[2], call->loc)
                                     : foreign_made(e, "tf.clip_by_value", call->loc);
}

// Floats, and of short integers short ones.
static Value rint_of_integers(Eval *e, const Value *v, const Call *call) {
    static const Value real = {.kind = VALUE_STRING, .text = "float64"};
    bool wide = type_rows[v->array->type].bytes >= 4 && !v->array->members;
    return wide ? array_astype(e, v, &real, call->loc) : foreign_call(e, call);
}

static Value run_round(Eval *e, const Call *call) {
    static const char *const names[] = {"a", "decimals"};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    if (v[0]->kind != VALUE_ARRAY || (v[1] && !value_is_int(v[1]))) return foreign_call(e, call);
    const TypeRow *type = &type_rows[v[0]->array->type];
    if (strcmp(call->what, "rint") == 0 && !type->real) return rint_of_integers(e, v[0], call);
    return array_round(e, v[0], v[1] ? v[1]->integer : 0, call->loc);
}

// ------------------------------------------------------------------------------------- files

// np.save("p.npy", p) of predictions.
static Value run_save(Eval *e, const Call *call) {
    static const char *const names[] = {"file", "arr"};
    const Value *v[2];
    if (!take(e, call, names, 2, 2, v)) return eval_error();
    if (v[0]->kind != VALUE_STRING || v[1]->kind != VALUE_ARRAY || !v[1]->array->predicted)
        return foreign_call(e, call);
    bool ends = text_ends(v[0]->text, ".npy");
    Statement s = {.kind = STATEMENT_PRINT, .nitem = 1, .end = ""};
    s.path = arena_printf(e->a, "%s%s", v[0]->text, ends ? "" : ".npy");
    s.item = ARENA_NEW(e->a, PrintItem);
    *s.item = (PrintItem){.kind = PRINT_ARRAY, .array = v[1]->array, .text = ""};
    statement_add(e, v[1]->array->predicted, call->loc, s);
    return (Value){.kind = VALUE_NONE};
}

bool number_conversion(const char *f) {
    enum { LONGEST = 16 };
    if (strlen(f) > LONGEST || *f != '%') return false;
    f += 1 + strspn(f + 1, "-+ 0");
    size_t width = strspn(f, "0123456789");
    f += width;
    size_t precision = *f == '.' ? 1 + strspn(f + 1, "0123456789") : 0;
    f += precision;
    return width < 4 && precision < 4 && *f && strchr("defg", *f) && !f[1];
}

bool file_is_packed(const char *path) {
    static const char *const ends[] = {".gz", ".bz2", ".zip", ".xz", ".lzma", ".zst", ".tar"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof ends / sizeof *ends; i++)
        if (strcmp(dot, ends[i]) == 0) return true;
    return false;
}

static const char *text_or(const Value *v, const char *standard) { // NULL: it is none
    if (!v) return standard;
    return v->kind == VALUE_STRING ? v->text : NULL;
}

// np.savetxt("p.csv", p, fmt="%d", delimiter=",", header="a,b", comments="") of predictions.
static Value run_savetxt(Eval *e, const Call *call) {
    static const char *const names[] = {"fname",   "X",      "fmt",    "delimiter",
                                        "newline", "header", "footer", "comments"};
    const Value *v[8];
    if (!take(e, call, names, 2, 8, v)) return eval_error();
    const Array *x = v[1]->kind == VALUE_ARRAY ? v[1]->array : NULL;
    const char *path = text_or(v[0], NULL), *fmt = text_or(v[2], "%.18e"),
               *between = text_or(v[3], " "), *header = text_or(v[5], ""),
               *comments = text_or(v[7], "# ");
    bool known = path && fmt && between && header && comments && !v[4] && !v[6] && x &&
                 x->predicted && x->rank >= 1 && x->rank <= 2 && number_conversion(fmt);
    if (!known || strchr(header, '\n') || file_is_packed(path)) return foreign_call(e, call);
    Statement s = {.kind = STATEMENT_PRINT, .nitem = 2, .path = path, .end = between};
    s.item = ARENA_ARRAY(e->a, PrintItem, 2);
    s.item[0] = (PrintItem){.kind = PRINT_ARRAY, .array = x, .text = fmt};
    s.item[1] = (PrintItem){.kind = PRINT_TEXT, .text = ""};
    if (*header) s.item[1].text = arena_printf(e->a, "%s%s\n", comments, header);
    statement_add(e, x->predicted, call->loc, s);
    return (Value){.kind = VALUE_NONE};
}

static Value run_reduction(Eval *e, const Call *call) {
    const Value *v = first_array(call);
    return v ? array_reduce(e, v, call->what, call, 1) : foreign_call(e, call);
}

static Value run_as_array(Eval *e, const Call *call) {
    Call as = *call;
    as.what = "asarray";
    return run_array(e, &as);
}

const Function data_functions[] = {
    {"ascontiguousarray", "numpy", run_as_array, true},
    {"convert_to_tensor", "tf", run_as_array, true},
    {"to_categorical", "utils", array_categorical, true},
    {"expand_dims", "numpy", run_expand_dims, true},
    {"expand_dims", "tf", run_expand_dims, true},
    {"cast", "tf", run_cast, true},
    {"repeat", "numpy", run_repeat, true},
    {"reshape", "numpy", run_reshape, true},
    {"reshape", "tf", run_tensor_reshape, true},
    {"transpose", "numpy", run_transpose, true},
    {"squeeze", "numpy", run_squeeze, true},
    {"ravel", "numpy", run_ravel, true},
    {"array", "numpy", run_array, true},
    {"constant", "tf", run_array, true},
    {"asarray", "numpy", run_array, true},
    {"argmax", "numpy", array_argmax_of, true},
    {"concatenate", "numpy", run_concatenate, true},
    {"vstack", "numpy", run_vstack, true},
    {"append", "numpy", run_append, true},
    {"clip", "numpy", run_clip, true},
    {"clip_by_value", "tf", run_clip_by_value, true},
    {"hstack", "numpy", run_hstack, true},
    {"std", "numpy", run_reduction, true},
    {"round", "numpy", run_round, true},
    {"save", "numpy", run_save, true},
    {"savetxt", "numpy", run_savetxt, true},
    {"around", "numpy", run_round, true},
    {"rint", "numpy", run_round, true},
    {0},
};
