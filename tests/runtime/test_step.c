// SPDX-License-Identifier: 0BSD
// The tree over leaves, and steps whose bits are the same for any number of threads, of which there
// are no more than can be of use.
#define _GNU_SOURCE // CPU_SET_S
#include "check.h"
#include "../../runtime/engine/pin.h"
#include "../../runtime/runtime.h"
#include "mock_model.h"
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

// "Adds" leaves as text, so that the result shows the tree.
static void add_text(void *into, const void *from, int64_t first, int64_t end) {
    char sum[256];
    (void)first, (void)end;
    snprintf(sum, sizeof sum, "(%.100s%.100s)", (char *)into, (const char *)from);
    strcpy(into, sum);
}

static void the_tree_depends_on_the_leaves_alone(void **state) {
    static const char *const tree[] = {"",
                                       "0",
                                       "(01)",
                                       "((01)2)",
                                       "((01)(23))",
                                       "(((01)(23))4)",
                                       "(((01)(23))(45))",
                                       "(((01)(23))((45)6))"};
    (void)state;
    for (int n = 1; n <= 7; n++) {
        char block[7][256];
        for (int i = 0; i < n; i++) sprintf(block[i], "%d", i);
        Reduction r = {.add = add_text, .units = 1, .stride = sizeof *block};
        gather(&r, block[0], n, 0, 1);
        assert_string_equal(block[0], tree[n]);
    }
}

static void write_number(void *of, int64_t leaf, char *block) {
    (void)of;
    sprintf(block, "%d", (int)leaf);
}

// Whatever subtrees the leaves are cut in, and whoever reduces them, what is gathered is the same tree.
static void subtrees_are_parts_of_the_tree(void **state) {
    enum { LEAVES = 11, BLOCK = 256 };
    static char whole[LEAVES][BLOCK], root[LEAVES][BLOCK], stack[LEAVES][BLOCK];
    Reduction r = {write_number, NULL, add_text, 1, BLOCK};
    (void)state;
    for (int n = 1; n <= LEAVES; n++) {
        for (int i = 0; i < n; i++) write_number(NULL, i, whole[i]);
        gather(&r, whole[0], n, 0, 1);
        for (int size = 1; size < 2 * n; size *= 2) {
            int roots = (n + size - 1) / size;
            for (int i = roots; i-- > 0;) // in any order
                reduce(&r, i * size, (i + 1) * size < n ? (i + 1) * size : n, root[i], stack[0]);
            gather(&r, root[0], roots, 0, 1);
            assert_string_equal(root[0], whole[0]);
        }
    }
}

