// SPDX-License-Identifier: MIT
// What depthwise and separable convolutions share: a kernel [KH, KW, C, M], M filters for each channel.
#ifndef CNNC_DEPTHWISE_H
#define CNNC_DEPTHWISE_H
#include "keras/layers/layer.h"

void depthwise_weight(Layer *l, const char *name, const int64_t *size, int64_t multiplier,
                      Init init);
// Returns what the layer's first weight makes of x, in the shape of `to`.
int depthwise(Step *s, const Layer *l, int x, const Window *w, int64_t multiplier, const Shape *to);
#endif
