// SPDX-License-Identifier: 0BSD
// Philox against its published vectors, shuffles, first weights.
#include "check.h"
#include "../../runtime/runtime.h"
#include <math.h>
#include <string.h>

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
        {.name = "w", .rank = 1, .count = DRAWN, .init = init, .a = a, .b = b, .seed = -1},
        {.name = "v",
         .rank = 1,
         .count = DRAWN,
         .param = DRAWN,
         .init = init,
         .a = a,
         .b = b,
         .seed = -1}};
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

// One weight of a shape, drawn with the run's seed `seed` and its own.
static void draw_matrix(int64_t init, int64_t rows, int64_t columns, double a, int64_t own,
                        uint32_t seed) {
    const CnnWeight weight = {.name = "w",
                              .rank = 2,
                              .dim = {rows, columns},
                              .count = rows * columns,
                              .init = init,
                              .a = a,
                              .b = 1,
                              .seed = own};
    random_weights(&(CnnModel){.nweight = 1, .weight = &weight}, seed, drawn);
}

static double product(int64_t n, int64_t step, int64_t next, int64_t i, int64_t j) {
    double sum = 0;
    for (int64_t k = 0; k < n; k++)
        sum += (double)drawn[i * next + k * step] * drawn[j * next + k * step];
    return sum;
}

static void orthogonal_vectors_are_orthogonal(void **state) {
    static const int64_t shape[][2] = {{90, 40}, {40, 90}, {64, 64}, {1, 7}, {7, 1}, {1, 1}};
    (void)state;
    for (size_t s = 0; s < sizeof shape / sizeof *shape; s++) {
        int64_t rows = shape[s][0], columns = shape[s][1];
        bool tall = rows >= columns;
        draw_matrix(CNN_INIT_ORTHOGONAL, rows, columns, 3, -1, 5);
        for (int64_t i = 0; i < (tall ? columns : rows); i++)
            for (int64_t j = 0; j <= i; j++) {
                double p =
                    product(tall ? rows : columns, tall ? columns : 1, tall ? 1 : columns, i, j);
                assert_true(fabs(p - (i == j ? 9 : 0)) < 1e-5);
            }
    }
}

// Of 2 x 2 the first column's angle is uniform, and rotations are as likely as reflections.
static void orthogonal_matrices_are_equally_likely(void **state) {
    enum { DRAWS = 20000 };
    int quadrant[4] = {0}, rotations = 0;
    (void)state;
    for (uint32_t seed = 0; seed < DRAWS; seed++) {
        draw_matrix(CNN_INIT_ORTHOGONAL, 2, 2, 1, -1, seed);
        quadrant[2 * (drawn[0] < 0) + (drawn[2] < 0)]++;
        rotations += drawn[0] * drawn[3] - drawn[1] * drawn[2] > 0;
    }
    for (int q = 0; q < 4; q++) assert_in_range(quadrant[q], DRAWS / 4 - 300, DRAWS / 4 + 300);
    assert_in_range(rotations, DRAWS / 2 - 350, DRAWS / 2 + 350);
}

static void identity_has_a_diagonal(void **state) {
    (void)state;
    draw_matrix(CNN_INIT_IDENTITY, 3, 5, 2, -1, 0);
    for (int i = 0; i < 15; i++) assert_true(drawn[i] == (i / 5 == i % 5 ? 2 : 0));
}

// A seed of its own chooses the numbers, whatever the run's; the streams are apart.
static void a_seed_chooses_the_stream(void **state) {
    float first[6];
    (void)state;
    draw_matrix(CNN_INIT_NORMAL, 2, 3, 0, 7, 1);
    memcpy(first, drawn, sizeof first);
    draw_matrix(CNN_INIT_NORMAL, 2, 3, 0, 7, 2);
    assert_memory_equal(first, drawn, sizeof first);
    draw_matrix(CNN_INIT_NORMAL, 2, 3, 0, 8, 2);
    assert_memory_not_equal(first, drawn, sizeof first);
    draw_matrix(CNN_INIT_NORMAL, 2, 3, 0, -1, 7);
    assert_memory_not_equal(first, drawn, sizeof first);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_its_published_vectors),
        cmocka_unit_test(shuffle_is_a_permutation),
        cmocka_unit_test(shuffle_follows_from_seed_and_epoch),
        cmocka_unit_test(shuffle_has_no_favourites),
        cmocka_unit_test(initialisers_have_their_moments),
        cmocka_unit_test(orthogonal_vectors_are_orthogonal),
        cmocka_unit_test(orthogonal_matrices_are_equally_likely),
        cmocka_unit_test(identity_has_a_diagonal),
        cmocka_unit_test(a_seed_chooses_the_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
