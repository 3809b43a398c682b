// SPDX-License-Identifier: 0BSD
// What the compiler tells TerminateOnNaN.
#ifndef CNN_TERMINATE_ON_NAN_H
#define CNN_TERMINATE_ON_NAN_H
#include "abi.h"

enum { TERMINATE_RAISES, TERMINATE_SETTINGS }; // settings: it ends the training by an error
extern const CnnCallbackClass cnn_terminate_on_nan;
#endif
