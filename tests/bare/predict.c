// SPDX-License-Identifier: MIT
// An object that predicts, held to what its header promises where no memory protection helps.
//     -DSAMPLES=N; reads x, N samples as float32, and where weights are apart weights; writes y, what predict makes
//     of each sample; where they are apart it reads params, too, and writes packed, what pack makes of them
// Ends with 0, or with the number of what was wrong.
#include "bare.h"
#include "net.h"
#include <stdalign.h>

enum { BATCH_DIFFERS = 1, LEFT_WORKSPACE = 2, CHANGED_INPUT = 3, EXCEEDED_STACK = 4, NO_INFO = 5 };
enum { REFUSED_WEIGHTS = 6, TOOK_OTHERS = 7, PACKED_NOTHING = 8 };
enum { AROUND = 64, PAINT = 0x5A };

static float x[SAMPLES * NET_INPUT_SIZE], same[SAMPLES * NET_INPUT_SIZE];
static float one[SAMPLES * NET_OUTPUT_SIZE], all[SAMPLES * NET_OUTPUT_SIZE];
static alignas(64) unsigned char room[AROUND + (NET_WORKSPACE_BYTES + 63) / 64 * 64 + AROUND];

#ifdef NET_WEIGHTS_BYTES
static alignas(NET_WEIGHTS_ALIGN) unsigned char weights[NET_WEIGHTS_BYTES];
#define WEIGHTS weights,
static alignas(64) float params[NET_PARAMS_BYTES / sizeof(float)];
static alignas(64) unsigned char packed[NET_WEIGHTS_BYTES], pack_room[NET_PACK_BYTES];

static void load_weights(void) {
    read_file("weights", weights, sizeof weights);
    if (!net_check(weights)) leave(REFUSED_WEIGHTS);
    for (int i = 0; i < 24; i++) { /* its head: of another object, or no such file at all */
        weights[i] ^= 1;
        if (net_check(weights)) leave(TOOK_OTHERS);
        weights[i] ^= 1;
    }
    read_file("params", params, sizeof params);
    paint_stack();
    if (!net_pack(params, packed, pack_room) || !net_check(packed)) leave(PACKED_NOTHING);
    if (stack_used() > NET_STACK_BYTES + OWN) leave(EXCEEDED_STACK);
    write_file("packed", packed, sizeof packed);
}
#else
#define WEIGHTS
static void load_weights(void) {}
#endif

void run(void) {
    load_weights();
    read_file("x", x, sizeof x);
    copy(same, x, sizeof x);
    for (size_t i = 0; i < sizeof room; i++) room[i] = PAINT;
    paint_stack();
    net_predict(x, one, WEIGHTS room + AROUND);
    if (stack_used() > NET_STACK_BYTES + OWN) leave(EXCEEDED_STACK);
    for (int i = 1; i < SAMPLES; i++)
        net_predict(x + i * NET_INPUT_SIZE, one + i * NET_OUTPUT_SIZE, WEIGHTS room + AROUND);
    paint_stack();
    net_predict_batch(x, all, SAMPLES, WEIGHTS room + AROUND);
    if (stack_used() > NET_STACK_BYTES + OWN) leave(EXCEEDED_STACK);
    if (differ(one, all, sizeof one)) leave(BATCH_DIFFERS);
    for (int i = 0; i < AROUND; i++)
        if (room[i] != PAINT || room[AROUND + NET_WORKSPACE_BYTES + i] != PAINT)
            leave(LEFT_WORKSPACE);
    if (differ(x, same, sizeof x)) leave(CHANGED_INPUT);
    write_file("y", one, sizeof one);
    leave(net_info()[0] == '{' ? 0 : NO_INFO);
}
