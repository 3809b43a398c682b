// SPDX-License-Identifier: MIT
// Convolutions are recognised by the tensors that each axis runs through:
//   x and y     a place           x and k     a tap where x has a place in that dimension, else an input channel
//   k and y     an output channel all three   a group, whose channels have filters of their own
// Every axis and every index must be one of these, or the node is no convolution.
#include "step/problem.h"
#include <string.h>

const Access *problem_access(const Node *n, int operand) {
    return operand == PROBLEM_RESULT ? &n->out[0] : &n->in[operand];
}

// Which operand is the kernel, which the images? Scattering is told by the indices that meet.
static bool find_operands(const Step *s, const Node *n, Problem *p) {
    bool sums = !owner_per_sample(s->tensor[n->out[0].tensor].owner);
    bool first = owner_per_sample(s->tensor[n->in[0].tensor].owner);
    bool second = owner_per_sample(s->tensor[n->in[1].tensor].owner);
    if (!first || second != sums || (sums && n->axis[0].role != A_SUM)) return false;
    p->solve = sums ? SOLVE_K : n->scatter ? SOLVE_X : SOLVE_Y;
    p->x = p->solve == SOLVE_Y ? 0 : p->solve == SOLVE_X ? PROBLEM_RESULT : 1;
    p->y = p->solve == SOLVE_Y ? PROBLEM_RESULT : 0;
    p->k = p->solve == SOLVE_K ? PROBLEM_RESULT : 1;
    return true;
}

// Dimension d of the images: y's index is the place, x's is made of place and tap.
static bool find_dim(const Node *n, Problem *p, int d) {
    const Access *x = problem_access(n, p->x), *k = problem_access(n, p->k);
    const Access *y = problem_access(n, p->y);
    ProblemDim *dim = &p->dim[d];
    for (int a = 1; a < n->naxis; a++) {
        if (x->coef[d][a] && !y->coef[d][a] && !dim->tap && access_runs(k, a) && !access_runs(y, a))
            dim->tap = a;
        if (x->coef[d][a] && y->coef[d][a] && !access_runs(k, a)) dim->place = a;
    }
    int parts = (dim->place > 0) + (dim->tap > 0);
    if (!dim->place || access_axes(n, x, d) != parts || access_axes(n, y, d) != 1) return false;
    dim->stride = x->coef[d][dim->place];
    dim->dilation = dim->tap ? x->coef[d][dim->tap] : 1;
    return dim->stride > 0 && y->coef[d][dim->place] == 1;
}

static bool set_once(int *part, int axis) {
    if (*part) return false;
    *part = axis;
    return true;
}

// The axis is a channel, or one that a dimension has: in no other dimension.
static bool place_axis(const Node *n, Problem *p, int a) {
    bool x = access_runs(problem_access(n, p->x), a), k = access_runs(problem_access(n, p->k), a);
    bool y = access_runs(problem_access(n, p->y), a);
    for (int d = 0; d < p->space; d++)
        if (a == p->dim[d].place || a == p->dim[d].tap) return true;
    if (k && y) return set_once(x ? &p->group : &p->out, a);
    return x && k && set_once(&p->in, a);
}

static bool only_in(const Node *n, const Access *x, int axis, int dim) { // with step 1
    for (int d = 0; d < MAX_RANK; d++)
        if (x->coef[d][axis] && (d != dim || axis < 1 || axis >= n->naxis)) return false;
    return true;
}

// Places and taps are in their own dimension of the images alone, channels in the last.
static bool axes_apart(const Node *n, const Problem *p) {
    const Access *x = problem_access(n, p->x), *y = problem_access(n, p->y);
    const Access *k = problem_access(n, p->k);
    for (int d = 0; d < p->space; d++) {
        const ProblemDim *dim = &p->dim[d];
        if (!only_in(n, x, dim->place, d) || !only_in(n, y, dim->place, d)) return false;
        if (dim->tap && !only_in(n, x, dim->tap, d)) return false;
    }
    for (int d = 0; d < MAX_RANK; d++) {
        int taps = 0;
        for (int e = 0; e < p->space; e++) taps += p->dim[e].tap && k->coef[d][p->dim[e].tap];
        if (taps && access_axes(n, k, d) != 1) return false;
    }
    return true;
}

bool problem_of(const Step *s, const Node *n, Problem *p) {
    memset(p, 0, sizeof *p);
    if (n->kind != P_CONTRACT || n->op != C_SUM || n->nin != 2 || !n->samples) return false;
    if (!find_operands(s, n, p)) return false;
    int x = problem_access(n, p->x)->tensor, y = problem_access(n, p->y)->tensor;
    p->space = s->tensor[x].rank - 1;
    if (p->space != s->tensor[y].rank - 1 || p->space > MAX_SPACE) return false;
    for (int d = 0; d < p->space; d++)
        if (!find_dim(n, p, d)) return false;
    for (int a = 1; a < n->naxis; a++)
        if (!place_axis(n, p, a)) return false;
    return axes_apart(n, p);
}

void step_recognise(Step *s) {
    for (int i = 0; i < s->nnode; i++) {
        Node *n = s->node[i];
        if (n->kind != P_CONTRACT || n->op != C_SUM)
            continue; // of a rewritten one it stays as it was
        Problem *p = ARENA_NEW(s->arena, Problem);
        n->problem = problem_of(s, n, p) ? p : NULL;
    }
}

static bool same(const Problem *a, const Problem *b) {
    for (int d = 0; d < MAX_SPACE; d++) {
        const ProblemDim *x = &a->dim[d], *y = &b->dim[d];
        if (x->place != y->place || x->tap != y->tap) return false;
        if (x->stride != y->stride || x->dilation != y->dilation) return false;
    }
    return a->solve == b->solve && a->x == b->x && a->k == b->k && a->y == b->y &&
           a->space == b->space && a->in == b->in && a->out == b->out && a->group == b->group;
}

bool problem_holds(const Step *s, const Node *n) {
    Problem p;
    if (!n->problem || n->op != C_SUM) return true;
    return problem_of(s, n, &p) && same(&p, n->problem);
}

static bool alone(const Node *n, const Access *k, int d, int axis) { // with step 1
    return axis && access_axis(n, k, d) == axis && k->coef[d][axis] == 1;
}

bool problem_turned(const Node *n) {
    const Problem *p = n->problem;
    return p && problem_access(n, p->k)->coef[2][p->out] != 0;
}

const Problem *problem_dense_images(const Step *s, const Node *n) {
    const Problem *p = n->problem;
    if (!p || p->space != 2 || p->group || !p->in || !p->out) return NULL;
    const Access *x = problem_access(n, p->x), *k = problem_access(n, p->k);
    const Access *y = problem_access(n, p->y);
    if (s->tensor[k->tensor].rank != 4) return NULL;
    for (int d = 0; d < 2; d++)
        if (!alone(n, k, d, p->dim[d].tap)) return NULL;
    for (int d = 0; d < 4; d++)
        if (!span_within((Span){0, s->tensor[k->tensor].dim[d]}, access_span(n, k, d))) return NULL;
    if (!alone(n, x, 2, p->in) || !alone(n, y, 2, p->out)) return NULL;
    bool turned = alone(n, k, 2, p->out) && alone(n, k, 3, p->in);
    return turned || (alone(n, k, 2, p->in) && alone(n, k, 3, p->out)) ? p : NULL;
}
