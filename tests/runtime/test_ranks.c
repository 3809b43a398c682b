// SPDX-License-Identifier: 0BSD
// Ranks without MPI: threads that hand each other's bytes over. Whatever the leaf tree is cut in, and whoever adds
// what, sums have the bits of one process; an error of one is everybody's.
#include "check.h"
#include "../../runtime/runtime.h"
#include <pthread.h>

// ---- ranks that are threads

enum { MOST = 9 };
static _Thread_local Ranks self;
static pthread_barrier_t met;
static const void *shown[MOST];
static int64_t number[MOST];

static void swap(const Ranks *r, const void *from, void *to, int64_t item, const int64_t *at,
                 const int64_t *count, int senders) {
    shown[r->own] = from;
    pthread_barrier_wait(&met);
    for (int q = 0; q < senders; q++)
        memcpy((char *)to + q * count[r->own] * item, (const char *)shown[q] + at[r->own] * item,
               (size_t)(count[r->own] * item));
    pthread_barrier_wait(&met);
}

static void collect(const Ranks *r, void *all, int64_t item, const int64_t *at,
                    const int64_t *count) {
    shown[r->own] = all;
    pthread_barrier_wait(&met);
    for (int q = 0; q < r->n; q++)
        if (q != r->own && count[q])
            memcpy((char *)all + at[q] * item, (const char *)shown[q] + at[q] * item,
                   (size_t)(count[q] * item));
    pthread_barrier_wait(&met);
}

static void largest(int64_t *value) {
    number[self.own] = *value;
    pthread_barrier_wait(&met);
    for (int q = 0; q < self.n; q++) *value = number[q] > *value ? number[q] : *value;
    pthread_barrier_wait(&met);
}

static void spread(void *at, int64_t item, int64_t count, int from) {
    shown[self.own] = at;
    pthread_barrier_wait(&met);
    if (self.own != from && count) memcpy(at, shown[from], (size_t)(item * count));
    pthread_barrier_wait(&met);
}

static _Thread_local int given_n, given_own;
static bool start(Ranks *r, CnnError *error) {
    (void)error;
    r->n = given_n;
    r->own = given_own;
    return true;
}

static void stop(void) {}

static const CnnRanks by_threads = {.start = start,
                                    .stop = stop,
                                    .swap = swap,
                                    .collect = collect,
                                    .largest = largest,
                                    .spread = spread};

typedef struct Rank {
    int n, own;
    void (*run)(const Ranks *r, void *of);
    void *of;
} Rank;

static void *be_rank(void *of) {
    const Rank *rank = of;
    CnnError error;
    given_n = rank->n;
    given_own = rank->own;
    if (!ranks_start(&self, &by_threads, &error)) abort();
    rank->run(&self, rank->of);
    ranks_stop(&self);
    return NULL;
}

static void run_ranks(int n, void (*run)(const Ranks *r, void *of), void *of) {
    pthread_t thread[MOST];
    Rank rank[MOST];
    pthread_barrier_init(&met, NULL, (unsigned)n);
    for (int i = 0; i < n; i++) {
        rank[i] = (Rank){n, i, run, of};
        assert_int_equal(pthread_create(&thread[i], NULL, be_rank, &rank[i]), 0);
    }
    for (int i = 0; i < n; i++) pthread_join(thread[i], NULL);
    pthread_barrier_destroy(&met);
}

// ---- the tree, cut

static void add_text(void *into, const void *from, int64_t first, int64_t end) {
    char sum[256];
    (void)first, (void)end;
    snprintf(sum, sizeof sum, "(%.100s%.100s)", (char *)into, (const char *)from);
    strcpy(into, sum);
}

static void write_number(void *of, int64_t leaf, char *block) {
    (void)of;
    sprintf(block, "%d.", (int)leaf);
}

static void a_cut_tree_is_the_whole_one(void **state) {
    enum { LEAVES = 21, BLOCK = 256 };
    static char whole[LEAVES][BLOCK], root[LEAVES][BLOCK], stack[LEAVES][BLOCK];
    Reduction r = {write_number, NULL, add_text, 1, BLOCK};
    (void)state;
    for (int leaves = 1; leaves <= LEAVES; leaves++) {
        for (int i = 0; i < leaves; i++) write_number(NULL, i, whole[i]);
        gather(&r, whole[0], leaves, 0, 1);
        for (int most = 1; most <= LEAVES; most++) {
            int64_t first[LEAVES + 1], largest_part = 0;
            int n = reduce_cut(leaves, most, first);
            assert_int_equal(n, most < leaves ? most : leaves);
            assert_int_equal(first[0], 0);
            assert_int_equal(first[n], leaves);
            for (int i = 0; i < n; i++) {
                int64_t size = first[i + 1] - first[i];
                assert_true(size > 0);
                largest_part = size > largest_part ? size : largest_part;
                reduce(&r, first[i], first[i + 1], root[i], stack[0]);
            }
            gather_cut(&r, root[0], first, n, 0, 1);
            assert_string_equal(root[0], whole[0]);
            Ranks ranks = {.n = most};
            assert_true(largest_part <= ranks_most(&ranks, leaves));
        }
    }
}

