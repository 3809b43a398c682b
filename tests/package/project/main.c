// SPDX-License-Identifier: MIT
#include "net.h"
#include "second.h"
#include <stdalign.h>
#include <stdio.h>

static alignas(64) char workspace[NET_WORKSPACE_BYTES], other[SECOND_WORKSPACE_BYTES];

int main(void) {
    float in[NET_INPUT_SIZE] = {1, -2, 3}, out[NET_OUTPUT_SIZE], same[SECOND_OUTPUT_SIZE];
    net_predict(in, out, workspace);
    second_predict(in, same, other);
    for (int i = 0; i < NET_OUTPUT_SIZE; i++) printf("%.6f %.6f\n", out[i], same[i]);
    return 0;
}
