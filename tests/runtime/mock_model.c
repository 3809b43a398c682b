// SPDX-License-Identifier: 0BSD
// A model written by hand in place of a compiled one, in plain loops: Flatten, Dense(128, relu),
// Dense(10, softmax), sparse categorical crossentropy, Adam. It uses all that abi.h has: the first
// layer's kernel gradient is made in a BY_UNIT phase (a unit is one input), the others in leaves.
#include "mock_model.h"
#include <math.h>
#include <string.h>

enum { IN = 784, HID = 128, OUT = 10, CHUNK = 64 };
enum { // floats from params
    K0 = 0,
    B0 = K0 + IN * HID,
    K1 = B0 + HID,
    B1 = K1 + HID * OUT,
    PARAMS = B1 + OUT,
    SMALL = PARAMS - B0 // weights whose gradient is in the leaf block
};

typedef struct Leaf {
    double loss, accuracy;
    float grad[SMALL];
} Leaf;

typedef struct Kept { // for every sample of the batch
    float x[IN], dh[HID];
} Kept;

static void forward(const float *p, const float *x, float *h, float *z) {
    memcpy(h, p + B0, HID * sizeof *h);
    for (int i = 0; i < IN; i++)
        for (int j = 0; j < HID; j++) h[j] += x[i] * p[K0 + i * HID + j];
    for (int j = 0; j < HID; j++) h[j] = h[j] < 0 ? 0 : h[j];
    memcpy(z, p + B1, OUT * sizeof *z);
    for (int j = 0; j < HID; j++)
        for (int k = 0; k < OUT; k++) z[k] += h[j] * p[K1 + j * OUT + k];
}

// z becomes softmax(z); returns log sum exp(z).
static double softmax(float *z) {
    float top = z[0];
    double sum = 0;
    for (int k = 1; k < OUT; k++) top = z[k] > top ? z[k] : top;
    for (int k = 0; k < OUT; k++) sum += exp((double)z[k] - top);
    for (int k = 0; k < OUT; k++) z[k] = (float)(exp((double)z[k] - top) / sum);
    return top + log(sum);
}

static void score(float *z, int label, double *loss, double *accuracy) {
    float logit = z[label];
    int best = 0;
    for (int k = 1; k < OUT; k++) best = z[k] > z[best] ? k : best;
    *loss += softmax(z) - logit;
    *accuracy += best == label;
}

static void train_leaf(const CnnRun *run, int64_t first, int64_t index, int64_t n, const float *x,
                       const void *y, void *block, void *scratch, const CnnTeam *team) {
    (void)index, (void)team; // nothing is drawn, and one thread runs a leaf
    const float *p = run->params;
    float *h = scratch, *gb0, *gk1, *gb1;
    Leaf *leaf = block;
    memset(leaf, 0, sizeof *leaf);
    gb0 = leaf->grad, gk1 = gb0 + K1 - B0, gb1 = gb0 + B1 - B0;
    for (int64_t s = 0; s < n; s++) {
        float *z = run->out + (first + s) * OUT, dz[OUT];
        Kept *kept = (Kept *)(void *)run->batch + first + s;
        int label = ((const int32_t *)y)[s];
        memcpy(kept->x, x + s * IN, sizeof kept->x);
        forward(p, kept->x, h, z);
        score(z, label, &leaf->loss, &leaf->accuracy);
        for (int k = 0; k < OUT; k++) dz[k] = (z[k] - (float)(k == label)) * run->scalar[CNN_INV_N];
        for (int k = 0; k < OUT; k++) gb1[k] += dz[k];
        for (int j = 0; j < HID; j++) {
            float d = 0;
            for (int k = 0; k < OUT; k++) {
                gk1[j * OUT + k] += h[j] * dz[k];
                d += dz[k] * p[K1 + j * OUT + k];
            }
            gb0[j] += kept->dh[j] = h[j] > 0 ? d : 0;
        }
    }
}

static void adam(const CnnRun *run, int64_t at, int64_t n, const float *grad) {
    float *w = run->params + at, *m = run->opt + at, *v = m + PARAMS;
    for (int64_t i = 0; i < n; i++) {
        m[i] += (grad[i] - m[i]) * (1 - 0.9f);
        v[i] += (grad[i] * grad[i] - v[i]) * (1 - 0.999f);
        w[i] -= run->scalar[CNN_OWN] * m[i] / (sqrtf(v[i]) + 1e-7f);
    }
}

