// SPDX-License-Identifier: MIT
// Losses of how far outputs and targets overlap, along the last axis, or over a whole sample where the axes are
// all of its, or over the whole batch.
#include "keras/losses/overlap.h"

// Which of the dimensions of outputs, the batch's with them, the axes are; false: something else.
static bool mark(const Value *axis, int rank, bool is[MAX_RANK + 1]) {
    if (value_is_sequence(axis)) {
        for (int i = 0; i < value_count(axis); i++)
            if (!mark(value_at(axis, i), rank, is)) return false;
        return value_count(axis) > 0;
    }
    int64_t d = value_is_int(axis) ? axis->integer : INT64_MIN;
    if (d < 0) d += rank + 1;
    if (d < 0 || d > rank) return false;
    return is[d] = true;
}

LossRows overlap_rows(const void *args, int rank) {
    bool is[MAX_RANK + 1] = {false}, last = true, all = true;
    const Value *axis = ((const OverlapArgs *)args)->axis;
    if (axis->kind == VALUE_NONE) return ROWS_OF_BATCH;
    if (!mark(axis, rank, is)) return ROWS_OF_OTHERS;
    for (int d = 1; d <= rank; d++) {
        all &= is[d];
        last &= is[d] == (d == rank);
    }
    if (is[0]) return all ? ROWS_OF_BATCH : ROWS_OF_OTHERS;
    return last ? ROWS_OF_LAST : all ? ROWS_OF_SAMPLES : ROWS_OF_OTHERS;
}
