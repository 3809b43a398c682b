// SPDX-License-Identifier: MIT
// Patterns find what Python's re.search finds: each row's answer is Python's.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "support/pattern.h"

static void test_found(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool found;
    } rows[] = {
        {"dense", "sequential/dense_1/kernel", true},
        {"Dense", "sequential/dense_1/kernel", false},
        {"", "any", true},
        {"^dense", "sequential/dense/kernel", false},
        {"^seq.*kernel$", "sequential/dense/kernel", true},
        {"dense/kernel$", "sequential/dense/kernels", false},
        {"dense_[13]/", "sequential/dense_3/kernel", true},
        {"dense_[^13]/", "sequential/dense_3/kernel", false},
        {"dense_[]x]", "dense_]", true},
        {"(in|out)put", "model/output/kernel", true},
        {"(in|out)put", "model/put/kernel", false},
        {"de?nse+/", "m/dnseee/kernel", true},
        {"a.c", "a/c", true},
        {"a\\.c", "abc", false},
        {"a\\.c", "a.c", true},
        {"a\\[b", "a[b", true},
        {"x|", "nothing", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Arena *a = arena_new();
        assert_null(pattern_refuse(a, rows[i].pattern));
        assert_int_equal(pattern_finds(rows[i].pattern, rows[i].text), rows[i].found);
        arena_free(a);
    }
}

static void test_refused(void **state) {
    (void)state;
    static const char *const rows[] = {"\\d",  "\\w+", "a**",  "a*?",   "*a",          "(?:a)",
                                       "(*a)", "a{2}", "[a",   "[\\]]", "[[:alpha:]]", "(a",
                                       "a)",   "a\\",  "(|a)", "()",    "^*",          "a|*b"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Arena *a = arena_new();
        if (!pattern_refuse(a, rows[i])) fail_msg("\"%s\" is taken", rows[i]);
        arena_free(a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
