// SPDX-License-Identifier: MIT
// A model that was loaded into this process runs as a program would: the runtime is linked to the compiler, too.
#include "driver/run.h"
#include "../runtime/runtime.h"

int run_model(const void *descriptor, int argc, char **argv) {
    return program_main(descriptor, argc, argv);
}
