// SPDX-License-Identifier: 0BSD
// Rows that are made ahead of use: the right ones, in any order, by any number of threads, around the ring; from the
// start again; and up to the first that cannot be made. ThreadSanitizer looks at it, too.
#include "check.h"
#include "../../runtime/data/ahead.h"
#include <stdatomic.h>

enum { ROWS = 3000, VALUES = 3, BIG = 1 << 24 }; // BIG: bytes of a slot, so that the ring has few

static const int threads[] = {1, 2, 5};
static int64_t bad = -1; // this row cannot be made
static atomic_llong made; // rows, so far

static bool number_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                        CnnError *error) {
    for (int64_t i = 0; i < n; i++) {
        if (row[i] == bad) return cnn_fail(error, CNN_REFUSED, "row %d", (int)row[i]);
        for (int64_t k = 0; k < a->values; k++) to[i * a->values + k] = (double)(10 * row[i] + k);
    }
    atomic_fetch_add(&made, n);
    return true;
}

static bool put(const void *context, int64_t row, const double *value, void *to, CnnError *error) {
    (void)row;
    if (context && row == *(const int64_t *)context)
        return cnn_fail(error, CNN_REFUSED, "value of row %d", (int)row);
    for (int k = 0; k < VALUES; k++) ((float *)to)[k] = (float)value[k];
    return true;
}

static const CnnArrayClass numbers = {.rows = number_rows};
static const CnnArray described = {.of = &numbers, .rank = 2, .dim = {ROWS, VALUES}};

typedef struct Case {
    Arrays all;
    Array a;
    Ahead *ahead;
} Case;

static void start(Case *c, int nthread, int64_t bytes, const int64_t *refused) {
    CnnError error = {0};
    c->all = (Arrays){.threads = nthread};
    c->a = (Array){.of = &described, .rows = ROWS, .values = VALUES};
    c->ahead = ahead_new(&c->all, &c->a, bytes, put, refused, &error);
    assert_non_null(c->ahead);
}

static void begin(Case *c, int64_t base, const uint32_t *order, int64_t first, int64_t end,
                  int64_t most) {
    CnnError error = {0};
    if (!c->ahead->begin(c->ahead, base, order, first, end, most, &error))
        fail_msg("%s", error.text);
}

static void holds(const Case *c, int64_t place, int64_t row) {
    const void *at = c->ahead->ring + place % c->ahead->slots * c->ahead->bytes;
    for (int k = 0; k < VALUES; k++)
        assert_int_equal((int64_t)((const float *)at)[k], 10 * row + k);
}

static void take(Case *c, int64_t first, int64_t n, int64_t base, const uint32_t *order) {
    CnnError error = {0};
    if (!c->ahead->need(c->ahead, first, n, &error)) fail_msg("%s", error.text);
    for (int64_t i = first; i < first + n; i++) holds(c, i, base + (order ? order[i] : i));
}

static void rows_come_in_any_order(void **state) {
    static uint32_t order[ROWS];
    (void)state;
    random_shuffle(order, ROWS, 4, 1);
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        Case c;
        start(&c, threads[t], VALUES * 4, NULL);
        begin(&c, 0, NULL, 0, ROWS, 64);
        for (int64_t i = 0; i < ROWS; i += 64) take(&c, i, i + 64 < ROWS ? 64 : ROWS - i, 0, NULL);
        begin(&c, 0, order, 0, ROWS, 50);
        for (int64_t i = 0; i < ROWS; i += 50) take(&c, i, 50, 0, order);
        begin(&c, 1000, NULL, 30, 900, 7); // a part, from within it on, left before its end
        for (int64_t i = 30; i < 700; i += 7) take(&c, i, 7, 1000, NULL);
        begin(&c, 0, order, 10, 20, 10);
        take(&c, 10, 10, 0, order);
        ahead_free(c.ahead);
    }
}

