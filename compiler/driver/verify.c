// SPDX-License-Identifier: MIT
// `cnnc verify-passes`: each pass is held to the Step before it. The Step that a pass leaves is
// interpreted on one batch; outputs, loss, gradients, updated weights and the optimiser's state must be
// what they were, to the rounding of doubles. The first gradients there are, those of the pass "grad",
// are held to differences of the loss. With --case the results of a stored case are compared as well, on
// the last Step; --write-case stores what the Step before the plan's rewrites gives, and --write-batch a
// batch and weights alone.
#include "driver/batch.h"
#include "driver/job.h"
#include "keras/losses/loss.h"
#include "plan/plan.h"
#include "step/passes.h"
#include "support/tell.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 2, DRAWS = 20, DIRECTIONS = 1 };
static const double tolerance = 1e-9, stored_tolerance = 2e-6; // a case holds floats
static const double slope_tolerance = 1e-4, least_margin = 1e-9;
// Least sizes that differences are relative to: rounding leaves more than this of gradients that are all 0, and
// outputs may be that as well.
static const double least_gradient = 1e-9, least_output = 1e-6;

typedef struct Verify {
    const Job *j;
    const Batch *b;
    const char *mode;
    Results known; // of the passes so far
    char *last; // the last Step, as text
    bool differs;
} Verify;

typedef struct Worst { // of some results
    double off;
    const char *name;
    bool differs;
} Worst;

// ---- distances

static double largest(const double *x, int64_t count) {
    double most = 0;
    for (int64_t i = 0; i < count; i++)
        if (isfinite(x[i])) most = fmax(most, fabs(x[i]));
    return most;
}

static double largest_gradient(const Results *r) {
    double most = 0;
    for (int i = 0; i < r->n; i++)
        if (!strncmp(r->of[i].name, "grad/", 5))
            most = fmax(most, largest(r->of[i].value, r->of[i].count));
    return most;
}

// The largest difference, relative to the largest number; infinite where one side is not a number.
static double distance(const Result *a, const double *b, double floor) {
    double off = 0, size = fmax(fmax(largest(a->value, a->count), floor), 1e-300);
    for (int64_t i = 0; i < a->count; i++) {
        double d = fabs(a->value[i] - b[i]);
        if (isnan(d)) return INFINITY;
        off = fmax(off, d);
    }
    return off / size;
}

static void weigh(Worst *w, double off, double limit, const char *name) {
    if (w->differs || (off <= w->off && w->name)) return;
    w->off = off;
    w->name = name;
    w->differs = !(off <= limit);
}

// Does a weight's true gradient vanish, a bias's before a normalization say? Optimisers turn what rounding
// leaves of it into whole steps: its state and its update say nothing.
static bool without_gradient(const Results *known, const char *name) {
    const char *weight = strchr(name, '/') ? strchr(name, '/') + 1 : "";
    for (int i = 0; i < known->n; i++) {
        const char *of = known->of[i].name;
        size_t n = strlen(of);
        if (strncmp(of, "grad/", 5) != 0 || strncmp(of + 5, weight, n - 5) != 0) continue;
        if (weight[n - 5] != 0 && weight[n - 5] != '.') continue;
        return largest(known->of[i].value, known->of[i].count) < 1e-10 * largest_gradient(known);
    }
    return false;
}

static Worst compare(Arena *a, Results *known, const Results *now) {
    Worst w = {0};
    double least = largest_gradient(known) / 100;
    for (int i = 0; i < now->n; i++) {
        const Result *r = &now->of[i], *k = result_find(known, r->name);
        if (!k) {
            Result copy = *r;
            copy.value = arena_copy(a, r->value, sizeof *r->value * (size_t)r->count);
            copy.name = arena_printf(a, "%s", r->name);
            ARENA_PUSH(a, known->of, known->n, copy);
            k = r;
        }
        bool gradient = !strncmp(r->name, "grad/", 5);
        if (!gradient && without_gradient(known, r->name)) continue;
        weigh(&w, distance(k, r->value, gradient ? least : 0), tolerance, r->name);
    }
    return w;
}

// ---- gradients against differences of the loss

static double loss_at(const Step *s, const Batch *b) {
    Arena *a = arena_new();
    Interpreter *r = batch_interpreter(a, s, b);
    r->scalar[CNN_INV_N] = 1 / (double)b->n;
    interpret_forward(r);
    double loss = r->loss;
    arena_free(a);
    return loss;
}

