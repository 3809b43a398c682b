// SPDX-License-Identifier: MIT
// Phases: which nodes run between two barriers, parallel over units of output or over leaves of samples.
// While they are looked for they alternate, even ones over units, odd ones over leaves; those that
// nothing runs in are left out then. A node runs in the first phase of its kind in which its inputs are
// ready; a result of the whole batch (a sum over leaves, a gradient over all samples) is ready in the
// phase after the one that computes it.
//
// The gradient of a dense weight has no sum but that over the samples, so adding it leaf by leaf
// would move the whole matrix for 16 products an element. It is deferred: computed once a step from
// its operands kept for the whole batch, parallel over rows of the weight, along the leaf tree. Some kernels make the
// update of its sums at once: such a gradient waits until nobody else reads the weight.
//   requires: packed Step        sets: Plan.phase, .phase_of, O_STEP and O_BATCH owners
#include "plan/phases.h"
#include <limits.h>

enum { DEFER_FLOATS = 256 }; // below, a leaf's copy of the gradient costs nothing

static bool whole_batch(Owner o) {
    return o == O_LEAF || o == O_STEP;
}

bool plan_defers(const Step *s, const Node *n) {
    const Tensor *out = &s->tensor[n->out[0].tensor];
    if (n->kind != P_CONTRACT || out->owner != O_LEAF || n->op != C_SUM || n->nin != 2)
        return false;
    for (int d = 0; d < out->rank; d++) { // what it does not write is 0, which a leaf begins with
        Span at = access_span(n, &n->out[0], d);
        if (at.lo > 0 || at.hi < out->dim[d]) return false;
    }
    int64_t sum = 1, count = 1;
    for (int a = 1; a < n->naxis; a++) {
        int64_t extent = axis_extent(n, a);
        if (n->axis[a].role == A_SUM)
            sum *= extent;
        else
            count *= extent;
    }
    return sum == 1 && count >= DEFER_FLOATS;
}

// The copy of x that is there already, made before `node`; or -1.
static int kept(const Step *s, int x, int node) {
    for (int i = 0, count = step_readers(s, x); i < count; i++) {
        int reader = step_reader(s, x, i);
        const Node *n = s->node[reader];
        if (reader >= node) break;
        if (n->kind == P_VIEW && n->op == V_AFFINE && s->tensor[n->out[0].tensor].owner == O_BATCH)
            return n->out[0].tensor;
    }
    return -1;
}

// x is gathered leaf by leaf and gone afterwards: a copy is kept where the whole batch is read.
// Returns the node's new index.
static int keep_input(Step *s, int node, int k) {
    int x = tensor_base(s, s->node[node]->in[k].tensor);
    if (s->tensor[x].owner != O_INPUT) return node;
    int before = kept(s, s->node[node]->in[k].tensor, node);
    if (before >= 0) {
        step_edit(s, node)->in[k].tensor = before;
        return node;
    }
    Tensor t = s->tensor[s->node[node]->in[k].tensor];
    int copy =
        step_tensor(s, arena_printf(s->arena, "%s.kept", t.name), T_F32, O_BATCH, t.rank, t.dim);
    Node *n = step_node(s, P_VIEW, true);
    n->op = V_AFFINE;
    n->layer = s->node[node]->layer;
    n->pass = PASS_FORWARD;
    for (int d = 0; d < t.rank; d++) step_axis(n, t.dim[d], A_OUT);
    node_reads(n, access_whole(s, s->node[node]->in[k].tensor, 1));
    node_writes(n, access_whole(s, copy, 1));
    step_edit(s, node)->in[k].tensor = copy;
    step_bring(s, node);
    return node + 1;
}

// The input through views: a Flatten of x still is x.
static bool is_input(const Step *s, int t) {
    while (s->tensor[t].owner != O_INPUT) {
        int def = step_def(s, t);
        if (def < 0 || s->node[def]->kind != P_VIEW || s->node[def]->op != V_RESHAPE) return false;
        t = s->node[def]->in[0].tensor;
    }
    return true;
}

// What node i reads of the model's input is kept for the whole batch. Returns its new index.
static int keep_inputs(Step *s, int i) {
    for (int k = 0; k < s->node[i]->nin; k++) {
        int t = s->node[i]->in[k].tensor;
        if (!is_input(s, t)) continue;
        int def = step_def(s, t);
        if (def >= 0)
            s->tensor[t].owner = O_BATCH; // the view copies
        else
            i = keep_input(s, i, k);
    }
    return i;
}

static bool by_unit(const Step *s, const Node *n) {
    return s->mode == STEP_TRAIN && n->row && n->row->by_unit;
}

