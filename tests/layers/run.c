// SPDX-License-Identifier: MIT
// A model on a batch: its layers' stages one after the other, and back.
#include "layers.h"
#include "keras/losses/loss.h"
#include "keras/optimizers/optimizer.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

const Meaning *const meanings[] = {product_layers, element_layers,  norm_layers,
                                   augment_layers, resizing_layers, NULL};

int64_t count_of(const Shape *s) {
    int64_t count = 1;
    for (int d = 0; d < s->rank; d++) count *= s->dim[d];
    return count;
}

void near(Run *r, double distance) {
    if (distance > 0 && distance < r->margin) r->margin = distance;
}

void term(Here *h, int64_t y, int64_t x, int w, int64_t j, double c) {
    double a = x < 0 ? 1 : h->x[x], b = w < 0 ? 1 : h->w[w][j];
    if (!h->backward) {
        h->y[y] += a * b * c;
        return;
    }
    if (x >= 0) h->dx[x] += h->dy[y] * b * c;
    if (w >= 0) h->dw[w][j] += h->dy[y] * a * c;
}

static const Meaning *meaning_of(const Layer *l) {
    for (int t = 0; meanings[t]; t++)
        for (const Meaning *m = meanings[t]; m->name; m++)
            if (!strcmp(m->name, l->cls->name)) return m;
    return NULL;
}

// What of the model is not known here; or NULL.
static const char *missing(Arena *a, const Model *m) {
    for (int i = 0; i < m->nlayer; i++) {
        const Layer *l = &m->layer[i];
        const Meaning *of = meaning_of(l);
        if (!of) return l->cls->name;
        const char *name = args_unknown(l->cls->args, l->args, of->known);
        if (name) return arena_printf(a, "%s of %s", name, l->cls->name);
        if (activation_missing(l)) return activation_missing(l);
        if (l->ninput != 1 || l->from[0].layer != (i ? l - 1 : NULL))
            return "a model that is no chain";
    }
    if (m->loss.cls && loss_missing(a, &m->loss)) return loss_missing(a, &m->loss);
    return m->optimizer.cls ? optimizer_missing(&m->optimizer) : NULL;
}

// ---- memory

static double *numbers(const Run *r, int64_t count) {
    return ARENA_ARRAY(r->arena, double, count);
}

static void add_weights(Run *r) {
    const Model *m = r->model;
    int n = 0;
    for (int i = 0; i < m->nlayer; i++) n += m->layer[i].nweight;
    r->weight = ARENA_ARRAY(r->arena, double *, n + 1);
    r->gradient = ARENA_ARRAY(r->arena, double *, n + 1);
    r->state = ARENA_ARRAY(r->arena, double **, n + 1);
    for (int i = 0, k = 0; i < m->nlayer; i++)
        for (int j = 0; j < m->layer[i].nweight; j++, k++) {
            int64_t count = count_of(&m->layer[i].weight[j].shape);
            r->weight[k] = numbers(r, count);
            r->gradient[k] = numbers(r, count);
            r->state[k] = ARENA_ARRAY(r->arena, double *, STATES);
            for (int s = 0; s < STATES; s++) r->state[k][s] = numbers(r, count);
        }
}

// The stages of layer i, the first weight of which is number `first`.
static void add_stages(Run *r, const Layer *l, int first) {
    const Meaning *m = meaning_of(l);
    for (int k = 0; k < MAX_STAGES && m->stage[k]; k++) {
        const Here *before = r->nstage ? &r->stage[r->nstage - 1] : NULL;
        Here h = {.run = r, .l = l, .n = r->n, .in = l->in[0], .out = l->out};
        if (k) h.in = before->out;
        if (k == 0 && m->between) h.out = m->between(l);
        h.x = before ? before->y : r->x;
        h.dx = before ? before->dy : numbers(r, r->n * count_of(&h.in)); // of the batch: for nobody
        h.y = numbers(r, r->n * count_of(&h.out));
        h.dy = numbers(r, r->n * count_of(&h.out));
        for (int w = 0; w < l->nweight; w++) {
            h.w[w] = r->weight[first + w];
            h.dw[w] = r->gradient[first + w];
        }
        ARENA_PUSH(r->arena, r->stage, r->nstage, h);
    }
}

