// SPDX-License-Identifier: MIT
// Loss, metrics and the gradient by what the loss reads, a row of K outputs at a time. Formulas are
// Keras 3's (TensorFlow backend); n samples, P rows a sample, eps = 1e-7:
//   categorical, logits z   L = sum y (log S - (z - m)),  dz = p - y          p = softmax z
//   sparse, logits          L = log S - (z[y] - m),       dz = p - onehot(y)
//   categorical, p given    q = p / sum p;  L = -sum y log clip q;  through the clip and the division
//   sparse, p given         c = clip p;  L = log sum c - log c[y];  dp = (c / sum c - onehot) / c
//   binary, logits          L = mean max(z,0) - z y + log1p e^-|z|,  dz = (sigmoid z - y) / K
//   binary, p given         L = -mean y log c + (1 - y) log(1 - c),  c = clip p
//   mse, mae                L = mean (p - y)^2, mean |p - y|
// Gradients are of the mean over the batch: times 1 / (n P). Losses are summed over the leaf's
// samples in double, at the head of the leaf block; metrics behind it.
#include "kernels/generic/row.h"
#include "kernels/generic/nest.h"
#include "../runtime/abi.h"

typedef struct LossRow {
    const Plan *p;
    const Loss *loss;
    bool logits; // what is read are logits
    Val z, y, out, dz; // pointers to this row; out and dz may be NULL
    Val result; // the model's output, which the metrics look at
    Val label; // class number, sparse only (i64)
    Val scale; // 1 / (n P) in a scalar
    Val sum, dot, log_sum, max; // of the row
    Acc acc;
} LossRow;

static const double eps = 1e-7;

static Val at(Row *r, Val base, Val i) {
    return ir_at(r->ir, base, r->ir->f32, i);
}
static Val sub(Ir *ir, Val a, Val b) {
    return LLVMBuildFSub(ir->b, a, b, "");
}
static Val mul(Ir *ir, Val a, Val b) {
    return LLVMBuildFMul(ir->b, a, b, "");
}
static Val quo(Ir *ir, Val a, Val b) {
    return LLVMBuildFDiv(ir->b, a, b, "");
}
static Val add(Ir *ir, Val a, Val b) {
    return LLVMBuildFAdd(ir->b, a, b, "");
}

static Val clip(Ir *ir, Val x, int width) {
    Val lo = ir_f32(ir, eps, width), hi = ir_f32(ir, 1 - eps, width);
    x = ir_select(ir, ir_less(ir, x, lo), lo, x);
    return ir_select(ir, ir_less(ir, hi, x), hi, x);
}

// v where x is inside the clip, else 0: the clip's derivative.
static Val inside(Ir *ir, Val x, Val v, int width) {
    Val low = ir_less(ir, x, ir_f32(ir, eps, width)),
        high = ir_less(ir, ir_f32(ir, 1 - eps, width), x);
    return ir_select(ir, LLVMBuildOr(ir->b, low, high, ""), ir_f32(ir, 0, width), v);
}

// The targets of these lanes, smoothed: y (1 - s) + s / K, or s / 2 for the binary loss.
static Val targets(Row *r, LossRow *w, Val i, Lanes l) {
    Ir *ir = r->ir;
    if (w->loss->kind == LOSS_SPARSE_CATEGORICAL_CROSSENTROPY) {
        Val lane[64];
        for (int k = 0; k < l.width; k++) lane[k] = ir_int(ir, k);
        Val index = LLVMBuildAdd(ir->b, ir_splat(ir, i, l.width),
                                 LLVMConstVector(lane, (unsigned)l.width), "");
        Val hit = LLVMBuildICmp(ir->b, LLVMIntEQ, index, ir_splat(ir, w->label, l.width), "");
        return ir_select(ir, hit, ir_f32(ir, 1, l.width), ir_f32(ir, 0, l.width));
    }
    Val y = ir_load(ir, at(r, w->y, i), l);
    double s = w->loss->label_smoothing;
    if (s == 0) return y;
    double to = w->loss->kind == LOSS_BINARY_CROSSENTROPY ? s / 2 : s / (double)r->count;
    return ir_fma(ir, y, ir_f32(ir, 1 - s, l.width), ir_f32(ir, to, l.width));
}

static void put_gradient(Row *r, LossRow *w, Val i, Val d, Lanes l) {
    Ir *ir = r->ir;
    if (!w->dz) return;
    ir_store(ir, at(r, w->dz, i), mul(ir, d, ir_splat(ir, w->scale, l.width)), l);
}

// --- crossentropies over the row ---

