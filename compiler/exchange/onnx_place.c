// SPDX-License-Identifier: MIT
// Layers that move values: to other shapes, places and sizes. See onnx.h.
#include "exchange/onnx.h"
#include "keras/layers/interpolate.h"
#include <string.h>

// [N, dimensions of a sample]; 0 stands for the N that comes in.
static const char *shape_of(Graph *g, const Shape *s) {
    int64_t dim[MAX_RANK + 1] = {0};
    memcpy(dim + 1, s->dim, (size_t)s->rank * sizeof *dim);
    return graph_ints(g, dim, s->rank + 1);
}

static void become(Graph *g, Flow *f, const char *value) { // in Keras's order
    *f = (Flow){value, g->layer->out, false};
}

void onnx_flatten(Graph *g, Flow *f) {
    onnx_channels_last(g, f);
    Node n = node_new(g, "Flatten");
    node_in(&n, f->name);
    node_int(&n, "axis", 1);
    become(g, f, node_out(&n));
}

void onnx_reshape(Graph *g, Flow *f) {
    onnx_channels_last(g, f);
    become(g, f, graph_op2(g, "Reshape", f->name, shape_of(g, &g->layer->out)));
}

void onnx_permute(Graph *g, Flow *f) {
    int64_t order[MAX_RANK + 1] = {0};
    for (int d = 0; d < f->shape.rank; d++) order[1 + d] = graph_item(g, "dims", d);
    onnx_channels_last(g, f);
    Node n = node_new(g, "Transpose");
    node_in(&n, f->name);
    node_ints(&n, "perm", order, f->shape.rank + 1);
    become(g, f, node_out(&n));
}

void onnx_repeat_vector(Graph *g, Flow *f) {
    const int64_t at[] = {1}, to[] = {1, graph_int(g, "n"), 1};
    const char *step = graph_op2(g, "Unsqueeze", f->name, graph_ints(g, at, 1));
    become(g, f, graph_op2(g, "Expand", step, graph_ints(g, to, 3)));
}

// ---- borders

typedef struct Border { // before and behind, by dimension of Keras's
    int64_t before[MAX_RANK], behind[MAX_RANK];
} Border;

static Border border_of(const Graph *g, const char *argument) {
    Border b = {{0}, {0}};
    const json_t *sides = graph_argument(g, argument);
    for (int d = 0; d < g->layer->in[0].rank - 1; d++) {
        const json_t *both =
            json_array_get(sides, (size_t)d); // of one dimension the list is a pair itself
        if (!json_is_array(both)) both = sides;
        b.before[d] = json_integer_value(json_array_get(both, 0));
        b.behind[d] = json_integer_value(json_array_get(both, 1));
    }
    return b;
}

void onnx_zero_padding(Graph *g, Flow *f) {
    Border b = border_of(g, "padding");
    int rank = f->shape.rank + 1;
    int64_t pads[2 * (MAX_RANK + 1)] = {0};
    for (int d = 0; d < f->shape.rank - 1; d++) {
        pads[onnx_place_of(f, d)] = b.before[d];
        pads[rank + onnx_place_of(f, d)] = b.behind[d];
    }
    f->name = graph_op2(g, "Pad", f->name, graph_ints(g, pads, 2 * rank));
    f->shape = g->layer->out;
}

static void crop(Graph *g, Flow *f, const Border *b) {
    int64_t first[MAX_RANK], end[MAX_RANK], axis[MAX_RANK];
    int n = f->shape.rank - 1;
    for (int d = 0; d < n; d++) {
        first[d] = b->before[d];
        end[d] = f->shape.dim[d] - b->behind[d];
        axis[d] = onnx_place_of(f, d);
    }
    f->name = graph_slice(g, f->name, first, end, axis, n);
    f->shape = g->layer->out;
}

void onnx_cropping(Graph *g, Flow *f) {
    Border b = border_of(g, "cropping");
    crop(g, f, &b);
}

// ---- sizes

