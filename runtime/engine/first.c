// SPDX-License-Identifier: 0BSD
// The first values of all weights, as a program draws them.
#include "engine/core.h"

static RandomFill *const fill[] = {
    [CNN_INIT_CONSTANT] = random_constant,
    [CNN_INIT_UNIFORM] = random_uniform,
    [CNN_INIT_NORMAL] = random_normal,
    [CNN_INIT_TRUNCATED_NORMAL] = random_truncated_normal,
    [CNN_INIT_ORTHOGONAL] = random_orthogonal,
    [CNN_INIT_IDENTITY] = random_identity,
};

void random_weights(const CnnModel *model, uint32_t seed, float *params) {
    for (int64_t i = 0; i < model->nweight; i++) {
        const CnnWeight *w = &model->weight[i];
        random_weight(w, i, seed, fill[w->init], params + w->param);
    }
}
