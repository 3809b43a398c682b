// SPDX-License-Identifier: MIT
// The list of families is whole: every row belongs to its family and can do what is asked of it, names
// are names of one, and the passes of all stand among the plan's.
#include "plan/plan.h"
#include "../runtime/check.h"
#include <string.h>

static void rows_are_whole(void **state) {
    (void)state;
    for (const Family *const *f = families; *f; f++) {
        assert_non_null((*f)->row[0]);
        for (const Variant *const *v = (*f)->row; *v; v++) {
            assert_ptr_equal((*v)->family, *f);
            assert_true((*v)->name && (*v)->why);
            assert_true((*v)->match && (*v)->cost && (*v)->emit);
            assert_true(!(*v)->rewrites || (*f)->scattering || (*f)->gathered);
        }
    }
}

static void names_are_of_one(void **state) {
    (void)state;
    const Variant *v;
    for (int i = 0; (v = variant_at(i)); i++) assert_ptr_equal(variant_find(v->name), v);
    assert_ptr_equal(variant_at(0), &row_plain);
    assert_null(variant_find("no such row"));
}

static bool among(const PlanPass *pass, const PlanPass *all, int n) {
    for (int i = 0; i < n; i++)
        if (!strcmp(all[i].name, pass->name)) return all[i].run == pass->run && pass->rewrites;
    return false;
}

static void passes_are_the_plans(void **state) {
    (void)state;
    PlanPass all[MAX_PASSES];
    int n = plan_passes(all);
    for (const Family *const *f = families; *f; f++) {
        for (const PlanPass *p = (*f)->scattering; p && p->name; p++) assert_true(among(p, all, n));
        for (const PlanPass *p = (*f)->gathered; p && p->name; p++) assert_true(among(p, all, n));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_are_whole),
                                       cmocka_unit_test(names_are_of_one),
                                       cmocka_unit_test(passes_are_the_plans)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
