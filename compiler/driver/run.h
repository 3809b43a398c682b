// SPDX-License-Identifier: MIT
#ifndef CNNC_RUN_H
#define CNNC_RUN_H

// Does what the program of this descriptor (runtime/abi.h) would with these arguments, the first its name.
// Returns its exit code.
int run_model(const void *descriptor, int argc, char **argv);
#endif