// How far the slope along d is from the loss's, of the best step: kinks may be crossed by a long one.
static double slope_error(const Step *s, const Batch *b, int weight, const double *d, double slope,
                          double enough) {
    static const double steps[] = {1e-5, 1e-6, 1e-4, 1e-7};
    int64_t count = interpreter_count(&s->tensor[s->weight_tensor[weight]]);
    double best = INFINITY;
    Arena *a = arena_new();
    for (int k = 0; k < 4 && best > enough; k++) {
        double loss[2];
        for (int side = 0; side < 2; side++) {
            Batch moved = *b;
            moved.weight = arena_copy(a, b->weight, sizeof *b->weight * (size_t)s->nweight);
            double *w = moved.weight[weight] =
                arena_copy(a, b->weight[weight], sizeof *w * (size_t)count);
            for (int64_t i = 0; i < count; i++) w[i] += (side ? -1 : 1) * steps[k] * d[i];
            loss[side] = loss_at(s, &moved);
        }
        best = fmin(best, fabs((loss[0] - loss[1]) / (2 * steps[k]) - slope));
    }
    arena_free(a);
    return best;
}

// Of weight `index`, whose gradient is g: along some random directions.
static double gradient_error(Arena *a, const Step *s, const Batch *b, int index, const Result *g,
                             double least) {
    double worst = 0;
    for (uint32_t k = 0; k < DIRECTIONS; k++) {
        const double *d = batch_draw(a, s, b->n, 1000 + k).weight[index];
        double length = 0, slope = 0, size = 0;
        double *unit = ARENA_ARRAY(a, double, g->count);
        for (int64_t i = 0; i < g->count; i++) length += d[i] * d[i];
        for (int64_t i = 0; i < g->count; i++) {
            unit[i] = d[i] / sqrt(length);
            slope += unit[i] * g->value[i];
            size += g->value[i] * g->value[i] / (double)g->count;
        }
        size = fmax(sqrt(size), least);
        double enough = size * slope_tolerance / 100;
        worst = fmax(worst, slope_error(s, b, index, unit, slope, enough) / size);
    }
    return worst;
}

static void check_gradients(const Verify *v, const Step *s, const Results *now, Worst *w) {
    double least = fmax(largest_gradient(now) / 100, 1e-12);
    for (int i = 0; i < s->nweight; i++) {
        Arena *a = arena_new();
        const char *name = arena_printf(v->j->a, "grad/%s", s->tensor[s->weight_tensor[i]].name);
        const Result *g = result_find(now, name);
        if (g) weigh(w, gradient_error(a, s, v->b, i, g, least), slope_tolerance, name);
        arena_free(a);
    }
}

// ---- passes

// The Step as text, with what its print leaves out: equal texts mean the same.
static char *text_of(Arena *a, const Step *s) {
    char *text = NULL;
    size_t length;
    FILE *f = open_memstream(&text, &length);
    if (!f) return NULL;
    step_print(f, s);
    for (int i = 0; i < s->nnode; i++)
        fprintf(f, "%d %lld %lld %lld\n", s->node[i]->op, (long long)s->node[i]->window[0],
                (long long)s->node[i]->window[1], (long long)s->node[i]->window[2]);
    fclose(f);
    char *copy = text ? arena_strndup(a, text, length) : NULL;
    free(text);
    return copy;
}

static void say(Verify *v, const char *pass, const Results *now, const Worst *w, double margin) {
    printf("%-11s %-9s ", v->mode, pass);
    v->differs = w->differs;
    if (w->differs)
        printf("DIFFERS: %s by %.2g\n", w->name, w->off);
    else
        printf("%3d tensors, %.0e off, margin %.0e\n", now->n, w->off, margin);
    fflush(stdout);
}

static void after(const StepWatch *watch, const Step *s, const char *pass) {
    Verify *v = watch->of;
    if (v->differs) return;
    char *text = text_of(v->j->a, s);
    bool same = text && v->last && !strcmp(text, v->last);
    v->last = text;
    if (same) {
        printf("%-11s %-9s as before\n", v->mode, pass);
        return;
    }
    Arena *a = arena_new();
    Interpreter *r = batch_interpreter(a, s, v->b);
    batch_step(r, 0);
    Results now = batch_results(a, r);
    bool first = v->known.n && !largest_gradient(&v->known) && largest_gradient(&now);
    Worst w = compare(v->j->a, &v->known, &now);
    if (first && !w.differs) {
        w.off = 0;
        check_gradients(v, s, &now, &w);
    }
    say(v, pass, &now, &w, r->margin);
    arena_free(a);
}

