// SPDX-License-Identifier: MIT
// An object that trains, as tests/object/train.c uses it.
//     -DSAMPLES=N -DEPOCHS=N -DSEED=N; reads x and y, words of 4 bytes; writes i and w: the weights, first and last
// Ends with 0, or with the number of what was wrong.
#include "bare.h"
#include "net.h"
#include <stdalign.h>

enum { NO_LOSS = 1, EXCEEDED_STACK = 2, NO_FIGURES = 3 };

static float x[SAMPLES][NET_INPUT_SIZE], some_x[NET_BATCH_SIZE][NET_INPUT_SIZE];
static uint32_t y[SAMPLES][NET_LABEL_SIZE], some_y[NET_BATCH_SIZE][NET_LABEL_SIZE], order[SAMPLES];
static float output[NET_BATCH_SIZE * NET_OUTPUT_SIZE];
static alignas(64) unsigned char state[NET_STATE_BYTES], workspace[NET_WORKSPACE_BYTES];
static alignas(64) unsigned char params[NET_PARAMS_BYTES], predict[NET_PREDICT_BYTES];
#define PARAMS ((float *)(void *)params)

static int
is_some(double x) { // 0 or more, and no nan: where doubles are a library's, there is none
    union {
        double x;
        uint64_t bits;
    } u = {x};
    return u.bits <= UINT64_C(0x7FF) << 52;
}

static void epoch(uint32_t number) {
    net_set_epoch(state, number);
    for (uint32_t i = 0; i < SAMPLES; i++) order[i] = i;
    net_shuffle(order, SAMPLES, SEED, number);
    for (uint32_t at = 0; at < SAMPLES; at += NET_BATCH_SIZE) {
        uint32_t n = SAMPLES - at < NET_BATCH_SIZE ? SAMPLES - at : NET_BATCH_SIZE;
        for (uint32_t i = 0; i < n; i++) {
            copy(some_x[i], x[order[at + i]], sizeof *x);
            copy(some_y[i], y[order[at + i]], sizeof *y);
        }
        paint_stack();
        double loss = net_train_step(some_x[0], some_y, n, PARAMS, state, workspace);
        if (stack_used() > NET_STACK_BYTES + OWN) leave(EXCEEDED_STACK);
        if (!is_some(loss)) leave(NO_LOSS);
        net_predict(some_x[0], output, n, PARAMS, predict); // disturbs nothing
    }
}

void run(void) {
    static double figure[NET_FIGURES];
    read_file("x", x, sizeof x);
    read_file("y", y, sizeof y);
    net_init(PARAMS, SEED);
    write_file("i", params, sizeof params);
    net_start(state, SEED);
    for (uint32_t e = 0; e < EPOCHS; e++) epoch(e);
    net_figures(state, figure);
#ifdef NET_HAS_AVERAGE
    net_finish(PARAMS, state);
#endif
    write_file("w", params, sizeof params);
    leave(is_some(figure[0]) && net_info()[0] == '{' ? 0 : NO_FIGURES);
}
