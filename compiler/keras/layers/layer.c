// SPDX-License-Identifier: MIT
// What several layers share: windows, weights, notes and arithmetic.
#include "keras/layers/layer.h"
#include "step/step.h"
#include "support/limit.h"
#include "support/text.h"
#include <string.h>

const char *const channels_last[] = {"channels_last", NULL};
const char *const paddings[] = {"valid", "same", NULL};

Loc layer_arg_loc(const Layer *l, const char *arg) {
    for (int i = 0; l->cls->args[i].name; i++)
        if (strcmp(l->cls->args[i].name, arg) == 0 && l->arg_loc[i].line) return l->arg_loc[i];
    return l->loc;
}

void layer_weight(Layer *l, const char *name, Shape shape, const WeightArgs *args) {
    l->weight[ROOM(l->nweight++, MAX_WEIGHTS, "weights of a layer")] =
        (Weight){.name = name, .shape = shape, .args = *args, .trainable = true};
}

bool layer_axes(Arena *a, Diag *d, const Layer *l, const char *arg, const Axes *axes,
                bool is[MAX_RANK]) {
    int rank = l->in[0].rank;
    for (int i = 0; i < MAX_RANK; i++) is[i] = false;
    for (int i = 0; i < axes->n; i++) {
        int64_t axis = axes->axis[i] < 0 ? axes->axis[i] + rank : axes->axis[i] - 1;
        if (axis < 0 || axis >= rank) {
            diag_error(d, layer_arg_loc(l, arg), 302,
                       "'%s' of '%s' is from 1 to %d, or from -1 to -%d, of %s, not %lld", arg,
                       l->name, rank, rank, shape_text(a, &l->in[0]), (long long)axes->axis[i]);
            return false;
        }
        is[axis] = true;
    }
    return true;
}

int layer_axis(Arena *a, Diag *d, const Layer *l, const char *arg, int64_t axis) {
    const Axes one = {1, {axis}};
    bool is[MAX_RANK];
    int dim = 0;
    if (!layer_axes(a, d, l, arg, &one, is)) return -1;
    while (!is[dim]) dim++;
    return dim;
}

bool layer_same_shape(Arena *a, Diag *d, Layer *l) {
    (void)a, (void)d; // no shape is refused
    l->out = l->in[0];
    return true;
}

void layer_input_note(Arena *a, Diag *d, const Layer *l) {
    const Layer *from = l->from[0].layer;
    if (from)
        diag_note(d, l->from[0].loc, "the input is the output of '%s' %s", from->name,
                  shape_text(a, &l->in[0]));
    else
        diag_note(d, l->from[0].loc, "the input is the model's own %s", shape_text(a, &l->in[0]));
}

bool layer_spatial_input(Arena *a, Diag *d, const Layer *l) {
    int space = l->cls->space;
    static const char *const wanted[] = {
        [1] = "sequences (None, steps, channels)", [2] = "images (None, height, width, channels)"};
    if (l->in[0].rank == space + 1) return true;
    diag_error(d, l->loc, 302, "%s '%s' needs %s, not %s", l->cls->name, l->name, wanted[space],
               shape_text(a, &l->in[0]));
    layer_input_note(a, d, l);
    long long n[2] = {l->in[0].dim[0], l->in[0].dim[1]};
    if (l->from[0].layer || l->in[0].rank != space) return false;
    if (space == 1)
        diag_help(d, l->from[0].loc, "give the steps a channel: shape=(%lld, 1)", n[0]);
    else
        diag_help(d, l->from[0].loc, "give the images a channel: shape=(%lld, %lld, 1)", n[0],
                  n[1]);
    return false;
}

// ---------------------------------------------------------------------------------- windows

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && a < 0);
}

// The extent a dilated window covers; INT64_MAX where it does not fit 64 bits.
static int64_t window_reach(int64_t window, int64_t dilation) {
    int64_t reach;
    return mul64(window - 1, dilation, &reach) && add64(reach, 1, &reach) ? reach : INT64_MAX;
}

