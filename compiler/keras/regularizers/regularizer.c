// SPDX-License-Identifier: MIT
// The list of regularisers.
#include "keras/regularizers/regularizer.h"

#define REGULARIZER(x) extern const RegularizerClass regularizer_##x;
#include "keras/regularizers/regularizers.def"
#undef REGULARIZER

const RegularizerClass *const regularizer_classes[] = {
#define REGULARIZER(x) &regularizer_##x,
#include "keras/regularizers/regularizers.def"
#undef REGULARIZER
    NULL};
