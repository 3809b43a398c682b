// SPDX-License-Identifier: MIT
// What an expression takes of a vector: subexpressions that are equal once, be they one object or two.
#include "step/expr.h"
#include "../runtime/check.h"

static Expr *square_plus(Arena *a, Expr *x, Expr *y) { // x x + y
    return expr_op2(a, E_ADD, expr_op2(a, E_MUL, x, x), y);
}

static void counts(const Expr *e, int operations, int divisions) {
    ExprWork w = expr_work(e);
    assert_int_equal(w.operations, operations);
    assert_int_equal(w.divisions, divisions);
}

static void leaves_are_free(void **state) {
    (void)state;
    Arena *a = arena_new();
    counts(expr_in(a, 0), 0, 0);
    counts(expr_const(a, 2), 0, 0);
    counts(expr_scalar(a, 1), 0, 0);
    arena_free(a);
}

static void a_product_is_added_with_its_sum(void **state) {
    (void)state;
    Arena *a = arena_new();
    counts(square_plus(a, expr_in(a, 0), expr_in(a, 1)), 1, 0);
    counts(expr_op2(a, E_SUB, expr_in(a, 0), expr_in(a, 1)), 1, 0);
    arena_free(a);
}

static void equal_ones_count_once(void **state) {
    (void)state;
    Arena *a = arena_new();
    Expr *root = expr_op1(a, E_SQRT, expr_in(a, 0)), *again = expr_op1(a, E_SQRT, expr_in(a, 0));
    Expr *other = expr_op1(a, E_SQRT, expr_in(a, 1));
    counts(expr_op2(a, E_SUB, root, again), 2, 1);
    counts(expr_op2(a, E_SUB, root, other), 3, 2);
    counts(expr_op2(a, E_DIV, root, again), 2, 2);
    assert_int_equal(expr_flops(expr_op2(a, E_SUB, root, again)), 3);
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_are_free),
        cmocka_unit_test(a_product_is_added_with_its_sum),
        cmocka_unit_test(equal_ones_count_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
