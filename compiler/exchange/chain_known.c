// SPDX-License-Identifier: MIT
// Values of a graph that do not depend on its input: constants, and shapes that exporters compute node by node, in which
// the number of samples is unknown. See chain.h.
#include "exchange/chain.h"
#include "exchange/onnx_proto.h"
#include "support/text.h"
#include <string.h>

enum { DEEPEST_VALUE = 64, MOST_ITEMS = 64 };

static const Known *value_of(Chain *c, const char *value, int depth);

static Known *room(Chain *c, bool real, int rank, const int64_t *dim) {
    Known *k = ARENA_NEW(c->a, Known);
    *k = (Known){.real = real, .rank = rank, .count = 1};
    for (int d = 0; d < rank; d++) {
        k->dim[d] = dim[d];
        if (!mul64(k->count, dim[d], &k->count)) return NULL;
    }
    return k;
}

// A list, or of rank 0 a number.
static const Known *integers(Chain *c, const int64_t *value, int64_t count, int rank) {
    Known *k = room(c, false, rank, &count);
    if (k) k->i = value;
    return k;
}

static const Known *of_tensor(Chain *c, const OnnxTensor *t) {
    Known *k = room(c, t->type == ONNX_FLOAT, t->rank, t->dim);
    if (!k) return NULL;
    if (k->real) {
        float *to = ARENA_ARRAY(c->a, float, k->count + 1);
        k->f = to;
        return onnx_tensor_floats(t, to) ? k : NULL;
    }
    if (t->type != ONNX_INT64 && t->type != ONNX_INT32 && t->type != ONNX_BOOL) return NULL;
    int64_t *to = ARENA_ARRAY(c->a, int64_t, k->count + 1);
    k->i = to;
    return onnx_tensor_integers(t, to) ? k : NULL;
}

static const OnnxAttribute *attribute(const OnnxNode *n, const char *name) {
    for (int i = 0; i < n->nattribute; i++)
        if (strcmp(n->attribute[i].name, name) == 0) return &n->attribute[i];
    return NULL;
}

static int64_t int_of(const OnnxNode *n, const char *name, int64_t otherwise) {
    const OnnxAttribute *at = attribute(n, name);
    return at ? at->integer : otherwise;
}

static const Known *constant(Chain *c, const OnnxNode *n) {
    const OnnxAttribute *at = n->nattribute == 1 ? &n->attribute[0] : NULL;
    CnnError error = {0};
    OnnxTensor t;
    int64_t *list, count = 0;
    float *reals;
    if (!at) return NULL;
    if (strcmp(at->name, "value") == 0)
        return onnx_tensor_of(c->a, at, &t, &error) ? of_tensor(c, &t) : NULL;
    if (strcmp(at->name, "value_int") == 0) return integers(c, &at->integer, 1, 0);
    if (strcmp(at->name, "value_ints") == 0) {
        count = onnx_integers(c->a, at, &list);
        return count < 0 ? NULL : integers(c, list, count, 1);
    }
    bool one = strcmp(at->name, "value_float") == 0;
    if (!one && strcmp(at->name, "value_floats") == 0) count = onnx_floats(c->a, at, &reals);
    if (!one && count < 1) return NULL;
    Known *k = room(c, true, !one, &count);
    if (k) k->f = one ? &at->real : reals;
    return k;
}

// ---- shapes

static const Known *shape(Chain *c, const OnnxNode *n, int depth) {
    const Shape *seen = n->nin ? map_get(c->seen, n->in[0]) : NULL;
    int64_t *to = ARENA_ARRAY(c->a, int64_t, MOST_DIMS), from = int_of(n, "start", 0);
    int rank = 0;
    if (seen) {
        to[rank++] = SAMPLES;
        for (int d = 0; d < seen->rank; d++) to[rank++] = seen->dim[d];
    } else {
        const Known *k = n->nin ? value_of(c, n->in[0], depth) : NULL;
        if (!k) return NULL;
        for (int d = 0; d < k->rank; d++) to[rank++] = k->dim[d];
    }
    int64_t end = int_of(n, "end", rank);
    if (from < 0) from += rank;
    if (end < 0) end += rank;
    if (end > rank) end = rank;
    return from < 0 || from > end ? NULL : integers(c, to + from, end - from, 1);
}

static const Known *gather(Chain *c, const OnnxNode *n, const Known *of, const Known *at) {
    bool list = !of->real && of->rank == 1 && !at->real && at->rank <= 1;
    if (!list || int_of(n, "axis", 0) != 0) return NULL;
    int64_t *to = ARENA_ARRAY(c->a, int64_t, at->count + 1);
    for (int64_t i = 0; i < at->count; i++) {
        int64_t k = at->i[i] < 0 ? at->i[i] + of->count : at->i[i];
        if (k < 0 || k >= of->count) return NULL;
        to[i] = of->i[k];
    }
    return integers(c, to, at->count, at->rank);
}

