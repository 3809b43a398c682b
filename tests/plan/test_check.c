// SPDX-License-Identifier: MIT
// Plans with one fault each: the checker must name it. Without that it would be a test that cannot fail.
#include "codegen/module.h"
#include "plan/check.h"
#include "step/passes.h"
#include "../runtime/check.h"
#include <string.h>

static const char text[] =
    "model = Sequential([Input((12, 12, 2)),\n"
    "    Conv2D(8, 3, padding=\"same\", activation=\"relu\"), Conv2D(16, 3, padding=\"same\", "
    "activation=\"tanh\"),\n"
    "    MaxPooling2D(2), Flatten(), Dropout(0.5), Dense(40, activation=\"gelu\"),\n"
    "    Dense(900, name=\"wide\"), Dense(900, name=\"wider\"),\n"
    "    Dense(10, activation=\"softplus\")])\n"
    "model.compile(loss=keras.losses.CategoricalCrossentropy(from_logits=True), "
    "optimizer=\"adam\")\n"
    "model.fit(x_train, y_train, batch_size=64)\n";

static Plan *new_plan(Arena *a) {
    const char *trouble = NULL;
    const Target *t = target_find(a, "x86_64-linux-gnu", "x86-64-v3", &trouble);
    Diag *d = diag_new(a, "text", text, strlen(text));
    const Model *m = model_load(a, d, text, strlen(text), NULL);
    assert_non_null(t);
    assert_non_null(m);
    return plan_make(a, step_make(a, m, STEP_TRAIN, &(StepOptions){0}), t, &(PlanOptions){0});
}

static Tensor *tensor(const Plan *p, const char *name) {
    for (int i = 0; i < p->step->ntensor; i++)
        if (!strcmp(p->step->tensor[i].name, name)) return &p->step->tensor[i];
    fail_msg("no tensor is called '%s'", name);
    return NULL;
}

static Kernel *kernel(const Plan *p, const char *name) {
    for (int i = 0; i < p->nkernel; i++)
        if (!strcmp(p->kernel[i].name, name)) return &p->kernel[i];
    fail_msg("no kernel is called '%s'", name);
    return NULL;
}

// ---- faults

static void loss_without_place(Plan *p) {
    tensor(p, "loss.p")->first = -1;
}

static void small_scratch(Plan *p) {
    p->scratch_bytes -= 64;
}

static void small_leaf(Plan *p) {
    p->leaf_bytes -= 64;
}

static PhasePlan *phase_of_leaves(Plan *p) {
    PhasePlan *phase = p->phase;
    while (!phase->by_leaf) phase++;
    return phase;
}

static void short_part(Plan *p) { // sums that the phase does not clear and add
    phase_of_leaves(p)->leaf_bytes -= 64;
}

static void loss_without_part(Plan *p) {
    phase_of_leaves(p)->leaf_doubles = 0;
}

static void small_step(Plan *p) {
    p->step_bytes -= 64;
}

static void few_weights(Plan *p) {
    p->param_floats -= 16;
}

static void few_samples_held(Plan *p) {
    tensor(p, "dense.bias")->held = 0;
}

static void short_tensor(Plan *p) {
    tensor(p, "dense.bias")->bytes = 64;
}

static void odd_place(Plan *p) {
    tensor(p, "dense.bias")->offset += 4;
}

static void live_tensors_overlap(Plan *p) {
    tensor(p, "loss.p")->offset = tensor(p, "dense.bias")->offset;
}

static void over_a_ring(Plan *p) {
    tensor(p, "loss.p")->offset = tensor(p, "conv2d.relu")->offset;
}

static void weights_overlap(Plan *p) {
    tensor(p, "dense/bias")->offset = tensor(p, "dense/kernel")->offset;
}

static void sums_overlap(Plan *p) {
    tensor(p, "d(conv2d/bias)")->offset = tensor(p, "d(dense/bias)")->offset;
}

