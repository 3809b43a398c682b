// SPDX-License-Identifier: 0BSD
// The rest as a user sees it: options, logs, weights files, cases, and what is said when they are
// wrong. Standard output is left alone; what counts are files and exit codes.
#include "check.h"
#include "../../runtime/runtime.h"
#include "../../runtime/io/safetensors.h"
#include "mock_model.h"
#include "write_tensors.h"
#include <math.h>

static bool parse(Options *options, const char *line, CnnError *error) {
    static char copy[256];
    char *argv[16] = {(char *)"mock"}, *save;
    int argc = 1;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    return options_parse(options, argc, argv, error);
}

static void options_are_parsed(void **state) {
    CnnError error = {0};
    Options o;
    (void)state;
    assert_true(parse(&o, "", &error));
    assert_string_equal(o.command, "");
    assert_int_equal(o.seed, -1);
    assert_true(parse(&o, "train --epochs 3 --seed=4294967295 --out w --log a.csv", &error));
    assert_int_equal(o.epochs, 3);
    assert_int_equal(o.seed, 4294967295);
    assert_string_equal(o.out, "w");
    assert_true(parse(&o, "verify a.safetensors -o b", &error));
    assert_int_equal(o.nfile, 1);
    assert_string_equal(o.file[0], "a.safetensors");
    assert_string_equal(o.out, "b");
    assert_true(parse(&o, "predict a.png --weights w b.png --top=5 c:7 --csv", &error));
    assert_int_equal(o.nfile, 3);
    assert_string_equal(o.file[0], "a.png");
    assert_string_equal(o.file[1], "b.png");
    assert_string_equal(o.file[2], "c:7");
    assert_int_equal(o.top, 5);
    assert_true(o.csv);
    assert_true(parse(&o, "bench --seconds 0", &error));
    assert_int_equal(o.seconds, 0);
    assert_false(o.json);
    assert_true(parse(&o, "bench --json --threads 2", &error));
    assert_true(o.json);
    assert_int_equal(o.threads, 2);
    assert_true(parse(&o, "train --help --nonsense", &error));
    assert_string_equal(o.command, "--help");
}

static void wrong_usage_is_code_2(void **state) {
    static const char *const lines[] = {"predict",
                                        "predict a.png",
                                        "predict --weights w",
                                        "predict a.png --weights w --json --csv",
                                        "predict a.png --weights w --top 0",
                                        "train a.png",
                                        "verify a b",
                                        "bench --epochs 3",
                                        "bench --json=no",
                                        "train --csv",
                                        "train --runs 0",
                                        "nonsense",
                                        "--nonsense",
                                        "evaluate",
                                        "verify",
                                        "train --epochs",
                                        "train --epochs 0",
                                        "train --epochs 1e3",
                                        "train --epochs 99999999999999999999",
                                        "train --seed -1",
                                        "train --seed 4294967296",
                                        "train --threads 0",
                                        "train --batch-size=",
                                        "train --out=",
                                        "train --every 3",
                                        "train --weights w",
                                        "verify a b",
                                        "summary --seed 1",
                                        "train --epochs 3x",
                                        "--out w"};
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        CnnError error = {0};
        Options o;
        if (parse(&o, lines[i], &error)) fail_msg("taken: %s", lines[i]);
        assert_int_equal(error.code, CNN_USAGE);
    }
}

static void log_rows(const char *path, const CnnModel *model) {
    static const double train[] = {0.25, 0.5, 3}, val[] = {1e-7, 1, NAN};
    CnnError error = {0};
    Log *log = log_open(path, model, 0, &error);
    assert_non_null(log);
    const Epoch first = {.epoch = 1,
                         .samples = 54,
                         .train = train,
                         .val = val,
                         .train_seconds = 1.5,
                         .val_seconds = 0.25,
                         .rate = 0.5};
    const Epoch second = {.epoch = 2, .samples = 54, .train = train, .train_seconds = 2};
    log_row(log, &first);
    log_row(log, &second);
    log_close(log);
}

static void check_text(const char *path, const char *text) {
    char *seen = read_file(path, NULL);
    assert_string_equal(seen, text);
    free(seen);
}