static void subtrees_balance(void **state) {
    static const struct {
        int64_t leaves;
        int threads;
        int64_t size;
    } cases[] = {{8, 1, 8}, {8, 2, 2},   {8, 3, 1},  {8, 4, 1},   {7, 2, 2},
                 {1, 4, 1}, {33, 1, 64}, {33, 2, 8}, {64, 2, 16}, {3750, 2, 256}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(reduce_size(cases[i].leaves, cases[i].threads, NULL), cases[i].size);
    for (int64_t leaves = 1; leaves < 200; leaves++)
        for (int threads = 1; threads < 20; threads++) {
            Subtrees s = reduce_subtrees(leaves, threads);
            assert_int_equal(s.size & (s.size - 1), 0);
            for (int64_t fewer = 1; fewer <= leaves; fewer++) { // in the room for these
                int64_t size = reduce_size(fewer, threads, &s);
                assert_true(size <= s.size && (fewer + size - 1) / size <= s.roots);
            }
        }
}

static void leaves_are_those_of_the_batch(void **state) {
    static const int64_t always[CNN_LEAVES], from[CNN_LEAVES] = {0, 0, 32, 64, 128};
    static const struct {
        int64_t batch, leaf;
    } cases[] = {{0, 2},  {1, 2},   {31, 2},   {32, 4},   {63, 4},
                 {64, 8}, {127, 8}, {128, 16}, {9999, 16}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(reduce_leaf(from, cases[i].batch), cases[i].leaf);
        assert_int_equal(reduce_leaf(always, cases[i].batch), CNN_LEAF);
    }
}

#ifdef __SANITIZE_THREAD__ // which takes a hundred times as long, and looks at what may happen
enum { SAMPLES = 48, STEPS = 3 };
static const int64_t batches[] = {40};
static const int threads[] = {3, 16};
#else
enum { SAMPLES = 300, STEPS = 3 };
static const int64_t batches[] = {21, 16, 113, 128, 290, 2};
static const int threads[] = {2, 3, 7, 16, 64};
#endif
typedef struct Outcome {
    float *params;
    double sums[STEPS][2], means[2];
} Outcome;

static Outcome run(int nthread, int64_t leaf, int64_t batch, const Samples *samples) {
    CnnError error = {0};
    Engine e;
    Outcome o;
    size_t bytes = (size_t)mock_model.param_floats * sizeof(float);
    CnnModel model = mock_model;
    for (int i = 0; i < CNN_LEAVES; i++) model.leaf_from[i] = 1 << i > leaf ? INT64_MAX : 0;
    if (!engine_new(&e, &model, &ranks_alone, (Threads){.n = nthread}, batch, INFER_ROWS, &error))
        fail_msg("%s", error.text);
    assert_int_equal(e.run.leaf_samples, leaf);
    random_weights(&mock_model, 1, e.run.params);
    for (uint32_t step = 0; step < STEPS; step++) {
        int64_t n = step == 2 ? batch - batch / 3 : batch; // a short last batch
        memcpy(o.sums[step], engine_step(&e, samples, step, n, 0, step), sizeof o.sums[step]);
    }
    if (!evaluate_samples(&e, samples, o.means, NULL, NULL, &error)) fail_msg("%s", error.text);
    o.params = malloc(bytes);
    memcpy(o.params, e.run.params, bytes);
    engine_free(&e);
    return o;
}

static void bits_do_not_depend_on_threads(void **state) {
    static uint8_t pixel[SAMPLES * 784], label[SAMPLES];
    static uint32_t order[SAMPLES];
    (void)state;
    Stream stream = stream_start(3, 0, 0, 99);
    for (int i = 0; i < SAMPLES * 784; i++) pixel[i] = (uint8_t)(stream_next(&stream) >> 24);
    for (int i = 0; i < SAMPLES; i++) label[i] = (uint8_t)(stream_next(&stream) % 10);
    random_shuffle(order, SAMPLES, 1, 1);
    Samples samples = {.n = SAMPLES, .pixel = pixel, .label = label, .order = order};
    for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
        int64_t leaf = 1 << (b % CNN_LEAVES); // 16 of 290
        Outcome one = run(1, leaf, batches[b], &samples);
        for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
            Outcome many = run(threads[t], leaf, batches[b], &samples);
            assert_memory_equal(one.sums, many.sums, sizeof one.sums);
            assert_memory_equal(one.means, many.means, sizeof one.means);
            assert_memory_equal(one.params, many.params,
                                (size_t)mock_model.param_floats * sizeof(float));
            free(many.params);
        }
        free(one.params);
    }
}

// ---- two phases over leaves, each with sums of its own, as text; the loss is the second one's

typedef struct Texts {
    char sum[2][256];
    double loss, accuracy;
} Texts;
static const char *const seven = "(((01)(23))((45)6))";

static void first_leaf(const CnnRun *run, int64_t first, int64_t index, int64_t n, const float *x,
                       const void *y, void *block, void *scratch, const CnnTeam *team) {
    (void)run, (void)n, (void)x, (void)y, (void)scratch, (void)index, (void)team;
    sprintf(((Texts *)block)->sum[0], "%d", (int)(first / CNN_LEAF));
}

static void second_leaf(const CnnRun *run, int64_t first, int64_t index, int64_t n, const float *x,
                        const void *y, void *block, void *scratch, const CnnTeam *team) {
    Texts *own = block;
    (void)x, (void)y, (void)scratch, (void)index, (void)team;
    sprintf(own->sum[1], "%d", (int)(first / CNN_LEAF));
    own->loss = strcmp(((const Texts *)run->leaf)->sum[0], seven) == 0; // all of the first is there
    own->accuracy = (double)n;
}

static void add_first(void *into, const void *from, int64_t first, int64_t end) {
    add_text(((Texts *)into)->sum[0], ((const Texts *)from)->sum[0], first, end);
}

