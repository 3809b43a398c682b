// SPDX-License-Identifier: 0BSD
// The order of the samples in an epoch and the first weights. An epoch's order follows from seed
// and epoch alone, a weight's first values from seed and its place in the model, or from a seed of its own.
#include "engine/core.h"
#include "engine/elementary.h"

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
    return (float)value < (float)w->b || w->a >= w->b ? value : cnn_below((float)w->b);
}

double stream_normal(Stream *stream) { // Box-Muller
    double u = (stream_next(stream) + 1.0) * 0x1p-32, v = stream_next(stream) * 0x1p-32;
    return cnn_sqrt(-2 * cnn_log(u)) * cnn_cos(6.283185307179586477 * v);
}

void random_constant(Stream *stream, const CnnWeight *w, float *to) {
    (void)stream;
    for (int64_t i = 0; i < w->count; i++) to[i] = (float)w->a;
}

void random_uniform(Stream *stream, const CnnWeight *w, float *to) {
    for (int64_t i = 0; i < w->count; i++) to[i] = (float)uniform(stream, w);
}

void random_normal(Stream *stream, const CnnWeight *w, float *to) {
    for (int64_t i = 0; i < w->count; i++) to[i] = (float)(w->a + w->b * stream_normal(stream));
}

void random_truncated_normal(Stream *stream, const CnnWeight *w, float *to) {
    for (int64_t i = 0; i < w->count; i++) {
        double z;
        do z = stream_normal(stream);
        while (cnn_abs(z) > 2);
        to[i] = (float)(w->a + w->b * z);
    }
}

void random_orthogonal(Stream *stream, const CnnWeight *w, float *to) {
    int64_t columns = w->dim[w->rank - 1];
    orthogonal_fill(stream, w->count / columns, columns, w->a, to);
}

void random_identity(Stream *stream, const CnnWeight *w, float *to) {
    (void)stream;
    for (int64_t i = 0; i < w->count; i++) to[i] = i / w->dim[1] == i % w->dim[1] ? (float)w->a : 0;
}

void random_weight(const CnnWeight *w, int64_t place, uint32_t seed, RandomFill *fill, float *to) {
    bool own = w->seed >= 0;
    Stream stream = own ? stream_start((uint32_t)w->seed, 0, 0, STREAM_SEEDED)
                        : stream_start(seed, 0, (uint32_t)place, STREAM_INIT);
    fill(&stream, w, to);
}
