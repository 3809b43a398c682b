// SPDX-License-Identifier: MIT
// Any bytes at all go through the front end: lexer, parser, evaluation, binding, shapes, printing.
#include "driver/options.h"
#include "formats/summary.h"
#include "syntax/ast.h"
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static FILE *nowhere;
    if (!nowhere) nowhere = fopen("/dev/null", "w");
    Arena *a = arena_new();
    const char *text = (const char *)data;
    Diag *d = diag_new(a, "fuzz.cnn", text, size);
    const Model *m = model_load(a, d, text, size, NULL);
    diag_flush(d, nowhere, &(DiagOptions){.json = size % 2});
    ast_print(syntax_parse(a, diag_new(a, "fuzz.cnn", text, size), text, size), nowhere);
    if (m) {
        model_print(a, m, nowhere);
        fputs(summary_classic(a, m, (SummaryForm){.nested = true, .trainable = true}), nowhere);
        fputs(summary_explain(a, m), nowhere);
        fputs(summary_json(a, m, NULL), nowhere);
    }
    arena_free(a);
    return 0;
}