static void add_second(void *into, const void *from, int64_t first, int64_t end) {
    Texts *a = into;
    const Texts *b = from;
    add_text(a->sum[1], b->sum[1], first, end);
    a->loss += b->loss;
    a->accuracy += b->accuracy;
}

static void nothing(const CnnRun *run, int64_t first, int64_t end, void *scratch) {
    (void)run, (void)first, (void)end, (void)scratch;
}

static void each_phase_has_its_sums(void **state) {
    static float x[7 * CNN_LEAF * 784];
    static int32_t y[7 * CNN_LEAF];
    static const CnnPhase phases[] = {
        {.kind = CNN_BY_LEAF, .by_leaf = first_leaf, .sum_units = 1, .sum = add_first},
        {.kind = CNN_BY_UNIT, .units = 1, .by_unit = nothing},
        {.kind = CNN_BY_LEAF,
         .by_leaf = second_leaf,
         .sum_units = 1,
         .has_loss = 1,
         .loss_at = offsetof(Texts, loss),
         .sum = add_second},
    };
    CnnModel model = mock_model;
    model.phase = phases;
    model.nphase = 3;
    model.leaf_bytes = sizeof(Texts);
    (void)state;
    for (int nthread = 1; nthread <= 8; nthread++) {
        CnnError error = {0};
        Engine e;
        Samples samples = {.n = 7 * CNN_LEAF, .x = x, .y = y};
        assert_true(engine_new(&e, &model, &ranks_alone, (Threads){.n = nthread}, 7 * CNN_LEAF,
                               INFER_ROWS, &error));
        const double *sums = engine_step(&e, &samples, 0, 7 * CNN_LEAF - 3, 0, 0);
        assert_true(sums[0] == 7 && sums[1] == 7 * CNN_LEAF - 3);
        for (int i = 0; i < 2; i++) assert_string_equal(((const Texts *)e.run.leaf)->sum[i], seven);
        engine_free(&e);
    }
}

// ---- units: each runs once a step, whoever takes it

enum { MOST_UNITS = 900 };
static atomic_int times[MOST_UNITS];

static void count_units(const CnnRun *run, int64_t first, int64_t end, void *scratch) {
    (void)run, (void)scratch;
    assert_true(0 <= first && first < end && end <= MOST_UNITS);
    for (int64_t i = first; i < end; i++) atomic_fetch_add(&times[i], 1);
}

static void each_unit_runs_once_a_step(void **state) {
    static float x[CNN_LEAF * 784];
    static int32_t y[CNN_LEAF];
    static const int units[] = {1, 2, 7, 64, MOST_UNITS};
    CnnPhase phase[3] = {mock_model.phase[0], mock_model.phase[1], mock_model.phase[1]};
    CnnModel model = mock_model;
    model.phase = phase;
    model.nphase = 3;
    phase[1].by_unit = nothing;
    phase[2].by_unit = count_units;
    (void)state;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        for (int nthread = 1; nthread <= 8; nthread++) {
            enum { MADE = 3 };
            CnnError error = {0};
            Engine e;
            Samples samples = {.n = CNN_LEAF, .x = x, .y = y};
            phase[1].units = phase[2].units = units[i];
            memset(times, 0, sizeof times);
            assert_true(engine_new(&e, &model, &ranks_alone, (Threads){.n = nthread}, CNN_LEAF,
                                   INFER_ROWS, &error));
            for (uint32_t step = 0; step < MADE; step++)
                engine_step(&e, &samples, 0, CNN_LEAF, 0, step);
            for (int k = 0; k < MOST_UNITS; k++)
                assert_int_equal(times[k], k < units[i] ? MADE : 0);
            engine_free(&e);
        }
}

// ---- teams: each thread notes itself in the memory of the team and in its own, and after they have met sees all

typedef struct Met {
    double loss, accuracy; // leaves that were right; samples
} Met;
static atomic_int in_teams, alone;

static void meet(const CnnTeam *team) {
    if (team->parts > 1) team->meet(team);
}

