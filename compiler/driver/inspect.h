// SPDX-License-Identifier: MIT
// cnnc inspect: what is in a file that cnnc or a program of it wrote.
#ifndef CNNC_INSPECT_H
#define CNNC_INSPECT_H
#include "driver/options.h"
#include "support/arena.h"

// Tensors of weights, checkpoints and cases with the range of their values; of objects, libraries and WebAssembly
// modules what they were made of. As text, or with --json a JSON object a line. Nothing of a file is run.
ExitCode inspect_command(const Options *o, Arena *a);
#endif
