// SPDX-License-Identifier: 0BSD
// Callbacks held to Keras's, epoch by epoch: stopping_cases.def and reduce_cases.def have figures, and what
// Keras made of them. Weights here are the number of the epoch.
#include "check.h"
#include "../../runtime/fit/callback.h"
#include "../../runtime/fit/csv_logger.h"
#include "../../runtime/fit/early_stopping.h"
#include "../../runtime/fit/filename.h"
#include "../../runtime/fit/reduce_lr.h"
#include "mock_model.h"
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { EPOCHS = 9 };

typedef struct Case { // of either kind
    double up, min_delta, patience, baseline, restore, from;
    int epochs, weights;
    double figure[EPOCHS];
} Case;
static const Case stopping_cases[] = {
#define STOPPING(up, delta, patience, baseline, restore, from, epochs, weights, ...)               \
    {up, delta, patience, baseline, restore, from, epochs, weights, {__VA_ARGS__}},
#include "stopping_cases.def"
};
static const struct Reduce {
    double up, min_delta, factor, patience, cooldown, least, first, last;
    const char *said;
    double figure[EPOCHS];
} reduce_cases[] = {
#define REDUCE(up, delta, factor, patience, cooldown, least, first, last, said, ...)               \
    {up, delta, factor, patience, cooldown, least, first, last, said, {__VA_ARGS__}},
#include "reduce_cases.def"
};

// A training of one callback on figures that are given.
typedef struct Run {
    CnnCallback given;
    CnnModel model;
    Engine engine;
    Fit fit;
    Training t;
    Callback *all;
    double means[2], val[2];
} Run;

static void start(Run *r, const CnnCallbackClass *of, const double *setting,
                  const char *const *text) {
    CnnError error = {0};
    r->given = (CnnCallback){of, setting, text};
    r->model = mock_model;
    r->model.ncallback = 1;
    r->model.callback = &r->given;
    assert_true(engine_new(&r->engine, &r->model, &ranks_alone, (Threads){.n = 1}, 0, 1, &error));
    r->fit = (Fit){.epochs = EPOCHS};
    r->t = (Training){.engine = &r->engine, .fit = &r->fit, .means = r->means, .val = r->val};
    r->all = callbacks_new(&r->model, &(Fit){.run = -1}, &error);
    assert_non_null(r->all);
    if (!callbacks_start(r->all, &r->t, &error)) fail_msg("%s", error.text);
}

static void epoch(Run *r, bool validation, int64_t figure, double value) {
    r->means[0] = r->means[1] = r->val[0] = r->val[1] = NAN;
    (validation ? r->val : r->means)[figure] = value;
    for (int64_t i = 0; i < r->model.param_floats; i++) r->engine.run.params[i] = (float)r->t.epoch;
    callbacks_epoch_end(r->all, &r->t);
    r->t.epoch++;
}

static void end(Run *r) {
    callbacks_free(r->all, &r->model);
    engine_free(&r->engine);
}

static void hold_stopping(const Case *c, bool validation, int64_t figure) {
    const double setting[STOP_SETTINGS] = {[MONITOR_FIGURE] = (double)figure,
                                           [MONITOR_VALIDATION] = validation,
                                           [MONITOR_UP] = c->up,
                                           [MONITOR_DELTA] = c->min_delta,
                                           [STOP_PATIENCE] = c->patience,
                                           [STOP_BASELINE] = c->baseline,
                                           [STOP_RESTORE] = c->restore,
                                           [STOP_FROM] = c->from};
    Run r;
    start(&r, &cnn_early_stopping, setting, NULL);
    while (r.t.epoch < EPOCHS && !r.t.stop) epoch(&r, validation, figure, c->figure[r.t.epoch]);
    callbacks_train_end(r.all, &r.t);
    assert_int_equal(r.t.epoch, c->epochs);
    assert_int_equal(r.engine.run.params[0], c->weights);
    assert_int_equal(r.engine.run.params[mock_model.param_floats - 1], c->weights);
    end(&r);
}

static void stops_as_keras_does(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof stopping_cases / sizeof *stopping_cases; i++)
        for (int k = 0; k < 4; k++) hold_stopping(&stopping_cases[i], k / 2, k % 2);
}

// What is printed to the standard output until print_end() goes to a file.
static int print_start(void) {
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    assert_non_null(freopen("said", "w", stdout));
    return kept;
}

static char *print_end(int kept) {
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    return read_file("said", NULL);
}

