// SPDX-License-Identifier: 0BSD
// Texts as they are, and numbers computed from scores and histories, each in its format.
#include "cli/print.h"
#include "data/values.h"
#include "io/pyformat.h"
#include "io/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// As evaluate gives it: what float32 holds.
static double score_of(const double *score, double place) {
    return (double)(float)score[(int64_t)place];
}

// ---- histories

static double series_at(Results *r, const Series *s, double place) {
    double at = place < 0 ? place + (double)s->n : place;
    if (at >= 0 && at < (double)s->n) return s->value[(int64_t)at];
    r->wrong = "an item of the history that is not there";
    return NAN;
}

// The first least or largest one, or where it is.
static double series_best(Results *r, const Series *s, bool most, bool where) {
    int64_t best = 0;
    if (!s->n) r->wrong = "the least or most of no epochs";
    for (int64_t i = 1; i < s->n; i++)
        if (most ? s->value[i] > s->value[best] : s->value[i] < s->value[best]) best = i;
    return !s->n ? NAN : where ? (double)best : s->value[best];
}

// As Python's sum has it, with what rounding loses kept beside.
static double series_total(const Series *s) {
    double sum = 0, lost = 0;
    for (int64_t i = 0; i < s->n; i++) {
        double x = s->value[i], t = sum + x;
        lost += fabs(sum) >= fabs(x) ? (sum - t) + x : (x - t) + sum;
        sum = t;
    }
    return sum + lost;
}

// As numpy adds up: in turn, or from 8 on in eight sums, of up to 128 each half.
static double pairwise(const double *x, int64_t n) {
    double sum = -0.0, part[8];
    if (n > 128) {
        int64_t half = n / 2 - n / 2 % 8;
        return pairwise(x, half) + pairwise(x + half, n - half);
    }
    int64_t done = 0;
    if (n >= 8) {
        memcpy(part, x, sizeof part);
        for (done = 8; done + 8 <= n; done += 8)
            for (int k = 0; k < 8; k++) part[k] += x[done + k];
        sum = ((part[0] + part[1]) + (part[2] + part[3])) +
              ((part[4] + part[5]) + (part[6] + part[7]));
    }
    for (; done < n; done++) sum += x[done];
    return sum;
}

static double series_mean(Results *r, const Series *s) {
    if (!s->n) r->wrong = "the mean of no epochs";
    return s->n ? pairwise(s->value, s->n) / (double)s->n : NAN;
}

static void print_list(FILE *out, const Series *s) {
    char number[TEXT_NUMBER];
    putc('[', out);
    for (int64_t i = 0; i < s->n; i++)
        fprintf(out, "%s%s", i ? ", " : "", text_python(number, s->value[i]));
    putc(']', out);
}

// ---- terms

static double apply(Results *r, const CnnTerm *t, double a, double b) {
    const Series *s = t->op >= CNN_LATER_AT ? &r->series[(int64_t)t->number] : NULL;
    switch (t->op) {
#define LATER(name, operands, value)                                                               \
    case CNN_LATER_##name: return value;
#include "later.def"
    default: return NAN;
    }
}

static double compute(const CnnPrintItem *item, Results *r) {
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
        if (t->op == CNN_LATER_SCORE) a = score_of(r->score, t->number);
        n -= taken;
        stack[n++] = apply(r, t, a, b);
    }
    return stack[0];
}

static void print_number(FILE *out, const CnnPrintItem *item, double x) {
    char text[2 * PY_WIDEST + TEXT_NUMBER];
    if (item->term[item->nterm - 1].op == CNN_LATER_SINGLE && !*item->text) {
        fputs(text_single(text, x), out);
        return;
    }
    PySpec spec;
    size_t n;
    bool whole = item->integer && fabs(x) < 9e18;
    PyValue v = {.kind = whole ? PY_INT : PY_FLOAT, .integer = whole ? (int64_t)x : 0, .real = x};
    const char *wrong = py_spec(item->text, strlen(item->text), &spec);
    if (!wrong) wrong = py_format(&v, &spec, text, sizeof text, &n);
    text_print(out, wrong ? wrong : text);
}

static void print_item(FILE *out, const CnnPrintItem *item, Results *r) {
    if (item->array)
        r->statement->values->print(out, r->statement->array[item->array - 1],
                                    r->value[item->array - 1]);
    else if (!item->nterm)
        text_print(out, item->text);
    else if (item->term->op == CNN_LATER_LIST)
        print_list(out, &r->series[(int64_t)item->term->number]);
    else
        print_number(out, item, compute(item, r));
}

bool print_line(FILE *out, const CnnStatement *statement, Results *r) {
    r->wrong = NULL;
    r->statement = statement;
    for (int64_t i = 0; i < statement->nitem; i++) compute(&statement->item[i], r);
    if (r->wrong) return false;
    for (int64_t i = 0; i < statement->nitem; i++) {
        if (i && !statement->item[i].joined) putc(' ', out);
        print_item(out, &statement->item[i], r);
    }
    text_print(out, statement->end);
    return true;
}