static void entropy_logits(Row *r, Val i, Lanes l, void *state) {
    LossRow *w = state;
    Ir *ir = r->ir;
    Val y = targets(r, w, i, l), z = ir_load(ir, at(r, w->z, i), l), zero = ir_f32(ir, 0, l.width);
    Val below = sub(ir, z, ir_splat(ir, w->max, l.width)); // small where z is large: keeps log S
    Val v = mul(ir, y, sub(ir, ir_splat(ir, w->log_sum, l.width), below));
    Val none = LLVMBuildFCmp(ir->b, LLVMRealOEQ, y, zero, ""); // 0, also where z - m is infinite
    acc_add(r, &w->acc, ir_select(ir, none, zero, v), l);
    put_gradient(r, w, i, sub(ir, ir_load(ir, at(r, w->out, i), l), y), l);
}

static void add_values(Row *r, Val i, Lanes l, void *state) {
    LossRow *w = state;
    acc_add(r, &w->acc, ir_load(r->ir, at(r, w->z, i), l), l);
}

static void entropy_normalised(Row *r, Val i, Lanes l, void *state) { // also sum of dL/dq q
    LossRow *w = state;
    Ir *ir = r->ir;
    Val q = quo(ir, ir_load(ir, at(r, w->z, i), l), ir_splat(ir, w->sum, l.width));
    Val y = targets(r, w, i, l), c = clip(ir, q, l.width);
    acc_add(r, &w->acc, mul(ir, y, LLVMBuildFNeg(ir->b, math_log(ir, c, l.width), "")), l);
}

static Val slope_normalised(Row *r, LossRow *w, Val i, Lanes l, Val *q) { // dL/dq
    Ir *ir = r->ir;
    *q = quo(ir, ir_load(ir, at(r, w->z, i), l), ir_splat(ir, w->sum, l.width));
    Val y = targets(r, w, i, l), c = clip(ir, *q, l.width);
    return inside(ir, *q, LLVMBuildFNeg(ir->b, quo(ir, y, c), ""), l.width);
}

static void dot_normalised(Row *r, Val i, Lanes l, void *state) {
    LossRow *w = state;
    Val q, d = slope_normalised(r, w, i, l, &q);
    acc_add(r, &w->acc, mul(r->ir, d, q), l);
}

static void gradient_normalised(Row *r, Val i, Lanes l, void *state) {
    LossRow *w = state;
    Ir *ir = r->ir;
    Val q, d = slope_normalised(r, w, i, l, &q);
    d = quo(ir, sub(ir, d, ir_splat(ir, w->dot, l.width)), ir_splat(ir, w->sum, l.width));
    put_gradient(r, w, i, d, l);
}

static void add_clipped(Row *r, Val i, Lanes l, void *state) {
    LossRow *w = state;
    acc_add(r, &w->acc, clip(r->ir, ir_load(r->ir, at(r, w->z, i), l), l.width), l);
}

static void entropy_clipped(Row *r, Val i, Lanes l, void *state) {
    LossRow *w = state;
    Ir *ir = r->ir;
    Val p = ir_load(ir, at(r, w->z, i), l), c = clip(ir, p, l.width), y = targets(r, w, i, l);
    Val log = sub(ir, ir_splat(ir, w->log_sum, l.width), math_log(ir, c, l.width));
    acc_add(r, &w->acc, mul(ir, y, log), l);
    Val d = sub(ir, quo(ir, c, ir_splat(ir, w->sum, l.width)), y);
    put_gradient(r, w, i, inside(ir, p, quo(ir, d, c), l.width), l);
}

// --- losses of each output on its own ---

