// SPDX-License-Identifier: 0BSD
// The mock as a whole program: what main.c is in a compiled one.
#include "../../runtime/runtime.h"
#include "mock_model.h"

int main(int argc, char **argv) {
    return program_main(&mock_model, argc, argv);
}
