// SPDX-License-Identifier: MIT
// What a CONTRACT is in the words of convolutions:
//   y[place, group, out] = sum over tap, in of  x[place stride + tap dilation, group, in] k[tap, group, in, out]
// It is recognised once, from the accesses alone, and kept on the node (Node.problem): whoever has a faster
// way for some convolutions asks here. A depthwise convolution has a group axis; a dense layer has no taps.
#ifndef CNNC_PROBLEM_H
#define CNNC_PROBLEM_H
#include "step/step.h"

typedef enum {
    SOLVE_Y, // y from x and k; a gathering gradient by x is one, its index falls with the tap
    SOLVE_X, // x from y and k: adds at indices that meet
    SOLVE_K, // k, summed over samples
} Solve;

typedef struct ProblemDim {
    int place, tap; // axes; 0: none
    int64_t stride, dilation; // of x's index; below 0 where it falls with the tap
} ProblemDim;

typedef struct Problem {
    Solve solve;
    int x, k, y; // operands: input 0 or 1, or PROBLEM_RESULT
    int space; // spatial dimensions of x and y
    ProblemDim dim[MAX_SPACE];
    int in, out, group; // axes of channels: of x, summed; of y; of both. 0: none
} Problem;

enum { PROBLEM_RESULT = 2 };

bool problem_of(const Step *s, const Node *n, Problem *p); // false: n is something else
const Access *problem_access(const Node *n, int operand);
// Sets Node.problem of every CONTRACT: after the Step is whole, and after each pass that changes accesses.
void step_recognise(Step *s);
bool problem_holds(const Step *s, const Node *n); // is what the node keeps still so?
// An ordinary convolution of images: every y channel sums over all x channels, the kernel's first two
// dimensions are the taps, the other two channels, and none of it is left out. NULL: it is none.
const Problem *problem_dense_images(const Step *s, const Node *n);
bool problem_turned(const Node *n); // of such: do y's channels come before x's in the kernel?
#endif
