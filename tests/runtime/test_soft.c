// SPDX-License-Identifier: 0BSD
// Arithmetic without instructions for it, bit for bit against this machine's, which has them.
#include "check.h"
#include "../../runtime/engine/soft.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

static uint64_t seed = 1;

static uint64_t draw(void) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return seed >> 32 << 32 | (seed * 2862933555777941757u) >> 32;
}

static uint64_t bits(double x) {
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static double number(uint64_t u) {
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

// Ends, neighbours of powers of two, short ones, close ones and any at all.
static uint64_t any(uint64_t near) {
    static const uint64_t ends[] = {0,
                                    1,
                                    0x000FFFFFFFFFFFFF,
                                    0x0010000000000000,
                                    0x3FF0000000000000,
                                    0x7FEFFFFFFFFFFFFF,
                                    0x7FF0000000000000,
                                    0x7FF8000000000000};
    uint64_t u = draw(), sign = u & UINT64_C(1) << 63;
    switch (draw() >> 40 & 7) {
    case 0: return sign | ends[u & 7];
    case 1: return (u & ~UINT64_C(0xFFFFFFFFFFFFF)) + (draw() & 3) - 1;
    case 2: return u & ~UINT64_C(0xFFFFFFFF);
    case 3: return near + (u & 7) - 3;
    case 4: return sign ^ (near + ((u & 3) << 52) + (draw() & 1)); // sums that cancel, or round up
    case 5: return sign | u >> (12 + (u & 31)); // denormals
    default: return u;
    }
}

static bool alike(uint64_t got, double wanted) {
    return isnan(wanted) ? isnan(number(got)) : got == bits(wanted);
}

enum { DRAWS = 3000000 };

static void operations_round_as_the_machine(void **state) {
    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        uint64_t x = any(draw()), y = any(x);
        volatile double a = number(x), b = number(y);
        assert_true(alike(soft_add(x, y), a + b));
        assert_true(alike(soft_sub(x, y), a - b));
        assert_true(alike(soft_mul(x, y), a * b));
        assert_true(alike(soft_div(x, y), a / b));
        assert_true(alike(soft_sqrt(x), sqrt(a)));
        uint32_t order = isunordered(a, b) ? SOFT_UNORDERED
                         : a == b          ? SOFT_EQUAL
                         : a < b           ? SOFT_LESS
                                           : SOFT_GREATER;
        assert_int_equal(soft_order(x, y), order);
    }
}

static void conversions_are_the_machines(void **state) {
    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        uint64_t x = any(draw()), n = draw() >> (draw() >> 50 & 63);
        volatile double a = number(x);
        float single = (float)a;
        uint32_t u;
        memcpy(&u, &single, sizeof u);
        assert_true(isnan(a) ? isnan(number(soft_of_float(soft_to_float(x))))
                             : soft_to_float(x) == u);
        assert_true(alike(soft_of_float(u), (double)single));
        if (fabs(a) < 0x1p63) assert_true(soft_to_int(x) == (int64_t)a);
        if (a >= 0 && a < 0x1p64) assert_true(soft_to_unsigned(x) == (uint64_t)a);
        assert_true(soft_of_int((int64_t)n) == bits((double)(int64_t)n));
        assert_true(soft_of_int((int64_t)-n) == bits((double)(int64_t)-n));
        assert_true(soft_of_unsigned(n) == bits((double)n));
    }
}

static void quotients_are_the_machines(void **state) {
    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        uint64_t n = draw() >> (draw() >> 50 & 63), by = draw() >> (draw() >> 50 & 63);
        if (by == 0) continue;
        assert_true(soft_udiv(n, by) == n / by && soft_urem(n, by) == n % by);
        int64_t a = (int64_t)n, b = (int64_t)(i & 1 ? by : -by);
        if (a == INT64_MIN && b == -1) continue; // has no quotient
        assert_true(soft_sdiv(a, b) == a / b && soft_srem(a, b) == a % b);
        a = a == INT64_MIN ? 1 : -a;
        assert_true(soft_sdiv(a, b) == a / b && soft_srem(a, b) == a % b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_round_as_the_machine),
        cmocka_unit_test(conversions_are_the_machines),
        cmocka_unit_test(quotients_are_the_machines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
