// SPDX-License-Identifier: MIT
// A kernel's nodes as one loop nest with every stride resolved: axes rebased to 0, tensors' indices
// folded into one linear offset, neighbouring axes merged where every operand runs through both
// without a break.
//   requires: layout, groups        sets: Kernel.nest, .unit, .units
#include "plan/plan.h"
#include "support/limit.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

// Offset of an access in its tensor as a linear form of the node's axes, counted from their spans' start.
static Operand resolve(const Step *s, const Node *n, const Access *x) {
    const Tensor *t = &s->tensor[x->tensor];
    Operand o = {.tensor = x->tensor, .scale = 1};
    for (int d = 0; d < t->rank; d++) {
        int64_t origin = t->type == T_BIT ? 0 : t->need[d].lo - t->ring[d][0];
        o.base += (x->off[d] - origin) * t->stride[d];
        for (int a = 1; a < n->naxis; a++) {
            o.stride[a] += x->coef[d][a] * t->stride[d];
            o.base += x->coef[d][a] * n->axis[a].span.lo * t->stride[d];
        }
    }
    if (n->samples && owner_per_sample(t->owner)) o.stride[0] = t->sample_stride;
    return o;
}

static int add_operand(Nest *nest, Operand o) {
    nest->op[ROOM(nest->nop, MAX_OPERAND, "operands of a kernel")] = o;
    return nest->nop++;
}

// A copy reads zeros outside its source: only the part with a source is copied, the rest cleared.
static void clip_view(const Step *s, Node *n, Nest *nest) {
    const Tensor *t = &s->tensor[n->in[0].tensor];
    for (int d = 0; d < t->rank; d++)
        for (int a = 1; a < n->naxis; a++) {
            if (n->in[0].coef[d][a] != 1) continue;
            Span *p = &n->axis[a].span;
            int64_t lo = t->need[d].lo - n->in[0].off[d], hi = t->need[d].hi - n->in[0].off[d];
            if (lo > p->lo || hi < p->hi) nest->clear = true;
            if (lo > p->lo) p->lo = lo;
            if (hi < p->hi) p->hi = hi;
            if (p->hi < p->lo) p->hi = p->lo;
        }
}

// A reshape that copies walks the side that has a ring; the other is one run of memory.
static void reshape(const Step *s, const Node *n, Nest *nest) {
    const Tensor *in = &s->tensor[n->in[0].tensor], *out = &s->tensor[n->out[0].tensor];
    const Tensor *walked = tensor_has_ring(in) ? in : out;
    assert(!(tensor_has_ring(in) && tensor_has_ring(out)));
    Node walk = {.samples = true, .naxis = 1};
    for (int d = 0; d < walked->rank; d++) step_axis(&walk, walked->dim[d], A_OUT);
    Operand op[2];
    for (int k = 0; k < 2; k++) {
        int t = k ? n->out[0].tensor : n->in[0].tensor;
        Access x = access_whole(s, t, 1);
        op[k] = resolve(s, &walk, &x);
        if (&s->tensor[t] == walked) continue;
        int64_t stride = 1;
        for (int a = walk.naxis - 1; a >= 1; a--) {
            op[k].stride[a] = stride;
            stride *= walk.axis[a].span.hi;
        }
        for (int a = walk.naxis; a < MAX_AXIS; a++) op[k].stride[a] = 0;
    }
    nest->naxis = walk.naxis;
    for (int a = 1; a < walk.naxis; a++) nest->extent[a] = walk.axis[a].span.hi;
    nest->extent[0] = -1;
    nest->nin = 1;
    nest->out = 1;
    add_operand(nest, op[0]);
    add_operand(nest, op[1]);
}

// Windows that do not overlap write each element once; memory they leave out is cleared.
static bool windows_apart(const Step *s, const Node *n, bool *clear) {
    const Access *x = &n->out[0];
    const Tensor *t = &s->tensor[x->tensor];
    for (int d = 0; d < step_inner(n) && n->scatter; d++) {
        if (x->coef[d][1 + d] < n->window[d]) return false;
        if (x->coef[d][1 + d] > n->window[d] || !span_within(t->need[d], access_span(n, x, d)))
            *clear = true;
    }
    return n->scatter;
}

