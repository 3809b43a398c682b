// SPDX-License-Identifier: MIT
// Shapes and weights, layer by layer, and the limits on their size.
#include "keras/constraints/constraint.h"
#include "keras/initializers/initializer.h"
#include "keras/layers/layer.h"
#include "script/eval.h"
#include "support/text.h"

static const int64_t most_bytes = (int64_t)1 << 38, bytes_each = 4;

int64_t shape_count(const Shape *s) {
    int64_t n = 1;
    for (int i = 0; i < s->rank; i++)
        if (!mul64(n, s->dim[i], &n)) return INT64_MAX;
    return n;
}

const char *shape_text(Arena *a, const Shape *s) {
    const char *text = "(None";
    for (int i = 0; i < s->rank; i++)
        text = arena_printf(a, "%s, %lld", text, (long long)s->dim[i]);
    return arena_printf(a, "%s)", text);
}

static bool within(Arena *a, Diag *d, Loc loc, const char *what, const char *sum, int64_t count) {
    if (count <= most_bytes / bytes_each) return true;
    int64_t bytes;
    const char *total = mul64(count, bytes_each, &bytes)
                            ? text_thousands(a, bytes)
                            : arena_printf(a, "more than %s", text_thousands(a, INT64_MAX));
    diag_error(d, loc, 306, "%s is too large: %s x %lld bytes = %s", what, sum,
               (long long)bytes_each, total);
    diag_help(d, loc, "the limit is 2^38 = %s bytes", text_thousands(a, most_bytes));
    return false;
}

bool shape_within(Arena *a, Diag *d, Loc loc, const char *what, const Shape *s) {
    const char *sum = "";
    for (int i = 0; i < s->rank; i++)
        sum = arena_printf(a, "%s%s%s", sum, i ? " x " : "", text_thousands(a, s->dim[i]));
    return within(a, d, loc, what, sum, shape_count(s));
}

static bool as_given(Arena *a, Diag *d, const Layer *l) {
    const Given *g = l->given;
    if (!g) return true;
    bool same = g->shape.rank == l->in[0].rank;
    for (int i = 0; i < g->shape.rank && same; i++) same = g->shape.dim[i] == l->in[0].dim[i];
    if (same) return true;
    diag_error(d, g->loc, 309, "the input of '%s' is %s, not %s", l->name, shape_text(a, &l->in[0]),
               shape_text(a, &g->shape));
    layer_input_note(a, d, l);
    return false;
}

bool axes_resolve(Diag *d, Loc loc, const Axes *axes, int rank, bool is[MAX_RANK]) {
    for (int i = 0; i < MAX_RANK; i++) is[i] = false;
    for (int i = 0; i < axes->n; i++) {
        int64_t axis = axes->axis[i] < 0 ? axes->axis[i] + rank : axes->axis[i];
        if (axis < 0 || axis >= rank) {
            diag_error(d, loc, 207, "axis %lld is none of the %d there are, %d to %d",
                       (long long)axes->axis[i], rank, -rank, rank - 1);
            return false;
        }
        is[axis] = true;
    }
    return true;
}

// Each layer keeps as many as it has: a model may have tens of thousands of layers.
static void make_weights(Arena *a, Layer *l) {
    Weight room[MAX_WEIGHTS] = {0};
    l->weight = room;
    if (l->cls->weights) l->cls->weights(l);
    l->weight = arena_copy(a, room, (size_t)l->nweight * sizeof *room);
}

static bool pairs_fit(Diag *d, const Layer *l, const char *what, const Weight *w) {
    const Penalty *p = &w->args.penalty;
    if (p->pairs == 0) return true;
    if (w->shape.rank == 2 && w->shape.dim[p->columns] > 1) return true;
    diag_error(d, l->loc, 311, "OrthogonalRegularizer is for matrices of two %s or more, not %s",
               p->columns ? "columns" : "rows", what);
    return false;
}

static bool activity_fits(Diag *d, const Layer *l) {
    const Penalty *p = l->cls->activity ? l->cls->activity(l) : NULL;
    if (!p || p->pairs == 0) return true;
    diag_error(d, l->loc, 208, "OrthogonalRegularizer of what '%s' makes is not supported yet",
               l->name);
    return false;
}

static bool infer_layer(Arena *a, Diag *d, Layer *l) {
    if (!as_given(a, d, l)) return false;
    if (!l->cls->shape(a, d, l)) return false;
    const char *what = arena_printf(a, "the output of '%s'", l->name);
    if (!shape_within(a, d, l->loc, what, &l->out)) return false;
    if (!activity_fits(d, l)) return false;
    make_weights(a, l);
    for (int i = 0; i < l->nweight; i++) {
        what = arena_printf(a, "the %s of '%s'", l->weight[i].name, l->name);
        Weight *w = &l->weight[i];
        if (!shape_within(a, d, l->loc, what, &w->shape)) return false;
        if (!pairs_fit(d, l, what, w)) return false;
        if (!initializer_start(d, &w->args.init, what, &w->shape, &w->init)) return false;
        if (!constraint_axes(d, &w->args.constraint, &w->shape, w->norm_over)) return false;
        w->variable = w->trainable;
        w->trainable &= l->trainable && !l->frozen; // else it has no penalty either, as in Keras
    }
    return true;
}

static int64_t layer_count(const Layer *l) {
    int64_t n = 0;
    for (int i = 0; i < l->nweight; i++)
        if (!add64(n, shape_count(&l->weight[i].shape), &n)) return INT64_MAX;
    return n;
}

// The sum of what each layer has; of a long list, the first ten.
static bool parameters_within(Arena *a, Diag *d, const Model *m) {
    enum { SHOWN = 10 };
    int64_t total = 0;
    int shown = 0;
    const char *sum = "";
    for (int i = 0; i < m->nlayer; i++) {
        int64_t n = layer_count(&m->layer[i]);
        if (!add64(total, n, &total)) total = INT64_MAX;
        if (n == 0 || shown > SHOWN) continue;
        sum = arena_printf(a, "%s%s%s", sum, shown ? " + " : "",
                           shown == SHOWN ? "..." : text_thousands(a, n));
        shown++;
    }
    sum = arena_printf(a, "(%s)", sum);
    return within(a, d, m->loc, "the sum of all parameters", sum, total);
}

bool shape_infer(Arena *a, Diag *d, Model *m) {
    if (!shape_within(a, d, m->input_loc, "the input", &m->input)) return false;
    for (int i = 0; i < m->nlayer; i++) {
        Layer *l = &m->layer[i];
        for (int k = 0; k < l->ninput; k++)
            l->in[k] = l->from[k].layer ? l->from[k].layer->out : m->input;
        if (!infer_layer(a, d, l)) return false;
    }
    m->output = m->last->out;
    return parameters_within(a, d, m);
}

int64_t model_parameters(const Model *m, bool trainable_only) {
    int64_t n = 0;
    for (int i = 0; i < m->nlayer; i++)
        for (int k = 0; k < m->layer[i].nweight; k++) {
            const Weight *w = &m->layer[i].weight[k];
            if (w->trainable || !trainable_only) n += shape_count(&w->shape);
        }
    return n;
}
