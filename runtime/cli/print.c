// SPDX-License-Identifier: 0BSD
// Texts as they are, and numbers computed from the scores, each in its format.
#include "cli/print.h"
#include "io/pyformat.h"
#include "io/text.h"
#include "runtime.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// As evaluate gives it: what float32 holds.
static double score_of(const double *score, double place) {
    return (double)(float)score[(int64_t)place];
}

static double apply(const CnnTerm *t, double a, double b) {
    switch (t->op) {
#define LATER(name, operands, value)                                                               \
    case CNN_LATER_##name: return value;
#include "later.def"
    default: return NAN;
    }
}

static double compute(const CnnPrintItem *item, const double *score) {
    static const int operands[] = {
#define LATER(name, operands, value) operands,
#include "later.def"
    };
    double stack[CNN_FORMULA_DEPTH + 1] = {0};
    int n = 0;
    for (int64_t i = 0; i < item->nterm; i++) {
        const CnnTerm *t = &item->term[i];
        int taken = operands[t->op];
        double a = taken == 0 ? t->number : stack[n - taken], b = taken == 2 ? stack[n - 1] : 0;
        if (t->op == CNN_LATER_SCORE) a = score_of(score, t->number);
        n -= taken;
        stack[n++] = apply(t, a, b);
    }
    return stack[0];
}

static void print_number(FILE *out, const CnnPrintItem *item, double x) {
    char text[2 * PY_WIDEST + TEXT_NUMBER];
    PySpec spec;
    size_t n;
    bool whole = item->integer && fabs(x) < 9e18;
    PyValue v = {.kind = whole ? PY_INT : PY_FLOAT, .integer = whole ? (int64_t)x : 0, .real = x};
    const char *wrong = py_spec(item->text, strlen(item->text), &spec);
    if (!wrong) wrong = py_format(&v, &spec, text, sizeof text, &n);
    text_print(out, wrong ? wrong : text);
}

void print_line(FILE *out, const CnnStatement *statement, const double *score) {
    for (int64_t i = 0; i < statement->nitem; i++) {
        const CnnPrintItem *item = &statement->item[i];
        if (i && !item->joined) putc(' ', out);
        if (item->nterm)
            print_number(out, item, compute(item, score));
        else
            text_print(out, item->text);
    }
    text_print(out, statement->end);
}