static void a_cut_is_even(void **state) {
    static const struct {
        int64_t leaves;
        int ranks;
        int64_t first[6];
    } cases[] = {{8, 2, {0, 4, 8}},          {8, 3, {0, 2, 4, 8}},      {8, 4, {0, 2, 4, 6, 8}},
                 {7, 2, {0, 4, 7}},          {7, 3, {0, 2, 4, 7}},      {1, 3, {0, 1}},
                 {8, 5, {0, 1, 2, 4, 6, 8}}, {3750, 2, {0, 2048, 3750}}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t first[8];
        int n = reduce_cut(cases[i].leaves, cases[i].ranks, first);
        assert_memory_equal(first, cases[i].first, (size_t)(n + 1) * sizeof *first);
    }
}

// ---- sums

enum { LEAVES = 11, DOUBLES = 9, FLOATS = 5000, BYTES = 128 + FLOATS * 4 + 128 };
typedef struct Work {
    int64_t doubles, floats;
    char *expected; // BYTES
} Work;

static void fill(void *of, int64_t leaf, char *block) {
    const Work *w = of;
    int64_t heads = ceil_div(w->doubles, 8) * 64;
    Stream stream = stream_start(7, 0, (uint32_t)leaf, 99);
    memset(block, 0, BYTES);
    for (int64_t i = 0; i < w->doubles; i++) ((double *)(void *)block)[i] = stream_normal(&stream);
    for (int64_t i = 0; i < w->floats; i++)
        ((float *)(void *)(block + heads))[i] = (float)stream_normal(&stream);
}

static _Thread_local const Work *adding;
static void add(void *into, const void *from, int64_t first, int64_t end) {
    (void)first, (void)end;
    int64_t heads = ceil_div(adding->doubles, 8) * 64;
    reduce_doubles(into, from, 0, adding->doubles);
    reduce_floats((char *)into + heads, (const char *)from + heads, 0, adding->floats);
}

static void sum_up(const Work *w, int64_t first, int64_t end, char *root) {
    char *stack = calloc(8, BYTES);
    Reduction r = {fill, (void *)(uintptr_t)w, add, 1, BYTES};
    adding = w;
    reduce(&r, first, end, root, stack);
    free(stack);
}

static void add_own_part(const Ranks *r, void *of) {
    const Work *w = of;
    int64_t first[MOST + 1], bytes = ceil_div(w->doubles, 8) * 64 + w->floats * 4;
    Cut cut = {.first = first};
    char *own = calloc(2, BYTES), *room = malloc((size_t)ranks_room(r, w->doubles, w->floats));
    ranks_cut(r, LEAVES, &cut);
    int part = r->own < cut.n ? r->own : cut.n - 1;
    sum_up(w, first[part], first[part + 1], own);
    ranks_add(r, &cut, &(RankSums){own, w->doubles, w->floats}, room);
    if (memcmp(own, w->expected, (size_t)bytes) != 0) abort();
    free(own);
    free(room);
}

static void sums_have_the_bits_of_one_process(void **state) {
    static const int64_t floats[] = {0, 1, 16, 900, 1100, FLOATS};
    (void)state;
    for (size_t f = 0; f < sizeof floats / sizeof *floats; f++)
        for (int64_t doubles = 0; doubles <= DOUBLES; doubles += 3) {
            Work w = {doubles, floats[f], calloc(1, BYTES)};
            sum_up(&w, 0, LEAVES, w.expected);
            for (int n = 2; n <= MOST; n++) run_ranks(n, add_own_part, &w);
            free(w.expected);
        }
}

// ---- agreeing

static void disagree(const Ranks *r, void *of) {
    const int *fails = of;
    CnnError error = {0};
    char said[64];
    bool ok = !(*fails >> r->own & 1) || cnn_fail(&error, 1 + r->own, "rank %d's own", r->own);
    int first = 0;
    while (!(*fails >> first & 1)) first++;
    if (ranks_agree(r, ok, &error)) abort();
    snprintf(said, sizeof said, "rank %d's own", first);
    if (error.code != 1 + first || !strstr(error.text, said)) abort();
    if (first > 0) snprintf(said, sizeof said, "rank %d of 3, on ", first);
    if (strncmp(error.text, said, strlen(said)) != 0) abort();
    if (ranks_agree(r, true, &error)) abort(); // without the others
}

static void agree(const Ranks *r, void *of) {
    CnnError error = {0};
    char text[200];
    (void)of;
    if (!ranks_agree(r, true, &error)) abort();
    if (ranks_largest(r, r->own == 1 ? 15 : 0) != 15) abort();
    memset(text, 'a' + r->own, sizeof text);
    ranks_spread(r, text, sizeof text);
    for (size_t i = 0; i < sizeof text; i++)
        if (text[i] != 'a') abort();
}

static void an_error_of_one_is_everybodys(void **state) {
    (void)state;
    for (int fails = 1; fails < 8; fails++) run_ranks(3, disagree, &fails);
    run_ranks(3, agree, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_tree_is_the_whole_one),
        cmocka_unit_test(a_cut_is_even),
        cmocka_unit_test(sums_have_the_bits_of_one_process),
        cmocka_unit_test(an_error_of_one_is_everybodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