int64_t window_extent(int64_t in, int64_t window, int64_t stride, int64_t dilation, bool same) {
    if (same) return in / stride + (in % stride != 0);
    return floor_div(in - window_reach(window, dilation), stride) + 1;
}

int64_t window_padded(int64_t in, int64_t window, int64_t stride, int64_t dilation, bool same) {
    if (!same) return in;
    int64_t first = (window_extent(in, window, stride, dilation, true) - 1) * stride, end;
    if (!add64(first, window_reach(window, dilation), &end)) return INT64_MAX; // first < in
    return end > in ? end : in;
}

int64_t window_pad(int64_t in, int64_t window, int64_t stride, int64_t dilation, bool same) {
    return (window_padded(in, window, stride, dilation, same) - in) / 2;
}

// "(13 - 3) / 1 + 1 = 11", "floor(11 / 2) = 5", "ceil(9 / 2) = 5"
static const char *extent_text(Arena *a, const Window *w, int axis, int64_t in) {
    int64_t stride = w->stride[axis], dilation = w->dilation ? w->dilation[axis] : 1;
    long long reach = window_reach(w->size[axis], dilation), by = stride, from = in;
    long long out = window_extent(in, w->size[axis], stride, dilation, w->same);
    bool whole = w->same ? in % stride == 0 : (from - reach) % by == 0;
    if (w->same)
        return arena_printf(a, whole ? "%lld / %lld = %lld" : "ceil(%lld / %lld) = %lld", from, by,
                            out);
    if (reach == by && out >= 1)
        return arena_printf(a, whole ? "%lld / %lld = %lld" : "floor(%lld / %lld) = %lld", from, by,
                            out);
    return arena_printf(
        a, whole ? "(%lld - %lld) / %lld + 1 = %lld" : "floor((%lld - %lld) / %lld) + 1 = %lld",
        from, reach, by, out);
}

bool window_limits(Arena *a, Diag *d, const Layer *l, const Window *w) {
    enum { MOST = 1 << 24 };
    for (int i = 0; i < w->space; i++) {
        int64_t dilation = w->dilation ? w->dilation[i] : 1;
        if (w->size[i] <= MOST && w->stride[i] <= MOST && dilation <= MOST) continue;
        const char *more = w->dilation ? ", strides and dilation_rate" : " and strides";
        diag_error(d, l->loc, 306, "the window of '%s' is too large: %s%s go up to %s", l->name,
                   w->arg, more, text_thousands(a, MOST));
        return false;
    }
    return true;
}

static bool window_within(Arena *a, Diag *d, const Layer *l, const Window *w) {
    Shape padded = l->in[0];
    if (!window_limits(a, d, l, w)) return false;
    for (int i = 0; i < w->space; i++) {
        int64_t dilation = w->dilation ? w->dilation[i] : 1;
        int64_t *to = &padded.dim[i], in = l->in[0].dim[i];
        if (!w->causal)
            *to = window_padded(in, w->size[i], w->stride[i], dilation, w->same);
        else if (!add64(in - 1, window_reach(w->size[i], dilation), to))
            *to = INT64_MAX;
    }
    const char *what = arena_printf(a, "the padded input of '%s'", l->name);
    return shape_within(a, d, l->loc, what, &padded);
}

static const char *sizes_text(Arena *a, const int64_t *size, int n) { // "3x3"
    const char *text = arena_printf(a, "%lld", (long long)size[0]);
    for (int i = 1; i < n; i++) text = arena_printf(a, "%sx%lld", text, (long long)size[i]);
    return text;
}

static bool window_dilated(const Window *w) {
    for (int i = 0; i < w->space; i++)
        if (w->dilation && w->dilation[i] > 1) return true;
    return false;
}

bool window_steps(Diag *d, const Layer *l, const Window *w, const char *help) {
    bool strided = false;
    for (int i = 0; i < w->space; i++) strided |= w->stride[i] > 1;
    if (!strided || !window_dilated(w)) return true;
    diag_error(d, layer_arg_loc(l, "dilation_rate"), 305,
               "strides above 1 together with a dilation_rate above 1 are not supported");
    diag_help(d, layer_arg_loc(l, "strides"), "%s", help);
    return false;
}