static void defer(Step *s) {
    for (int i = 0; i < s->nnode; i++) {
        bool sums = plan_defers(s, s->node[i]);
        if (sums) s->tensor[s->node[i]->out[0].tensor].owner = O_STEP;
        if (sums || by_unit(s, s->node[i])) i = keep_inputs(s, i);
    }
}

// A product over units takes the MAPs behind it along, which read nothing that is computed after it.
static void find_together(Plan *p) {
    Step *s = p->step;
    p->together = ARENA_ARRAY(p->arena, bool, s->nnode);
    for (int i = 0; i < s->nnode; i++) {
        if (!by_unit(s, s->node[i])) continue;
        Kernel k = {.nnode = 1, .node = {i}};
        s->node[i]->row->match(p, i, &k);
        for (int j = 0; j < k.nnode; j++) p->together[k.node[j]] = true;
    }
}

// Vectors along the last axis of a matrix, as an update needs them, that are nearly full.
static bool fills_vectors(const Plan *p, const Tensor *t) {
    int64_t last = t->rank ? t->dim[t->rank - 1] : 1;
    return 4 * plan_vectors(p, last) * p->target.vector <= 5 * last;
}

int plan_update(const Plan *p, int node) {
    const Step *s = p->step;
    const Node *n = s->node[node];
    int g = n->nout ? n->out[0].tensor : -1;
    if (p->options.ranks || n->kind != P_CONTRACT || !n->samples || g < 0) return -1;
    bool able = n->row ? n->row->updates : fills_vectors(p, &s->tensor[g]);
    if (!able || s->tensor[g].owner != O_STEP || step_readers(s, g) != 1) return -1;
    int reader = step_reader(s, g, 0);
    const Node *u = s->node[reader];
    bool in_place = u->kind == P_UPDATE && u->nout <= MAX_STAGE;
    for (int k = 0; k < u->nin; k++)
        if (u->in[k].tensor == g) in_place &= access_in_place(u, &u->in[k]);
    return in_place ? reader : -1;
}

static bool by_leaf(const Plan *p, int i) {
    const Step *s = p->step;
    const Node *n = s->node[i];
    if (!n->samples || p->together[i]) return false;
    return s->tensor[n->nout ? n->out[0].tensor : n->in[0].tensor].owner != O_STEP;
}

bool over_leaves(int phase) {
    return phase & 1;
}

// The first phase of node i's kind that is not before `at`.
static int phase_from(const Plan *p, int i, int at) {
    return at + (by_leaf(p, i) != over_leaves(at));
}

// Is what node `def` writes there only when all threads are through with its phase? `reader` may be of its
// kernel.
static bool ready_later(const Plan *p, int def, int reader) {
    const Step *s = p->step;
    bool along = p->together[reader] && s->node[reader]->kind == P_MAP;
    if (plan_update(p, def) == reader) return false;
    return whole_batch(s->tensor[s->node[def]->out[0].tensor].owner) ||
           (p->together[def] && !along);
}

static int earliest(const Plan *p, int i) {
    const Step *s = p->step;
    int at = p->cut ? p->cut[i] : 0, along = plan_update(p, i);
    if (along >= 0 && p->phase_of[along] > at) at = p->phase_of[along];
    for (int k = 0; k < s->node[i]->nin; k++) {
        int t = s->node[i]->in[k].tensor, def = step_def(s, t);
        if (def < 0 || s->tensor[t].owner == O_MODEL || s->tensor[t].owner == O_OPT) continue;
        int ready = p->phase_of[def] + ready_later(p, def, i);
        if (ready > at) at = ready;
    }
    return phase_from(p, i, at);
}

// A weight and its state are written when nobody reads them any more.
static int after_readers(const Plan *p, int i, int at) {
    const Step *s = p->step;
    for (int k = 0; k < s->node[i]->nout; k++)
        for (int j = step_readers(s, s->node[i]->out[k].tensor); j-- > 0;) {
            int reader = step_reader(s, s->node[i]->out[k].tensor, j);
            if (reader != i && p->phase_of[reader] >= at)
                at = phase_from(p, i, p->phase_of[reader] + 1);
        }
    return at;
}

// Where it is first read.
static int before_readers(const Plan *p, int i, int at) {
    int first = -1, y = p->step->node[i]->out[0].tensor;
    for (int j = step_readers(p->step, y); j-- > 0;) {
        int phase = p->phase_of[step_reader(p->step, y, j)];
        if (first < 0 || phase < first) first = phase;
    }
    first -= !over_leaves(first);
    return first > at ? first : at;
}

int phases_last(const Plan *p) {
    int last = 0;
    for (int i = 0; i < p->step->nnode; i++)
        if (p->phase_of[i] > last) last = p->phase_of[i];
    return last;
}

