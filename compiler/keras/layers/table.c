// SPDX-License-Identifier: MIT
// The table of layers, from layers.def. A file of its own: a program of tests has a longer one.
#include "keras/layers/layer.h"

#define LAYER(x) extern const LayerClass layer_##x;
#include "keras/layers/layers.def"
#undef LAYER

const LayerClass *const layer_classes[] = {
#define LAYER(x) &layer_##x,
#include "keras/layers/layers.def"
#undef LAYER
    NULL,
};