static void shared_leaf(const CnnRun *run, int64_t first, int64_t index, int64_t n, const float *x,
                        const void *y, void *block, void *scratch, const CnnTeam *team) {
    int64_t *note = scratch, *own = (int64_t *)(void *)team->own + POOL_LIMIT, right = 1;
    (void)run, (void)y;
    note[team->part] = first;
    *own = team->part;
    atomic_fetch_add(team->parts > 1 ? &in_teams : &alone, 1);
    meet(team);
    if (team->part == 0) {
        for (int64_t i = 0; i < team->parts; i++) right &= note[i] == first;
        for (int64_t i = 0; i < n; i++) right &= x[i * 784] == (float)(index + i);
        *(Met *)block = (Met){(double)right, (double)n};
    }
    meet(team);
    assert_true(*own == team->part);
}

static void add_met(void *into, const void *from, int64_t first, int64_t end) {
    (void)first, (void)end;
    ((Met *)into)->loss += ((const Met *)from)->loss;
    ((Met *)into)->accuracy += ((const Met *)from)->accuracy;
}

// Where there are more threads than leaves, and work for them; and after each try without it, at least once with it.
static void teams_share_leaves(void **state) {
    enum { LEAVES = 3, MOST = 8 };
    static float x[LEAVES * CNN_LEAF * 784];
    static int32_t y[LEAVES * CNN_LEAF];
    (void)state;
    for (int i = 0; i < LEAVES * CNN_LEAF; i++) x[i * 784] = (float)i;
    for (int team = 1; team <= 4; team *= 2)
        for (int nthread = 1; nthread <= MOST; nthread++) {
            const CnnPhase phase = {.kind = CNN_BY_LEAF,
                                    .by_leaf = shared_leaf,
                                    .sum_units = 1,
                                    .has_loss = 1,
                                    .team = team,
                                    .sum = add_met};
            CnnModel model = mock_model;
            model.phase = &phase;
            model.nphase = 1;
            model.leaf_bytes = sizeof(Met);
            model.scratch_bytes = 2 * POOL_LIMIT * (int64_t)sizeof(int64_t);
            CnnError error = {0};
            Engine e;
            Samples samples = {.n = LEAVES * CNN_LEAF, .x = x, .y = y};
            assert_true(engine_new(&e, &model, &ranks_alone, (Threads){.n = nthread},
                                   LEAVES * CNN_LEAF, INFER_ROWS, &error));
            in_teams = alone = 0;
            for (int step = 0; step < 4; step++) {
                const double *sums = engine_step(&e, &samples, 0, LEAVES * CNN_LEAF - 3, 0, 0);
                assert_true(sums[0] == LEAVES && sums[1] == LEAVES * CNN_LEAF - 3);
            }
            int few = pool_threads(e.pool) > LEAVES && team > 1;
            assert_int_equal(in_teams > 0, few);
            assert_true(alone >= (few ? 2 : 4) * LEAVES); // half of the tries
            engine_free(&e);
        }
}

static int threads_of_this_process(void) {
    int n = 0;
    DIR *folder = opendir("/proc/self/task");
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) n += *entry->d_name != '.';
    closedir(folder);
    return n;
}

static void threads_are_no_more_than_units_of_work(void **state) {
    static const struct {
        int64_t capacity, rows;
        int units, team, wanted, threads;
    } cases[] = {{16, 16, 1, 1, 1024, 1},  {16, 16, 5, 1, 1024, 5}, {128, 16, 5, 1, 1024, 8},
                 {0, 512, 900, 1, 99, 32}, {0, 1, 900, 1, 1024, 1}, {17, 1, 1, 1, 2, 2},
                 {16, 16, 900, 1, 3, 3},   {17, 16, 1, 4, 1024, 8}};
    CnnPhase phase[2] = {mock_model.phase[0], mock_model.phase[1]};
    CnnModel model = mock_model;
    (void)state;
    model.phase = phase;
    int before = threads_of_this_process();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CnnError error = {0};
        Engine e;
        phase[0].team = cases[i].team;
        phase[1].units = cases[i].units;
        assert_true(engine_new(&e, &model, &ranks_alone, (Threads){.n = cases[i].wanted},
                               cases[i].capacity, cases[i].rows, &error));
        assert_int_equal(pool_threads(e.pool), cases[i].threads);
        assert_int_equal(threads_of_this_process() - before, cases[i].threads - 1);
        engine_free(&e);
    }
}

static void put_text(const char *path, const char *text) {
    write_file(path, text, strlen(text));
}

