// SPDX-License-Identifier: MIT
// The index of who writes and reads a tensor, through changes of every kind in random order: it must be
// what an index made anew is. And what changes cost it in the order in which passes make them.
#include "../runtime/check.h"
#include "step/step.h"

typedef struct Random {
    uint64_t state;
} Random;

static int below(Random *r, int n) {
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (int)((r->state >> 33) % (uint64_t)n);
}

static int tensor(Step *s) {
    return step_tensor(s, "t", T_F32, O_SAMPLE, 1, &(int64_t){4});
}

// A MAP of one or two tensors that are there.
static Node *map(Step *s, Random *r) {
    Node *n = step_node(s, P_MAP, true);
    step_axis(n, 4, A_OUT);
    for (int k = 1 + below(r, 2); k-- > 0;) node_reads(n, access_none(below(r, s->ntensor)));
    node_writes(n, access_none(tensor(s)));
    return n;
}

static void change(Step *s, Random *r) {
    int at = below(r, s->nnode - 1);
    Node two[2] = {*s->node[at], *s->node[below(r, s->nnode)]};
    switch (below(r, 7)) {
    case 0: step_remove(s, at); break;
    case 1:
        map(s, r);
        step_bring(s, at);
        break;
    case 2:
        two[1].out[0].tensor = tensor(s);
        step_replace(s, at, two, 2);
        break;
    case 3: step_replace(s, at, &two[1], 0); break;
    case 4: step_edit(s, at)->in[0].tensor = tensor(s); break;
    case 5: // it reads what the node brought before it makes
        step_edit(s, at)->in[0].tensor = map(s, r)->out[0].tensor;
        step_bring(s, at);
        break;
    default: map(s, r);
    }
}

static void it_follows_all_changes(void **state) {
    (void)state;
    for (int seed = 0; seed < 200; seed++) {
        Arena *a = arena_new();
        Step s = {.arena = a};
        Random r = {(uint64_t)seed};
        tensor(&s);
        for (int i = 0; i < 30; i++) map(&s, &r);
        for (int i = 0; i < 100; i++) {
            if (s.nnode < 5) map(&s, &r);
            if (below(&r, 3)) step_readers(&s, below(&r, s.ntensor)); // several changes at times
            change(&s, &r);
            if (below(&r, 4) == 0 && !step_index_holds(&s)) fail_msg("seed %d, change %d", seed, i);
        }
        assert_true(step_index_holds(&s));
        arena_free(a);
    }
}

// A walk over n nodes that takes every second one away, or puts two in its place.
static int64_t cost_of_walk(int n, bool backwards, int by) {
    Arena *a = arena_new();
    Step s = {.arena = a};
    Random r = {1};
    tensor(&s);
    for (int i = 0; i < n; i++) map(&s, &r);
    for (int i = 0; i < n / 2; i++) {
        int at = backwards ? n - 2 * i - 2 : by ? 3 * i : i;
        step_readers(&s, 0);
        Node two[2] = {*s.node[at], *s.node[at]};
        two[1].out[0].tensor = tensor(&s);
        step_replace(&s, at, two, by);
    }
    assert_true(step_index_holds(&s));
    int64_t cost = s.renumbered;
    arena_free(a);
    return cost;
}

static void a_walk_costs_a_step_a_node(void **state) {
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        int64_t cost = cost_of_walk(1000, kind & 1, kind & 2);
        assert_true(cost > 0 && cost <= 4000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_follows_all_changes),
                                       cmocka_unit_test(a_walk_costs_a_step_a_node)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
