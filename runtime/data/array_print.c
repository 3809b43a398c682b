// SPDX-License-Identifier: 0BSD
// Arrays as numpy's str() has them, with its standard settings: 8 digits behind the point, lines of 75, beyond 1000
// values the first and the last 3 of each dimension.
#include "data/values.h"
#include "data/types.h"
#include "io/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PRECISION = 8, LINE = 75, MANY = 1000, EDGE = 3, WORD = 400 };
static const double largest_plain = 1e8, least_plain = 1e-4, largest_ratio = 1000,
                    largest_single = 1e6; // of float32

// ---- one value

// The shortest digits that are read back as the same number of that type: "-d.ddde+xx".
static void shortest(char word[WORD], int64_t type, double value, int most) {
    text_shortest(word, value, type == CNN_F4, most);
}

static void value_word(char word[WORD], int64_t type, double value) {
    if (type == CNN_B1) {
        strcpy(word, value != 0 ? "True" : "False");
    } else if (!type_rows[type].real) {
        snprintf(word, WORD, "%lld", (long long)value);
    } else if (!isfinite(value)) {
        strcpy(word, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
    } else if (type == CNN_F4) {
        text_single(word, value);
    } else {
        char digits[WORD], number[TEXT_NUMBER];
        shortest(digits, type, value, 17);
        strcpy(word, text_repr(number, strtod(digits, NULL)));
    }
}

void value_print(FILE *out, int64_t type, double value) {
    char word[WORD];
    value_word(word, type, value);
    fputs(word, out);
}

// ---- how wide all values are

typedef struct Layout {
    int64_t type;
    bool powers; // as 1.5e-05
    int left, right; // of the point
    int digits; // of powers, behind the point
} Layout;

static int digits_behind(const char *digits) { // the point of d.dddexx
    const char *point = strchr(digits, '.');
    return point ? (int)(strchr(digits, 'e') - point) - 1 : 0;
}

// As many digits behind the point as tell it from others, at most PRECISION, without zeros at their end.
static void plain_word(char word[WORD], int64_t type, double value) {
    char digits[WORD];
    shortest(digits, type, value, 17);
    int behind = digits_behind(digits) - atoi(strchr(digits, 'e') + 1);
    if (behind <= PRECISION) {
        snprintf(word, WORD, "%.*f", behind > 0 ? behind : 0, strtod(digits, NULL));
        if (behind <= 0) strcat(word, ".");
        return;
    }
    snprintf(word, WORD, "%.*f", PRECISION, value);
    for (size_t n = strlen(word); word[n - 1] == '0'; n--) word[n - 1] = 0;
}

// All have as many digits, where those that tell it from others are fewer the next ones of its value.
static void power_word(char word[WORD], const Layout *l, double value) {
    shortest(word, l->type, value, l->digits);
    if (digits_behind(word) < l->digits || !l->digits)
        snprintf(word, WORD, "%#.*e", l->digits, value);
}

static void widen(int *width, int to) {
    if (to > *width) *width = to;
}

static void widen_powers(Layout *l, double value) {
    char digits[WORD];
    shortest(digits, l->type, value, PRECISION);
    int behind = digits_behind(digits); // but zeros at their end, where there are more
    while (behind > 0 && strchr(digits, 'e')[behind - digits_behind(digits) - 1] == '0') behind--;
    widen(&l->digits, behind);
}

static void widen_by(Layout *l, double value) {
    char word[WORD];
    if (!isfinite(value)) return;
    if (l->powers)
        power_word(word, l, value);
    else
        plain_word(word, l->type, value);
    const char *point = strchr(word, '.');
    widen(&l->left, (int)(point - word));
    widen(&l->right, (int)strlen(point) - 1);
}

static void widen_by_others(Layout *l, double value) { // what is no number has a width, too
    if (isfinite(value)) return;
    int width = isnan(value) || value > 0 ? 3 : 4;
    widen(&l->left, width - (l->right + 1));
}

// Of floats: plain, or as powers where they differ too much.
static Layout layout_of(int64_t type, const double *value, int64_t n) {
    Layout l = {.type = type};
    double most = 0, least = INFINITY;
    for (int64_t i = 0; i < n; i++) {
        double x = fabs(value[i]);
        if (!isfinite(x) || x == 0) continue;
        most = fmax(most, x);
        least = fmin(least, x);
    }
    double ratio = type == CNN_F4 ? (double)((float)most / (float)least) : most / least;
    // numpy compares float32 with the constant as a float32
    double largest = type == CNN_F4 ? largest_single : largest_plain;
    double low = type == CNN_F4 ? (double)(float)least_plain : least_plain;
    l.powers = most > 0 && (most >= largest || least < low || ratio > largest_ratio);
    for (int64_t i = 0; l.powers && i < n; i++)
        if (isfinite(value[i])) widen_powers(&l, value[i]);
    for (int64_t i = 0; i < n; i++) widen_by(&l, value[i]);
    for (int64_t i = 0; i < n; i++) widen_by_others(&l, value[i]);
    return l;
}

static Layout layout_of_words(int64_t type, const double *value, int64_t n) {
    Layout l = {.type = type};
    char word[WORD];
    for (int64_t i = 0; i < n; i++) {
        value_word(word, type, value[i]);
        widen(&l.left, (int)strlen(word));
    }
    if (type == CNN_B1) l.left = 5;
    return l;
}

static void laid_out(char out[WORD], const Layout *l, double value) {
    char word[WORD];
    bool real = type_rows[l->type].real;
    if (!real || !isfinite(value)) {
        value_word(word, l->type, value);
        snprintf(out, WORD, "%*s", real ? l->left + l->right + 1 : l->left, word);
        return;
    }
    if (l->powers)
        power_word(word, l, value);
    else
        plain_word(word, l->type, value);
    int left = l->left - (int)(strchr(word, '.') - word);
    int right = l->right - ((int)strlen(strchr(word, '.')) - 1);
    snprintf(out, WORD, "%*s%.300s%*s", left, "", word, right, "");
}

// ---- rows within rows

typedef struct Printing {
    FILE *out;
    const int64_t *dim; // from the first that is printed
    int64_t rank;
    bool short_of; // the middle of each dimension is left out
    Layout layout;
    int64_t nseen;
    double *seen; // what is printed
} Printing;

static bool left_out(const Printing *p, int64_t d) {
    return p->short_of && p->dim[d] > 2 * EDGE;
}

// Values below dimension d from `value` on, so many of which are one step apart.
static void see(Printing *p, int64_t d, const double *value, int64_t step) {
    if (d == p->rank) {
        p->seen[p->nseen++] = *value;
        return;
    }
    step /= p->dim[d];
    for (int64_t i = 0; i < p->dim[d]; i++) {
        if (left_out(p, d) && i == EDGE) i = p->dim[d] - EDGE;
        see(p, d + 1, value + i * step, step);
    }
}

static void indent(const Printing *p, int64_t n) {
    fprintf(p->out, "%*s", (int)n, "");
}

// Words of a line, broken where they do not fit; each line begins one place behind the brackets. Blanks at the end
// of a word wait for the next one.
static void print_last(Printing *p, int64_t d, const double *value) {
    int64_t start = d + 1, at = start, most = LINE - d - 1, blanks = 0;
    char word[WORD];
    for (int64_t i = 0; i < p->dim[d]; i++) {
        bool gap = left_out(p, d) && i == EDGE;
        if (gap)
            strcpy(word, "...");
        else
            laid_out(word, &p->layout, value[i]);
        int64_t n = (int64_t)strlen(word), end = n;
        while (end > 0 && word[end - 1] == ' ') end--;
        bool breaks = at + n > most && at > start;
        if (breaks) fputc('\n', p->out), at = start;
        indent(p, breaks ? start : blanks);
        fprintf(p->out, "%.*s", (int)end, word);
        bool last = i + 1 == p->dim[d];
        at += n + 1;
        blanks = n - end + 1;
        if (last) indent(p, n - end);
        if (gap) i = p->dim[d] - EDGE - 1;
    }
}

static void print_below(Printing *p, int64_t d, const double *value, int64_t step) {
    int64_t lines = p->rank - d - 1; // between two parts
    fputc('[', p->out);
    step /= p->dim[d];
    for (int64_t i = 0; lines && i < p->dim[d]; i++) {
        bool gap = left_out(p, d) && i == EDGE;
        for (int64_t k = 0; i && k < lines; k++) fputc('\n', p->out);
        if (i) indent(p, d + 1);
        if (gap) {
            fputs("...", p->out);
            i = p->dim[d] - EDGE - 1;
        } else {
            print_below(p, d + 1, value + i * step, step);
        }
    }
    if (!lines) print_last(p, d, value);
    fputc(']', p->out);
}

void array_print(FILE *out, const CnnArray *of, const double *value) {
    Printing p = {.out = out, .dim = of->dim + of->one, .rank = of->rank - of->one};
    int64_t count = 1;
    for (int64_t d = 0; d < p.rank; d++) count *= p.dim[d];
    p.short_of = count > MANY;
    if (!p.rank) {
        value_print(out, of->type, *value);
        return;
    }
    p.seen = malloc((size_t)count * sizeof *p.seen);
    if (p.seen) see(&p, 0, value, count);
    const double *seen = p.seen ? p.seen : value; // else columns may be too wide
    int64_t n = p.seen ? p.nseen : count;
    p.layout = type_rows[of->type].real ? layout_of(of->type, seen, n)
                                        : layout_of_words(of->type, seen, n);
    print_below(&p, 0, value, count);
    free(p.seen);
}