static void root(const Step *s, Node n, Nest *nest) {
    if (n.kind == P_VIEW && n.op == V_RESHAPE) {
        reshape(s, &n, nest);
        return;
    }
    if (n.kind == P_VIEW) clip_view(s, &n, nest);
    nest->naxis = n.naxis;
    for (int a = 0; a < n.naxis; a++) {
        nest->extent[a] = axis_extent(&n, a);
        nest->role[a] = n.axis[a].role;
    }
    nest->extent[0] = n.samples ? -1 : 1;
    for (int k = 0; k < n.nin; k++) add_operand(nest, resolve(s, &n, &n.in[k]));
    nest->nin = nest->out = nest->nop;
    if (n.kind == P_CONTRACT && n.op == C_EXPR) nest->sum = n.expr[0];
    for (int k = 0; k < n.nout; k++) add_operand(nest, resolve(s, &n, &n.out[k]));
    bool apart = n.kind == P_WINDOW && windows_apart(s, &n, &nest->clear);
    bool meet = n.scatter && !apart && !(n.row && n.row->gathers);
    if (meet) nest->clear = true;
    nest->add = meet || (n.nout && s->tensor[n.out[0].tensor].owner == O_LEAF);
    nest->tree = n.samples && n.nout && s->tensor[n.out[0].tensor].owner == O_STEP;
}

static bool behind_pool(const Step *s, const Kernel *k) {
    return k->nnode > 1 && s->node[k->node[1]]->kind == P_WINDOW;
}

// The operand of a node that follows the root, by the root's axes: those of the node are dimensions of
// the root's output. After a pool one position further is one window further only every P0 or P1, so
// that strides may be fractions; they are kept times the positions of a window.
static Operand resolve_behind(const Step *s, const Kernel *k, const Node *of, const Access *x) {
    const Node *r = s->node[k->node[0]];
    Operand own = resolve(s, of, x);
    if (r == of) return own;
    const Node *pool = behind_pool(s, k) ? s->node[k->node[1]] : NULL;
    Operand o = {.tensor = own.tensor, .scale = pool ? step_positions(pool) : 1};
    o.base = own.base * o.scale;
    o.stride[0] = own.stride[0] * o.scale;
    for (int d = 0; d < MAX_RANK; d++)
        for (int a = 1; a < r->naxis; a++)
            o.stride[a] += r->out[0].coef[d][a] * own.stride[1 + d] * o.scale /
                           (pool && d < MAX_SPACE && pool->window[d] ? pool->window[d] : 1);
    return o;
}

static void pool(const Step *s, const Kernel *k, Nest *nest) {
    const Node *w = s->node[k->node[1]];
    nest->pools = step_inner(w);
    for (int d = 0; d < 2; d++) nest->pool[d] = d < nest->pools ? w->window[d] : 1;
    nest->pooled = add_operand(nest, resolve_behind(s, k, w, &w->out[0]));
    nest->argmax = -1;
    if (w->nout > 1) nest->argmax = add_operand(nest, resolve_behind(s, k, w, &w->out[1]));
    nest->root = 1;
}

// The node at `index` in the kernel, a MAP or UPDATE, as one stage a result.
static void stages(const Step *s, const Kernel *k, int index, Nest *nest) {
    const Node *n = s->node[k->node[index]];
    Stage st = {.nin = n->nin, .value = index};
    for (int i = 0; i < n->nin; i++) {
        int before = -1; // computed earlier in this kernel?
        for (int j = 0; j < index; j++)
            if (s->node[k->node[j]]->out[0].tensor == n->in[i].tensor) before = j;
        st.in[i] = before >= 0 ? ~before : add_operand(nest, resolve_behind(s, k, n, &n->in[i]));
    }
    for (int o = 0; o < n->nout; o++) {
        st.expr = n->expr[o];
        st.out = add_operand(nest, resolve_behind(s, k, n, &n->out[o]));
        nest->stage[ROOM(nest->nstage++, MAX_STAGE, "stages of a kernel")] = st;
    }
}

// Is a tensor read from memory: by a node that is not part of the kernel, or by its loss?
static bool read_outside(const Step *s, const Kernel *k, int tensor) {
    Owner owner = s->tensor[tensor].owner;
    if (owner != O_SAMPLE && owner != O_STEP) return true;
    for (int i = step_readers(s, tensor); i-- > 0;) {
        bool member = false;
        int reader = step_reader(s, tensor, i);
        for (int j = 0; j < k->nnode; j++)
            member |= k->node[j] == reader && s->node[reader]->kind != P_LOSS;
        if (!member) return true;
    }
    return false;
}

