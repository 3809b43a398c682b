// SPDX-License-Identifier: 0BSD
// The order of the samples in an epoch and the first weights. An epoch's order follows from seed
// and epoch alone, a weight's first values from seed and its place in the model, or from a seed of its own.
#include "runtime.h"
#include <math.h>

// Uniform in [0, n), n >= 1, each value equally likely: the high half of a 64-bit product, drawing
// again in the rare case where the low half falls in the part that would favour some (Lemire 2019).
static uint32_t below(Stream *stream, uint32_t n) {
    uint64_t product = (uint64_t)stream_next(stream) * n;
    if ((uint32_t)product < n) {
        uint32_t excess = -n % n; // 2^32 mod n
        while ((uint32_t)product < excess) product = (uint64_t)stream_next(stream) * n;
    }
    return (uint32_t)(product >> 32);
}

void random_shuffle(uint32_t *order, uint32_t n, uint32_t seed, uint32_t epoch) {
    Stream stream = stream_start(seed, epoch, 0, STREAM_SHUFFLE);
    for (uint32_t i = 0; i < n; i++) order[i] = i;
    for (uint32_t i = n; i > 1; i--) { // Fisher-Yates
        uint32_t j = below(&stream, i), swap = order[j];
        order[j] = order[i - 1];
        order[i - 1] = swap;
    }
}

static double uniform(Stream *stream, const CnnWeight *w) {
    double value = w->a + (w->b - w->a) * (stream_next(stream) >> 8) * 0x1p-24;
    // the sum may round up to b, which is outside
    return (float)value < (float)w->b || w->a >= w->b ? value
                                                      : nextafterf((float)w->b, (float)w->a);
}

double stream_normal(Stream *stream) { // Box-Muller
    double u = (stream_next(stream) + 1.0) * 0x1p-32, v = stream_next(stream) * 0x1p-32;
    return sqrt(-2 * log(u)) * cos(6.283185307179586477 * v);
}

static void fill_constant(Stream *stream, const CnnWeight *w, float *to) {
    (void)stream;
    for (int64_t i = 0; i < w->count; i++) to[i] = (float)w->a;
}

static void fill_uniform(Stream *stream, const CnnWeight *w, float *to) {
    for (int64_t i = 0; i < w->count; i++) to[i] = (float)uniform(stream, w);
}

static void fill_normal(Stream *stream, const CnnWeight *w, float *to) {
    for (int64_t i = 0; i < w->count; i++) to[i] = (float)(w->a + w->b * stream_normal(stream));
}

static void fill_truncated_normal(Stream *stream, const CnnWeight *w, float *to) {
    for (int64_t i = 0; i < w->count; i++) {
        double z;
        do z = stream_normal(stream);
        while (fabs(z) > 2);
        to[i] = (float)(w->a + w->b * z);
    }
}

static void fill_orthogonal(Stream *stream, const CnnWeight *w, float *to) {
    int64_t columns = w->dim[w->rank - 1];
    random_orthogonal(stream, w->count / columns, columns, w->a, to);
}

static void fill_identity(Stream *stream, const CnnWeight *w, float *to) {
    (void)stream;
    for (int64_t i = 0; i < w->count; i++) to[i] = i / w->dim[1] == i % w->dim[1] ? (float)w->a : 0;
}

static void (*const fill[])(Stream *, const CnnWeight *, float *) = {
    [CNN_INIT_CONSTANT] = fill_constant,     [CNN_INIT_UNIFORM] = fill_uniform,
    [CNN_INIT_NORMAL] = fill_normal,         [CNN_INIT_TRUNCATED_NORMAL] = fill_truncated_normal,
    [CNN_INIT_ORTHOGONAL] = fill_orthogonal, [CNN_INIT_IDENTITY] = fill_identity,
};

void random_weights(const CnnModel *model, uint32_t seed, float *params) {
    for (int64_t i = 0; i < model->nweight; i++) {
        const CnnWeight *w = &model->weight[i];
        bool own = w->seed >= 0;
        Stream stream = own ? stream_start((uint32_t)w->seed, 0, 0, STREAM_SEEDED)
                            : stream_start(seed, 0, (uint32_t)i, STREAM_INIT);
        fill[w->init](&stream, w, params + w->param);
    }
}