// What inference computes from weights is all there before the first sample: its samples have one phase, behind
// this one. -1: in training they have as many as they need.
static int last_of_weights(const Plan *p) {
    const Step *s = p->step;
    int last = -1;
    for (int i = 0; i < s->nnode && s->mode != STEP_TRAIN; i++)
        if (!by_leaf(p, i) && p->phase_of[i] > last) last = p->phase_of[i];
    return last;
}

static void find_phases(Plan *p) {
    const Step *s = p->step;
    for (bool moved = true; moved;) { // copies were appended after their readers: iterate to rest
        moved = false;
        int weights = last_of_weights(p);
        for (int i = 0; i < s->nnode; i++) {
            int at = earliest(p, i);
            if (at <= weights && by_leaf(p, i)) at = weights + 1;
            if (s->node[i]->kind == P_UPDATE) at = after_readers(p, i, at);
            if (s->node[i]->late) at = before_readers(p, i, at);
            if (at != p->phase_of[i]) moved = true;
            p->phase_of[i] = at;
        }
    }
}

// The last phase over units in which weights can be copied: before the copy is read, and before they change.
static int last_to_copy(const Plan *p, int i) {
    const Step *s = p->step;
    const Node *n = s->node[i];
    int end = INT_MAX;
    for (int j = step_readers(s, n->out[0].tensor); j-- > 0;) {
        int reader = p->phase_of[step_reader(s, n->out[0].tensor, j)];
        if (reader < end) end = reader;
    }
    for (int k = 0; k < n->nin; k++) {
        int update = step_def(s, n->in[k].tensor);
        bool weight = s->tensor[n->in[k].tensor].owner == O_MODEL;
        if (weight && update >= 0 && p->phase_of[update] < end) end = p->phase_of[update];
    }
    return over_leaves(end) ? end - 1 : end - 2;
}

// Copies of weights are made as late as can be, in a phase that there is anyway: until then their memory is that of
// others. What was copied for a copy was so for this one alone, and comes along.
static void copy_late(Plan *p) {
    const Step *s = p->step;
    int last = phases_last(p);
    int *nodes = ARENA_ARRAY(p->arena, int, last + 1);
    for (int i = 0; i < s->nnode; i++) nodes[p->phase_of[i]]++;
    for (int i = s->nnode; i-- > 0;) {
        if (s->node[i]->pass != PASS_PREPARE || by_leaf(p, i) || s->mode != STEP_TRAIN) continue;
        int at = last_to_copy(p, i);
        while (at > p->phase_of[i] && !nodes[at]) at -= 2;
        if (at <= p->phase_of[i]) continue;
        nodes[p->phase_of[i]]--;
        nodes[at]++;
        p->phase_of[i] = at;
    }
}

// Phases that some node runs in, numbered one after the other.
static void number_phases(Plan *p) {
    const Step *s = p->step;
    int last = phases_last(p);
    int *number = ARENA_ARRAY(p->arena, int, last + 1);
    for (int i = 0; i < s->nnode; i++) number[p->phase_of[i]] = 1; // used
    for (int at = 0; at <= last; at++) {
        if (!number[at]) continue;
        number[at] = p->nphase;
        PhasePlan phase = {.by_leaf = over_leaves(at)};
        phase.goes_on = phase.by_leaf && at > p->cut_first && at <= p->cut_last;
        ARENA_PUSH(p->arena, p->phase, p->nphase, phase);
    }
    for (int i = 0; i < s->nnode; i++) p->phase_of[i] = number[p->phase_of[i]];
}

bool kernel_by_leaf(const Plan *p, const Kernel *k) {
    return p->phase[k->phase].by_leaf;
}

const PhasePlan *plan_sums(const Plan *p, int tensor) {
    int def = step_def(p->step, tensor);
    bool sums = def >= 0 && p->step->tensor[tensor].owner == O_LEAF;
    return sums ? &p->phase[p->phase_of[def]] : NULL;
}

void plan_phases(Plan *p) {
    Step *s = p->step;
    defer(s);
    p->phase_of = ARENA_ARRAY(p->arena, int, (1 + MAX_AGAIN) * s->nnode);
    find_together(p);
    find_phases(p);
    phases_again(p);
    find_together(p);
    find_phases(p);
    phases_cut(p);
    find_phases(p);
    copy_late(p);
    number_phases(p);
    for (int i = 0; i < s->nnode; i++) // what crosses phases is kept for the whole batch
        for (int k = 0; k < s->node[i]->nin; k++) {
            Tensor *t = &s->tensor[s->node[i]->in[k].tensor];
            int def = step_def(s, s->node[i]->in[k].tensor);
            if (t->owner == O_SAMPLE && def >= 0 && p->phase_of[def] != p->phase_of[i])
                t->owner = O_BATCH;
        }
}
