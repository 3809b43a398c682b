// SPDX-License-Identifier: MIT
// step_check on a good Step that is spoiled in one way each, limits, and that assertions run here.
#include "../runtime/abi.h"
#include "../runtime/check.h"
#include "keras/layers/layer.h"
#include "step/check.h"
#include "step/passes.h"
#include "support/limit.h"
#include <assert.h>
#include <sys/wait.h>

static const char text[] = "model = Sequential([\n"
                           "    Input((12, 12, 2)),\n"
                           "    Conv2D(4, 3, activation=\"relu\"),\n"
                           "    Conv2D(6, 3, padding=\"same\", activation=\"tanh\"),\n"
                           "    MaxPooling2D(2),\n"
                           "    Dropout(0.25),\n"
                           "    RandomZoom(0.2, fill_mode=\"constant\", fill_value=0.5),\n"
                           "    Resizing(6, 7),\n"
                           "    Flatten(),\n"
                           "    Dense(5, activation=\"softmax\"),\n"
                           "])\n"
                           "model.compile(loss=\"categorical_crossentropy\", optimizer=\"adam\")\n";

static Step *good_step(Arena *a, StepMode mode) {
    Diag *d = diag_new(a, "test", text, sizeof text - 1);
    Model *m = model_load(a, d, text, sizeof text - 1, NULL);
    assert_non_null(m);
    return step_make(a, m, mode, &(StepOptions){0});
}

static void a_good_step_passes(void **state) {
    (void)state;
    for (int mode = STEP_TRAIN; mode <= STEP_PREDICT; mode++) {
        Arena *a = arena_new();
        const char *wrong = step_check(a, good_step(a, (StepMode)mode));
        if (wrong) fail_msg("%s", wrong);
        arena_free(a);
    }
}

// The node of this kind and op that comes k-th; with so many inputs, unless that is 0.
static Node *find(Step *s, Prim kind, int op, int nin, int k) {
    for (int i = 0; i < s->nnode; i++) {
        Node *n = s->node[i];
        if (n->kind == kind && n->op == op && (!nin || n->nin == nin) && k-- == 0) return n;
    }
    fail_msg("no such node");
    return NULL;
}

static Node *contract(Step *s) {
    return find(s, P_CONTRACT, 0, 2, 0);
}
static Node *map(Step *s) {
    return find(s, P_MAP, 0, 1, 0);
}
static Node *bias(Step *s) {
    return find(s, P_MAP, 0, 2, 0);
}
static Node *pool(Step *s) {
    return find(s, P_WINDOW, W_MAX, 0, 0);
}
static Node *update(Step *s) {
    return find(s, P_UPDATE, 0, 0, 0);
}
static Tensor *result(Step *s, const Node *n) {
    return &s->tensor[n->out[0].tensor];
}
static int owned(const Step *s, Owner owner) { // the first such tensor
    int t = 0;
    while (s->tensor[t].owner != owner) t++;
    return t;
}

// ---- one fault each