// Unit i < IN: row i of the first kernel; unit IN: all other weights.
static void update_units(const CnnRun *run, int64_t first, int64_t end, void *scratch) {
    const Kept *kept = (const Kept *)(const void *)run->batch;
    (void)scratch;
    for (int64_t i = first; i < end; i++) {
        if (i == IN) {
            adam(run, B0, SMALL, ((const Leaf *)run->leaf)->grad);
            continue;
        }
        float *grad = (float *)(void *)run->step + i * HID;
        memset(grad, 0, HID * sizeof *grad);
        for (int64_t s = 0; s < run->n; s++)
            for (int j = 0; j < HID; j++) grad[j] += kept[s].x[i] * kept[s].dh[j];
        adam(run, K0 + i * HID, HID, grad);
    }
}

// Unit 0: loss and metric; then CHUNK gradients each.
enum { SUM_UNITS = 1 + (SMALL + CHUNK - 1) / CHUNK };
static void leaf_add(void *into, const void *from, int64_t first, int64_t end) {
    Leaf *a = into;
    const Leaf *b = from;
    for (int64_t u = first; u < end; u++) {
        if (u == 0) {
            a->loss += b->loss;
            a->accuracy += b->accuracy;
            continue;
        }
        for (int64_t i = (u - 1) * CHUNK; i < u * CHUNK && i < SMALL; i++) a->grad[i] += b->grad[i];
    }
}

static void evaluate(const CnnRun *run, int64_t first, int64_t index, int64_t n, const float *x,
                     const void *y, void *block, void *scratch, const CnnTeam *team) {
    double loss = 0, accuracy = 0;
    (void)index, (void)team;
    for (int64_t s = 0; s < n; s++) {
        float *z = run->out + (first + s) * OUT;
        forward(run->params, x + s * IN, scratch, z);
        if (y)
            score(z, ((const int32_t *)y)[s], &loss, &accuracy);
        else
            softmax(z);
    }
    if (y) memcpy(block, (double[]){loss, accuracy}, 2 * sizeof(double));
}

static const CnnWeight weights[] = {
    {"dense/kernel",
     2,
     {IN, HID},
     IN *HID,
     K0,
     1,
     CNN_INIT_UNIFORM,
     -0.08111071,
     0.08111071,
     0,
     0,
     -1,
     CNN_GRAD_STEP,
     0,
     {HID, 1}},
    {"dense/bias",
     1,
     {HID},
     HID,
     B0,
     1,
     CNN_INIT_CONSTANT,
     0,
     0,
     0,
     0,
     -1,
     CNN_GRAD_LEAF,
     offsetof(Leaf, grad),
     {1}},
    {"dense_1/kernel",
     2,
     {HID, OUT},
     HID *OUT,
     K1,
     1,
     CNN_INIT_UNIFORM,
     -0.20851441,
     0.20851441,
     0,
     0,
     -1,
     CNN_GRAD_LEAF,
     offsetof(Leaf, grad[K1 - B0]),
     {OUT, 1}},
    {"dense_1/bias",
     1,
     {OUT},
     OUT,
     B1,
     1,
     CNN_INIT_CONSTANT,
     0,
     0,
     0,
     0,
     -1,
     CNN_GRAD_LEAF,
     offsetof(Leaf, grad[B1 - B0]),
     {1}},
};

static const CnnPhase phases[] = {
    {.kind = CNN_BY_LEAF,
     .by_leaf = train_leaf,
     .sum_units = SUM_UNITS,
     .has_loss = 1,
     .sum = leaf_add},
    {.kind = CNN_BY_UNIT, .units = IN + 1, .by_unit = update_units},
};

static const CnnTerm loss_term = {CNN_LATER_SCORE, 0}, accuracy_term = {CNN_LATER_SCORE, 1};
static const CnnPrintItem print_loss[] = {{.text = "Test loss:"},
                                          {.nterm = 1, .term = &loss_term, .text = ""}};
static const CnnPrintItem print_accuracy[] = {{.text = "Test accuracy:"},
                                              {.nterm = 1, .term = &accuracy_term, .text = ""}};
static const CnnRows training_rows, test_rows = {.half = 1};
static const CnnStatement statements[] = {
    {CNN_DO_SUMMARY, 0, 0, NULL, NULL},
    {CNN_DO_FIT, 1, 0, NULL, NULL},
    {CNN_DO_EVALUATE, 0, 0, NULL, NULL, &test_rows},
    {CNN_DO_PRINT, 0, 2, print_loss, "\n"},
    {CNN_DO_PRINT, 0, 2, print_accuracy, "\n"},
};
static const char *const metrics[] = {"accuracy"};

static void widen(float *to, const uint8_t *from, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] = (float)from[i] / 255.0f;
}

// ---- timed: a leaf is one kernel, a range of units another

static void timed_leaf(const CnnRun *run, int64_t first, int64_t index, int64_t n, const float *x,
                       const void *y, void *block, void *scratch, const CnnTeam *team) {
    run->tick(run->clock, -1);
    train_leaf(run, first, index, n, x, y, block, scratch, team);
    run->tick(run->clock, 0);
}

