// SPDX-License-Identifier: MIT
// Penalties, l1 sum |x| + l2 sum x^2, as passes append them: of what layers make, with the forward; of
// weights, at the end of the backward. The weights' share of the loss itself is no node: it is the same for
// all samples, and the program adds it (runtime/engine/penalty.c).
#ifndef CNNC_STEP_REGULARISE_H
#define CNNC_STEP_REGULARISE_H
#include "step/step.h"

// The layer that is being built made y: its penalty joins Step.penalty.
void regularise_activity(Step *s, int y, const Penalty *p);
void regularise_weights(Step *s); // adds to the gradients of the weights that have a regulariser
Expr *penalty_slope(Arena *a, const Penalty *p, Expr *x); // of an element; 0 where x is 0
#endif
