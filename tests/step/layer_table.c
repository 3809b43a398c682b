// SPDX-License-Identifier: MIT
// The table of layers with the one for tests behind the others.
#include "keras/layers/layer.h"

#define LAYER(x) extern const LayerClass layer_##x;
#include "keras/layers/layers.def"
LAYER(random_nodes)
#undef LAYER

const LayerClass *const layer_classes[] = {
#define LAYER(x) &layer_##x,
#include "keras/layers/layers.def"
    LAYER(random_nodes)
#undef LAYER
        NULL,
};