static void timed_units(const CnnRun *run, int64_t first, int64_t end, void *scratch) {
    run->tick(run->clock, -1);
    update_units(run, first, end, scratch);
    run->tick(run->clock, 1);
}

static void timed_predict(const CnnRun *run, int64_t first, int64_t index, int64_t n,
                          const float *x, const void *y, void *block, void *scratch,
                          const CnnTeam *team) {
    run->tick(run->clock, -1);
    evaluate(run, first, index, n, x, y, block, scratch, team);
    run->tick(run->clock, 0);
}

static void peak(float *sink, int64_t rounds) {
    for (int64_t i = 0; i < rounds; i++) *sink = *sink * 0.5f + 1.0f;
}

static void stream_read(float *at, intptr_t n, intptr_t rounds) {
    float sum = 0;
    for (intptr_t i = 0; i < rounds * n; i++) sum += at[i % n];
    *at = sum;
}

static void stream_write(float *at, intptr_t n, intptr_t rounds) {
    for (intptr_t i = 0; i < rounds * n; i++) at[i % n] = (float)i;
}

static void stream_change(float *at, intptr_t n, intptr_t rounds) {
    for (intptr_t i = 0; i < rounds * n; i++) at[i % n] += 1;
}

static const CnnKernel train_kernels[] = {{"leaf", "mock", 0, 6.0 * PARAMS, 0},
                                          {"update", "mock", 1, 2.0 * IN *HID, 12.0 * PARAMS}};
static const CnnKernel infer_kernels[] = {{"leaf", "mock", 0, 2.0 * PARAMS, 0}};
static const CnnPhase timed_phases[] = {
    {.kind = CNN_BY_LEAF,
     .by_leaf = timed_leaf,
     .sum_units = SUM_UNITS,
     .has_loss = 1,
     .sum = leaf_add},
    {.kind = CNN_BY_UNIT, .units = IN + 1, .by_unit = timed_units},
};
static const CnnTimed timed = {.ntrain = 2,
                               .ninfer = 1,
                               .train = train_kernels,
                               .infer = infer_kernels,
                               .phase = timed_phases,
                               .predict = timed_predict,
                               .peak = peak,
                               .peak_flops = 2,
                               .peak_floats = 1,
                               .cycle_flops = 2,
                               .stream = {stream_read, stream_write, stream_change}};

static const CnnTerm rate[] = {{CNN_NUMBER, 0.001}};
#define ONE_LESS_POWER(b) /* 1 - b^t */                                                            \
    {CNN_NUMBER, 1}, {CNN_NUMBER, b}, {CNN_ITERATIONS, 0}, {CNN_NUMBER, 1}, {CNN_ADD, 0},          \
        {CNN_POW, 0}, {CNN_SUB, 0}
static const CnnTerm rate_t[] = {
    {CNN_RATE, 0}, ONE_LESS_POWER(0.999), {CNN_SQRT, 0},
    {CNN_MUL, 0},  ONE_LESS_POWER(0.9),   {CNN_DIV, 0},
};
static const CnnFormula figures[] = {{1, rate}, {sizeof rate_t / sizeof *rate_t, rate_t}};

static const CnnMetric results[] = {{.name = "accuracy", .figures = 1, .nsum = 1}};

const CnnModel mock_model = {
    .abi = CNN_ABI,
    .name = "mock",
    .source = "mock.cnn",
    .source_hash = "0123456789abcdef",
    .version = "0.1.0",
    .target = "none",
    .needs = "",
    .summary = "Model: \"mock\"\n",
    .libraries = "zlib jansson",
    .input_rank = 2,
    .input_dim = {28, 28},
    .input_floats = IN,
    .output_rank = 1,
    .output_dim = {OUT},
    .output_floats = OUT,
    .nweight = 4,
    .weight = weights,
    .param_floats = PARAMS,
    .opt_slots = 2,
    .average_slot = -1,
    .has_compile = 1,
    .has_fit = 1,
    .loss = "sparse_categorical_crossentropy",
    .label = CNN_LABEL_CLASS,
    .label_floats = 1,
    .nmetric = 1,
    .metric = metrics,
    .result = results,
    .nsum = 2,
    .nfigure = 2,
    .figure = figures,
    .batch_size = 128,
    .epochs = 2,
    .validation_split = 0.1,
    .train = &training_rows,
    .validation = &test_rows,
    .shuffle = 1,
    .verbose = 1,
    .nstatement = 5,
    .statement = statements,
    .nphase = 2,
    .phase = phases,
    .step_bytes = IN * HID * 4,
    .batch_stride = sizeof(Kept),
    .leaf_bytes = sizeof(Leaf),
    .scratch_bytes = HID * 4,
    .predict = evaluate,
    .evaluate = evaluate,
    .infer_scratch_bytes = HID * 4,
    .widen = widen,
    .timed = &timed,
};