static void quotas_of_control_groups_count(void **state) {
    (void)state;
    assert_int_equal(mkdir("v2", 0777) | mkdir("v2/a", 0777) | mkdir("v2/a/b", 0777), 0);
    assert_int_equal(mkdir("v1", 0777) | mkdir("v1/cpu", 0777) | mkdir("v1/cpu/c", 0777), 0);
    assert_int_equal(cpus_quota("none", "v2"), POOL_LIMIT);
    put_text("v2.list", "0::/a/b\n");
    assert_int_equal(cpus_quota("v2.list", "v2"), POOL_LIMIT);
    put_text("v2/a/b/cpu.max", "max 100000\n");
    assert_int_equal(cpus_quota("v2.list", "v2"), POOL_LIMIT);
    put_text("v2/a/cpu.max", "250000 100000\n"); // a group around it
    assert_int_equal(cpus_quota("v2.list", "v2"), 3);
    put_text("v2/a/b/cpu.max", "20000 100000\n");
    assert_int_equal(cpus_quota("v2.list", "v2"), 1);
    put_text("v2.root", "0::/\n"); // as a container sees its own
    put_text("v2/cpu.max", "200000 100000\n");
    assert_int_equal(cpus_quota("v2.root", "v2"), 2);

    put_text("v1.list", "7:cpuset:/x\n4:cpu,cpuacct:/c/not/there\n0::/y\n");
    assert_int_equal(cpus_quota("v1.list", "v1"), POOL_LIMIT);
    put_text("v1/cpu/c/cpu.cfs_period_us", "50000\n");
    put_text("v1/cpu/c/cpu.cfs_quota_us", "-1\n");
    assert_int_equal(cpus_quota("v1.list", "v1"), POOL_LIMIT);
    put_text("v1/cpu/c/cpu.cfs_quota_us", "200000\n");
    assert_int_equal(cpus_quota("v1.list", "v1"), 4);
    assert_true(cpus_default() >= 1 && cpus_default() <= cpus_usable());
}

static void put_siblings(int cpu, const char *text) {
    char path[64];
    assert_int_equal(mkdir("cpus", 0777) && errno != EEXIST, 0);
    snprintf(path, sizeof path, "cpus/cpu%d", cpu);
    assert_int_equal(mkdir(path, 0777), 0);
    strcat(path, "/topology");
    assert_int_equal(mkdir(path, 0777), 0);
    strcat(path, "/thread_siblings_list");
    put_text(path, text);
}

static void one_cpu_of_each_core_comes_first(void **state) {
    (void)state;
    static const char *const siblings[] = {"0-1\n", "0-1\n", "2,6\n", "3-5\n",
                                           "3-5\n", "3-5\n", "2,6\n"};
    static const int all[] = {0, 2, 3, 7, 1, 4, 6, 5}, some[] = {1, 4, 6, 5};
    int cpu[POOL_LIMIT];
    CpuSet set = {0};
    for (int i = 0; i < 7; i++) put_siblings(i, siblings[i]); // of number 7 nothing is known
    for (int i = 0; i < 8; i++) CPU_SET_S((size_t)i, sizeof set.of, set.of);
    assert_int_equal(cpus_order("cpus", &set, cpu), 8);
    assert_memory_equal(cpu, all, sizeof all);
    for (int i = 0; i < 8; i++)
        if (i != 1 && i != 4 && i != 5 && i != 6) CPU_CLR_S((size_t)i, sizeof set.of, set.of);
    assert_int_equal(cpus_order("cpus", &set, cpu), 4);
    assert_memory_equal(cpu, some, sizeof some);
    assert_true(cpus_allowed(&set));
    assert_int_equal(cpus_order("/sys/devices/system/cpu", &set, cpu), cpus_usable());
}

