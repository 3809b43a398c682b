// SPDX-License-Identifier: 0BSD
// Numbers and shapes as text. Both kinds of number start from the shortest decimal digits that read
// back as the same double: d.ddd x 10^e with 1 to 17 digits, found by trying.
#include "runtime.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Digits {
    char digit[24]; // without point
    int count, exponent;
    bool negative;
} Digits;

static Digits shortest(double value) {
    char text[40];
    for (int precision = 0; precision < 17; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, value);
        if (strtod(text, NULL) == value) break;
    }
    Digits d = {.negative = text[0] == '-'};
    char *c = text + d.negative;
    for (; *c && *c != 'e'; c++)
        if (*c != '.') d.digit[d.count++] = *c;
    d.exponent = (int)strtol(c + 1, NULL, 10);
    return d;
}

// Writes digits with the point after 1 + exponent of them, filling up with zeros.
static char *put_plain(char *to, const Digits *d) {
    if (d->exponent < 0) to += sprintf(to, "0.");
    for (int i = d->exponent; i < -1; i++) *to++ = '0';
    for (int i = 0; i < d->count || i <= d->exponent; i++) {
        *to++ = i < d->count ? d->digit[i] : '0';
        if (i == d->exponent && i + 1 < d->count) *to++ = '.';
    }
    *to = 0;
    return to;
}

const char *text_decimal(char buffer[TEXT_NUMBER], double value) {
    Digits d = shortest(value);
    char *to = buffer;
    if (d.negative) *to++ = '-';
    put_plain(to, &d);
    return buffer;
}

const char *text_python(char buffer[TEXT_NUMBER], double value) {
    double rounded = (double)(float)value;
    if (!isfinite(rounded)) {
        sprintf(buffer, isnan(rounded) ? "nan" : rounded > 0 ? "inf" : "-inf");
        return buffer;
    }
    Digits d = shortest(rounded);
    char *to = buffer;
    if (d.negative) *to++ = '-';
    if (d.exponent < -4 || d.exponent >= 16) {
        *to++ = d.digit[0];
        if (d.count > 1) to += sprintf(to, ".%.*s", d.count - 1, d.digit + 1);
        sprintf(to, "e%c%02d", d.exponent < 0 ? '-' : '+', abs(d.exponent));
    } else {
        to = put_plain(to, &d);
        if (d.count <= d.exponent + 1) sprintf(to, ".0");
    }
    return buffer;
}

const char *text_shape(char buffer[TEXT_SHAPE], const int64_t *dim, int64_t rank) {
    char *to = buffer;
    *to++ = '(';
    for (int64_t i = 0; i < rank; i++) to += sprintf(to, i ? ", %lld" : "%lld", (long long)dim[i]);
    sprintf(to, rank == 1 ? ",)" : ")");
    return buffer;
}
