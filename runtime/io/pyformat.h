// SPDX-License-Identifier: 0BSD
// Python's formatting of one number or text by a format spec ("{:8.3f}") or a conversion ("%8.3f").
// The compiler uses it for what is known before the program runs, the program for the rest.
#ifndef CNN_PYFORMAT_H
#define CNN_PYFORMAT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { PY_INT, PY_FLOAT, PY_TEXT } PyKind;
typedef struct PyValue {
    PyKind kind;
    int64_t integer;
    double real;
    const char *text;
} PyValue;

typedef struct PySpec {
    char fill[5]; // one character of UTF-8
    char align; // < > ^ =, or 0
    char sign; // + - or a blank, or 0
    bool alternate, zero;
    int64_t width, precision; // precision -1: none
    char group; // , _ or 0
    char type; // 0: none
} PySpec;

enum { PY_WIDEST = 1 << 16 }; // of width and precision

// The spec behind the colon of a field. Returns what is wrong, or NULL.
const char *py_spec(const char *text, size_t n, PySpec *spec);
// A conversion of %: text is behind the % (and its name in brackets), *end behind what was read.
const char *py_conversion(const char *text, PySpec *spec, const char **end);
// The value as text; at most `room` bytes are written, with a 0 at their end, and *length is how many
// bytes it has. Returns what is wrong, or NULL.
const char *py_format(const PyValue *value, const PySpec *spec, char *out, size_t room,
                      size_t *length);
// round(value, digits) of a float.
double py_round(double value, int64_t digits);
#endif
