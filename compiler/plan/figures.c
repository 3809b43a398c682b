// SPDX-License-Identifier: MIT
// What kernels do, in figures: operations as executed and as the layers say, bytes, and an estimate of
// cycles. For reports alone, which ask for them: planning itself used the operations as executed and the prices.
//   requires: a whole plan        sets: Kernel.flops_written, .cycles, .bytes, .shared
#include "plan/traffic.h"
#include "report/describe.h"
#include "support/limit.h"
#include "../runtime/abi.h"
#include <math.h>

double node_points(const Node *n) {
    double c = 1;
    for (int a = 1; a < n->naxis; a++) c *= (double)axis_extent(n, a);
    return c;
}

// Two a product in a CONTRACT, one an element that a window looks at, two a pixel that a map takes by its
// distance, the expression's elsewhere.
double node_flops(const Node *n, double points) {
    if (n->kind == P_CONTRACT && n->op == C_EXPR) return (1 + expr_flops(n->expr[0])) * points;
    if (n->kind == P_CONTRACT) return (n->nin < 2 ? 1 : 2) * points; // a third input says where
    if (n->kind == P_WINDOW) return n->op == W_MAX_GRAD ? 0 : points;
    if (n->kind == P_WARP) return warp_linear(n) ? 8 * points : 0;
    double sum = 0;
    for (int i = 0; i < MAX_OUT && n->expr[i]; i++) sum += points * expr_flops(n->expr[i]);
    return sum;
}

double kernel_share(const Plan *p, const Kernel *k, const Node *n) {
    bool once = p->step->node[k->node[0]]->samples && !n->samples;
    return once ? 1 / (double)p->step->model->fit.batch_size : 1;
}

double kernel_flops(const Plan *p, const Kernel *k, int first) {
    double flops = 0;
    for (int i = first; i < k->nnode; i++) {
        const Node *n = p->step->node[k->node[i]];
        flops += node_flops(n, node_points(n)) * kernel_share(p, k, n);
    }
    return flops;
}

double step_products(const Step *s) {
    double sum = 0;
    for (int i = 0; i < s->nnode; i++) {
        const Node *n = s->node[i];
        if (n->kind == P_CONTRACT && n->op == C_SUM && n->nin > 1) sum += n->written;
    }
    return sum;
}

double samples_priced(const Kernel *k) {
    const Nest *n = &k->nest;
    if (k->variant->rewrites || n->extent[0] != -1 || n->role[0] != A_SUM) return 1;
    return (double)k->block;
}

void prices_add(Prices *to, const Variant *row, const char *detail, double cycles) {
    if (to->n == MAX_PRICE && to->of[MAX_PRICE - 1].cycles <= cycles) return;
    int at = to->n < MAX_PRICE ? to->n++ : MAX_PRICE - 1; // the dearest one goes
    for (; at > 0 && to->of[at - 1].cycles > cycles; at--) to->of[at] = to->of[at - 1];
    to->of[at] = (Price){row, detail, cycles};
}

double prices_of(const Prices *p, const Variant *row) {
    for (int i = 0; p && i < p->n; i++)
        if (p->of[i].row == row) return p->of[i].cycles;
    return 0;
}

static void touch(Touch *to, int *n, int tensor, bool write) {
    to[ROOM((*n)++, MAX_TOUCH, "tensors of a kernel")] = (Touch){tensor, write, false};
}

// What a node reads and writes that has no operands in the nest: a loss that follows.
static void loss_touches(const Node *loss, Touch *to, int *n) {
    for (int i = 0; i < loss->nin; i++) touch(to, n, loss->in[i].tensor, false);
    for (int i = 0; i < loss->nout; i++) touch(to, n, loss->out[i].tensor, true);
}

int kernel_touches(const Plan *p, const Kernel *k, Touch *to) {
    const Nest *nest = &k->nest;
    const Node *root = p->step->node[k->node[0]];
    int n = 0;
    for (int i = 0; i < nest->nin; i++) touch(to, &n, nest->op[i].tensor, false);
    if (root->kind != P_MAP && root->kind != P_UPDATE) // those have their results in stages
        for (int i = 0; i < root->nout; i++)
            if (i || nest->out >= 0) touch(to, &n, root->out[i].tensor, true);
    if (nest->asked) to[n - 1].asked = true;
    if (nest->pooled >= 0) touch(to, &n, nest->op[nest->pooled].tensor, true);
    if (nest->argmax >= 0) touch(to, &n, nest->op[nest->argmax].tensor, true);
    for (int i = 0; i < nest->nstage; i++) {
        const Stage *st = &nest->stage[i];
        bool again = i && nest->stage[i - 1].value == st->value; // a further result of one node
        for (int j = 0; j < st->nin && !again; j++)
            if (st->in[j] >= 0) touch(to, &n, nest->op[st->in[j]].tensor, false);
        if (st->out >= 0) touch(to, &n, nest->op[st->out].tensor, true);
    }
    for (int j = 1; j < k->nnode; j++) {
        const Node *loss = p->step->node[k->node[j]];
        if (loss->kind == P_LOSS) loss_touches(loss, to, &n);
    }
    return n;
}

