// SPDX-License-Identifier: MIT
#include "net.h"
#include "second.h"
#include "third.h"
#include <stdalign.h>
#include <stdio.h>

static alignas(64) char workspace[NET_WORKSPACE_BYTES], other[SECOND_WORKSPACE_BYTES];
static alignas(64) char room[THIRD_WORKSPACE_BYTES], weights[THIRD_WEIGHTS_BYTES];

int main(void) {
    float in[NET_INPUT_SIZE] = {1, -2, 3}, out[NET_OUTPUT_SIZE], same[SECOND_OUTPUT_SIZE],
          apart[THIRD_OUTPUT_SIZE];
    FILE *file = fopen(WEIGHTS, "rb");
    if (!file || fread(weights, sizeof weights, 1, file) != 1 || !third_check(weights)) return 1;
    fclose(file);
    net_predict(in, out, workspace);
    second_predict(in, same, other);
    third_predict(in, apart, weights, room);
    for (int i = 0; i < NET_OUTPUT_SIZE; i++) printf("%.6f %.6f %.6f\n", out[i], same[i], apart[i]);
    return 0;
}