int64_t chain_held(int64_t n, int64_t count, int64_t least, int64_t most) {
    if (n < 0) n += count;
    return n < least ? least : n > most ? most : n;
}

// Along the first dimension, one by one or backwards.
static const Known *slice(Chain *c, const OnnxNode *n, const Known *of, int depth) {
    int64_t bound[4] = {0, 0, 0, 1}; // from, end, axis, step
    for (int i = 0; i < 4 && i + 1 < n->nin; i++) {
        if (!*n->in[i + 1]) continue;
        const Known *k = value_of(c, n->in[i + 1], depth);
        if (!k || k->real || k->count != 1 || *k->i == SAMPLES) return NULL;
        bound[i] = *k->i;
    }
    const int64_t rows = of->rank ? of->dim[0] : 0, step = bound[3];
    if (of->real || rows < 1 || n->nin < 3 || bound[2] || (step != 1 && step != -1)) return NULL;
    const int64_t back = step < 0; // the last row is the first, and the end before row 0
    const int64_t from = chain_held(bound[0], rows, 0, rows - back);
    const int64_t end = chain_held(bound[1], rows, -back, rows - back);
    const int64_t count = (end - from) * step, size = of->count / rows;
    int64_t dim[MOST_DIMS];
    if (count < 0) return NULL;
    int64_t *to = ARENA_ARRAY(c->a, int64_t, of->count + 1);
    for (int64_t r = 0; r < count; r++)
        memcpy(to + r * size, of->i + (from + r * step) * size, (size_t)size * sizeof *to);
    memcpy(dim, of->dim, sizeof dim);
    dim[0] = count;
    Known *k = room(c, false, of->rank, dim);
    if (k) k->i = to;
    return k;
}

static const Known *concat(Chain *c, const OnnxNode *n, int depth) {
    int64_t *to = NULL;
    int count = 0;
    if (int_of(n, "axis", 0) != 0) return NULL;
    for (int i = 0; i < n->nin; i++) {
        const Known *k = value_of(c, n->in[i], depth);
        if (!k || k->real || k->rank != 1 || count + k->count > MOST_ITEMS) return NULL;
        for (int64_t e = 0; e < k->count; e++) ARENA_PUSH(c->a, to, count, k->i[e]);
    }
    return integers(c, to, count, 1);
}

// Of two integers, each of any rank.
static const Known *arithmetic(Chain *c, const OnnxNode *n, const Known *x, const Known *y) {
    int64_t *to = ARENA_NEW(c->a, int64_t);
    const Known *wide = x->rank > y->rank ? x : y;
    if (x->real || y->real || x->count != 1 || y->count != 1) return NULL;
    bool counted = *x->i != SAMPLES && *y->i != SAMPLES;
    if (!counted) return NULL;
    if (strcmp(n->type, "Mul") == 0)
        counted = mul64(*x->i, *y->i, to);
    else if (strcmp(n->type, "Add") == 0)
        counted = add64(*x->i, *y->i, to);
    else if (strcmp(n->type, "Mod") == 0 && *x->i >= 0 && *y->i > 0)
        *to = *x->i % *y->i;
    else
        return NULL;
    Known *k = room(c, false, wide->rank, wide->dim);
    if (k) k->i = to;
    return counted ? k : NULL;
}

static const Known *filled(Chain *c, const OnnxNode *n, const Known *shape) {
    const OnnxAttribute *at = attribute(n, "value");
    CnnError error = {0};
    OnnxTensor t;
    if (!at || !onnx_tensor_of(c->a, at, &t, &error) || t.count != 1) return NULL;
    const Known *one = of_tensor(c, &t);
    bool list = !shape->real && shape->count == 1 && *shape->i >= 0 && *shape->i <= MOST_ITEMS;
    if (!one || one->real || !list) return NULL;
    int64_t *to = ARENA_ARRAY(c->a, int64_t, MOST_ITEMS);
    for (int64_t i = 0; i < *shape->i; i++) to[i] = *one->i;
    return integers(c, to, *shape->i, 1);
}

// ---- the same numbers in another form

