// SPDX-License-Identifier: MIT
// cnnc lsp: a server of the Language Server Protocol on standard input and output.
#ifndef CNNC_LSP_SERVER_H
#define CNNC_LSP_SERVER_H
#include "driver/options.h"

// Until the editor says exit: EXIT_OK where it said shutdown before, else EXIT_REFUSED.
ExitCode lsp_serve(const Options *o, FILE *in, FILE *out);
#endif
