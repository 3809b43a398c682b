// SPDX-License-Identifier: 0BSD
// Ranks that train together have the same program, settings and data, begin in the same state and stay in it. Where
// there is one, nothing is asked.
#ifndef CNN_TOGETHER_H
#define CNN_TOGETHER_H
#include "fit/callback.h"

// ok: what may fail in one rank has gone well in this one. Then the state of the first rank, which reads and writes
// the files of a run, is everybody's. False with an error in all of them.
bool together_begin(Training *t, bool ok, CnnError *error);
// After an epoch: false with an error where a rank has come to other weights.
bool together_still(const Training *t, CnnError *error);
#endif
