// SPDX-License-Identifier: 0BSD
// What a training step needs of mathematics beyond + - * / and the square root, in double and without a library:
// so a program and an object that trains have the same bits, whatever library there is.
#ifndef CNN_ELEMENTARY_H
#define CNN_ELEMENTARY_H

// Each within 1.1 units in the last place of the true value, where that is normal, and of C's meaning at the ends (nan,
// infinities, zeros).
double cnn_log(double x);
double cnn_pow(double x, double y);
double cnn_cos(double x); // of up to a million; nan beyond

double cnn_floor(double x);
float cnn_below(float x); // the next smaller float; x is finite and not the least one
static inline double cnn_sqrt(double x) { // an instruction, which rounds correctly
    return __builtin_sqrt(x);
}
static inline double cnn_abs(double x) {
    return __builtin_fabs(x);
}
static inline double cnn_least(double a, double b) { // of numbers
    return a < b ? a : b;
}
static inline int cnn_is_nan(double x) {
    return x != x;
}
#endif
