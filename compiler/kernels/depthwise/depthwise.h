// SPDX-License-Identifier: MIT
// The depthwise family: convolutions whose channels have filters of their own. Nothing is summed over
// channels, so that they are in the lanes, and a filter's taps, a vector each, stay in registers while a
// tile of outputs is computed. What outputs share of the input is loaded once.
#ifndef CNNC_DEPTHWISE_H
#define CNNC_DEPTHWISE_H
#include "plan/plan.h"

extern const Family family_depthwise;
extern const Variant row_depthwise_dx;
void emit_depthwise(Builder *ir, const Plan *p, const Kernel *k);
void depthwise_select(Plan *p); // gradients by the input at strides above 1: Node.row
void emit_depthwise_dx(Builder *ir, const Plan *p, const Kernel *k);
int64_t depthwise_registers(const Plan *p); // for taps and sums

// A tile of dX along a dimension: the image's index less the access's offset, u = place stride + tap, runs
// through [lo, hi), `rows` of them a tile, a multiple of the stride.
typedef struct Steps {
    int64_t stride, taps, lo, hi, rows;
} Steps;
void depthwise_steps(const Plan *p, const Node *n, Steps to[2]);

// The axes of a nest: outputs' places and the taps, the innermost one last; -1: none.
typedef struct Places {
    int place[2], tap[2];
} Places;
Places depthwise_places(const Nest *n, int lane);
// Are all taps in registers at a time, or those of the innermost axis alone?
bool depthwise_whole(const Plan *p, const Nest *n, const Places *at);
#endif
