// SPDX-License-Identifier: 0BSD
// Where a compiled program starts: the runtime on the one model that it is linked with.
#include "runtime.h"

int main(int argc, char **argv) {
    return program_main(&cnn_model, argc, argv);
}