static void each_output(Row *r, Val i, Lanes l, void *state) {
    LossRow *w = state;
    Ir *ir = r->ir;
    Val p = ir_load(ir, at(r, w->z, i), l), y = targets(r, w, i, l), e = sub(ir, p, y), v, d;
    Val zero = ir_f32(ir, 0, l.width), one = ir_f32(ir, 1, l.width), none = ir_f32(ir, -1, l.width);
    if (w->loss->kind == LOSS_MEAN_SQUARED_ERROR) {
        v = mul(ir, e, e);
        d = add(ir, e, e);
    } else if (w->loss->kind == LOSS_MEAN_ABSOLUTE_ERROR) {
        Val below = ir_less(ir, e, zero);
        v = ir_select(ir, below, LLVMBuildFNeg(ir->b, e, ""), e);
        d = ir_select(ir, below, none, ir_select(ir, ir_less(ir, zero, e), one, zero));
    } else if (w->logits) {
        Val positive = ir_select(ir, ir_less(ir, p, zero), zero, p);
        Val size = ir_select(ir, ir_less(ir, p, zero), p, LLVMBuildFNeg(ir->b, p, ""));
        Val tail = math_log1p(ir, math_exp(ir, size, l.width), l.width);
        v = add(ir, sub(ir, positive, mul(ir, p, y)), tail);
        Val e_minus = math_exp(ir, LLVMBuildFNeg(ir->b, p, ""), l.width);
        d = sub(ir, quo(ir, one, add(ir, one, e_minus)), y);
    } else {
        // 1 - c, but clipped itself: in float32 1 - (1 - eps) is 19 % more than eps.
        Val c = clip(ir, p, l.width), rest = clip(ir, sub(ir, one, p), l.width);
        Val n = sub(ir, one, y);
        v = LLVMBuildFNeg(
            ir->b,
            add(ir, mul(ir, y, math_log(ir, c, l.width)), mul(ir, n, math_log(ir, rest, l.width))),
            "");
        d = inside(ir, p, sub(ir, quo(ir, n, rest), quo(ir, y, c)), l.width);
    }
    acc_add(r, &w->acc, v, l);
    put_gradient(r, w, i, quo(ir, d, ir_f32(ir, (double)r->count, l.width)), l);
}

// The row's loss as a scalar; writes out and dz on its way.
static Val row_loss(Row *r, LossRow *w) {
    Ir *ir = r->ir;
    bool sparse = w->loss->kind == LOSS_SPARSE_CATEGORICAL_CROSSENTROPY;
    if (sparse || w->loss->kind == LOSS_CATEGORICAL_CROSSENTROPY) {
        if (w->logits) {
            row_softmax(r, w->z, w->out, &w->max, &w->log_sum);
            w->acc = acc_new(r, 0);
            row_each(r, entropy_logits, w);
            return acc_sum(r, &w->acc);
        }
        w->acc = acc_new(r, 0);
        row_each(r, sparse ? add_clipped : add_values, w);
        w->sum = acc_sum(r, &w->acc);
        w->log_sum = row_log(ir, w->sum);
        w->acc = acc_new(r, 0);
        row_each(r, sparse ? entropy_clipped : entropy_normalised, w);
        Val loss = acc_sum(r, &w->acc);
        if (!sparse && w->dz) {
            w->acc = acc_new(r, 0);
            row_each(r, dot_normalised, w);
            w->dot = acc_sum(r, &w->acc);
            row_each(r, gradient_normalised, w);
        }
        return loss;
    }
    w->acc = acc_new(r, 0);
    row_each(r, each_output, w);
    Val mean = LLVMConstReal(ir->f32, (double)r->count);
    return quo(ir, acc_sum(r, &w->acc), mean);
}

// --- metrics ---

// Index of the first largest of K floats.
static Val argmax(Ir *ir, Val row, int64_t count) {
    Val best = ir_var(ir, ir->f32, ir_scalar(ir, ir->f32, row));
    Val index = ir_var(ir, ir->i64, ir_int(ir, 0));
    Loop l = ir_loop(ir, ir_int(ir, 1), ir_int(ir, count), 1);
    Val x = ir_scalar(ir, ir->f32, ir_at(ir, row, ir->f32, l.i)), old = ir_get(ir, ir->f32, best);
    Val take = LLVMBuildFCmp(ir->b, LLVMRealOGT, x, old, "");
    ir_set(ir, best, ir_select(ir, take, x, old));
    ir_set(ir, index, ir_select(ir, take, l.i, ir_get(ir, ir->i64, index)));
    ir_end(ir, &l);
    return ir_get(ir, ir->i64, index);
}

typedef struct Hits {
    LossRow *w;
    Acc acc;
} Hits;

// The targets as given; class numbers are those of a single output.
static Val truth(Row *r, LossRow *w, Val i, Lanes l) {
    Ir *ir = r->ir;
    if (w->y) return ir_load(ir, at(r, w->y, i), l);
    return ir_splat(ir, LLVMBuildSIToFP(ir->b, w->label, ir->f32, ""), l.width);
}

static void count_hits(Row *r, Val i, Lanes l, void *state) {
    Hits *h = state;
    Ir *ir = r->ir;
    Val one = ir_f32(ir, 1, l.width), zero = ir_f32(ir, 0, l.width);
    Val p = ir_load(ir, at(r, h->w->result, i), l), y = truth(r, h->w, i, l);
    Val said = ir_select(ir, ir_less(ir, ir_f32(ir, 0.5, l.width), p), one, zero);
    Val hit = LLVMBuildFCmp(ir->b, LLVMRealOEQ, said, y, "");
    acc_add(r, &h->acc, ir_select(ir, hit, one, zero), l);
}