bool phase_reads_samples(const Plan *p, const PhasePlan *phase) {
    Touch to[MAX_TOUCH];
    for (int k = phase->first; k < phase->end; k++)
        for (int i = 0, n = kernel_touches(p, &p->kernel[k], to); i < n; i++) {
            Owner o = p->step->tensor[tensor_base(p->step, to[i].tensor)].owner;
            if (o == O_INPUT || o == O_LABEL) return true;
        }
    return false;
}

static int64_t bytes_of(const Tensor *t) {
    if (owner_per_sample(t->owner)) return t->bytes;
    int64_t n = t->type == T_U8 ? 1 : 4;
    for (int d = 0; d < t->rank; d++) n *= t->dim[d];
    return n;
}

static void count_bytes(const Plan *p, Kernel *k) {
    Touch to[MAX_TOUCH];
    k->bytes = k->shared = 0;
    for (int i = 0, n = kernel_touches(p, k, to); i < n; i++) {
        const Tensor *t = &p->step->tensor[to[i].tensor];
        if (to[i].asked) continue;
        *(owner_per_sample(t->owner) ? &k->bytes : &k->shared) += bytes_of(t);
    }
}

// Who goes through memory in order finds what it needs when it gets there, as an update does, also one that is made of
// sums at once, while the next ones are made. For other products what comes from the second cache comes in time, and
// what lies beyond does not, but where the CPU has enough in flight and no sums of a leaf go both ways; their results
// leave meanwhile, and are in the way where that takes as long. A tile of a transform is read, computed and written in
// turn.
static double cycles_of(const Plan *p, const Kernel *k, const Traffic *t) {
    Prim kind = p->step->node[k->node[0]]->kind;
    double own = k->variant->work ? k->variant->work(p, k) : k->tile.cycles / samples_priced(k);
    if (kind == P_TRANSFORM) return own + t->near + t->far;
    bool in_order = kind == P_MAP || kind == P_UPDATE || (k->nest.tree && k->nest.nstage);
    if (in_order) return fmax(own, t->near + t->far);
    if (kind != P_CONTRACT) return fmax(own, t->near) + t->far;
    double beyond = t->far - t->results;
    bool ahead = p->target.overlaps && kernel_by_leaf(p, k) && k->nest.role[0] == A_OUT;
    double until = ahead ? fmax(own, t->near + beyond) : fmax(own, t->near) + beyond;
    return hypot(until, t->results);
}

void plan_figures(Plan *p) {
    const Traffic *traffic = plan_traffic(p);
    for (int i = 0; i < p->nkernel; i++) {
        Kernel *k = &p->kernel[i];
        k->flops_written = 0;
        for (int j = 0; j < k->nnode; j++) {
            const Node *n = p->step->node[k->node[j]];
            k->flops_written += node_flops(n, n->written) * kernel_share(p, k, n);
        }
        count_bytes(p, k);
        k->cycles = cycles_of(p, k, &traffic[i]);
    }
}

// Batches go through a kernel of a phase of leaves in groups of Kernel.block samples, each of which
// reads what they share anew; the other phases run once a step. What inference prepares from the weights is there
// before the first sample.
Total plan_total(const Plan *p, int first, int end) {
    Total t = {.batch = p->step->mode == STEP_TRAIN ? p->step->model->fit.batch_size : 1};
    for (int i = first; i < end; i++) {
        const Kernel *k = &p->kernel[i];
        if (p->step->mode != STEP_TRAIN && kernel_pass(p, k) == PASS_PREPARE) continue;
        double times = kernel_per_sample(p, k) ? (double)t.batch : 1;
        double groups = kernel_by_leaf(p, k) ? ceil((double)t.batch / (double)k->block) : 1;
        t.flops += times * k->flops;
        t.written += times * k->flops_written;
        t.cycles += times * k->cycles;
        t.bytes += times * (double)k->bytes + groups * (double)k->shared;
    }
    return t;
}
