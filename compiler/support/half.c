// SPDX-License-Identifier: MIT
// See half.h.
#include "support/half.h"
#include <math.h>
#include <string.h>

const char *const narrow_name[] = {"f32", "f16", "bf16"};

static const struct Format {
    int precision; // bits of the fraction
    int least; // exponent of the least normal number
} formats[] = {[NARROW_F16] = {10, -14}, [NARROW_BF16] = {7, -126}};

// Steps of 2^(exponent - precision) are whole numbers; where rounding leaves an exponent's range, it carries into the
// bits of the next one by itself.
bool narrow_from(Narrow to, float x, uint16_t *bits) {
    const struct Format *f = &formats[to];
    if (!isfinite(x)) return false;
    int exponent = x == 0 ? f->least : ilogbf(x);
    if (exponent < f->least) exponent = f->least;
    double steps = nearbyint(ldexp(fabs((double)x), f->precision - exponent));
    uint32_t all = (uint32_t)steps + ((uint32_t)(exponent - f->least) << f->precision);
    uint32_t infinite = (uint32_t)(3 - 2 * f->least) << f->precision;
    *bits = (uint16_t)(all | (signbit(x) ? 0x8000u : 0));
    return all < infinite;
}

float narrow_value(Narrow of, uint16_t bits) {
    const struct Format *f = &formats[of];
    int exponent = (bits & 0x7FFF) >> f->precision, fraction = bits & ((1 << f->precision) - 1);
    double steps = exponent ? (1 << f->precision) + fraction : fraction;
    double x = ldexp(steps, f->least - f->precision + (exponent ? exponent - 1 : 0));
    return (float)(bits & 0x8000 ? -x : x);
}