static const Known *cast(Chain *c, const OnnxNode *n, const Known *k) {
    const int64_t to = int_of(n, "to", 0);
    if (k->real ? to == ONNX_FLOAT : to == ONNX_INT64 || to == ONNX_INT32) return k;
    Known *made = room(c, to == ONNX_FLOAT, k->rank, k->dim);
    if (!made || k->real || to != ONNX_FLOAT) return NULL;
    float *f = ARENA_ARRAY(c->a, float, k->count + 1);
    for (int64_t i = 0; i < k->count; i++) {
        if (k->i[i] == SAMPLES) return k; // it will be cast back
        f[i] = (float)k->i[i];
    }
    made->f = f;
    return made;
}

// With a dimension of 1 at these axes, or without those.
static const Known *squeezed(Chain *c, const OnnxNode *n, const Known *k, bool in, int depth) {
    int64_t *axis = NULL, count = 0, dim[MOST_DIMS];
    const OnnxAttribute *at = attribute(n, "axes");
    const Known *list = n->nin > 1 ? value_of(c, n->in[1], depth) : NULL;
    if (at) count = onnx_integers(c->a, at, &axis);
    if (list && !list->real) axis = (int64_t *)list->i, count = list->count;
    const int64_t rank = in ? k->rank + count : k->rank;
    bool is[MOST_DIMS] = {false};
    if (count < 1 || rank > MOST_DIMS) return NULL;
    for (int64_t i = 0; i < count; i++) {
        int64_t d = axis[i] < 0 && axis[i] >= -rank ? axis[i] + rank : axis[i];
        if (d < 0 || d >= rank || is[d]) return NULL;
        is[d] = true;
        if (!in && k->dim[d] != 1) return NULL;
    }
    int made = 0, old = 0;
    for (int64_t d = 0; d < rank; d++) {
        if (in)
            dim[made++] = is[d] ? 1 : k->dim[old++];
        else if (!is[d])
            dim[made++] = k->dim[d];
    }
    Known *same = room(c, k->real, made, dim);
    if (same) same->f = k->f, same->i = k->i;
    return same;
}

static const Known *reshaped(Chain *c, const Known *k, const Known *to) {
    int64_t dim[MOST_DIMS], rest = 1;
    int free = -1;
    if (to->real || to->rank != 1 || to->count > MOST_DIMS) return NULL;
    for (int d = 0; d < to->count; d++) {
        dim[d] = to->i[d];
        if (dim[d] == 0 && d < k->rank) dim[d] = k->dim[d];
        if (dim[d] == -1 && free < 0)
            free = d;
        else if (dim[d] < 1 || !mul64(rest, dim[d], &rest))
            return NULL;
    }
    if (free >= 0) dim[free] = k->count / rest;
    Known *same = room(c, k->real, (int)to->count, dim);
    if (!same || same->count != k->count) return NULL;
    same->f = k->f, same->i = k->i;
    return same;
}

static const int64_t *permuted_integers(Chain *c, const Known *k, const int *from) { // of a matrix
    int64_t *to = ARENA_ARRAY(c->a, int64_t, k->count + 1);
    const int64_t rows = k->rank == 2 ? k->dim[from[0]] : k->count,
                  columns = k->count / (rows ? rows : 1);
    bool turned = k->rank == 2 && from[0] == 1;
    for (int64_t i = 0; i < k->count; i++)
        to[i] = k->i[turned ? i % columns * rows + i / columns : i];
    return to;
}

static const Known *transposed(Chain *c, const OnnxNode *n, const Known *k) {
    int64_t *perm = NULL, dim[MOST_DIMS];
    int from[MOST_DIMS];
    bool is[MOST_DIMS] = {false};
    const OnnxAttribute *at = attribute(n, "perm");
    if ((!k->real && k->rank > 2) || (at && onnx_integers(c->a, at, &perm) != k->rank)) return NULL;
    for (int d = 0; d < k->rank; d++) {
        int64_t of = at ? perm[d] : k->rank - 1 - d;
        if (of < 0 || of >= k->rank || is[of]) return NULL;
        is[of] = true;
        from[d] = (int)of;
        dim[d] = k->dim[of];
    }
    Known *made = room(c, k->real, k->rank, dim);
    if (made && k->real)
        made->f = chain_permuted(c, k, from);
    else if (made)
        made->i = permuted_integers(c, k, from);
    return made;
}

// ---- all

