// SPDX-License-Identifier: MIT
// Numbers of 16 bits: each is itself again, floats between two become the nearer one, at the middle the even one, and
// what is beyond the last is refused.
#include "support/half.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct {
    Narrow kind;
    uint16_t infinite;
    float most;
} kinds[] = {{NARROW_F16, 0x7C00, 65504}, {NARROW_BF16, 0x7F80, 0x1.FEp127f}};

static uint16_t bits_of(Narrow kind, float x) {
    uint16_t bits = 0;
    assert_true(narrow_from(kind, x, &bits));
    return bits;
}

static void each_is_itself(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++)
        for (unsigned sign = 0; sign <= 0x8000; sign += 0x8000)
            for (unsigned b = 0; b < kinds[i].infinite; b++) {
                float x = narrow_value(kinds[i].kind, (uint16_t)(sign | b));
                assert_int_equal(bits_of(kinds[i].kind, x), sign | b);
                assert_true(b == 0 || (x < 0) == (sign != 0));
            }
}

static void between_two(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++)
        for (unsigned b = 0; b + 1u < kinds[i].infinite; b++) {
            Narrow kind = kinds[i].kind;
            double low = (double)narrow_value(kind, (uint16_t)b);
            double high = (double)narrow_value(kind, (uint16_t)(b + 1)), middle = (low + high) / 2;
            assert_true(low < high);
            if ((double)(float)middle != middle) continue; // less than a float's steps
            assert_int_equal(bits_of(kind, (float)middle), b + (b & 1));
            assert_int_equal(bits_of(kind, nextafterf((float)middle, 0)), b);
            assert_int_equal(bits_of(kind, -nextafterf((float)middle, INFINITY)), 0x8000 | (b + 1));
        }
}

static void known(void **state) {
    (void)state;
    assert_int_equal(bits_of(NARROW_F16, 1), 0x3C00);
    assert_int_equal(bits_of(NARROW_F16, -2), 0xC000);
    assert_int_equal(bits_of(NARROW_F16, 0x1p-24f), 1);
    assert_int_equal(bits_of(NARROW_F16, 0x1p-14f), 0x0400);
    assert_int_equal(bits_of(NARROW_F16, 1e-9f), 0);
    assert_int_equal(bits_of(NARROW_F16, -0.0f), 0x8000);
    assert_int_equal(bits_of(NARROW_BF16, 1), 0x3F80);
    assert_int_equal(bits_of(NARROW_BF16, 0x1p-133f), 1);
}

static void beyond(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        float most = kinds[i].most;
        uint16_t bits;
        assert_true(narrow_value(kinds[i].kind, (uint16_t)(kinds[i].infinite - 1)) == most);
        assert_int_equal(bits_of(kinds[i].kind, most), kinds[i].infinite - 1);
        const float wrong[] = {INFINITY, -INFINITY, NAN, i ? 0x1.FFp127f : 65520};
        for (int k = 0; k < 4; k++) assert_false(narrow_from(kinds[i].kind, wrong[k], &bits));
    }
    assert_int_equal(bits_of(NARROW_F16, 65519.9f), 0x7BFF);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_itself),
        cmocka_unit_test(between_two),
        cmocka_unit_test(known),
        cmocka_unit_test(beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