static void the_ring_goes_round(void **state) {
    (void)state;
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        Case c;
        start(&c, threads[t], BIG, NULL);
        begin(&c, 0, NULL, 0, 50, 3);
        assert_int_equal(c.ahead->slots, 6);
        atomic_store(&made, 0);
        take(&c, 0, 3, 0, NULL);
        assert_true(atomic_load(&made) <= 6); // no more than there is room for
        for (int64_t i = 3; i < 48; i += 3) take(&c, i, 3, 0, NULL);
        take(&c, 9, 3, 0, NULL); // back, and on from there
        for (int64_t i = 12; i < 48; i += 3) take(&c, i, 3, 0, NULL);
        take(&c, 48, 2, 0, NULL);
        begin(&c, 0, NULL, 0, 50, 5);
        assert_int_equal(c.ahead->slots, 10);
        for (int64_t i = 0; i < 50; i += 5) take(&c, i, 5, 0, NULL);
        begin(&c, 0, NULL, 0, 50, 5); // and is left with work under way
        ahead_free(c.ahead);
    }
}

// All before the first bad one are there, whoever makes them; those behind are not waited for.
static void the_first_bad_row_ends_it(void **state) {
    static const int64_t refused = 1001;
    CnnError error = {0};
    (void)state;
    for (int by_put = 0; by_put < 2; by_put++)
        for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
            Case c;
            bad = by_put ? -1 : refused;
            start(&c, threads[t], VALUES * 4, by_put ? &refused : NULL);
            begin(&c, 0, NULL, 0, ROWS, 7);
            for (int64_t i = 0; i < refused; i += 7) take(&c, i, 7, 0, NULL);
            for (int again = 0; again < 2; again++) {
                assert_false(c.ahead->need(c.ahead, refused, 7, &error));
                assert_string_equal(error.text, by_put ? "value of row 1001" : "row 1001");
            }
            take(&c, 994, 7, 0, NULL); // what was there can be had again
            bad = -1;
            begin(&c, 1002, NULL, 0, 100, 7); // and another pass begins afresh
            take(&c, 0, 7, 1002, NULL);
            ahead_free(c.ahead);
        }
    bad = -1;
}

// Each pass says so; none waits for rows that nobody makes.
static void without_memory_no_pass_begins(void **state) {
    Case c;
    (void)state;
    start(&c, 2, VALUES * 4, NULL);
    c.a.values = INT64_MAX / (int64_t)sizeof(double);
    for (int again = 0; again < 2; again++) {
        CnnError error = {0};
        bool begun = c.ahead->begin(c.ahead, 0, NULL, 0, ROWS, 7, &error);
        assert_false(begun && c.ahead->need(c.ahead, 0, 7, &error));
        assert_non_null(strstr(error.text, "out of memory: a part of the data"));
    }
    c.a.values = VALUES;
    begin(&c, 0, NULL, 0, ROWS, 7);
    take(&c, 0, 7, 0, NULL);
    ahead_free(c.ahead);
}

static void a_row_can_be_had_alone(void **state) {
    CnnError error = {0};
    float to[VALUES];
    Case c;
    (void)state;
    start(&c, 2, VALUES * 4, NULL);
    assert_true(c.ahead->row(c.ahead, 12, to, &error));
    assert_int_equal((int)to[2], 122);
    bad = 12;
    assert_false(c.ahead->row(c.ahead, 12, to, &error));
    bad = -1;
    ahead_free(c.ahead); // without a pass
}

static bool sum_tiny(void *context, int64_t first, int64_t n, const double *value,
                     CnnError *error) {
    (void)first, (void)error;
    for (int64_t i = 0; i < n * VALUES; i++)
        if ((float)(value[i] * 1e-42) > 0) atomic_fetch_add((atomic_llong *)context, 1);
    return true;
}

// Data are what numpy says, whatever a pool does to denormals for the training's sake.
static void denormals_stay(void **state) {
    Case c;
    (void)state;
    for (int nthread = 1; nthread < 4; nthread++) {
        CnnError error = {0};
        atomic_llong tiny = 0;
        start(&c, nthread, VALUES * 4, NULL);
        assert_true(array_walk(&c.a, nthread, sum_tiny, &tiny, &error));
        assert_int_equal(atomic_load(&tiny), ROWS * VALUES - 1); // but 0
        ahead_free(c.ahead);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_in_any_order),
        cmocka_unit_test(the_ring_goes_round),
        cmocka_unit_test(the_first_bad_row_ends_it),
        cmocka_unit_test(without_memory_no_pass_begins),
        cmocka_unit_test(a_row_can_be_had_alone),
        cmocka_unit_test(denormals_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