static Plan *watched_plan(const Job *j, Verify *v, StepMode mode, const char *name) {
    const StepWatch watch = {after, v};
    Job watched = *j;
    watched.watch = &watch;
    v->mode = name;
    v->last = NULL;
    if (mode != STEP_PREDICT) v->known = (Results){0}; // evaluation and prediction give one output
    return job_plan(&watched, mode, j->level[0]);
}

// ---- cases

// Where the gradient is 0 but for rounding, optimisers that go by its sign, or divide it by its size, go somewhere, but
// no further than elsewhere.
static bool goes_by_rounding(const Result *gradient, int64_t k, double least, double way,
                             double furthest) {
    return gradient && fabs(gradient->value[k]) < least && fabs(way) <= 1.1 * furthest;
}

static double step_distance(const Batch *b, const Step *s, const Result *now, const double *stored,
                            const Result *gradient, double least) {
    double off = 0, moved = 0; // as PROGRAM verify: the root mean square, relative to the way gone,
    // but for what storing as a float took away
    for (int i = 0; i < s->nweight; i++) {
        if (strcmp(s->tensor[s->weight_tensor[i]].name, now->name + strlen("step3/")) != 0)
            continue;
        const double *start = b->weight[i];
        double furthest = 0;
        for (int64_t k = 0; k < now->count; k++)
            furthest = fmax(furthest, fabs(stored[k] - start[k]));
        for (int64_t k = 0; k < now->count; k++) {
            double d = fabs(now->value[k] - stored[k]), stays = fabs(stored[k]) * 0x1p-24;
            moved += pow(stored[k] - start[k], 2);
            if (goes_by_rounding(gradient, k, least, now->value[k] - start[k], furthest)) continue;
            off += d <= stays ? 0 : pow(d - stays, 2);
        }
    }
    double at_least = 1e-7 * sqrt((double)now->count);
    return sqrt(off) / fmax(sqrt(moved), at_least);
}

// What the file has of these results.
static bool compare_case(const Job *j, const Safetensors *file, const Batch *b, const Step *s,
                         const Results *now) {
    Worst w = {0};
    int seen = 0;
    for (int i = 0; i < now->n; i++) {
        const Result *r = &now->of[i];
        const StTensor *t = safetensors_find(file, r->name);
        if (!t || t->type != ST_F32 || t->count != r->count) continue;
        double *stored = ARENA_ARRAY(j->a, double, t->count);
        for (int64_t k = 0; k < t->count; k++) {
            float f;
            memcpy(&f, (const char *)t->data + 4 * k, 4);
            stored[k] = f;
        }
        bool gradient = !strncmp(r->name, "grad/", 5), step = !strncmp(r->name, "step3/", 6);
        double least = gradient ? fmax(largest_gradient(now) / 100, least_gradient) : least_output;
        const char *of = arena_printf(j->a, "grad/%s", step ? r->name + strlen("step3/") : "");
        double zero = 1e-10 * largest_gradient(now);
        double off = step ? step_distance(b, s, r, stored, result_find(now, of), zero)
                          : distance(r, stored, least);
        weigh(&w, off, step ? 1e-3 : stored_tolerance, r->name);
        seen++;
    }
    if (w.differs)
        printf("%s: %s is off by %.2g\n", j->o->test_case, w.name, w.off);
    else
        printf("%s: %d tensors, %.0e off\n", j->o->test_case, seen, w.off);
    return !w.differs && seen;
}

static void push_float(Arena *a, StTensor **to, int *n, const char *name, const Result *r) {
    float *value = ARENA_ARRAY(a, float, r->count + 1);
    for (int64_t i = 0; i < r->count; i++) value[i] = (float)r->value[i];
    StTensor t = {
        .name = arena_printf(a, "%s", name), .type = ST_F32, .rank = r->rank, .data = value};
    for (int d = 0; d < r->rank; d++) t.dim[d] = r->dim[d];
    ARENA_PUSH(a, *to, *n, t);
}

static Result as_result(const Tensor *t, int64_t samples, double *value) {
    Result r = {.count = 1, .value = value};
    if (samples) r.count = r.dim[r.rank++] = samples;
    for (int d = 0; d < t->rank && !t->scalar; d++) r.count *= r.dim[r.rank++] = t->dim[d];
    return r;
}

static void push_labels(Arena *a, StTensor **to, int *n, const Step *s, const Batch *b) {
    Result y = as_result(&s->tensor[s->label], b->n, b->y);
    push_float(a, to, n, "y", &y);
    if (!loss_class_numbers(&s->model->loss)) return;
    int32_t *number = ARENA_ARRAY(a, int32_t, y.count + 1);
    for (int64_t i = 0; i < y.count; i++) number[i] = (int32_t)y.value[i];
    (*to)[*n - 1].type = ST_I32;
    (*to)[*n - 1].data = number;
}