Run *run_new(Arena *a, const Model *m, int64_t n) {
    const char *what = missing(a, m);
    if (what) return fprintf(stderr, "layers: %s is not known here\n", what), NULL;
    Run *r = ARENA_NEW(a, Run);
    *r = (Run){.arena = a, .model = m, .n = n, .margin = INFINITY};
    r->x = numbers(r, n * count_of(&m->input));
    r->y = numbers(r, n * count_of(&m->output));
    r->counts = numbers(r, n);
    for (int64_t i = 0; i < n; i++) r->counts[i] = 1;
    add_weights(r);
    for (int i = 0, first = 0; i < m->nlayer; first += m->layer[i++].nweight)
        add_stages(r, &m->layer[i], first);
    return r;
}

// ---- running

int64_t place_without(const Shape *s, const bool without[MAX_RANK], int64_t i) {
    int64_t place = 0, size = 1;
    for (int d = s->rank - 1; d >= 0; i /= s->dim[d--]) {
        if (without[d]) continue;
        place += i % s->dim[d] * size;
        size *= s->dim[d];
    }
    return place;
}

static void clear(double *x, int64_t count) {
    memset(x, 0, sizeof *x * (size_t)count);
}

bool run_forward(Run *r, bool training) {
    r->training = training;
    for (int i = 0; i < r->nstage && r->margin >= r->least; i++) {
        Here *h = &r->stage[i];
        const Meaning *m = meaning_of(h->l);
        int k = i;
        while (k && r->stage[k - 1].l == h->l) k--;
        clear(h->y, r->n * count_of(&h->out));
        clear(h->dy, r->n * count_of(&h->out));
        h->backward = false;
        m->stage[i - k](h);
    }
    return r->margin >= r->least;
}

double *run_output(const Run *r) {
    return r->stage[r->nstage - 1].y;
}

bool passes_on(const Layer *l) {
    return !strcmp(l->cls->name, "Identity") ||
           (strstr(l->cls->name, "Dropout") && layer_number(l, "rate") == 0);
}

// The stage at the model's end that is a softmax or a sigmoid: what it reads are the logits of a
// crossentropy, as Keras has it. Or the number of stages.
static int last_read(const Run *r) {
    int i = r->nstage - 1;
    while (i > 0 && passes_on(r->stage[i].l)) i--;
    const Here *h = &r->stage[i];
    bool last = i == r->nstage - 1 || h[1].l != h->l; // of its layer: there the activation is
    bool ends = activation_is(h->l, "softmax") || activation_is(h->l, "sigmoid") ||
                !strcmp(h->l->cls->name, "Softmax");
    return last && ends && loss_takes_logits(&r->model->loss) ? i : r->nstage;
}

typedef struct Matrix { // whose rows or columns are n vectors of k elements
    int64_t n, k, step, across;
    double *w, *gradient;
} Matrix;

static double product(const Matrix *m, int64_t i, int64_t j) {
    double sum = 0;
    for (int64_t e = 0; e < m->k; e++)
        sum += m->w[i * m->step + e * m->across] * m->w[j * m->step + e * m->across];
    return sum;
}

// By w_i the slope of c = w_i w_j / (|w_i| |w_j|) is w_j / (|w_i| |w_j|) - c w_i / |w_i|^2.
static void orthogonal(Run *r, const Matrix *m, double factor) {
    double by = factor / ((double)m->n * (double)(m->n - 1) / 2);
    for (int64_t i = 0; i < m->n; i++)
        for (int64_t j = 0; j < m->n; j++) {
            double square = product(m, i, i), lengths = sqrt(square * product(m, j, j));
            double c = product(m, i, j) / lengths, sign = c < 0 ? -by : by;
            if (i == j) continue;
            near(r, fabs(c));
            r->loss += sign * c / 2;
            for (int64_t e = 0; e < m->k; e++) {
                double own = m->w[i * m->step + e * m->across];
                double other = m->w[j * m->step + e * m->across];
                m->gradient[i * m->step + e * m->across] +=
                    sign * (other / lengths - c * own / square);
            }
        }
}

// What regularisers add to the loss, l1 sum |w| + l2 sum w^2, and to gradients.
static void penalties(Run *r) {
    const Model *m = r->model;
    for (int i = 0, w = 0; i < m->nlayer; i++)
        for (int k = 0; k < m->layer[i].nweight; k++, w++) {
            const Weight *of = &m->layer[i].weight[k];
            const Penalty *p = &of->args.penalty;
            for (int64_t j = 0; j < count_of(&of->shape) && of->trainable; j++) {
                double x = r->weight[w][j];
                r->loss += p->l1 * fabs(x) + p->l2 * x * x;
                r->gradient[w][j] += p->l1 * ((x > 0) - (x < 0)) + 2 * p->l2 * x;
            }
            int64_t n = of->shape.dim[p->columns], size = of->shape.dim[!p->columns];
            Matrix vectors = {
                n, size, p->columns ? 1 : size, p->columns ? n : 1, r->weight[w], r->gradient[w]};
            if (p->pairs != 0 && of->trainable) orthogonal(r, &vectors, p->pairs);
        }
}

