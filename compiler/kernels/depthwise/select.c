// SPDX-License-Identifier: MIT
// The gradient by a depthwise convolution's input at strides above 1 scatters: dx[s y + k] += dy[y] w[k].
// Row depthwise-dx gathers instead: with u = s v + r an element of dx has the taps k = r + s m, and reads
// dy[v - m]. The Step stays as it is, but that places run as far as any element of dx asks for one: what
// lies outside of dy is a ring of zeros.
//   requires: backward, scattering        sets: Node.row, .prices, spans of places
#include "kernels/depthwise/depthwise.h"
#include "plan/choices.h"
#include "step/problem.h"

static int64_t floor_div(int64_t a, int64_t b) { // b > 0
    return a >= 0 ? a / b : -((b - 1 - a) / b);
}

void depthwise_steps(const Plan *p, const Node *n, Steps to[2]) {
    const Problem *q = n->problem;
    const Access *x = &n->out[0];
    const Tensor *t = &p->step->tensor[x->tensor];
    int64_t taps = 1, most, blocks[2];
    to[0] = (Steps){1, 1, 0, 1, 1}; // of the rows where there is one dimension
    for (int d = 0, at = 2 - q->space; d < q->space; d++, at++) {
        int64_t lo = t->need[d].lo - x->off[d], hi = t->need[d].hi - x->off[d];
        to[at] = (Steps){q->dim[d].stride, axis_extent(n, q->dim[d].tap), lo, hi, 0};
        taps *= to[at].taps;
    }
    for (int d = 0; d < 2; d++) blocks[d] = (to[d].hi - to[d].lo + to[d].stride - 1) / to[d].stride;
    most = (depthwise_registers(p) - taps - 1) / (to[0].stride * to[1].stride);
    if (most < 1) most = 1;
    int64_t tiles = (blocks[1] + most - 1) / most;
    to[1].rows = (blocks[1] + tiles - 1) / tiles * to[1].stride;
    to[0].rows = to[0].stride;
}

static bool suits(const Plan *p, const Node *n) {
    enum { STRIDES = 16 }; // sums of a tile of one place
    const Problem *q = n->problem;
    int64_t taps = 1, strides = 1;
    if (!q || n->row || q->solve != SOLVE_X || !q->group || q->in || q->out) return false;
    if (p->step->tensor[n->in[0].tensor].owner != O_SAMPLE) return false;
    for (int d = 0; d < q->space; d++) {
        if (q->dim[d].dilation != 1 || !q->dim[d].tap) return false;
        taps *= axis_extent(n, q->dim[d].tap);
        strides *= q->dim[d].stride;
    }
    return strides > 1 && strides <= STRIDES && taps <= depthwise_registers(p);
}

// A product of the scattering nest loads, adds and stores; here a tile's sums stay in registers.
static Prices *weigh(const Plan *p, const Node *n) {
    Prices *prices = ARENA_NEW(p->arena, Prices);
    const Tensor *x = &p->step->tensor[n->out[0].tensor];
    double products = node_points(n) / p->target.vector, elements = 1;
    for (int d = 0; d < x->rank; d++) elements *= (double)(x->need[d].hi - x->need[d].lo);
    prices_add(prices, &row_plain, NULL, 3 * products);
    prices_add(prices, &row_depthwise_dx, NULL,
               products / p->target.fmas + 2 * elements / p->target.vector);
    return prices;
}

void depthwise_select(Plan *p) {
    const Step *s = p->step;
    for (int i = 0; i < s->nnode; i++) {
        Node *n = s->node[i];
        if (!suits(p, n) || !plan_allows(p, n, &row_depthwise_dx)) continue;
        const Problem *q = n->problem;
        n->prices = weigh(p, n);
        n->row = &row_depthwise_dx;
        for (int d = 0; d < q->space; d++) {
            const ProblemDim *dim = &q->dim[d];
            const Tensor *x = &s->tensor[n->out[0].tensor];
            int64_t off = n->out[0].off[d], reach = (axis_extent(n, dim->tap) - 1) / dim->stride;
            Span *place = &n->axis[dim->place].span;
            place->lo = floor_div(x->need[d].lo - off, dim->stride) - reach;
            place->hi = floor_div(x->need[d].hi - 1 - off, dim->stride) + 1;
        }
    }
}
