// SPDX-License-Identifier: 0BSD
// A model written by hand in place of a compiled one.
#ifndef MOCK_MODEL_H
#define MOCK_MODEL_H
#include "../../runtime/abi.h"

extern const CnnModel mock_model; // what cnn_model is in a program
#endif
