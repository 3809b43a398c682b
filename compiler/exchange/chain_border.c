// SPDX-License-Identifier: MIT
// Operators that add or cut off at the borders of places, and that make images larger. See chain.h.
#include "exchange/chain.h"
#include "keras/layers/layer.h"
#include <math.h>
#include <string.h>

// By dimension of ONNX's sample what comes before it and behind it: zeros, or where it is negative what is cut off.
typedef struct Border {
    int64_t before[MAX_RANK], behind[MAX_RANK];
} Border;

bool chain_sides(Chain *c, int sign, const int64_t *before, const int64_t *behind) {
    const char *cls = chain_spaced(c, sign > 0 ? "ZeroPadding" : "Cropping");
    const int space = chain_rank(c) - 1;
    if (!cls) return false;
    Shape out = c->at.shape;
    json_t *sides = json_array();
    for (int k = 0; k < space; k++) {
        out.dim[k] += sign * (before[k] + behind[k]);
        json_array_append_new(sides,
                              json_pack("[I, I]", (json_int_t)before[k], (json_int_t)behind[k]));
    }
    ChainLayer *l = chain_layer(c, cls, &out);
    json_t *all = space > 1 ? sides : json_array_get(sides, 0);
    chain_set(l, sign > 0 ? "padding" : "cropping", json_incref(all));
    json_decref(sides);
    return !c->wrong;
}

// What is added, or with the other sign what is cut off.
static bool border(Chain *c, const Border *b, int sign) {
    int64_t before[MAX_RANK] = {0}, behind[MAX_RANK] = {0};
    bool any = false;
    for (int d = 0; d < chain_rank(c); d++) {
        const int k = c->at.place[d];
        if (sign * b->before[d] > 0) before[k] = sign * b->before[d];
        if (sign * b->behind[d] > 0) behind[k] = sign * b->behind[d];
        any |= before[k] || behind[k];
    }
    return !any || chain_sides(c, sign, before, behind);
}

// The places' dimensions are all but the layers' last one, which may be either end of ONNX's.
static bool places_alone(Chain *c, const Border *b) {
    const int rank = chain_rank(c);
    bool first = b->before[0] || b->behind[0], last = b->before[rank - 1] || b->behind[rank - 1];
    for (int d = 0; d < rank; d++)
        if (c->at.place[d] == rank - 1 && (b->before[d] || b->behind[d])) {
            if (first && last) return chain_fault(c, "it is about channels, too");
            if (first)
                chain_natural(c);
            else
                chain_channels(c);
            return !c->wrong;
        }
    return true;
}

static bool bordered(Chain *c, const Border *b) {
    for (int d = 0; d < chain_rank(c); d++)
        if (b->before[d] > INT32_MAX || b->behind[d] > INT32_MAX || b->before[d] < -INT32_MAX ||
            b->behind[d] < -INT32_MAX)
            return chain_fault(c, "its sides have a number that no image has");
    if (!places_alone(c, b)) return false;
    return border(c, b, 1) && border(c, b, -1);
}

bool take_pad(Chain *c) {
    const int rank = chain_rank(c) + 1;
    int64_t pads[2 * MOST_DIMS];
    double fill = chain_real(c, "value", 0);
    const char *mode = chain_text(c, "mode", "constant");
    const int n = chain_list_or_input(c, "pads", 1, pads, 2 * MOST_DIMS);
    Border b = {{0}, {0}};
    if (c->wrong) return false;
    if (chain_has(c, 2) && !chain_scalar(chain_known(c, c->node->in[2]), &fill))
        return chain_fault(c, "what it pads with is no constant");
    if (strcmp(mode, "constant") != 0 || fill != 0)
        return chain_fault(c,
                           "it pads with other values than 0, which Keras's ZeroPadding does not");
    if (chain_has(c, 3) || n != 2 * rank || pads[0] || pads[rank])
        return chain_fault(c, "its pads are not those of the %d dimensions of a sample", rank - 1);
    for (int d = 1; d < rank; d++) b.before[d - 1] = pads[d], b.behind[d - 1] = pads[rank + d];
    return bordered(c, &b);
}