bool window_shape(Arena *a, Diag *d, Layer *l, const Window *w) {
    if (!window_within(a, d, l, w)) return false;
    l->out.rank = w->space + 1;
    int bad = -1;
    for (int i = w->space - 1; i >= 0; i--) {
        int64_t dilation = w->dilation ? w->dilation[i] : 1;
        l->out.dim[i] = window_extent(l->in[0].dim[i], w->size[i], w->stride[i], dilation, w->same);
        if (l->out.dim[i] < 1) bad = i;
    }
    if (bad < 0) return true;
    const char *input = sizes_text(a, l->in[0].dim, w->space);
    bool dilated = window_dilated(w);
    diag_error(d, layer_arg_loc(l, w->arg), 301, "%s %s%s does not fit the %s%s input of '%s': %s",
               w->what, sizes_text(a, w->size, w->space), dilated ? " with its dilation" : "",
               input, w->space == 1 ? "-step" : "", l->name,
               extent_text(a, w, bad, l->in[0].dim[bad]));
    layer_input_note(a, d, l);
    if (dilated)
        diag_help(d, layer_arg_loc(l, "dilation_rate"),
                  "use a smaller dilation_rate, or padding=\"same\"");
    else
        diag_help(d, layer_arg_loc(l, w->arg), "use a %s of at most %s, or padding=\"same\"",
                  w->what, input);
    return false;
}

bool window_positions(Arena *a, Diag *d, const Layer *l, int64_t positions) {
    if (positions <= INT32_MAX) return true;
    Loc at = layer_arg_loc(l, "pool_size"); // or the layer's
    diag_error(d, at, 306, "the pool of '%s' is too large: %s values", l->name,
               text_thousands(a, positions));
    diag_help(d, at, "the limit is %s", text_thousands(a, INT32_MAX));
    return false;
}

const char *window_explain(Arena *a, const Layer *l, const Window *w) {
    const char *first = extent_text(a, w, 0, l->in[0].dim[0]);
    if (w->space == 1) return arena_printf(a, "steps: %s", first);
    const char *width = extent_text(a, w, 1, l->in[0].dim[1]);
    if (strcmp(first, width) == 0) return arena_printf(a, "height and width: %s", first);
    return arena_printf(a, "height: %s, width: %s", first, width);
}

int window_zeros(Step *s, const Layer *l, int x, const Window *w) {
    int64_t before[MAX_SPACE] = {0}, after[MAX_SPACE] = {0};
    for (int d = 0; d < w->space; d++) {
        int64_t in = l->in[0].dim[d], size = w->size[d], by = w->dilation ? w->dilation[d] : 1;
        before[d] = w->causal ? window_reach(size, by) - 1
                              : window_pad(in, size, w->stride[d], by, w->same);
        if (!w->causal)
            after[d] = window_padded(in, size, w->stride[d], by, w->same) - in - before[d];
    }
    return step_pad(s, x, before, after);
}

const char *layer_explain_weights(Arena *a, const Layer *l) {
    const char *text = "";
    int64_t total = 0;
    for (int i = 0; i < l->nweight; i++) {
        const Weight *w = &l->weight[i];
        const char *product = "";
        for (int k = 0; k < w->shape.rank; k++)
            product = arena_printf(a, "%s%s%s", product, k ? " x " : "",
                                   text_thousands(a, w->shape.dim[k]));
        bool bias = strcmp(w->name, "bias") == 0;
        text = arena_printf(a, "%s%s%s %s", text, i ? " + " : "", product,
                            bias ? "biases" : "weights");
        total += shape_count(&w->shape); // the sum of all was checked
    }
    bool trained = l->nweight && l->weight[0].trainable;
    return arena_printf(a, "%s = %s%s", text, text_thousands(a, total),
                        trained ? "" : ", not trained");
}