static Val row_metric(Row *r, LossRow *w, MetricKind kind) {
    Ir *ir = r->ir;
    if (kind == METRIC_BINARY_ACCURACY) {
        Hits h = {w, acc_new(r, 0)};
        row_each(r, count_hits, &h);
        return quo(ir, acc_sum(r, &h.acc), LLVMConstReal(ir->f32, (double)r->count));
    }
    Val label = kind == METRIC_SPARSE_ACCURACY ? w->label : argmax(ir, w->y, r->count);
    Val hit = LLVMBuildICmp(ir->b, LLVMIntEQ, label, argmax(ir, w->result, r->count), "");
    return LLVMBuildUIToFP(ir->b, hit, ir->f32, "");
}

static void add_double(Ir *ir, Val at, Val v) {
    Val old = LLVMBuildLoad2(ir->b, ir->f64, at, "");
    LLVMBuildStore(ir->b, LLVMBuildFAdd(ir->b, old, LLVMBuildFPExt(ir->b, v, ir->f64, ""), ""), at);
}

// Row at[] of a tensor: an index for each dimension but the last.
static Val row_of(Ir *ir, const Plan *p, int tensor, Val sample, const Val *at) {
    const Tensor *t = &p->step->tensor[tensor];
    Val i = ir_mulk(ir, sample, t->sample_stride);
    for (int d = 0; at[d]; d++)
        i = ir_add(ir, i, ir_mulk(ir, ir_addk(ir, at[d], t->ring[d][0]), t->stride[d]));
    return ir_at(ir, ir_operand(ir, tensor), ir->f32, i);
}

static void point_at_row(Ir *ir, LossRow *w, const Node *n, Val sample, const Val *row) {
    const Step *s = w->p->step;
    w->z = row_of(ir, w->p, n->in[0].tensor, sample, row);
    w->y = row_of(ir, w->p, s->label, sample, row);
    if (w->loss->kind == LOSS_SPARSE_CATEGORICAL_CROSSENTROPY) {
        w->label = LLVMBuildSExt(ir->b, ir_scalar(ir, ir->i32, w->y), ir->i64, "");
        w->y = NULL;
    }
    for (int k = 0; k < n->nout; k++) {
        Val at = row_of(ir, w->p, n->out[k].tensor, sample, row);
        if (n->out[k].tensor == s->tensor[s->logits].grad)
            w->dz = at;
        else
            w->out = at;
    }
    w->result = n->nin == 3              ? row_of(ir, w->p, n->in[2].tensor, sample, row)
                : s->logits != s->output ? w->out
                                         : w->z;
}

void emit_loss(Ir *ir, const Plan *p, const Node *n) {
    const Step *s = p->step;
    const Tensor *z = &s->tensor[n->in[0].tensor];
    int last = z->rank - 1;
    int64_t rows = 1;
    for (int d = 0; d < last; d++) rows *= z->dim[d];
    LossRow w = {.p = p, .loss = &s->model->loss};
    w.logits = w.loss->from_logits || s->logits != s->output;
    Val inv_n = ir_field(ir, ir->run, (int64_t)offsetof(CnnRun, scalar) + 4 * CNN_INV_N, ir->f32);
    w.scale = mul(ir, inv_n, LLVMConstReal(ir->f32, 1.0 / (double)rows));
    Row r = {ir, z->dim[last]};
    Loop sample = ir_loop(ir, ir->lo, ir->hi, 1), loop[MAX_RANK];
    Val row[MAX_RANK] = {0};
    for (int d = 0; d < last; d++) {
        loop[d] = ir_loop(ir, ir_int(ir, 0), ir_int(ir, z->dim[d]), 1);
        row[d] = loop[d].i;
    }
    point_at_row(ir, &w, n, sample.i, row);
    Val loss = row_loss(&r, &w), share = LLVMConstReal(ir->f32, 1.0 / (double)rows);
    add_double(ir, ir->leaf, mul(ir, loss, share));
    for (int m = 0; m < s->model->nmetric; m++) {
        Val hit = row_metric(&r, &w, s->model->metric[m].kind);
        add_double(ir, ir_at(ir, ir->leaf, ir->f64, ir_int(ir, 1 + m)), mul(ir, hit, share));
    }
    for (int d = last - 1; d >= 0; d--) ir_end(ir, &loop[d]);
    ir_end(ir, &sample);
}
