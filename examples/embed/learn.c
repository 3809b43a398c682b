// SPDX-License-Identifier: 0BSD
// A network that learns on a Cortex-M, without a system or a library: from nothing, or, of one that was trained
// elsewhere, its last layer alone. docs/targets.md has the commands. The digits come, and what is said goes, by the
// emulator (start.c); on a board they come from a sensor, and go to a display.
//     -DDIGITS=N -DTESTS=N -DEPOCHS=N    so many digits of the files of MNIST, and times that they are learnt
//     -DTRAINED                          the weights are those in the file `params` (params.py), and a 0 is now called a
//                                        1, a 1 a 2, a 9 a 0
#include "bare.h"
#include "net.h"
#include <stdalign.h>

enum { SEED = 1, PIXELS = NET_INPUT_SIZE, IMAGE_HEAD = 16, LABEL_HEAD = 8 };
#ifdef TRAINED
enum { MOVED = 1 };
#else
enum { MOVED = 0 };
#endif

static unsigned char images[IMAGE_HEAD + DIGITS * PIXELS], labels[LABEL_HEAD + DIGITS];
static unsigned char test_images[IMAGE_HEAD + TESTS * PIXELS], test_labels[LABEL_HEAD + TESTS];
static alignas(64) unsigned char state[NET_STATE_BYTES], workspace[NET_WORKSPACE_BYTES];
static alignas(64) unsigned char room[NET_PREDICT_BYTES];
static alignas(64) float params[NET_PARAMS_BYTES / sizeof(float)];
static float x[NET_BATCH_SIZE][PIXELS];
static int32_t y[NET_BATCH_SIZE];
static uint32_t order[DIGITS];

// ---- time: the counter that every Cortex-M has, 24 bits, downwards

static volatile uint32_t *const systick = (volatile uint32_t *)0xE000E010; // control, reload, value

static void start_clock(void) {
    systick[1] = 0xFFFFFF;
    systick[2] = 0;
    systick[0] = 5; // on, by the processor's clock
}

static uint32_t ticks_since(uint32_t before) {
    return (before - systick[2]) & 0xFFFFFF;
}

// ---- words

static char *add_text(char *at, const char *text) {
    while (*text) *at++ = *text++;
    return at;
}

static char *add_number(char *at, uint32_t n) {
    if (n > 9) at = add_number(at, n / 10);
    *at++ = (char)('0' + n % 10);
    return at;
}

static void say(uint32_t epoch, uint32_t right, uint32_t ticks) {
    char line[100], *end = add_text(line, "after ");
    end = add_text(add_number(end, epoch), " epochs: ");
    end = add_text(add_number(end, right), " of ");
    end = add_text(add_number(end, TESTS), " right; a step took ");
    end = add_text(add_number(end, ticks), " ticks\n");
    write_file(":tt", line, (size_t)(end - line)); // the emulator's own output
}

// ---- digits

static void take(float *to, const unsigned char *from) {
    for (int i = 0; i < PIXELS; i++) to[i] = (float)from[i] / 255;
}

static int called(int digit) { // what the network is to call it
    return (digit + MOVED) % NET_OUTPUT_SIZE;
}

static uint32_t count_right(void) {
    uint32_t right = 0;
    for (int i = 0; i < TESTS; i++) {
        float p[NET_OUTPUT_SIZE];
        int best = 0;
        take(x[0], test_images + IMAGE_HEAD + i * PIXELS);
        net_predict(x[0], p, 1, params, room);
        for (int k = 1; k < NET_OUTPUT_SIZE; k++)
            if (p[k] > p[best]) best = k;
        right += best == called(test_labels[LABEL_HEAD + i]);
    }
    return right;
}

static uint32_t learn(uint32_t epoch) { // ticks of a whole step
    uint32_t most = 0;
    net_set_epoch(state, epoch);
    net_shuffle(order, DIGITS, SEED, epoch);
    for (uint32_t at = 0; at < DIGITS; at += NET_BATCH_SIZE) {
        uint32_t n = 0;
        for (; n < NET_BATCH_SIZE && at + n < DIGITS; n++) {
            take(x[n], images + IMAGE_HEAD + order[at + n] * PIXELS);
            y[n] = called(labels[LABEL_HEAD + order[at + n]]);
        }
        uint32_t before = systick[2];
        net_train_step(x[0], y, n, params, state, workspace);
        uint32_t ticks = ticks_since(before);
        if (ticks > most) most = ticks;
    }
    return most;
}

void run(void) {
    read_file("train-images-idx3-ubyte", images, sizeof images);
    read_file("train-labels-idx1-ubyte", labels, sizeof labels);
    read_file("t10k-images-idx3-ubyte", test_images, sizeof test_images);
    read_file("t10k-labels-idx1-ubyte", test_labels, sizeof test_labels);
    start_clock();
#ifdef TRAINED
    read_file("params", params, sizeof params);
#else
    net_init(params, SEED);
#endif
    net_start(state, SEED);
    if (MOVED) net_set_rate(state, 0.03); // few weights move far
    say(0, count_right(), 0);
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) {
        uint32_t ticks = learn(epoch);
        say(epoch + 1, count_right(), ticks);
    }
    leave(0);
}
