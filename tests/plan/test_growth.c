// SPDX-License-Identifier: MIT
// What planning costs grows as the layers do: four times as many take about four times the changes of the
// index, the kernels and the memory. Counts, no times.
#include "codegen/module.h"
#include "plan/plan.h"
#include "step/passes.h"
#include "../runtime/check.h"
#include <stdio.h>

typedef struct Costs {
    double renumbered, kernels, bytes;
} Costs;

static Costs costs_of(const char *layers, int n) {
    char text[1024];
    int length = snprintf(text, sizeof text,
                          "model = Sequential([Input((12, 12, 8))])\n"
                          "for i in range(%d):\n"
                          "%s"
                          "model.add(Flatten())\n"
                          "model.add(Dense(5, activation=\"softmax\"))\n"
                          "model.compile(loss=\"categorical_crossentropy\", optimizer=\"adam\")\n",
                          n, layers);
    assert_in_range(length, 1, sizeof text - 1);
    Arena *a = arena_new();
    Diag *d = diag_new(a, "test", text, (size_t)length);
    Model *m = model_load(a, d, text, (size_t)length, NULL);
    assert_non_null(m);
    const char *trouble = NULL;
    const Target *t = target_find(a, NULL, NULL, &trouble);
    assert_non_null(t);
    Step *s = step_make(a, m, STEP_TRAIN, &(StepOptions){0});
    Plan *p = plan_make(a, s, t, &(PlanOptions){0});
    Costs c = {(double)s->renumbered, p->nkernel, (double)arena_bytes(a)};
    arena_free(a);
    return c;
}

static void hold(const char *what, const char *layers, double few, double many) {
    if (few <= 0 || many > 4.4 * few)
        fail_msg("%s of%s: %.0f, and of four times as many %.0f", what, layers, few, many);
}

static void four_times_the_layers(void **state) {
    (void)state;
    static const char *const layers[] = {
        "    model.add(Dense(16, activation=\"relu\"))\n",
        "    model.add(Conv2D(8, 3, padding=\"same\", activation=\"relu\"))\n",
        "    model.add(Conv2D(8, 3, padding=\"same\", use_bias=False))\n"
        "    model.add(BatchNormalization())\n    model.add(ReLU())\n",
        "    model.add(Conv2D(8, 3, padding=\"same\"))\n    model.add(MaxPooling2D(2, 1, "
        "padding=\"same\"))\n"
        "    model.add(Dropout(0.1))\n"};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        Costs few = costs_of(layers[i], 40), many = costs_of(layers[i], 160);
        hold("changes of the index", layers[i], few.renumbered + 1, many.renumbered + 1);
        hold("kernels", layers[i], few.kernels, many.kernels);
        hold("bytes", layers[i], few.bytes, many.bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(four_times_the_layers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