static void empty_span(Step *s) {
    map(s)->axis[1].span.hi = 0;
}
static void reads_outside(Step *s) {
    map(s)->in[0].off[0] = 1;
}
static void writes_outside(Step *s) {
    map(s)->out[0].off[1] = -1;
}
static void kernel_outside(Step *s) {
    contract(s)->in[1].off[0] = 1;
}
static void caller_has_no_ring(Step *s) {
    contract(s)->in[0].off[0] = -1;
}
static void index_of_no_axis(Step *s) {
    map(s)->in[0].coef[0][7] = 1;
}
static void index_of_samples(Step *s) {
    map(s)->in[0].coef[0][0] = 1;
}
static void index_beyond_rank(Step *s) {
    map(s)->in[0].off[4] = 1;
}
static void out_of_order(Step *s) {
    Node first = *s->node[0];
    *s->node[0] = *s->node[1];
    *s->node[1] = first;
}
static void written_twice(Step *s) {
    find(s, P_MAP, 0, 1, 1)->out[0].tensor = map(s)->out[0].tensor;
}
static void writes_state(Step *s) {
    int g = s->tensor[owned(s, O_MODEL)].grad;
    for (int i = 0; i < s->nnode; i++)
        if (s->node[i]->nout && s->node[i]->out[0].tensor == g)
            s->node[i]->out[0].tensor = owned(s, O_OPT);
}
static void writes_the_input(Step *s) {
    contract(s)->out[0].tensor = s->input;
}
static void reads_labels(Step *s) {
    map(s)->in[0].tensor = s->label;
}
static void moved_update(Step *s) {
    update(s)->in[2] = update(s)->in[3]; // what result 1 was is read no more
}
static void copied_too_late(Step *s) { // behind the update
    int w = owned(s, O_MODEL), rank = s->tensor[w].rank;
    int copy = step_tensor(s, "copy", T_F32, O_STEP, rank, s->tensor[w].dim);
    Node *n = step_node(s, P_VIEW, false);
    n->op = V_AFFINE;
    for (int d = 0; d < rank; d++) step_axis(n, s->tensor[w].dim[d], A_OUT);
    node_reads(n, access_whole(s, w, 1));
    node_writes(n, access_whole(s, copy, 1));
}
static void sample_once_a_step(Step *s) {
    s->tensor[update(s)->in[1].tensor].owner = O_SAMPLE;
    for (int i = 0; i < s->nnode; i++)
        if (s->node[i]->nout && s->node[i]->out[0].tensor == update(s)->in[1].tensor)
            s->node[i]->axis[0].role = A_OUT;
}
static void leaf_too_early(Step *s) {
    Node *n = contract(s);
    int bias_gradient = s->tensor[bias(s)->in[1].tensor].grad;
    for (int i = 0; i < s->nnode; i++) // a node behind it reads it over samples
        if (s->node[i] > n && s->node[i]->nout && s->node[i]->out[0].tensor == bias_gradient)
            s->node[i + 1]->in[0].tensor = bias_gradient;
}
static void leaf_without_samples(Step *s) {
    result(s, map(s))->owner = O_LEAF;
}
static void fixes_what_it_has_not(Step *s) {
    map(s)->fixed = 1 << MAX_IN;
}
static void role_of_an_axis(Step *s) {
    contract(s)->axis[4].role = A_OUT;
}
static void role_of_samples(Step *s) {
    contract(s)->axis[0].role = A_SUM;
}
static void sum_in_a_map(Step *s) {
    Node *n = map(s);
    n->axis[step_axis(n, 3, A_SUM)].role = A_SUM;
}
static void bits_as_floats(Step *s) {
    result(s, find(s, P_MASK, 0, 0, 0))->type = T_F32;
}
static void floats_as_bits(Step *s) {
    Node *n = map(s);
    n->expr[0] = expr_bit(s->arena, 0, expr_in(s->arena, 0), expr_const(s->arena, 0));
}
static void argmax_as_floats(Step *s) {
    s->tensor[pool(s)->out[1].tensor].type = T_F32;
}
static void argmax_too_narrow(Step *s) {
    pool(s)->window[0] = pool(s)->window[1] = 17;
    for (int d = 1; d <= 2; d++) pool(s)->axis[pool(s)->naxis - d].span.hi = 17;
}
static void no_such_input(Step *s) {
    map(s)->expr[0] = expr_in(s->arena, 1);
}
static void no_such_scalar(Step *s) {
    map(s)->expr[0] = expr_scalar(s->arena, CNN_SCALARS);
}
static void no_arguments(Step *s) {
    map(s)->expr[0] = expr_op1(s->arena, E_ADD, expr_in(s->arena, 0));
}
static void no_expression(Step *s) {
    map(s)->expr[0] = NULL;
}
static void one_expression_more(Step *s) {
    contract(s)->expr[0] = expr_in(s->arena, 0);
}
static void no_such_op(Step *s) {
    map(s)->op = 3;
}
static void window_of_another_size(Step *s) {
    pool(s)->window[1] = 3;
}
static void window_of_a_map(Step *s) {
    map(s)->window[0] = 2;
}
static void activation_of_two(Step *s) {
    bias(s)->act = activations;
}
static void map_scatters(Step *s) {
    map(s)->scatter = true;
}
static void nothing_is_dropped(Step *s) {
    find(s, P_MASK, 0, 0, 0)->rate = 1;
}
static void table_of_nothing(Step *s) {
    find(s, P_TABLE, 0, 0, 0)->numbers = NULL;
}
static void numbers_of_a_map(Step *s) {
    map(s)->numbers = &map(s)->rate;
}
static void rate_of_a_map(Step *s) {
    map(s)->rate = 0.5;
}
static void seed_of_a_map(Step *s) {
    map(s)->seeded = true;
}
static void together_in_a_map(Step *s) {
    map(s)->together = true;
}
static void outside_of_a_map(Step *s) {
    map(s)->outside = 0.5;
}
static Node *warp(Step *s) {
    return find(s, P_WARP, I_LINEAR, 0, 0);
}
static void map_of_the_image(Step *s) {
    warp(s)->expr[2] = expr_in(s->arena, 0);
}
static void coefficient_missing(Step *s) {
    warp(s)->expr[5] = NULL;
}
static void no_such_fill(Step *s) {
    warp(s)->fill = FILLS;
}
static void value_of_no_use(Step *s) {
    warp(s)->fill = FILL_WRAP;
}
static void warp_scatters(Step *s) {
    warp(s)->scatter = true;
}
static void adjoint_gathers(Step *s) {
    find(s, P_WARP, I_LINEAR_GRAD, 0, 0)->scatter = false;
}
static void image_of_other_channels(Step *s) {
    warp(s)->in[0].tensor = s->input;
}
static void no_inputs(Step *s) {
    map(s)->nin = 0;
}
static void third_factor(Step *s) {
    node_reads(contract(s), contract(s)->in[1]);
}
static void sum_without_expression(Step *s) {
    contract(s)->op = C_EXPR;
}
static void sum_of_missing_input(Step *s) {
    contract(s)->expr[0] = expr_in(s->arena, 2);
    contract(s)->op = C_EXPR;
}
static void sparse_without_argmax(Step *s) {
    contract(s)->op = C_SPARSE_DX;
}
static void no_such_tensor(Step *s) {
    map(s)->in[0].tensor = s->ntensor;
}
static void needs_too_much(Step *s) {
    result(s, map(s))->need[0].hi = 100;
}
static void no_order(Step *s) {
    result(s, map(s))->order[0] = 1;
}
static void no_extent(Step *s) {
    result(s, map(s))->dim[0] = 0;
}
static void no_weight(Step *s) {
    s->tensor[owned(s, O_MODEL)].weight = -1;
}
static void another_weight(Step *s) {
    s->tensor[owned(s, O_MODEL)].weight = 1;
}
static void gradient_of_another_shape(Step *s) {
    s->tensor[owned(s, O_MODEL)].grad = s->input;
}
static void no_gradient(Step *s) {
    int w = owned(s, O_MODEL), g = s->tensor[w].grad;
    const Node *first = update(s); // of the first weight, which reads it
    for (int i = 0; i < s->nnode; i++)
        if (s->node[i] == first) step_remove(s, i--);
    for (int i = 0; i < s->nnode; i++)
        if (s->node[i]->nout && s->node[i]->out[0].tensor == g) step_remove(s, i--);
}
static void no_loss(Step *s) {
    s->mode = STEP_PREDICT;
}
static void no_output(Step *s) {
    s->output = s->logits;
}