static void the_least_room_counts(void **state) {
    (void)state;
    put_text("meminfo", "MemTotal:  999 kB\nMemAvailable:   700 kB\nSwapFree:  24 kB\n");
    assert_int_equal(room_of_machine("meminfo"), 724 * 1024);
    assert_true(room_of_machine("none") == INT64_MAX);
    assert_int_equal(mkdir("m2", 0777) | mkdir("m2/a", 0777), 0);
    assert_int_equal(mkdir("m1", 0777) | mkdir("m1/memory", 0777) | mkdir("m1/memory/c", 0777), 0);
    put_text("m2.list", "0::/a\n");
    assert_true(room_of_groups("m2.list", "m2") == INT64_MAX);
    put_text("m2/a/memory.max", "max\n");
    put_text("m2/a/memory.current", "5000\n");
    assert_true(room_of_groups("m2.list", "m2") == INT64_MAX);
    put_text("m2/a/memory.max", "8000\n");
    assert_int_equal(room_of_groups("m2.list", "m2"), 3000);
    put_text("m2/a/memory.stat", "anon 4000\ninactive_file 600\n"); // goes when memory is wanted
    assert_int_equal(room_of_groups("m2.list", "m2"), 3600);
    put_text("m2/memory.max", "5500\n"); // a group around it
    put_text("m2/memory.current", "5400\n");
    assert_int_equal(room_of_groups("m2.list", "m2"), 100);
    put_text("m1.list", "7:cpu:/x\n4:memory:/c\n");
    put_text("m1/memory/c/memory.limit_in_bytes", "9000\n");
    put_text("m1/memory/c/memory.usage_in_bytes", "9500\n");
    assert_int_equal(room_of_groups("m1.list", "m1"), 0);
    assert_true(memory_room() > 0);
    char text[MEMORY_TEXT];
    assert_string_equal(memory_text(text, 999949), "1000 kB");
    assert_string_equal(memory_text(text, 1273911232), "1.27 GB");
    assert_string_equal(memory_text(text, 43000000), "43.0 MB");
}

// A model that only records the samples it is given.
static void record(const CnnRun *run, int64_t first, int64_t index, int64_t n, const float *x,
                   const void *y, void *leaf, void *scratch, const CnnTeam *team) {
    (void)leaf, (void)scratch, (void)index, (void)team;
    for (int64_t i = 0; i < n; i++) {
        float *out = run->out + (first + i) * 4;
        out[0] = x[i];
        memcpy(out + 1, (const float *)y + i * 3, 3 * sizeof *out);
    }
}

static void bytes_become_floats_and_one_hot_rows(void **state) {
    static const uint8_t pixel[] = {0, 1, 127, 255}, label[] = {2, 1, 0, 2};
    static const uint32_t order[] = {3, 1, 0, 2};
    const CnnModel model = {.input_floats = 1,
                            .output_floats = 4,
                            .label = CNN_LABEL_VECTOR,
                            .label_floats = 3,
                            .predict = record,
                            .evaluate = record,
                            .widen = mock_model.widen};
    Samples samples = {.n = 4, .pixel = pixel, .label = label, .order = order};
    CnnError error = {0};
    Engine e;
    (void)state;
    assert_true(engine_new(&e, &model, &ranks_alone, (Threads){.n = 2}, 0, 4, &error));
    engine_infer(&e, &samples, 0, 4);
    for (int i = 0; i < 4; i++) {
        const float *out = e.run.out + 4 * i;
        assert_true(out[0] == (float)pixel[order[i]] / 255.0f);
        for (int k = 0; k < 3; k++) assert_true(out[1 + k] == (float)(label[order[i]] == k));
    }
    engine_free(&e);
}

static void sizes_beyond_64_bits_are_an_error(void **state) {
    CnnError error = {0};
    Engine e;
    CnnModel model = mock_model;
    (void)state;
    model.batch_stride = INT64_MAX / 2;
    assert_false(engine_new(&e, &model, &ranks_alone, (Threads){.n = 1}, 16, 16, &error));
    assert_int_equal(error.code, CNN_SYSTEM);
    ASSERT_HAS(error.text, "--batch-size");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_depends_on_the_leaves_alone),
        cmocka_unit_test(subtrees_are_parts_of_the_tree),
        cmocka_unit_test(subtrees_balance),
        cmocka_unit_test(leaves_are_those_of_the_batch),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(each_phase_has_its_sums),
        cmocka_unit_test(each_unit_runs_once_a_step),
        cmocka_unit_test(teams_share_leaves),
        cmocka_unit_test(threads_are_no_more_than_units_of_work),
        cmocka_unit_test(quotas_of_control_groups_count),
        cmocka_unit_test(one_cpu_of_each_core_comes_first),
        cmocka_unit_test(the_least_room_counts),
        cmocka_unit_test(bytes_become_floats_and_one_hot_rows),
        cmocka_unit_test(sizes_beyond_64_bits_are_an_error),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
