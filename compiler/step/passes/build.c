// SPDX-License-Identifier: MIT
// Model -> forward Step. Each layer's build() appends its primitives; LOSS follows where the mode
// has it. After a softmax or sigmoid at the model's end a crossentropy works on the logits: that is no
// rewrite but what Keras means, as it changes the loss of probabilities that are 0 or 1 to rounding.
//   requires: a checked model        sets: tensors, nodes, input, label, output, logits
#include "keras/image_change.h"
#include "keras/layers/layer.h"
#include "keras/losses/loss.h"
#include "step/passes/regularise.h"

static void add_weights(Step *s) {
    for (int i = 0; i < s->model->nlayer; i++) {
        const Layer *l = &s->model->layer[i];
        for (int k = 0; k < l->nweight; k++) {
            const Weight *w = &l->weight[k];
            const char *name = arena_printf(s->arena, "%s/%s", l->name, w->name);
            Shape shape = w->shape;
            if (!shape.rank) shape = (Shape){1, {1}};
            int t = step_tensor(s, name, T_F32, O_MODEL, shape.rank, shape.dim);
            s->tensor[t].scalar = !w->shape.rank;
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
    if (def < 0 || s->node[def]->kind == P_VIEW) {
        y = step_map(s, y, expr_in(s->arena, 0), NULL);
        s->tensor[y].name = "output";
        s->node[s->nnode - 1]->layer = s->model->last->name;
    }
    s->tensor[y].owner = O_OUTPUT;
    return y;
}

static void add_loss(Step *s) {
    const Model *m = s->model;
    const Tensor *out = &s->tensor[s->output];
    int64_t one = 1;
    bool classes = loss_class_numbers(&m->loss);
    int rank = out->rank;
    const int64_t *dim = out->dim;
    if (classes && --rank == 0) { // one class number a sample; of a map of outputs, one a position
        rank = 1;
        dim = &one;
    }
    s->label = step_tensor(s, "y", T_F32, O_LABEL, rank, dim);
    s->logits = s->output;
    if (m->loss.of_samples)
        s->logits = step_reshape(s, s->output, &(Shape){1, {shape_count(&m->output)}});
    Node *n = step_node(s, P_LOSS, true);
    n->layer = "loss";
    n->loc = m->loss.loc;
    node_reads(n, access_whole(s, s->logits, 1));
    node_reads(n, access_none(s->label));
    for (int d = 0; d < s->tensor[s->logits].rank; d++)
        step_axis(n, s->tensor[s->logits].dim[d], A_OUT);
}

static Node *loss_node(Step *s) {
    for (int i = 0; i < s->nnode; i++)
        if (s->node[i]->kind == P_LOSS) return s->node[i];
    return NULL;
}

// What a softmax or sigmoid at the model's end reads is taken as the logits of any crossentropy, as
// Keras does, whether or not from_logits says so.
static void loss_reads_logits(Step *s) {
    Node *n = loss_node(s);
    const Loss *loss = &s->model->loss;
    if (!n) return;
    bool wants = loss_reads_through(loss);
    int def = step_def(s, s->output), p = s->output;
    const Node *f = def < 0 ? NULL : s->node[def];
    bool softmax = wants && f && f->kind == P_REDUCE && f->op == R_SOFTMAX;
    bool sigmoid = wants && f && f->kind == P_MAP && f->act == activation_find("sigmoid");
    if (softmax || sigmoid) s->logits = f->in[0].tensor;
    n->in[0].tensor = s->logits;
    step_touch(s);
    s->of_softmax = softmax;
    bool wanted = row_softmax_wanted(loss_math(s->arena, loss, 1, step_loss_z(s)));
    if (softmax && wanted && step_readers(s, p) == 0) { // LOSS writes the probabilities on its way
        step_remove(s, def);
    } else {
        if (s->logits != s->output && s->model->nmetric) // which look at the output
            node_reads(n, access_whole(s, s->output, 1));
        step_touch(s);
        if (!wanted) return;
        const Tensor *z = &s->tensor[s->logits]; // a place for the softmax that the loss computes
        p = step_tensor(s, "loss.p", T_F32, O_SAMPLE, z->rank, z->dim);
    }
    n = loss_node(s);
    node_writes(n, access_whole(s, p, 1));
    step_touch(s);
}

static void loss_reads_penalty(Step *s) {
    if (s->penalty < 0) return;
    node_reads(loss_node(s), access_none(s->penalty));
    step_touch(s);
}

static void loss_reads_counts(Step *s) {
    int64_t one = 1;
    if (!model_counts(s->model)) return;
    s->counts = step_tensor(s, "sample_weight", T_F32, O_LABEL, 1, &one);
    node_reads(loss_node(s), access_none(s->counts));
    step_touch(s);
}

static void regularise(Step *s, const Layer *l, int y) {
    const Penalty *p = l->cls->activity ? l->cls->activity(l) : NULL;
    if (p && s->mode != STEP_PREDICT && (p->l1 != 0 || p->l2 != 0)) regularise_activity(s, y, p);
}

enum { OF_IMAGES = 0xFE, OF_LAYERS = 0x100 }; // streams of random numbers

// The images of the training, changed as the generator that they come from says.
static int build_images(Step *s) {
    const ImageChange *change = s->model->fit.train.change;
    if (!change || s->mode != STEP_TRAIN) return s->input;
    const Layer generator = {.name = "generator", .loc = s->model->fit.loc};
    s->building = arena_copy(s->arena, &generator, sizeof generator);
    s->stream = OF_IMAGES;
    return image_change_build(s, change, s->input);
}

// Returns the tensor that the model's last layer makes.
static int build_layers(Step *s) {
    const Model *m = s->model;
    int *made = ARENA_ARRAY(s->arena, int, m->nlayer); // by layer
    int images = build_images(s);
    for (int i = 0; i < m->nlayer; i++) {
        const Layer *l = s->building = &m->layer[i];
        s->stream = OF_LAYERS + i;
        int *x = ARENA_ARRAY(s->arena, int, l->ninput);
        for (int k = 0; k < l->ninput; k++)
            x[k] = l->from[k].layer ? made[l->from[k].layer - m->layer] : images;
        made[i] = l->cls->build(s, l, x);
        regularise(s, l, made[i]);
    }
    s->building = NULL;
    return made[m->last - m->layer];
}

Step *step_build(Arena *a, const Model *m, StepMode mode) {
    Step *s = ARENA_NEW(a, Step);
    *s = (Step){.arena = a, .model = m, .mode = mode, .label = -1, .logits = -1};
    s->loss_grad = s->penalty = s->counts = -1;
    add_weights(s);
    s->input = step_tensor(s, "x", T_F32, O_INPUT, m->input.rank, m->input.dim);
    s->output = own_output(s, build_layers(s));
    if (mode == STEP_PREDICT) return s;
    add_loss(s);
    loss_reads_logits(s);
    loss_reads_penalty(s);
    loss_reads_counts(s);
    return s;
}