static void logs_have_their_names(void **state) {
    static const char *const metric[] = {"accuracy", "mae"};
    const CnnModel two = {.nmetric = 2, .metric = metric}, none = {.nmetric = 0};
    CnnError error = {0};
    (void)state;
    log_rows("two.csv", &two);
    check_text("two.csv", "epoch,loss,accuracy,val_loss,val_accuracy,train_seconds,val_seconds,"
                          "samples,learning_rate,mae,val_mae\n"
                          "1,0.25,0.5,0.0000001,1,1.500000,0.250000,54,0.5,3,\n"
                          "2,0.25,0.5,,,2.000000,,54,0,3,\n");
    log_rows("none.csv", &none);
    check_text("none.csv", "epoch,loss,accuracy,val_loss,val_accuracy,train_seconds,val_seconds,"
                           "samples,learning_rate\n"
                           "1,0.25,,0.0000001,,1.500000,0.250000,54,0.5\n"
                           "2,0.25,,,,2.000000,,54,0\n");
    log_rows("none.jsonl", &none);
    check_text("none.jsonl",
               "{\"epoch\": 1, \"loss\": 0.25, \"accuracy\": null, \"val_loss\": 0.0000001, "
               "\"val_accuracy\": null, \"train_seconds\": 1.500000, \"val_seconds\": 0.250000, "
               "\"samples\": 54, \"learning_rate\": 0.5}\n"
               "{\"epoch\": 2, \"loss\": 0.25, \"accuracy\": null, \"val_loss\": null, "
               "\"val_accuracy\": null, \"train_seconds\": 2.000000, \"val_seconds\": null, "
               "\"samples\": 54, \"learning_rate\": 0}\n");
    assert_null(log_open("log.txt", &none, 0, &error));
    assert_int_equal(error.code, CNN_USAGE);
    assert_null(log_open("no/such/log.csv", &none, 0, &error));
    assert_int_equal(error.code, CNN_SYSTEM);
}

static float *weights(uint32_t seed) {
    float *params = malloc((size_t)mock_model.param_floats * sizeof *params);
    random_weights(&mock_model, seed, params);
    return params;
}

static bool save_weights(const CnnModel *model, const char *path, const float *params,
                         CnnError *error) {
    OutFile out;
    const Engine engine = {.model = model, .run.params = (float *)params};
    if (!outfile_open(&out, path, NULL, weights_bytes(model), error)) return false;
    bool ok = weights_save(&engine, &out, false, error);
    outfile_close(&out);
    return ok;
}

static void weights_come_back(void **state) {
    CnnError error = {0};
    float *saved = weights(1), *loaded = weights(2);
    (void)state;
    assert_true(save_weights(&mock_model, "w.st", saved, &error));
    assert_true(weights_load(&mock_model, "w.st", loaded, NULL, &error));
    assert_memory_equal(saved, loaded, (size_t)mock_model.param_floats * sizeof *saved);
    free(saved);
    free(loaded);
}

static void weights_that_are_not_finite_are_named(void **state) {
    CnnError error = {0};
    float *params = weights(1);
    int kept = dup(STDERR_FILENO);
    (void)state;
    params[mock_model.weight[1].param] = NAN;
    params[mock_model.weight[1].param + 2] = -HUGE_VALF;
    params[mock_model.weight[3].param] = HUGE_VALF;
    assert_true(save_weights(&mock_model, "nan.st", params, &error));
    assert_non_null(freopen("errors", "w", stderr));
    bool ok = weights_load(&mock_model, "nan.st", params, NULL, &error);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    assert_true(ok);
    check_text("errors", "mock: warning: nan.st: 2 of the 128 values of dense/bias are nan or "
                         "infinite, and some of 1 more tensors\n");
    free(params);
}

static void wrong_weights_are_named(void **state) {
    CnnError error = {0};
    float *params = weights(1);
    CnnWeight other[4];
    CnnModel model = mock_model;
    (void)state;
    memcpy(other, mock_model.weight, sizeof other);
    model.weight = other;
    other[0].name = "renamed/kernel";
    other[1].dim[0] = 64;
    assert_true(save_weights(&model, "wrong.st", params, &error));
    assert_false(weights_load(&mock_model, "wrong.st", params, NULL, &error));
    ASSERT_HAS(error.text,
               "wrong.st: not the weights of mock.cnn: dense/kernel (784, 128) is missing");
    ASSERT_HAS(error.text, "dense/bias is (64,), expected (128,)");
    ASSERT_HAS(error.text, "renamed/kernel is not in the model");
    free(params);
}

