// SPDX-License-Identifier: MIT
// Model -> forward Step. Each layer's build() appends its primitives; LOSS follows where the mode
// has it.
//   requires: a checked model        sets: tensors, nodes, input, label, output, logits
#include "keras/layers/layer.h"
#include "step/step.h"

static void add_weights(Step *s) {
    for (int i = 0; i < s->model->nlayer; i++) {
        const Layer *l = &s->model->layer[i];
        for (int k = 0; k < l->nweight; k++) {
            const Weight *w = &l->weight[k];
            const char *name = arena_printf(s->arena, "%s/%s", l->name, w->name);
            int t = step_tensor(s, name, T_F32, O_MODEL, w->shape.rank, w->shape.dim);
            s->tensor[t].weight = s->nweight;
            s->tensor[t].loc = l->loc;
            s->tensor[t].layer = l->name;
            s->tensor[t].wants_grad = w->trainable;
            int count = s->nweight;
            ARENA_PUSH(s->arena, s->weight_tensor, count, t);
            ARENA_PUSH(s->arena, s->weight, s->nweight, w);
        }
    }
}

// The model's output must be written where the caller wants it; where nothing computes it (a model
// of views only, or an output that is the input itself) it is copied there.
static int own_output(Step *s, int y) {
    int def = step_def(s, y);
    if (def < 0 || s->node[def].kind == P_VIEW) {
        y = step_map(s, y, expr_in(s->arena, 0), NULL);
        s->tensor[y].name = "output";
        if (s->model->nlayer)
            s->node[s->nnode - 1].layer = s->model->layer[s->model->nlayer - 1].name;
    }
    s->tensor[y].owner = O_OUTPUT;
    return y;
}

static void add_loss(Step *s) {
    const Model *m = s->model;
    const Tensor *out = &s->tensor[s->output];
    int64_t one = 1;
    bool classes = m->loss.kind == LOSS_SPARSE_CATEGORICAL_CROSSENTROPY;
    int rank = out->rank;
    const int64_t *dim = out->dim;
    if (classes && --rank == 0) { // one class number a sample; of a map of outputs, one a position
        rank = 1;
        dim = &one;
    }
    s->label = step_tensor(s, "y", T_F32, O_LABEL, rank, dim);
    s->logits = s->output;
    Node *n = step_node(s, P_LOSS, true);
    n->layer = "loss";
    n->loc = m->loss.loc;
    node_reads(n, access_whole(s, s->output, 1));
    node_reads(n, access_none(s->label));
    for (int d = 0; d < s->tensor[s->output].rank; d++)
        step_axis(n, s->tensor[s->output].dim[d], A_OUT);
}

Step *step_build(Arena *a, const Model *m, StepMode mode) {
    Step *s = ARENA_NEW(a, Step);
    *s = (Step){.arena = a, .model = m, .mode = mode, .label = -1, .logits = -1};
    add_weights(s);
    s->input = step_tensor(s, "x", T_F32, O_INPUT, m->input.rank, m->input.dim);
    int x = s->input;
    for (int i = 0; i < m->nlayer; i++) {
        s->building = &m->layer[i];
        x = m->layer[i].cls->build(s, s->building, x);
    }
    s->building = NULL;
    s->output = own_output(s, x);
    if (mode != STEP_PREDICT) add_loss(s);
    return s;
}