static const Known *made_by(Chain *c, const OnnxNode *n, int depth) {
    if (*n->domain) return NULL;
    if (strcmp(n->type, "Constant") == 0) return constant(c, n);
    if (strcmp(n->type, "Shape") == 0) return shape(c, n, depth);
    if (strcmp(n->type, "Concat") == 0) return concat(c, n, depth);
    const Known *x = n->nin ? value_of(c, n->in[0], depth) : NULL;
    if (!x) return NULL;
    if (strcmp(n->type, "Identity") == 0) return x;
    if (strcmp(n->type, "Cast") == 0) return cast(c, n, x);
    if (strcmp(n->type, "Transpose") == 0) return transposed(c, n, x);
    if (strcmp(n->type, "Slice") == 0) return slice(c, n, x, depth);
    if (strcmp(n->type, "ConstantOfShape") == 0) return filled(c, n, x);
    if (strcmp(n->type, "Squeeze") == 0) return squeezed(c, n, x, false, depth);
    if (strcmp(n->type, "Unsqueeze") == 0) return squeezed(c, n, x, true, depth);
    const Known *y = n->nin > 1 ? value_of(c, n->in[1], depth) : NULL;
    if (!y) return NULL;
    if (strcmp(n->type, "Gather") == 0) return gather(c, n, x, y);
    if (strcmp(n->type, "Reshape") == 0) return reshaped(c, x, y);
    return arithmetic(c, n, x, y);
}

static const Known *value_of(Chain *c, const char *value, int depth) {
    const Known *k = map_get(c->known, value);
    if (k || depth > DEEPEST_VALUE) return k;
    const OnnxTensor *t = map_get(c->tensor, value);
    const OnnxNode *n = map_get(c->maker, value);
    if (t)
        k = of_tensor(c, t);
    else if (n && n->nout == 1)
        k = made_by(c, n, depth + 1);
    if (k) *map_slot(c->known, value) = (void *)k;
    return k;
}

const Known *chain_known(Chain *c, const char *value) {
    return *value ? value_of(c, value, 0) : NULL;
}

bool chain_has(const Chain *c, int i) {
    return i < c->node->nin && *c->node->in[i];
}

const Known *chain_given(Chain *c, int i) {
    if (!chain_has(c, i)) return (void)chain_fault(c, "it has no input %d", i + 1), NULL;
    const char *name = c->node->in[i];
    const Known *k = chain_known(c, name);
    const OnnxTensor *t = map_get(c->tensor, name);
    if (!k && t)
        chain_fault(c, "'%s' is of %s, or damaged: cnnc takes weights of float32", name,
                    onnx_type_name(t->type));
    else if (!k)
        chain_fault(c, "'%s' is no constant, and cnnc compiles chains of layers", name);
    return k;
}

bool chain_scalar(const Known *k, double *to) {
    if (!k || k->count != 1 || (!k->real && *k->i == SAMPLES)) return false;
    *to = k->real ? (double)*k->f : (double)*k->i;
    return true;
}

bool chain_ints(Chain *c, const Known *k, int64_t *to, int most, int *n) {
    if (k->real || k->rank > 1 || k->count > most)
        return chain_fault(c, "its list has too many numbers, or no integers");
    *n = (int)k->count;
    for (int i = 0; i < *n; i++) to[i] = k->i[i];
    return true;
}

const Readers *chain_readers(const Chain *c, const char *value) {
    static const Readers none = {0};
    const Readers *r = map_get(c->readers, value);
    return r ? r : &none;
}

// ------------------------------------------------------------------------------------ attributes

static OnnxAttribute *asked(Chain *c, const char *name) {
    OnnxAttribute *at = (OnnxAttribute *)attribute(c->node, name);
    if (at) at->read = true;
    return at;
}

int64_t chain_int(Chain *c, const char *name, int64_t otherwise) {
    const OnnxAttribute *at = asked(c, name);
    return at ? at->integer : otherwise;
}

double chain_real(Chain *c, const char *name, double otherwise) {
    const OnnxAttribute *at = asked(c, name);
    return at ? (double)at->real : otherwise;
}

const char *chain_text(Chain *c, const char *name, const char *otherwise) {
    const OnnxAttribute *at = asked(c, name);
    return at ? arena_strndup(c->a, (const char *)at->text.at, at->text.size) : otherwise;
}

int chain_list(Chain *c, const char *name, int64_t *to, int most) {
    const OnnxAttribute *at = asked(c, name);
    int64_t *list;
    if (!at) return -1;
    int n = onnx_integers(c->a, at, &list);
    if (n < 0 || n > most) return chain_fault(c, "its %s are too many, or damaged", name), -1;
    for (int i = 0; i < n; i++) to[i] = list[i];
    return n;
}

int chain_list_or_input(Chain *c, const char *name, int i, int64_t *to, int most) {
    int n = chain_list(c, name, to, most);
    if (n >= 0 || !chain_has(c, i)) return n;
    const Known *k = chain_given(c, i);
    return k && chain_ints(c, k, to, most, &n) ? n : -1;
}