bool take_slice(Chain *c) {
    int64_t list[4][MOST_DIMS];
    static const char *const names[] = {"starts", "ends", "axes", "steps"};
    int count[4], d;
    Border b = {{0}, {0}};
    for (int i = 0; i < 4; i++) {
        count[i] = chain_list_or_input(c, names[i], 1 + i, list[i], MOST_DIMS);
        if (c->wrong) return false;
    }
    const int n = count[0];
    if (n < 1 || count[1] != n || (count[2] >= 0 && count[2] != n) ||
        (count[3] >= 0 && count[3] != n))
        return chain_fault(c, "its starts, ends, axes and steps are not equally many");
    for (int i = 0; i < n; i++) {
        if (!chain_axis(c, count[2] < 0 ? i : list[2][i], &d)) return false;
        if (count[3] > 0 && list[3][i] != 1) return chain_fault(c, "its step is not 1");
        const int64_t size = chain_dim(c, d);
        b.before[d] = -chain_held(list[0][i], size, 0, size);
        b.behind[d] = chain_held(list[1][i], size, 0, size) - size;
    }
    return bordered(c, &b);
}

// ---- larger images

static bool scales(Chain *c, int sizes_at, double *by) {
    const int rank = chain_rank(c) + 1;
    const Known *s = chain_has(c, sizes_at - 1) ? chain_given(c, sizes_at - 1) : NULL;
    const Known *n = chain_has(c, sizes_at) ? chain_given(c, sizes_at) : NULL;
    if (c->wrong) return false;
    if (s && s->real && s->count == rank)
        for (int d = 0; d < rank; d++) by[d] = (double)s->f[d];
    else if (n && !n->real && n->count == rank)
        for (int d = 0; d < rank; d++)
            by[d] = d ? (double)n->i[d] / (double)chain_dim(c, d - 1) : 1;
    else
        return chain_fault(c, "it has neither scales nor sizes for the %d dimensions of a sample",
                           rank - 1);
    return true;
}

static bool how(Chain *c, bool *linear) {
    const char *mode = chain_text(c, "mode", "nearest");
    const char *places = chain_text(c, "coordinate_transformation_mode", "half_pixel");
    const char *nearest = chain_text(c, "nearest_mode", "round_prefer_floor");
    const bool resize = strcmp(c->node->type, "Resize") == 0;
    chain_real(c, "cubic_coeff_a", 0), chain_real(c, "extrapolation_value", 0);
    *linear = strcmp(mode, "linear") == 0;
    bool halves = strcmp(places, "half_pixel") == 0 || strcmp(places, "pytorch_half_pixel") == 0;
    bool whole = strcmp(places, "asymmetric") == 0 || !resize;
    bool floor = strcmp(nearest, "floor") == 0 || !resize;
    bool round = strncmp(nearest, "round_prefer", 12) == 0;
    if (strcmp(chain_text(c, "keep_aspect_ratio_policy", "stretch"), "stretch") != 0)
        return chain_fault(c, "it keeps the proportion of sides, which UpSampling does not");
    if (chain_int(c, "antialias", 0) || chain_int(c, "exclude_outside", 0))
        return chain_fault(c, "it has an antialias or exclude_outside, which UpSampling2D has not");
    if (*linear ? halves && resize
                : strcmp(mode, "nearest") == 0 && ((whole && floor) || (halves && round)))
        return true;
    return chain_fault(c, "its mode \"%s\" with \"%s\" and \"%s\" is none of UpSampling's", mode,
                       places, nearest);
}

bool take_resize(Chain *c) {
    double by[MOST_DIMS] = {0};
    bool linear, resize = strcmp(c->node->type, "Resize") == 0;
    const char *cls = chain_spaced(c, "UpSampling");
    if (!cls || !how(c, &linear)) return false;
    bool old = resize && c->f->opset < 11; // its second input was the scales
    if (!scales(c, resize && !old ? 3 : 2, by)) return false;
    chain_channels(c);
    Shape out = c->at.shape;
    int64_t size[MAX_RANK] = {0};
    for (int d = 0; d <= chain_rank(c); d++) {
        if (by[d] < 1 || by[d] > 4096 || by[d] != floor(by[d]) || (d < 2 && by[d] != 1))
            return chain_fault(
                c,
                "it makes dimension %d %g times as large, and UpSampling makes places a "
                "whole number of times as large",
                d + 1, by[d]);
        if (d > 1) out.dim[d - 2] *= size[d - 2] = (int64_t)by[d];
    }
    if (linear && out.rank != 3)
        return chain_fault(c, "it is linear, and UpSampling1D repeats values");
    ChainLayer *l = chain_layer(c, cls, &out);
    if (out.rank == 2)
        chain_set(l, "size", json_integer(size[0]));
    else
        chain_set_ints(l, "size", size, 2);
    if (linear) chain_set(l, "interpolation", json_string("bilinear"));
    return true;
}
