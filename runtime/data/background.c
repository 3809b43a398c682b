// SPDX-License-Identifier: 0BSD
// What is behind the pictures that a model is trained with: the bytes along their borders are dark, light, or of
// all kinds. It is saved with the weights, so that `predict` knows.
#include "data/background.h"
#include <string.h>

enum {
    SOME = 1000,
    DARK = 64,
    LIGHT = 192
}; // samples that are looked at; dark is below, light from here on

const char *const background_names[BACKGROUNDS] = {
    [BACKGROUND_MIXED] = "mixed", [BACKGROUND_DARK] = "dark", [BACKGROUND_LIGHT] = "light"};

Background background_of(const Samples *samples, const CnnModel *model) {
    int64_t size[IMAGE_DIMS], dark = 0, light = 0, all = 0;
    bool bytes = samples->pixel || (samples->x_ahead && samples->table);
    CnnError later; // what cannot be read is found again where it is needed
    if (!bytes || !picture_size(model->input_dim, model->input_rank, size)) return BACKGROUND_MIXED;
    int64_t row = size[1] * size[2], n = samples->n < SOME ? samples->n : SOME;
    if (!samples_begin(samples, 0, n, 1, &later)) return BACKGROUND_MIXED;
    for (int64_t i = 0; i < n && samples_need(samples, i, 1, &later); i++) {
        const uint8_t *at = samples_pixel(model, samples, i);
        for (int64_t y = 0; y < size[0]; y++)
            for (int64_t x = 0; x < row; x++) {
                bool edge = y == 0 || y == size[0] - 1 || x < size[2] || x >= row - size[2];
                if (!edge) continue;
                all++;
                dark += at[y * row + x] < DARK;
                light += at[y * row + x] >= LIGHT;
            }
    }
    if (4 * dark >= 3 * all) return BACKGROUND_DARK;
    return 4 * light >= 3 * all ? BACKGROUND_LIGHT : BACKGROUND_MIXED;
}

Background background_named(const char *name) {
    for (int i = 0; name && i < BACKGROUNDS; i++)
        if (!strcmp(name, background_names[i])) return (Background)i;
    return BACKGROUND_MIXED;
}