static void push_counts(Arena *a, StTensor **to, int *n, const Step *s, const Batch *b) {
    if (s->counts < 0) return;
    Result counts = as_result(&s->tensor[s->counts], b->n, b->counts);
    push_float(a, to, n, "sample_weight", &counts);
}

// The batch and the weights, and what has become of them.
static int write_case(const Job *j, const Step *predict, const Step *train, const Batch *b,
                      const Results *now) {
    static const StPair meta[] = {{(char *)"format", (char *)"cnnc-interpreted"}};
    Arena *a = j->a;
    StTensor *tensor = NULL;
    int n = 0;
    Result x = as_result(&predict->tensor[predict->input], b->n, b->x);
    push_float(a, &tensor, &n, "x", &x);
    if (train) push_labels(a, &tensor, &n, train, b);
    if (train) push_counts(a, &tensor, &n, train, b);
    for (int i = 0; i < predict->nweight; i++) {
        const Tensor *t = &predict->tensor[predict->weight_tensor[i]];
        Result w = as_result(t, 0, b->weight[i]);
        push_float(a, &tensor, &n, arena_printf(a, "weights/%s", t->name), &w);
    }
    for (int i = 0; i < now->n; i++) push_float(a, &tensor, &n, now->of[i].name, &now->of[i]);
    CnnError error = {0};
    if (safetensors_write(&j->out, tensor, n, meta, 1, &error)) return EXIT_OK;
    tell("error: %s", error.text);
    return (int)error.code;
}

// Of the Step before the plan's rewrites. Where the batch is a case's, its results are compared.
static int make_case(const Job *j, const Safetensors *file, const Batch *b) {
    Step *predict = job_step(j, STEP_PREDICT);
    Step *train = j->m->has_compile ? job_step(j, STEP_TRAIN) : NULL;
    Results now = {0};
    if (!j->o->write_batch) now = batch_case(j->a, predict, train, b);
    int code = write_case(j, predict, train, b, &now);
    if (code || !file || compare_case(j, file, b, predict, &now)) return code;
    return EXIT_REFUSED;
}

// ---- the command

static uint32_t number_of(const char *digits, uint32_t standard) {
    return digits ? (uint32_t)strtoul(digits, NULL, 10) : standard;
}

// Drawn anew until no branch is as near as rounding; a batch alone is for others to judge.
static Batch draw(const Job *j, const Step *s) {
    uint32_t n = number_of(j->o->samples, SAMPLES), seed = number_of(j->o->seed, 0);
    for (int k = 0;; k++) {
        Batch b = batch_draw(j->a, s, n, seed + (uint32_t)k * 0x10000u);
        if (j->o->write_batch) return b;
        Arena *a = arena_new();
        Interpreter *r = batch_interpreter(a, s, &b);
        interpret_forward(r);
        double margin = r->margin;
        arena_free(a);
        if (margin > least_margin || k == DRAWS) return b;
    }
}

static int verify(Job *j, const Safetensors *file) {
    bool training = j->m->has_compile;
    Step *s = job_step(j, training ? STEP_TRAIN : STEP_PREDICT);
    Batch b;
    if (!file)
        b = draw(j, s);
    else if (!batch_read(j->a, s, file, j->o->test_case, &b))
        return EXIT_REFUSED;
    if (j->o->write_case || j->o->write_batch) return make_case(j, file, &b);
    Batch few = b; // of a case, the passes are compared on its first samples
    if (file && few.n > SAMPLES) few.n = SAMPLES;
    Verify v = {.j = j, .b = &few};
    bool labelled = training && b.y;
    Plan *train = labelled ? watched_plan(j, &v, STEP_TRAIN, "training") : NULL;
    if (labelled && !v.differs) watched_plan(j, &v, STEP_EVALUATE, "evaluation");
    if (v.differs) return EXIT_REFUSED;
    Plan *predict = watched_plan(j, &v, STEP_PREDICT, "prediction");
    if (v.differs) return EXIT_REFUSED;
    if (!file) return EXIT_OK;
    Results now = batch_case(j->a, predict->step, train ? train->step : NULL, &b);
    return compare_case(j, file, &b, predict->step, &now) ? EXIT_OK : EXIT_REFUSED;
}

int verify_passes(Job *j) {
    Safetensors file;
    CnnError error = {0};
    if (!j->o->test_case) return verify(j, NULL);
    if (!safetensors_read(j->o->test_case, &file, &error)) {
        tell("error: %s", error.text);
        return (int)error.code;
    }
    int code = verify(j, &file);
    safetensors_free(&file);
    return code;
}
