// SPDX-License-Identifier: 0BSD
// scikit-learn's scalers, to the bit: scaled_cases.def has rows, and what they make of them after a fit to the first
// eight. Only lengths of rows, which numpy adds up in an order of its own and in their type, differ in their last bits.
#include "check.h"
#include "../../runtime/data/array.h"
#include <math.h>

enum { ROWS = 9, COLUMNS = 4, FITTED = 8, VALUES = ROWS * COLUMNS };

typedef struct Case {
    bool normalizes;
    int64_t type;
    double setting[FIT_SETTINGS];
    double expected[VALUES];
} Case;

static const struct {
    int64_t type;
    double value[VALUES];
} rows_of[] = {
#define ROWS(type, ...) {type, __VA_ARGS__},
#define SCALED(...)
#define NORMALIZED(...)
#include "scaled_cases.def"
#undef ROWS
#undef SCALED
#undef NORMALIZED
};

static const Case cases[] = {
#define ROWS(...)
#define SCALED(type, op, centres, divides, low, high, ...)                                         \
    {false, type, {op, centres, divides, low, high}, __VA_ARGS__},
#define NORMALIZED(type, op, ...) {true, type, {op}, __VA_ARGS__},
#include "scaled_cases.def"
#undef ROWS
};

static void run(const Case *c, double *to) {
    double value[VALUES], first[] = {0, 1};
    const double how[5] = {c->setting[FIT_OP] == FIT_RANGE, c->setting[FIT_OP] == FIT_STANDARD};
    memcpy(value, rows_of[c->type == CNN_F4].value, sizeof value);
    for (int i = 0; i < VALUES; i++)
        if (c->normalizes && isnan(value[i])) value[i] = 0;
    const CnnArray rows = {.of = &array_listed,
                           .type = c->type,
                           .rank = 2,
                           .dim = {ROWS, COLUMNS},
                           .number = value},
                   *of_rows[] = {&rows};
    CnnArray some = rows, found = rows, made = rows;
    const CnnArray *of_some[] = {&some}, *of_both[] = {&rows, &found};
    some.of = &array_slice, some.ninput = 1, some.input = of_rows, some.dim[0] = FITTED;
    some.number = first;
    found = (CnnArray){.of = &array_fitted,
                       .type = CNN_F8,
                       .rank = 3,
                       .dim = {1, 2, COLUMNS},
                       .ninput = 1,
                       .input = of_some,
                       .number = c->setting,
                       .one = 1};
    made.of = c->normalizes ? &array_normalized : &array_scaled;
    made.ninput = c->normalizes ? 1 : 2;
    made.input = c->normalizes ? of_rows : of_both;
    made.number = c->normalizes ? c->setting : how;
    CnnError error = {0};
    assert_true(array_values(&made, NULL, to, &error));
}

static void rows_are_scaled_as_scikit_learn_does(void **state) {
    double seen[VALUES];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *c = &cases[i];
        double share = !c->normalizes ? 0 : c->type == CNN_F4 ? 2e-7 : 4e-16;
        run(c, seen);
        for (int k = 0; k < VALUES; k++) {
            double wanted = c->expected[k], most = share * fabs(wanted);
            bool same = isnan(wanted) ? isnan(seen[k]) : fabs(seen[k] - wanted) <= most;
            if (!same) fail_msg("case %zu, value %d: %a and not %a", i, k, seen[k], wanted);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_are_scaled_as_scikit_learn_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
