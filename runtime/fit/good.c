// SPDX-License-Identifier: 0BSD
// See good.h. A copy is made once an epoch, as one a step would cost time; between them nothing but the steps
// changes weights, and they give the same bits each time.
#include "fit/good.h"
#include "io/safetensors.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void good_new(Good *g, const Training *t) {
    const CnnModel *model = t->engine->model;
    CnnError none = {0}; // training goes on without
    int64_t floats = model->param_floats * (1 + model->opt_slots);
    int64_t bytes = floats * (int64_t)sizeof(float) + training_sums(t) * (int64_t)sizeof(double);
    *g = (Good){.memory = memory_new(bytes, 1, "the last good state", &none), .iterations = -1};
    if (!g->memory) return;
    g->sums = g->memory;
    g->params = (float *)(void *)(g->sums + training_sums(t));
    g->opt = g->params + model->param_floats;
}

static size_t bytes_of(const CnnModel *model, int64_t copies) {
    return (size_t)(copies * model->param_floats) * sizeof(float);
}

void good_keep(Good *g, const Training *t) {
    const Engine *e = t->engine;
    if (!g->memory) return;
    memcpy(g->params, e->run.params, bytes_of(e->model, 1));
    memcpy(g->opt, e->run.opt, bytes_of(e->model, e->model->opt_slots));
    memcpy(g->sums, t->sums, (size_t)training_sums(t) * sizeof *t->sums);
    g->iterations = e->iterations;
    g->step = t->step;
}

void good_free(Good *g) {
    free(g->memory);
    *g = (Good){0};
}

static void go_back(const Good *g, Training *t) {
    Engine *e = t->engine;
    memcpy(e->run.params, g->params, bytes_of(e->model, 1));
    memcpy(e->run.opt, g->opt, bytes_of(e->model, e->model->opt_slots));
    memcpy(t->sums, g->sums, (size_t)training_sums(t) * sizeof *t->sums);
    e->iterations = g->iterations;
    t->step = g->step;
}

// The last weight, in model order, that is not finite: what is not comes from there, as gradients go
// backwards. NULL: all are.
static const CnnWeight *find_bad(const Engine *e) {
    for (int64_t i = e->model->nweight - 1; i >= 0; i--) {
        const CnnWeight *w = &e->model->weight[i];
        if (safetensors_not_finite(e->run.params + w->param, w->count)) return w;
    }
    return NULL;
}

static const CnnWeight *find_largest(const Engine *e, double *largest) {
    const CnnWeight *found = NULL;
    *largest = -1;
    for (int64_t i = 0; i < e->model->nweight; i++) {
        const CnnWeight *w = &e->model->weight[i];
        for (int64_t k = 0; k < w->count; k++) {
            double size = fabs((double)e->run.params[w->param + k]);
            if (size <= *largest) continue;
            *largest = size;
            found = w;
        }
    }
    return found;
}

// Steps up to `end`, or to the first that leaves a weight that is not finite, which is returned.
static const CnnWeight *replay(Training *t, int64_t end, void (*run_step)(void *), void *loop) {
    const CnnWeight *bad = NULL;
    while (!bad && t->step < end) {
        run_step(loop);
        bad = find_bad(t->engine);
        if (!bad) t->step++;
    }
    return bad;
}

static int layer_length(const CnnWeight *w) {
    const char *slash = strrchr(w->name, '/');
    return slash ? (int)(slash - w->name) : (int)strlen(w->name);
}

bool good_restore(const Good *g, Training *t, void (*run_step)(void *loop), void *loop, char *text,
                  size_t size) {
    double largest;
    int64_t end = t->step;
    *text = 0;
    if (!g->memory || g->iterations < 0) return false;
    go_back(g, t);
    const CnnWeight *w = replay(t, end, run_step, loop);
    if (w) { // once more, to where all is finite
        end = t->step;
        snprintf(text, size, "step %lld left weights of '%.*s' that are nan or infinite",
                 (long long)end + 1, layer_length(w), w->name);
        go_back(g, t);
        replay(t, end, run_step, loop);
    } else if ((w = find_largest(t->engine, &largest))) {
        snprintf(text, size, "the weights before it are finite, the largest is %g, of '%.*s'",
                 largest, layer_length(w), w->name);
    }
    return true;
}