static const struct Fault {
    const char *name;
    void (*spoil)(Step *s);
    const char *said;
} faults[] = {
#define FAULT(name, said) {#name, name, said}
    FAULT(empty_span, "axis a has the span 0:0"),
    FAULT(reads_outside, "index 0 is 1:"),
    FAULT(writes_outside, "index 1 is -1:"),
    FAULT(kernel_outside, "index 0 is 1:4, there is 0:3"),
    FAULT(caller_has_no_ring, "'x': index 0 is -1:"),
    FAULT(index_of_no_axis, "runs along axis 7"),
    FAULT(index_of_samples, "runs along axis 0"),
    FAULT(index_beyond_rank, "has an index 4"),
    FAULT(out_of_order, "read before it is written"),
    FAULT(written_twice, "is written twice"),
    FAULT(writes_state, "it writes 'conv2d/kernel.m'"),
    FAULT(writes_the_input, "which is the caller's"),
    FAULT(reads_labels, "it reads the labels"),
    FAULT(moved_update, "is not updated in place"),
    FAULT(copied_too_late, "after its update"),
    FAULT(sample_once_a_step, "is a sample's, the node once a step"),
    FAULT(leaf_too_early, "before all samples are summed"),
    FAULT(fixes_what_it_has_not, "fixed inputs"),
    FAULT(leaf_without_samples, "samples are not summed"),
    FAULT(role_of_an_axis, "axis d is not summed"),
    FAULT(role_of_samples, "samples are summed"),
    FAULT(sum_in_a_map, "is in no result"),
    FAULT(bits_as_floats, "has the wrong type"),
    FAULT(floats_as_bits, "is read as a bit"),
    FAULT(argmax_as_floats, "has the wrong type"),
    FAULT(argmax_too_narrow, "has the wrong type"),
    FAULT(no_such_input, "reads input 1"),
    FAULT(no_such_scalar, "scalar 11"),
    FAULT(no_arguments, "lacks its arguments"),
    FAULT(no_expression, "1 expressions are wanted"),
    FAULT(one_expression_more, "0 expressions are wanted"),
    FAULT(no_such_op, "op 3"),
    FAULT(window_of_another_size, "the window is 3, its axis 2 long"),
    FAULT(window_of_a_map, "a window of 2"),
    FAULT(activation_of_two, "an activation"),
    FAULT(map_scatters, "it scatters"),
    FAULT(nothing_is_dropped, "rate 1"),
    FAULT(table_of_nothing, "a table of numbers"),
    FAULT(numbers_of_a_map, "a table of numbers"),
    FAULT(rate_of_a_map, "rate 0.5"),
    FAULT(seed_of_a_map, "a stream of random numbers"),
    FAULT(together_in_a_map, "a stream of random numbers"),
    FAULT(outside_of_a_map, "what is outside of an image"),
    FAULT(map_of_the_image, "a coefficient reads the image"),
    FAULT(coefficient_missing, "6 expressions are wanted"),
    FAULT(no_such_fill, "what is outside of its image"),
    FAULT(value_of_no_use, "what is outside of its image"),
    FAULT(warp_scatters, "it scatters"),
    FAULT(adjoint_gathers, "it does not scatter"),
    FAULT(image_of_other_channels, "no images of equal channels"),
    FAULT(no_inputs, "0 inputs"),
    FAULT(third_factor, "3 inputs"),
    FAULT(sum_without_expression, "1 expressions are wanted"),
    FAULT(sum_of_missing_input, "its expression reads input 2"),
    FAULT(sparse_without_argmax, "2 inputs"),
    FAULT(no_such_tensor, "there is no tensor"),
    FAULT(needs_too_much, "needs 0:100"),
    FAULT(no_order, "no permutation"),
    FAULT(no_extent, "dimension 0 is 0"),
    FAULT(no_weight, "belongs to weight -1"),
    FAULT(another_weight, "the shape of its weight"),
    FAULT(gradient_of_another_shape, "the shape of its gradient"),
    FAULT(no_gradient, "which is a gradient"),
    FAULT(no_loss, "1 losses"),
    FAULT(no_output, "nothing writes the output"),
#undef FAULT
};