static Penalty activity_of(const Layer *l) {
    if (!strcmp(l->cls->name, "ActivityRegularization"))
        return (Penalty){layer_number(l, "l1"), layer_number(l, "l2")};
    const Penalty *p = args_at(l->cls->args, l->args, "activity_regularizer");
    return p ? *p : (Penalty){0};
}

// What a layer's result adds to the loss, as a mean over the samples, and to its gradient.
static void activity(Here *h) {
    Penalty p = activity_of(h->l);
    double n = (double)h->n;
    for (int64_t i = 0; i < h->n * count_of(&h->out); i++) {
        double y = h->y[i];
        if (p.l1 > 0) near(h->run, fabs(y));
        h->run->loss += (p.l1 * fabs(y) + p.l2 * y * y) / n;
        h->dy[i] += (p.l1 * ((y > 0) - (y < 0)) + 2 * p.l2 * y) / n;
    }
}

bool run_backward(Run *r) {
    int end = last_read(r), weights = 0;
    for (int i = 0; i < r->model->nlayer; i++)
        for (int k = 0; k < r->model->layer[i].nweight; k++)
            clear(r->gradient[weights++], count_of(&r->model->layer[i].weight[k].shape));
    Here *last = &r->stage[end - 1];
    bool logits = end < r->nstage || args_number(r->model->loss.cls->object.args,
                                                 r->model->loss.args, "from_logits") == 1;
    r->loss = loss_of(r, &last->out, last->y, last->dy, logits);
    for (int i = r->nstage - 1; i >= 0; i--) { // of those from `end` on activities alone
        Here *h = &r->stage[i];
        int k = i;
        while (k && r->stage[k - 1].l == h->l) k--;
        if (i == r->nstage - 1 || h[1].l != h->l) activity(h);
        h->backward = true;
        meaning_of(h->l)->stage[i - k](h);
    }
    penalties(r);
    return r->margin >= r->least;
}

typedef struct Trained { // weights, and what an update makes of them
    int n;
    const Weight **of;
    const char **path; // MODEL/LAYER/VARIABLE
    double **w, **g, ***state;
    int64_t *count;
} Trained;

static Trained trained(const Run *r) {
    const Model *m = r->model;
    int most = 1 + m->nlayer * MAX_WEIGHTS;
    Trained t = {.of = ARENA_ARRAY(r->arena, const Weight *, most),
                 .path = ARENA_ARRAY(r->arena, const char *, most),
                 .w = ARENA_ARRAY(r->arena, double *, most),
                 .g = ARENA_ARRAY(r->arena, double *, most),
                 .state = ARENA_ARRAY(r->arena, double **, most),
                 .count = ARENA_ARRAY(r->arena, int64_t, most)};
    for (int i = 0, w = 0; i < m->nlayer; i++)
        for (int k = 0; k < m->layer[i].nweight; k++, w++) {
            const Weight *of = &m->layer[i].weight[k];
            if (!of->trainable) continue;
            t.of[t.n] = of;
            t.path[t.n] = arena_printf(r->arena, "%s/%s/%s", m->name, m->layer[i].name, of->name);
            t.w[t.n] = r->weight[w];
            t.g[t.n] = r->gradient[w];
            t.state[t.n] = r->state[w];
            t.count[t.n++] = count_of(&of->shape);
        }
    return t;
}

void run_update(Run *r) {
    const Optimizer *o = &r->model->optimizer;
    Trained t = trained(r);
    bool complete = true;
    for (int i = 0; i < t.n; i++)
        complete = optimizer_gather(o, r->step, t.count[i], t.g[i], t.state[i]);
    if (complete) optimizer_clip(o, t.n, t.g, t.count);
    for (int i = 0; i < t.n; i++) {
        if (complete) optimizer_step(o, r->step, t.path[i], t.of[i], t.w[i], t.g[i], t.state[i]);
        optimizer_follow(o, r->step, t.count[i], t.w[i], t.state[i]);
        constrain(r->arena, t.of[i], t.w[i]);
    }
    r->step++;
}
