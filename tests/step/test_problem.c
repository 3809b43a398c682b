// SPDX-License-Identifier: MIT
// What step/problem.c makes of CONTRACTs: of models' convolutions and their gradients before and after
// gathering, and of contractions that look like one but have channels of another kind.
#include "../runtime/check.h"
#include "keras/layers/layer.h"
#include "step/passes.h"
#include "step/problem.h"

static Step *step_of(Arena *a, const char *layer) {
    const char *text = arena_printf(a,
                                    "model = Sequential([Input((9, 8, 4)), Conv2D(5, 1), %s,\n"
                                    "Flatten(), Dense(3)])\n"
                                    "model.compile(loss=\"mse\", optimizer=\"sgd\")\n",
                                    layer);
    Diag *d = diag_new(a, "test", text, strlen(text));
    Model *m = model_load(a, d, text, strlen(text), NULL);
    assert_non_null(m);
    Step *s = step_make(a, m, STEP_TRAIN, &(StepOptions){0});
    step_recognise(s);
    return s;
}

// The problem that is solved for this by a node of that layer.
static const Problem *find(const Step *s, const char *layer, Solve solve) {
    for (int i = 0; i < s->nnode; i++) {
        const Node *n = s->node[i];
        if (n->problem && !strcmp(n->layer, layer) && n->problem->solve == solve) return n->problem;
    }
    fail_msg("no such convolution");
    return NULL;
}

static void a_convolution_and_its_gradients(void **state) {
    (void)state;
    Arena *a = arena_new();
    Step *s = step_of(a, "Conv2D(6, (3, 2), strides=(2, 1))");
    for (Solve solve = SOLVE_Y; solve <= SOLVE_K; solve++) {
        const Problem *p = find(s, "conv2d_1", solve);
        assert_int_equal(p->space, 2);
        assert_true(p->in && p->out && !p->group);
        assert_int_equal(p->dim[0].stride, 2);
        assert_int_equal(p->dim[1].stride, 1);
        assert_int_equal(p->dim[0].dilation, 1);
        assert_true(p->dim[0].tap && p->dim[1].tap);
    }
    arena_free(a);
}

static void a_gathering_gradient_falls_with_the_tap(void **state) {
    (void)state;
    Arena *a = arena_new();
    Step *s = step_of(a, "Conv2D(6, 3, dilation_rate=2)");
    assert_int_equal(find(s, "conv2d_1", SOLVE_X)->dim[0].dilation, 2);
    step_gather(s);
    step_recognise(s);
    int falling = 0;
    for (int i = 0; i < s->nnode; i++) {
        const Problem *p = s->node[i]->problem;
        falling += p && p->solve == SOLVE_Y && p->dim[0].dilation == -2 && p->dim[1].dilation == -2;
    }
    assert_int_equal(falling, 1);
    arena_free(a);
}

static void a_dense_layer_has_no_taps(void **state) {
    (void)state;
    Arena *a = arena_new();
    Step *s = step_of(a, "Dense(7)");
    const Problem *vector = find(s, "dense_1", SOLVE_Y), *image = find(s, "dense", SOLVE_Y);
    assert_true(vector->space == 0 && vector->in && vector->out && !vector->group);
    assert_true(image->space == 2 && image->dim[0].place && !image->dim[0].tap);
    arena_free(a);
}

// Each spoils the first 3x3 convolution; it is then no dense convolution of images any more.

static void depthwise(Node *n, const Problem *p) { // x's channel is y's
    for (int d = 0; d < MAX_RANK; d++) {
        n->in[0].coef[d][p->out] += n->in[0].coef[d][p->in];
        n->in[0].coef[d][p->in] = n->in[1].coef[d][p->in] = 0;
    }
    n->in[1].coef[2][p->out] = 1;
    n->in[1].coef[3][p->out] = 0;
    n->naxis--; // that of x's channels is the last
}
static void kernel_by_place(Node *n, const Problem *p) {
    n->in[1].coef[0][p->dim[0].place] = 1;
}
static void channel_moves_the_window(Node *n, const Problem *p) {
    n->in[0].coef[0][p->in] = 1;
}
static void image_turned(Node *n, const Problem *p) {
    n->in[0].coef[1][p->dim[0].place] = 1;
    n->in[0].coef[0][p->dim[0].place] = 0;
}
static void channels_apart(Node *n, const Problem *p) {
    n->in[0].coef[2][p->in] = 2;
}
static void channel_left_out(Node *n,
                             const Problem *p) { // as where a later layer reads the others alone
    n->axis[p->out].span.lo = 1;
}

static void turned(Node *n, const Problem *p) { // still one, but the kernel is [KH, KW, CO, CI]
    for (int d = 2; d < 4; d++) {
        n->in[1].coef[d][p->in] = d == 3;
        n->in[1].coef[d][p->out] = d == 2;
    }
}

static void a_kernel_may_be_turned(void **state) {
    (void)state;
    Arena *a = arena_new();
    Step *s = step_of(a, "Conv2D(6, 3)");
    for (int i = 0; i < s->nnode; i++) {
        Node *n = s->node[i];
        if (n->problem != find(s, "conv2d_1", SOLVE_Y)) continue;
        const Problem before = *n->problem;
        Tensor *k = &s->tensor[n->in[1].tensor];
        assert_non_null(problem_dense_images(s, n));
        assert_false(problem_turned(n));
        turned(n, &before);
        int64_t channels = k->dim[2];
        k->dim[2] = k->dim[3];
        k->dim[3] = channels;
        step_recognise(s);
        assert_non_null(problem_dense_images(s, n));
        assert_true(problem_turned(n));
        arena_free(a);
        return;
    }
    fail();
}

static void what_looks_like_one(void **state) {
    (void)state;
    void (*const spoil[])(Node *, const Problem *) = {
        depthwise,    kernel_by_place, channel_moves_the_window,
        image_turned, channels_apart,  channel_left_out};
    for (size_t k = 0; k < sizeof spoil / sizeof *spoil; k++) {
        Arena *a = arena_new();
        Step *s = step_of(a, "Conv2D(4, 3)");
        Node *n = NULL;
        for (int i = 0; i < s->nnode; i++)
            if (s->node[i]->problem == find(s, "conv2d_1", SOLVE_Y)) n = s->node[i];
        assert_non_null(problem_dense_images(s, n));
        const Problem before = *n->problem;
        spoil[k](n, &before);
        bool still = spoil[k] == channels_apart ||
                     spoil[k] == channel_left_out; // a convolution of some kind
        assert_int_equal(problem_holds(s, n), still);
        step_recognise(s);
        assert_null(problem_dense_images(s, n));
        if (spoil[k] == depthwise) assert_int_equal(n->problem->group, before.out);
        arena_free(a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_convolution_and_its_gradients),
        cmocka_unit_test(a_gathering_gradient_falls_with_the_tap),
        cmocka_unit_test(a_dense_layer_has_no_taps),
        cmocka_unit_test(a_kernel_may_be_turned),
        cmocka_unit_test(what_looks_like_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