static void each_fault_is_named(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        Arena *a = arena_new();
        Step *s = good_step(a, STEP_TRAIN);
        faults[i].spoil(s);
        step_touch(s);
        const char *wrong = step_check(a, s);
        if (!wrong || !strstr(wrong, faults[i].said))
            fail_msg("%s: '%s' has no '%s'", faults[i].name, wrong ? wrong : "", faults[i].said);
        arena_free(a);
    }
}

static void an_old_index_is_named(void **state) {
    (void)state;
    Arena *a = arena_new();
    Step *s = good_step(a, STEP_TRAIN);
    Node *n = bias(s);
    assert_true(step_def(s, n->in[0].tensor) >= 0); // makes the index
    n->in[1] = n->in[0]; // without step_touch()
    const char *wrong = step_check(a, s);
    assert_non_null(wrong);
    assert_non_null(strstr(wrong, "index of readers"));
    arena_free(a);
}

static void zeros_around_a_sample_may_be_read(void **state) {
    (void)state;
    Arena *a = arena_new();
    Step *s = good_step(a, STEP_TRAIN);
    assert_true(find(s, P_CONTRACT, 0, 2, 1)->in[0].off[0] < 0); // the padding went there
    assert_null(step_check(a, s));
    arena_free(a);
}

// ---- limits

