// SPDX-License-Identifier: 0BSD
// The runtime's own mathematics against the C library's in long double, and its ends against C's.
#include "check.h"
#include "../../runtime/engine/elementary.h"
#include <math.h>
#include <stdbool.h>

static uint64_t seed = 1;

static double uniform(double a, double b) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return a + (b - a) * (double)(seed >> 11) * 0x1p-53;
}

// How many units in the last place of the true value are between the two.
static double off(double got, long double wanted) {
    int exponent;
    if (got == (double)wanted || (isnan(got) && isnan(wanted))) return 0;
    frexp((double)wanted, &exponent);
    return (double)fabsl(((long double)got - wanted) / ldexpl(1, exponent - 53));
}

enum { DRAWS = 200000 };

static void values_are_within_a_unit(void **state) {
    double most_log = 0, most_pow = 0, most_cos = 0;
    (void)state;
    if (sizeof(long double) <= sizeof(double)) skip();
    for (int i = 0; i < DRAWS; i++) {
        double x = i % 3 ? exp(uniform(-700, 700)) : uniform(0.5, 1.5);
        double base = i % 2 ? uniform(0, 3) : uniform(0.9, 1), to = floor(uniform(0, 20000));
        double angle = i % 2 ? uniform(0, 7) : uniform(-9e5, 9e5);
        most_log = fmax(most_log, off(cnn_log(x), logl(x)));
        most_cos = fmax(most_cos, off(cnn_cos(angle), cosl(angle)));
        if (i % 4 == 3) to = uniform(-20, 20);
        long double power = powl(base, to);
        if (power > 1e-300L && power < 1e300L)
            most_pow = fmax(most_pow, off(cnn_pow(base, to), power));
    }
    print_message("log %.3f, pow %.3f, cos %.3f units\n", most_log, most_pow, most_cos);
    assert_true(most_log > 0 && most_log < 0.6);
    assert_true(most_pow > 0 && most_pow < 1.5);
    assert_true(most_cos > 0 && most_cos < 1.1);
}

static bool alike(double a, double b) { // 0 and -0 are not
    return (isnan(a) && isnan(b)) || (a == b && !signbit(a) == !signbit(b)) || off(a, b) < 2;
}

static void ends_are_those_of_c(void **state) {
    static const double x[] = {0,     -0.0,   1,        -1,        2,     -2,
                               3,     -3,     0.5,      -0.5,      1e308, 5e-324,
                               1e300, -1e300, INFINITY, -INFINITY, NAN,   2.5e15};
    enum { N = sizeof x / sizeof *x };
    (void)state;
    for (int i = 0; i < N; i++) {
        assert_true(alike(cnn_log(x[i]), log(x[i])));
        assert_true(alike(cnn_floor(x[i]), floor(x[i])));
        for (int k = 0; k < N; k++) {
            double a = cnn_pow(x[i], x[k]), b = pow(x[i], x[k]);
            if (!alike(a, b)) fail_msg("pow(%g, %g) is %g, not %g", x[i], x[k], a, b);
        }
    }
    assert_true(isnan(cnn_cos(INFINITY)) && isnan(cnn_cos(NAN)) && cnn_cos(0) == 1);
}

static void the_float_below_is_the_next(void **state) {
    static const float x[] = {1, -1, 0, 0x1p-126f, -0x1p-126f, 0x1p-149f, 3e38f};
    (void)state;
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        assert_true(cnn_below(x[i]) == nextafterf(x[i], -INFINITY));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_within_a_unit),
        cmocka_unit_test(ends_are_those_of_c),
        cmocka_unit_test(the_float_below_is_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