enum { N = 20 };
static float case_x[N * 784], zero[784 * 128];
static int32_t case_y[N];

// A case of the mock: weights, x, y and results of the right shapes, all zero.
static void write_case(const char *path, const float *params, StType label) {
    static const struct {
        const char *name;
        int64_t rank, dim[2];
    } results[] = {{"predict", 2, {N, 10}},
                   {"loss", 1, {1}},
                   {"train_output", 2, {N, 10}},
                   {"grad/dense/kernel", 2, {784, 128}},
                   {"step3/dense_1/bias", 1, {10}}};
    static char names[4][32];
    StTensor t[16];
    int64_t n = 0;
    CnnError error = {0};
    Stream stream = stream_start(4, 0, 0, 99);
    for (int i = 0; i < N * 784; i++) case_x[i] = (float)(stream_next(&stream) >> 8) * 0x1p-24f;
    for (int i = 0; i < N; i++) case_y[i] = i % 10;
    t[n++] = (StTensor){.name = (char *)"x", .rank = 3, .dim = {N, 28, 28}, .data = case_x};
    t[n++] = (StTensor){.name = (char *)"y", .type = label, .rank = 1, .dim = {N}, .data = case_y};
    for (int i = 0; i < 4; i++) {
        const CnnWeight *w = &mock_model.weight[i];
        snprintf(names[i], sizeof names[i], "weights/%s", w->name);
        t[n] = (StTensor){.name = names[i], .rank = w->rank, .data = params + w->param};
        memcpy(t[n++].dim, w->dim, 2 * sizeof *w->dim);
    }
    for (int i = 0; i < 5; i++)
        t[n++] = (StTensor){.name = (char *)results[i].name,
                            .rank = results[i].rank,
                            .dim = {results[i].dim[0], results[i].dim[1]},
                            .data = zero};
    if (!write_tensors(path, t, n, NULL, 0, &error)) fail_msg("%s", error.text);
}

// The case with the results that were computed for it in place of its own.
static void fill_case(const char *path, const char *computed) {
    CnnError error = {0};
    Safetensors file, results;
    assert_true(safetensors_read(path, &file, &error));
    assert_true(safetensors_read(computed, &results, &error));
    for (int64_t i = 0; i < file.ntensor; i++) {
        const StTensor *t = safetensors_find(&results, file.tensor[i].name);
        if (t) file.tensor[i].data = t->data;
    }
    assert_true(write_tensors(path, file.tensor, file.ntensor, NULL, 0, &error));
    safetensors_free(&file);
    safetensors_free(&results);
}

static void cases_are_recomputed(void **state) {
    CnnError error = {0};
    float *params = weights(1);
    (void)state;
    write_case("case.st", params, ST_I32);
    OutFile one_file, three_file;
    assert_true(outfile_open(&one_file, "one.st", NULL, 0, &error));
    assert_true(outfile_open(&three_file, "three.st", NULL, 0, &error));
    assert_false(verify_case(&mock_model, "case.st", &one_file, (Threads){.n = 1}, 0, &error));
    assert_int_equal(error.code, CNN_REFUSED);
    ASSERT_HAS(error.text, "exceed their tolerance");
    assert_false(verify_case(&mock_model, "case.st", &three_file, (Threads){.n = 3}, 0, &error));
    outfile_close(&one_file);
    outfile_close(&three_file);
    size_t n, m;
    char *one = read_file("one.st", &n), *three = read_file("three.st", &m);
    assert_int_equal(n, m);
    assert_memory_equal(one, three, n);
    free(one);
    free(three);
    fill_case("case.st", "one.st");
    assert_true(verify_case(&mock_model, "case.st", NULL, (Threads){.n = 2}, 0, &error));

    float *loaded = weights(2); // of a case, only weights/ counts
    assert_true(weights_load(&mock_model, "case.st", loaded, NULL, &error));
    assert_memory_equal(params, loaded, (size_t)mock_model.param_floats * sizeof *params);
    free(loaded);
    free(params);
}

