// SPDX-License-Identifier: 0BSD
// The order of the samples in an epoch and the first weights. An epoch's order follows from seed
// and epoch alone, a weight's first values from seed and its place in the model.
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

static double draw_constant(Stream *stream, const CnnWeight *w) {
    (void)stream;
    return w->a;
}

static double draw_uniform(Stream *stream, const CnnWeight *w) {
    double value = w->a + (w->b - w->a) * (stream_next(stream) >> 8) * 0x1p-24;
    // the sum may round up to b, which is outside
    return (float)value < (float)w->b || w->a >= w->b ? value
                                                      : nextafterf((float)w->b, (float)w->a);
}

static double draw_unit_normal(Stream *stream) { // Box-Muller
    double u = (stream_next(stream) + 1.0) * 0x1p-32, v = stream_next(stream) * 0x1p-32;
    return sqrt(-2 * log(u)) * cos(6.283185307179586477 * v);
}

static double draw_normal(Stream *stream, const CnnWeight *w) {
    return w->a + w->b * draw_unit_normal(stream);
}

static double draw_truncated_normal(Stream *stream, const CnnWeight *w) {
    double z;
    do z = draw_unit_normal(stream);
    while (fabs(z) > 2);
    return w->a + w->b * z;
}

static double (*const draw[])(Stream *, const CnnWeight *) = {
    [CNN_INIT_CONSTANT] = draw_constant,
    [CNN_INIT_UNIFORM] = draw_uniform,
    [CNN_INIT_NORMAL] = draw_normal,
    [CNN_INIT_TRUNCATED_NORMAL] = draw_truncated_normal,
};

void random_weights(const CnnModel *model, uint32_t seed, float *params) {
    for (int64_t i = 0; i < model->nweight; i++) {
        const CnnWeight *w = &model->weight[i];
        Stream stream = stream_start(seed, 0, (uint32_t)i, STREAM_INIT);
        for (int64_t k = 0; k < w->count; k++)
            params[w->param + k] = (float)draw[w->init](&stream, w);
    }
}
