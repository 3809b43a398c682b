// SPDX-License-Identifier: MIT
// The gradient of a loss that is one for the whole batch.
#ifndef CNNC_BATCH_LOSS_H
#define CNNC_BATCH_LOSS_H
#include "step/step.h"

// Lets node `loss` sum what the gradient by the logits is made of, and appends what writes that to tensor g.
void batch_loss_grad(Step *s, int loss, int g);
#endif