static void wrong_cases_are_refused(void **state) {
    CnnError error = {0};
    float *params = weights(1);
    CnnModel model = mock_model;
    (void)state;
    write_case("case.st", params, ST_F32);
    assert_false(verify_case(&mock_model, "case.st", NULL, (Threads){.n = 1}, 0, &error));
    ASSERT_HAS(error.text, "y is F32 (20,); expected I32 class numbers");
    write_case("case.st", params, ST_I32);
    model.output_dim[0] = 9;
    assert_false(verify_case(&model, "case.st", NULL, (Threads){.n = 1}, 0, &error));
    ASSERT_HAS(error.text, "y[9] is 9");
    model.input_dim[0] = 56;
    model.input_dim[1] = 14;
    assert_false(verify_case(&model, "case.st", NULL, (Threads){.n = 1}, 0, &error));
    ASSERT_HAS(error.text,
               "x is F32 (20, 28, 28); expected F32 samples of the model's Input (56, 14)");
    model.input_floats = 783;
    assert_false(verify_case(&model, "case.st", NULL, (Threads){.n = 1}, 0, &error));
    ASSERT_HAS(error.text, "x is F32 (20, 28, 28)");
    assert_true(save_weights(&mock_model, "w.st", params, &error));
    assert_false(verify_case(&mock_model, "w.st", NULL, (Threads){.n = 1}, 0, &error));
    ASSERT_HAS(error.text, "not a case");
    free(params);
}

static void check_exit_codes(void) {
    CnnModel model = mock_model, bare = mock_model;
    char *predict[] = {(char *)"mock", (char *)"predict", NULL};
    char *train[] = {(char *)"mock", (char *)"train", (char *)"--data", (char *)"/no/such", NULL};
    char *bench[] = {(char *)"mock", (char *)"bench", (char *)"--seconds=0", NULL};
    char *summary[] = {(char *)"mock", (char *)"summary", NULL};
    char *nowhere[] = {(char *)"mock", (char *)"train", (char *)"--out", (char *)"/no/such/w",
                       NULL};
    assert_int_equal(program_main(&mock_model, 2, predict), CNN_USAGE);
    assert_int_equal(program_main(&mock_model, 4, train), CNN_REFUSED);
    assert_int_equal(program_main(&mock_model, 4, nowhere), CNN_SYSTEM);
    bare.has_compile = 0;
    bare.nphase = 0;
    bare.evaluate = NULL;
    assert_int_equal(program_main(&bare, 2, summary), CNN_OK);
    assert_int_equal(program_main(&bare, 2, train), CNN_REFUSED);
    assert_int_equal(program_main(&bare, 3, bench), CNN_OK); // inference alone
    model.abi = 99;
    assert_int_equal(program_main(&model, 2, summary), CNN_SYSTEM);
}

static void exit_codes(void **state) {
    int kept = dup(STDERR_FILENO); // the errors are wanted, but not on the screen
    (void)state;
    assert_non_null(freopen("errors", "w", stderr));
    check_exit_codes();
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    char *errors = read_file("errors", NULL);
    ASSERT_HAS(errors, "mock: error: predict needs --weights W");
    ASSERT_HAS(errors, "mock.cnn has no model.compile(");
    ASSERT_HAS(errors, "mock: error: this program's model speaks ABI 99 and its runtime ");
    ASSERT_HAS(errors, "; link it with the runtime of the cnnc that compiled it");
    free(errors);
}

static void a_loss_that_is_not_finite_ends_training(void **state) {
    static uint8_t pixel[16 * 784], label[16];
    CnnError error = {0};
    Engine e;
    (void)state;
    assert_true(
        engine_new(&e, &mock_model, &ranks_alone, (Threads){.n = 1}, 8, INFER_ROWS, &error));
    e.run.params[0] = NAN;
    Fit fit = {.epochs = 1, .batch_size = 8, .run = -1};
    fit.train = (Samples){.n = 16, .pixel = pixel, .label = label};
    assert_false(train_fit(&e, &fit, &error));
    ASSERT_HAS(error.text, "nan in epoch 1, step 1 of 2");
    engine_free(&e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_parsed),
        cmocka_unit_test(wrong_usage_is_code_2),
        cmocka_unit_test(logs_have_their_names),
        cmocka_unit_test(weights_come_back),
        cmocka_unit_test(weights_that_are_not_finite_are_named),
        cmocka_unit_test(wrong_weights_are_named),
        cmocka_unit_test(cases_are_recomputed),
        cmocka_unit_test(wrong_cases_are_refused),
        cmocka_unit_test(a_loss_that_is_not_finite_ends_training),
        cmocka_unit_test(exit_codes),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
