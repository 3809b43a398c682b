// SPDX-License-Identifier: 0BSD
// Philox against its published vectors, shuffles, first weights.
#include "check.h"
#include "../../runtime/runtime.h"
#include <math.h>

static void philox_gives_its_published_vectors(void **state) {
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint32_t out[4];
        philox4x32(vectors[i].counter, vectors[i].key, out);
        assert_memory_equal(out, vectors[i].out, sizeof out);
    }
}

static void shuffle_is_a_permutation(void **state) {
    enum { N = 1000 };
    static const uint32_t sizes[] = {1, 2, 3, N};
    uint32_t order[N];
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        char seen[N] = {0};
        random_shuffle(order, sizes[s], 7, 3);
        for (uint32_t i = 0; i < sizes[s]; i++) {
            assert_true(order[i] < sizes[s]);
            assert_int_equal(seen[order[i]]++, 0);
        }
    }
}

static void shuffle_follows_from_seed_and_epoch(void **state) {
    enum { N = 100 };
    uint32_t a[N], b[N];
    (void)state;
    random_shuffle(a, N, 1, 2);
    random_shuffle(b, N, 1, 2);
    assert_memory_equal(a, b, sizeof a);
    random_shuffle(b, N, 1, 3);
    assert_memory_not_equal(a, b, sizeof a);
    random_shuffle(b, N, 2, 2);
    assert_memory_not_equal(a, b, sizeof a);
}

static void shuffle_has_no_favourites(void **state) {
    enum { N = 4, DRAWS = 40000 };
    int count[N][N] = {{0}};
    uint32_t order[N];
    (void)state;
    for (uint32_t seed = 0; seed < DRAWS; seed++) {
        random_shuffle(order, N, seed, 0);
        for (int i = 0; i < N; i++) count[i][order[i]]++;
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) // deviation sqrt(40000 x 3/16) = 87
            assert_in_range(count[i][j], DRAWS / N - 400, DRAWS / N + 400);
}

enum { DRAWN = 100000 };
static float drawn[2 * DRAWN];

// Draws two weights of one initialiser; returns mean and deviation of the first.
static void draw(int64_t init, double a, double b, double *mean, double *deviation) {
    const CnnWeight weight[2] = {
        {.name = "w", .rank = 1, .count = DRAWN, .init = init, .a = a, .b = b},
        {.name = "v", .rank = 1, .count = DRAWN, .param = DRAWN, .init = init, .a = a, .b = b}};
    const CnnModel model = {.nweight = 2, .weight = weight};
    double sum = 0, square = 0;
    random_weights(&model, 5, drawn);
    for (int i = 0; i < DRAWN; i++) sum += drawn[i], square += (double)drawn[i] * drawn[i];
    *mean = sum / DRAWN;
    *deviation = sqrt(square / DRAWN - *mean * *mean);
}

static void initialisers_have_their_moments(void **state) {
    double mean, deviation;
    (void)state;
    draw(CNN_INIT_CONSTANT, 0.25, 0, &mean, &deviation);
    for (int i = 0; i < 2 * DRAWN; i++) assert_true(drawn[i] == 0.25f);

    draw(CNN_INIT_UNIFORM, -0.5, 1.5, &mean, &deviation);
    assert_true(fabs(mean - 0.5) < 0.01 && fabs(deviation - 2 / sqrt(12)) < 0.01);
    for (int i = 0; i < DRAWN; i++) assert_true(drawn[i] >= -0.5f && drawn[i] < 1.5f);
    assert_memory_not_equal(drawn, drawn + DRAWN, DRAWN * sizeof *drawn);

    draw(CNN_INIT_NORMAL, 1, 3, &mean, &deviation);
    assert_true(fabs(mean - 1) < 0.05 && fabs(deviation - 3) < 0.05);

    draw(CNN_INIT_TRUNCATED_NORMAL, 0, 1, &mean, &deviation);
    assert_true(fabs(mean) < 0.01 && fabs(deviation - 0.87962566) < 0.01);
    for (int i = 0; i < DRAWN; i++) assert_true(fabsf(drawn[i]) <= 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_its_published_vectors),
        cmocka_unit_test(shuffle_is_a_permutation),
        cmocka_unit_test(shuffle_follows_from_seed_and_epoch),
        cmocka_unit_test(shuffle_has_no_favourites),
        cmocka_unit_test(initialisers_have_their_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