static void read_too_early(Plan *p) { // the loss in front of what computes its logits
    Kernel *loss = kernel(p, "loss"), *before = loss - 1, other = *before;
    *before = *loss;
    *loss = other;
}

static void wrong_owner(Plan *p) {
    tensor(p, "d(conv2d/bias)")->owner = O_STEP;
}

static void updated_while_read(Plan *p) {
    for (int i = 0; i < p->nkernel; i++)
        if (p->step->node[p->kernel[i].node[0]]->kind == P_UPDATE) p->kernel[i].phase = 0;
}

// Of a gradient's kernel that makes the update at once: in the phase that goes over all samples with the weight.
static void updated_at_once_too_early(Plan *p) {
    kernel(p, "d(wider/kernel)")->phase = kernel(p, "wider")->phase;
}

static void updated_by_no_update(Plan *p) {
    Kernel *k = kernel(p, "d(wider/kernel)");
    assert_int_equal(k->nnode, 2);
    k->node[1] = k->node[0];
}

static void sums_read_at_once(Plan *p) { // an update in the phase of the leaves that it needs
    Kernel *k = kernel(p, "conv2d/bias");
    k->phase = 1;
}

static void sums_read_by_a_leaf(Plan *p) { // whose own block is not the root
    Kernel *k = kernel(p, "conv2d/bias");
    k->phase = p->nphase;
    ARENA_PUSH(p->arena, p->phase, p->nphase, (PhasePlan){.by_leaf = true});
}

static void long_stride(Plan *p) {
    Nest *n = &kernel(p, "conv2d/kernel")->nest;
    for (int a = 1; a < n->naxis; a++) n->op[0].stride[a] *= 2;
}

static void before_the_start(Plan *p) {
    kernel(p, "conv2d/kernel")->nest.op[0].base = -1;
}

static void more_at_a_time(Plan *p) {
    kernel(p, "loss")->block = 2 * (int64_t)p->block;
}

static void cleared_by_each_leaf(Plan *p) { // sums that others have added to
    kernel(p, "d(conv2d/bias)")->nest.clear = true;
}

static void cleared_in_parts(Plan *p) { // by each thread that computes some units
    kernel(p, "conv2d/kernel")->nest.clear = true;
}

static const struct {
    void (*make)(Plan *p);
    const char *said;
} faults[] = {
    {loss_without_place, "no place"},
    {small_scratch, "outside its block"},
    {small_leaf, "outside its block"},
    {short_part, "outside its block"},
    {loss_without_part, "no place for the loss"},
    {small_step, "outside its block"},
    {few_weights, "outside its block"},
    {few_samples_held, "has room for 0 of the"},
    {short_tensor, "has 64 bytes and reaches"},
    {odd_place, "outside its block"},
    {live_tensors_overlap, "'loss.p'"},
    {over_a_ring, "has a ring"},
    {weights_overlap, "overlap"},
    {sums_overlap, "overlap"},
    {read_too_early, "before it was written"},
    {wrong_owner, "d(conv2d/bias)"},
    {updated_while_read, "is updated while it is read"},
    {updated_at_once_too_early, "'wider/kernel' is updated while it is read"},
    {updated_by_no_update, "no update, it writes 'wider/kernel'"},
    {sums_read_at_once, "is read in the phase that computes it"},
    {sums_read_by_a_leaf, "a sum over leaves, is read by a leaf"},
    {long_stride, "walks over"},
    {before_the_start, "walks over"},
    {more_at_a_time, "has room for"},
    {cleared_by_each_leaf, "of which other threads write parts"},
    {cleared_in_parts, "of which other threads write parts"},
};

static void each_fault_is_named(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        Arena *a = arena_new();
        Plan *p = new_plan(a);
        assert_null(plan_check(p));
        faults[i].make(p);
        const char *trouble = plan_check(p);
        if (!trouble || !strstr(trouble, faults[i].said))
            fail_msg("fault %zu: '%s' does not say '%s'", i, trouble ? trouble : "nothing is wrong",
                     faults[i].said);
        arena_free(a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_fault_is_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
