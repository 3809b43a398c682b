// SPDX-License-Identifier: 0BSD
// Numbers and shapes as Python prints them, and foreign text that commands no terminal.
#include "check.h"
#include "../../runtime/runtime.h"
#include "../../runtime/io/text.h"
#include <math.h>

static void python_prints_the_double_of_a_float(void **state) {
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.9922, "0.9922000169754028"},
        {0.1, "0.10000000149011612"},
        {0, "0.0"},
        {-0.0, "-0.0"},
        {1, "1.0"},
        {-12, "-12.0"},
        {1e-4, "9.999999747378752e-05"},
        {0.5, "0.5"},
        {0x1p-20, "9.5367431640625e-07"},
        {0x1p-13, "0.0001220703125"},
        {0x1p53, "9007199254740992.0"},
        {0x1p54, "1.8014398509481984e+16"},
        {1e30, "1.0000000150474662e+30"},
        {0x1p89, "6.189700196426902e+26"},
        {-0x1p-77, "-6.617444900424222e-24"},
        {100, "100.0"},
        {1e15, "999999986991104.0"},
        {0x1p-149, "1.401298464324817e-45"},
        {1e300, "inf"},
        {-HUGE_VAL, "-inf"},
        {NAN, "nan"},
    };
    char buffer[TEXT_NUMBER];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(text_python(buffer, cases[i].value), cases[i].text);
}

static void decimals_have_no_exponent(void **state) {
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.1, "0.1"},
        {0.3678, "0.3678"},
        {2, "2"},
        {1e-7, "0.0000001"},
        {1.5e21, "1500000000000000000000"},
        {-0.25, "-0.25"},
        {1 / 3., "0.3333333333333333"},
        {0, "0"},
        {123456.789, "123456.789"},
    };
    char buffer[TEXT_NUMBER];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(text_decimal(buffer, cases[i].value), cases[i].text);
    assert_true(strtod(text_decimal(buffer, 0x1p-1074), NULL) == 0x1p-1074);
    assert_true(strtod(text_decimal(buffer, 1.7976931348623157e308), NULL) ==
                1.7976931348623157e308);
}

static void shapes_are_tuples(void **state) {
    static const int64_t dim[] = {3, 3, 1, 32};
    char buffer[TEXT_SHAPE];
    (void)state;
    assert_string_equal(text_shape(buffer, dim, 4), "(3, 3, 1, 32)");
    assert_string_equal(text_shape(buffer, dim, 1), "(3,)");
    assert_string_equal(text_shape(buffer, dim, 0), "()");
}

static void foreign_text_has_no_control_codes(void **state) {
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"", ""},
        {"conv2d/kernel", "conv2d/kernel"},
        {"a\033[2Jb", "a\\x1B[2Jb"},
        {"\r\n\t\177", "\\x0D\\x0A\\x09\\x7F"},
        {"\302\2332J", "\\xC2\\x9B2J"}, // U+009B, the same as ESC [
        {"\302\240\303\251€😀", "\302\240é€😀"},
        {"\2332J", "\\x9B2J"},
        {"\303", "\\xC3"},
        {"\342\202x", "\\xE2\\x82x"},
        {"\300\233", "\\xC0\\x9B"}, // too long
        {"\340\202\233", "\\xE0\\x82\\x9B"},
        {"\355\240\200", "\\xED\\xA0\\x80"}, // half a pair
        {"\364\220\200\200", "\\xF4\\x90\\x80\\x80"}, // beyond U+10FFFF
        {"\370\210\200\200", "\\xF8\\x88\\x80\\x80"},
        {"0123456789012345678901234567890", "0123456789012345678901234567890"},
        {"01234567890123456789012345678901", "012345678901234567…2345678901"},
        {"0123456789012345\033\033[end of it", "0123456789012345…[end of it"},
    };
    char buffer[32];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(text_foreign(buffer, sizeof buffer, cases[i].text), cases[i].shown);
}

static void errors_keep_both_ends(void **state) {
    static char name[5 << 20];
    CnnError error = {0};
    (void)state;
    memset(name, '\033', 4000);
    assert_false(cnn_fail(&error, CNN_REFUSED, "no %s: get it\nagain", name));
    assert_true(strlen(error.text) < sizeof error.text);
    ASSERT_HAS(error.text, "no \\x1B\\x1B");
    ASSERT_HAS(error.text, "\\x1B: get it\\x0Aagain");
    memset(name, 'x', sizeof name - 1);
    assert_false(cnn_fail(&error, CNN_REFUSED, "no %s", name));
    ASSERT_HAS(error.text, "no xxx");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(python_prints_the_double_of_a_float),
        cmocka_unit_test(decimals_have_no_exponent),
        cmocka_unit_test(shapes_are_tuples),
        cmocka_unit_test(foreign_text_has_no_control_codes),
        cmocka_unit_test(errors_keep_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