static void hold_reduce(const struct Reduce *c, bool validation, int64_t figure) {
    const double setting[REDUCE_SETTINGS] = {[MONITOR_FIGURE] = (double)figure,
                                             [MONITOR_VALIDATION] = validation,
                                             [MONITOR_UP] = c->up,
                                             [MONITOR_DELTA] = c->min_delta,
                                             [REDUCE_FACTOR] = c->factor,
                                             [REDUCE_PATIENCE] = c->patience,
                                             [REDUCE_VERBOSE] = 1,
                                             [REDUCE_COOLDOWN] = c->cooldown,
                                             [REDUCE_LEAST] = c->least};
    Run r;
    start(&r, &cnn_reduce_lr, setting, NULL);
    assert_true(engine_rate(&r.engine) == (double)0.001f); // the model's
    engine_set_rate(&r.engine, c->first);
    int kept = print_start();
    while (r.t.epoch < EPOCHS) epoch(&r, validation, figure, c->figure[r.t.epoch]);
    char *said = print_end(kept);
    assert_string_equal(said, c->said);
    assert_true(engine_rate(&r.engine) == c->last);
    free(said);
    end(&r);
}

static void reduces_as_keras_does(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof reduce_cases / sizeof *reduce_cases; i++)
        hold_reduce(&reduce_cases[i], i & 1, i >> 1 & 1);
}

static void a_rate_that_is_set_is_used(void **state) {
    float scalar[CNN_SCALARS];
    (void)state;
    optim_scalars(&mock_model, 1, NAN, 10, scalar);
    assert_true(scalar[CNN_LR] == 0.001f);
    float own = scalar[CNN_OWN];
    optim_scalars(&mock_model, 1, 0.5, 10, scalar);
    assert_true(scalar[CNN_LR] == 0.5f);
    assert_true(fabsf(scalar[CNN_OWN] / own - 500) < 0.01f); // Adam's own rate follows it
}

// ---- CSVLogger: what Python's csv writes for the same figures

static void csv(double append, const char *separator, bool validation, bool rate,
                const char *wanted) {
    const double setting[] = {append};
    const char *const text[] = {"log.csv", separator};
    Run r;
    start(&r, &cnn_csv_logger, setting, text);
    if (!validation) r.t.val = NULL;
    r.t.rate_is_figure = rate;
    epoch(&r, false, 0, 0.1);
    r.val[0] = 0.25;
    end(&r);
    char *seen = read_file("log.csv", NULL);
    assert_string_equal(seen, wanted);
    free(seen);
}

static void csv_has_keras_columns(void **state) {
    (void)state;
    csv(0, ",", false, false,
        "epoch,accuracy,loss,val_accuracy,val_loss\r\n0,nan,0.10000000149011612,NA,NA\r\n");
    csv(1, ",", false, false,
        "epoch,accuracy,loss,val_accuracy,val_loss\r\n0,nan,0.10000000149011612,NA,NA\r\n"
        "0,nan,0.10000000149011612,NA,NA\r\n");
    csv(0, ";", true, true,
        "epoch;accuracy;learning_rate;loss;val_accuracy;val_loss\r\n"
        "0;nan;0.0010000000474974513;0.10000000149011612;nan;nan\r\n");
    csv(0, "a", false, true, // what has it is quoted
        "epocha\"accuracy\"a\"learning_rate\"alossa\"val_accuracy\"a\"val_learning_rate\"a\"val_"
        "loss\"\r\n0a\"nan\"a0.0010000000474974513a0.10000000149011612aNAaNAaNA\r\n");
}

// ---- names with fields

static void pieces(const char *text, const char *wanted) {
    char seen[200] = "";
    NamePiece p;
    for (; text && *text; strcat(seen, "|")) {
        text = filename_piece(text, &p);
        char *to = seen + strlen(seen);
        if (!text)
            strcpy(to, "?");
        else if (p.literal)
            sprintf(to, "%c", p.literal);
        else
            sprintf(to, "%s %d %d.%d%c", p.name, p.zeros, p.width, p.precision,
                    p.type ? p.type : '-');
    }
    assert_string_equal(seen, wanted);
}

static void names_are_read(void **state) {
    (void)state;
    pieces("a{{b}}", "a|{|b|}|");
    pieces("{epoch:02d}-{val_loss:.2f}", "epoch 1 2.-1d|-|val_loss 0 -1.2f|");
    pieces("{loss}{loss:8.3e}", "loss 0 -1.-1-|loss 0 8.3e|");
    pieces("{}", "?|");
    pieces("{", "?|");
    pieces("x}", "x|?|");
    pieces("{loss:.f}", "?|");
    pieces("{loss:>3}", "?|");
    pieces("{epoch:.2d}", "?|");
    pieces("{epoch!r}", "epoch!r 0 -1.-1-|");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_as_keras_does),
        cmocka_unit_test(reduces_as_keras_does),
        cmocka_unit_test(a_rate_that_is_set_is_used),
        cmocka_unit_test(csv_has_keras_columns),
        cmocka_unit_test(names_are_read),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