// What the child does ends with an internal error that says so.
static void ends(void (*child)(void), const char *said) {
    int pipes[2], status;
    char seen[256] = "";
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(pipes[1], 2);
        child();
        _exit(0);
    }
    close(pipes[1]);
    for (ssize_t got = 1, n = 0; got > 0; n += got)
        got = read(pipes[0], seen + n, sizeof seen - 1 - (size_t)n);
    close(pipes[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    ASSERT_HAS(seen, "cnnc: internal error: ");
    ASSERT_HAS(seen, said);
}

static void too_many_inputs(void) {
    Node n = {0};
    for (int i = 0; i <= MAX_IN; i++) node_reads(&n, access_none(0));
}
static void too_many_results(void) {
    Node n = {0};
    for (int i = 0; i <= MAX_OUT; i++) node_writes(&n, access_none(0));
}
static void too_many_axes(void) {
    Node n = {0};
    for (int i = 0; i <= MAX_AXIS; i++) step_axis(&n, 1, A_OUT);
}
static void too_many_weights(void) {
    Weight room[MAX_WEIGHTS];
    Layer l = {.weight = room};
    for (int i = 0; i <= MAX_WEIGHTS; i++) layer_weight(&l, "w", (Shape){1, {1}}, &(WeightArgs){0});
}
static void spoiled_step(void) {
    Step *s = good_step(arena_new(), STEP_TRAIN);
    reads_outside(s);
    step_passed(s, "trim");
}

static void sizes_from_a_model_have_limits(void **state) {
    (void)state;
    ends(too_many_inputs, "13 inputs of a node: there is room for 12 (MAX_IN)");
    ends(too_many_results, "7 results of a node: there is room for 6 (MAX_OUT)");
    ends(too_many_axes, "9 axes of a node: there is room for 8 (MAX_AXIS)");
    ends(too_many_weights, "9 weights of a layer: there is room for 8 (MAX_WEIGHTS)");
}

static void a_fault_names_its_pass(void **state) {
    (void)state;
    ends(spoiled_step, "after trim: node ");
}

// ---- assertions

static void assertions_run_in_tested_builds(void **state) {
    (void)state;
    bool run = false;
    assert((run = true));
#ifdef CNNC_ASSERT
    assert_true(run);
#else
    if (!run) skip();
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_step_passes),
        cmocka_unit_test(each_fault_is_named),
        cmocka_unit_test(an_old_index_is_named),
        cmocka_unit_test(zeros_around_a_sample_may_be_read),
        cmocka_unit_test(sizes_from_a_model_have_limits),
        cmocka_unit_test(a_fault_names_its_pass),
        cmocka_unit_test(assertions_run_in_tested_builds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
