// SPDX-License-Identifier: MIT
// See room.h. The program's own arithmetic is asked, by a descriptor that has the sizes alone.
#include "report/room.h"
#include "keras/optimizers/optimizer.h"
#include "../runtime/engine/bytes.h"
#include <string.h>

static CnnModel sizes_of(Arena *a, const Plan *train, const Plan *evaluate, const Plan *predict) {
    const Step *s = train->step;
    CnnPhase *phase = ARENA_ARRAY(a, CnnPhase, train->nphase);
    for (int i = 0; i < train->nphase; i++) {
        phase[i].kind = train->phase[i].by_leaf ? CNN_BY_LEAF : CNN_BY_UNIT;
        phase[i].units = train->phase[i].units;
        phase[i].team = train->phase[i].team;
    }
    const Plan *infer[2] = {evaluate, predict};
    CnnModel m = {.param_floats = train->param_floats,
                  .opt_slots = optimizer_slots(&s->model->optimizer),
                  .step_bytes = train->step_bytes,
                  .batch_stride = train->batch_stride,
                  .leaf_bytes = train->leaf_bytes,
                  .scratch_bytes = train->scratch_bytes,
                  .input_floats = tensor_count(&s->tensor[s->input]),
                  .output_floats = tensor_count(&s->tensor[s->output]),
                  .label_floats = tensor_count(&s->tensor[s->label]),
                  .has_counts = s->counts >= 0,
                  .nsum = model_sums(s->model),
                  .predict_together = predict->block,
                  .nphase = train->nphase,
                  .phase = phase};
    memcpy(m.leaf_from, train->leaf_from, sizeof m.leaf_from);
    for (int i = 0; i < 2; i++) {
        if (infer[i]->scratch_bytes > m.infer_scratch_bytes)
            m.infer_scratch_bytes = infer[i]->scratch_bytes;
        if (infer[i]->step_bytes > m.infer_step_bytes) m.infer_step_bytes = infer[i]->step_bytes;
    }
    return m;
}

static bool for_gradients(const Step *s, int tensor) {
    for (int i = step_readers(s, tensor); i-- > 0;) {
        const Node *n = s->node[step_reader(s, tensor, i)];
        bool same = n->kind == P_VIEW && n->op == V_RESHAPE;
        if (n->pass == PASS_DX || n->pass == PASS_DW) return true;
        if (same && for_gradients(s, n->out[0].tensor)) return true;
    }
    return false;
}

// Of the forward: a reshape is its input under another shape, and the loss makes a gradient.
static bool computes(const Node *n) {
    return n->pass == PASS_FORWARD && n->kind != P_LOSS &&
           !(n->kind == P_VIEW && n->op == V_RESHAPE);
}

static double bytes_of(const Tensor *t) { // of a sample, or of a weight
    double n = t->type == T_BIT ? 0.125 : t->type == T_U8 ? 1 : 4;
    for (int d = 0; d < t->rank; d++) n *= (double)(t->need[d].hi - t->need[d].lo);
    return n;
}

static int64_t needs_of(const Step *s, int64_t batch) {
    double weights = 0, trained = 0, sample = 0;
    for (int i = 0; i < s->nweight; i++) {
        double bytes = 4 * (double)tensor_count(&s->tensor[s->weight_tensor[i]]);
        weights += bytes;
        if (s->weight[i]->trainable) trained += bytes;
    }
    for (int i = 0; i < s->nnode; i++)
        for (int k = 0; k < s->node[i]->nout && computes(s->node[i]); k++) {
            int t = s->node[i]->out[k].tensor;
            if (owner_per_sample(s->tensor[t].owner) && for_gradients(s, t))
                sample += bytes_of(&s->tensor[t]);
        }
    double slots = (double)optimizer_slots(&s->model->optimizer);
    return (int64_t)(weights + trained * (1 + slots) + (double)batch * sample);
}

Room plan_room(Arena *a, const Step *step, const Plan *train, const Plan *evaluate,
               const Plan *predict) {
    CnnModel sizes = sizes_of(a, train, evaluate, predict);
    Room r = {.batch = step->model->fit.batch_size, .threads = cpus_default()};
    r.one = engine_bytes(&sizes, &ranks_alone, 1, r.batch, INFER_ROWS);
    r.all = engine_bytes(&sizes, &ranks_alone, r.threads, r.batch, INFER_ROWS);
    r.needs = needs_of(step, r.batch);
    return r;
}

const char *room_text(Arena *a, const Room *r) {
    char one[MEMORY_TEXT], all[MEMORY_TEXT], needs[MEMORY_TEXT];
    const char *more =
        r->threads > 1 ? arena_printf(a, ", %s on %d threads", memory_text(all, r->all), r->threads)
                       : "";
    return arena_printf(a,
                        "a training in batches of %lld takes %s of memory on one thread%s, beside "
                        "its data; its tensors need %s\n",
                        (long long)r->batch, memory_text(one, r->one), more,
                        memory_text(needs, r->needs));
}
