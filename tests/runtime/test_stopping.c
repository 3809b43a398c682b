// SPDX-License-Identifier: 0BSD
// EarlyStopping held to Keras's, epoch by epoch: stopping_cases.def has figures, and when Keras stopped and
// which epoch's weights it left. Weights here are the number of the epoch.
#include "check.h"
#include "../../runtime/fit/early_stopping.h"
#include "../../runtime/fit/callback.h"
#include "mock_model.h"
#include <math.h>

enum { EPOCHS = 9 };

typedef struct Case {
    double up, min_delta, patience, baseline, restore, from;
    int epochs, weights;
    double figure[EPOCHS];
} Case;
static const Case cases[] = {
#define STOPPING(up, delta, patience, baseline, restore, from, epochs, weights, ...)               \
    {up, delta, patience, baseline, restore, from, epochs, weights, {__VA_ARGS__}},
#include "stopping_cases.def"
};

static void fill(float *params, float with) {
    for (int64_t i = 0; i < mock_model.param_floats; i++) params[i] = with;
}

static void hold(const Case *c, bool validation, int64_t figure, Engine *engine) {
    CnnError error = {0};
    const double setting[STOP_SETTINGS] = {[STOP_FIGURE] = (double)figure,
                                           [STOP_VALIDATION] = validation,
                                           [STOP_UP] = c->up,
                                           [STOP_MIN_DELTA] = c->min_delta,
                                           [STOP_PATIENCE] = c->patience,
                                           [STOP_BASELINE] = c->baseline,
                                           [STOP_RESTORE] = c->restore,
                                           [STOP_FROM] = c->from};
    void *stopping = cnn_early_stopping.start(&mock_model, setting, &error);
    assert_non_null(stopping);
    int epoch = 0;
    for (bool stop = false; epoch < EPOCHS && !stop; epoch++) {
        double means[2] = {NAN, NAN}, others[2] = {NAN, NAN};
        Epoch row = {.epoch = epoch + 1, .train = means, .val = others};
        (validation ? others : means)[figure] = c->figure[epoch];
        fill(engine->run.params, (float)epoch);
        cnn_early_stopping.epoch_end(stopping, engine, &row, &stop);
    }
    cnn_early_stopping.train_end(stopping, engine);
    assert_int_equal(epoch, c->epochs);
    assert_int_equal(engine->run.params[0], c->weights);
    assert_int_equal(engine->run.params[mock_model.param_floats - 1], c->weights);
    free(stopping);
}

static void stops_as_keras_does(void **state) {
    CnnError error = {0};
    Engine engine;
    (void)state;
    assert_true(engine_new(&engine, &mock_model, 1, 0, 1, &error));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int k = 0; k < 4; k++) hold(&cases[i], k / 2, k % 2, &engine);
    engine_free(&engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(stops_as_keras_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