static void sort_sums(Nest *n) { // the axis with the longest step outermost
    for (int pass = 1; pass < n->naxis; pass++)
        for (int a = 1; a + 1 < n->naxis; a++) {
            int64_t x = n->op[0].stride[a], y = n->op[0].stride[a + 1];
            bool swap = n->role[a] == A_SUM && (n->role[a + 1] == A_OUT || llabs(x) < llabs(y));
            if (!swap) continue;
            int64_t e = n->extent[a];
            n->extent[a] = n->extent[a + 1];
            n->extent[a + 1] = e;
            Role r = n->role[a];
            n->role[a] = n->role[a + 1];
            n->role[a + 1] = r;
            for (int k = 0; k < n->nop; k++) {
                int64_t t = n->op[k].stride[a];
                n->op[k].stride[a] = n->op[k].stride[a + 1];
                n->op[k].stride[a + 1] = t;
            }
        }
}

static void drop_axis(Nest *n, int a) {
    n->naxis--;
    for (int b = a; b < n->naxis; b++) {
        n->extent[b] = n->extent[b + 1];
        n->role[b] = n->role[b + 1];
        for (int k = 0; k < n->nop; k++) n->op[k].stride[b] = n->op[k].stride[b + 1];
    }
}

static bool mergeable(const Nest *n, int a) {
    if (n->role[a] != n->role[a + 1] || a <= n->pools) return false;
    for (int k = 0; k < n->nop; k++)
        if (n->op[k].stride[a] != n->op[k].stride[a + 1] * n->extent[a + 1]) return false;
    return true;
}

static void merge_axes(Nest *n) {
    for (int a = n->naxis - 1; a >= 1; a--) // extents of 1 say nothing; the innermost axis stays
        if (n->extent[a] == 1 && n->naxis > 2 && n->role[a] == A_SUM) drop_axis(n, a);
    for (int a = n->naxis - 2; a >= 1; a--)
        if (mergeable(n, a)) {
            n->extent[a + 1] *= n->extent[a];
            drop_axis(n, a);
        }
}

void plan_nest(const Plan *p, Kernel *k) {
    const Step *s = p->step;
    Nest *nest = &k->nest;
    *nest = (Nest){0};
    const Node *r = s->node[k->node[0]];
    bool map = r->kind == P_MAP || r->kind == P_UPDATE;
    bool patches = r->row && r->scatter; // axes stay as they are
    bool meet = patches && !r->row->gathers; // in memory
    if (map) { // the first stage is the root itself
        nest->naxis = r->naxis;
        for (int a = 1; a < r->naxis; a++) nest->extent[a] = axis_extent(r, a);
        nest->extent[0] = r->samples ? -1 : 1;
    } else {
        root(s, *r, nest);
    }
    nest->pooled = nest->argmax = -1;
    if (behind_pool(s, k)) pool(s, k, nest);
    for (int i = !map; i < k->nnode; i++) {
        Prim kind = s->node[k->node[i]]->kind;
        if (map || kind == P_MAP || kind == P_UPDATE) stages(s, k, i, nest);
    }
    for (int i = 0; i < nest->nstage; i++) {
        int t = nest->op[nest->stage[i].out].tensor;
        if (!read_outside(s, k, t)) nest->stage[i].out = -1;
    }
    if (map)
        nest->out = -1;
    else if (k->nnode > 1 && !meet && !read_outside(s, k, r->out[0].tensor)) {
        // What follows in the kernel has it in registers. A small gradient is stored for who wants to see it.
        nest->asked = nest->tree && !r->row && !p->options.object;
        if (!nest->asked) nest->out = -1;
    }
    if (nest->pooled >= 0 && !read_outside(s, k, s->node[k->node[1]]->out[0].tensor))
        nest->pooled = -1;
    if (r->kind == P_CONTRACT && !patches) sort_sums(nest);
    if (!patches && r->kind != P_WINDOW && r->kind != P_REDUCE && r->kind != P_LOSS &&
        r->kind != P_MASK && r->kind != P_WARP && r->kind != P_TRANSFORM)
        merge_axes(nest);
    nest->range = 0;
}