// Along each dimension a product with the matrix that cnnc itself takes (keras/layers/interpolate.h).
static void resize_by_matrices(Graph *g, Flow *f, const ResizeArgs *args) {
    const int64_t in[2] = {f->shape.dim[0], f->shape.dim[1]};
    onnx_channels_first(g, f);
    for (int d = 0; d < 2; d++) {
        const ResizeMatrix m = resize_matrix(g->a, args, in, d);
        if (!m.weight) continue; // it stays
        Shape shape = {2, {d ? in[d] : m.out, d ? m.out : in[d]}}, edge = {d ? 1 : 2, {m.out, 1}};
        float *w = ARENA_ARRAY(g->a, float, m.out *in[d]), *fill = ARENA_ARRAY(g->a, float, m.out);
        double most = 0;
        for (int64_t o = 0; o < m.out; o++) {
            for (int64_t i = 0; i < in[d]; i++)
                w[d ? i * m.out + o : o * in[d] + i] = (float)m.weight[o * in[d] + i];
            fill[o] = (float)(m.missing[o] * args->fill);
            if (fill[o] != 0) most = 1;
        }
        const char *by = graph_floats(g, NULL, &shape, w);
        f->name = d ? graph_op2(g, "MatMul", f->name, by) : graph_op2(g, "MatMul", by, f->name);
        if (most > 0) f->name = graph_op2(g, "Add", f->name, graph_floats(g, NULL, &edge, fill));
    }
    f->shape = g->layer->out;
}

static int interpolation(const Graph *g) {
    for (int i = 0; interpolation_names[i]; i++)
        if (graph_is(g, "interpolation", interpolation_names[i])) return i;
    return BILINEAR;
}

static ResizeArgs to_output(const Graph *g) {
    const Shape *out = &g->layer->out;
    return (ResizeArgs){out->dim[0], out->dim[1], .interpolation = interpolation(g)};
}

// The middle, which is cut out where it is large enough.
void onnx_center_crop(Graph *g, Flow *f) {
    ResizeArgs args = to_output(g);
    Border b = {{0}, {0}};
    bool cut = true;
    for (int d = 0; d < 2; d++) {
        int64_t over = f->shape.dim[d] - g->layer->out.dim[d];
        cut &= over >= 0;
        b.before[d] = over / 2;
        b.behind[d] = over - over / 2;
    }
    args.crop = true;
    if (cut)
        crop(g, f, &b);
    else
        resize_by_matrices(g, f, &args);
}

void onnx_random_crop(Graph *g, Flow *f) { // its largest part in the middle of that proportion
    ResizeArgs args = to_output(g);
    args.crop = true;
    resize_by_matrices(g, f, &args);
}

void onnx_resizing(Graph *g, Flow *f) {
    ResizeArgs args = to_output(g);
    args.crop = graph_is(g, "crop_to_aspect_ratio", "True");
    args.pad = graph_is(g, "pad_to_aspect_ratio", "True");
    args.antialias = graph_is(g, "antialias", "True");
    args.fill = graph_number(g, "fill_value");
    resize_by_matrices(g, f, &args);
}

void onnx_up_sampling(Graph *g, Flow *f) {
    int space = f->shape.rank - 1;
    float scale[2 + MAX_RANK] = {1, 1};
    const Shape n = {1, {2 + space}};
    if (graph_argument(g, "interpolation") && interpolation(g) != NEAREST) {
        ResizeArgs args = to_output(g);
        resize_by_matrices(g, f, &args);
        return;
    }
    for (int d = 0; d < space; d++) scale[2 + d] = (float)graph_item(g, "size", d);
    onnx_channels_first(g, f);
    const char *by = graph_floats(g, NULL, &n, scale);
    Node resize = node_three(g, "Resize", f->name, "", by);
    node_text(&resize, "mode", "nearest");
    node_text(&resize, "coordinate_transformation_mode", "asymmetric");
    node_text(&resize, "nearest_mode", "floor");
    *f = (Flow){node_out(&resize), g->layer->out, true};
}
