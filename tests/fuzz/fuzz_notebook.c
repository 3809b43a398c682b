// SPDX-License-Identifier: MIT
// Any bytes as a notebook: its cells are a script, which goes through the front end, or it is refused with words.
#include "driver/options.h"
#include "model/model.h"
#include "syntax/notebook.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static FILE *nowhere;
    if (!nowhere) nowhere = fopen("/dev/null", "w");
    Arena *a = arena_new();
    const char *wrong = NULL, *script = notebook_script(a, (const char *)data, size, &wrong);
    if (script) {
        Diag *d = diag_new(a, "fuzz.ipynb", script, strlen(script));
        model_load(a, d, script, strlen(script), NULL);
        diag_flush(d, nowhere, &(DiagOptions){.json = size % 2});
    } else if (!wrong || !*wrong) {
        abort();
    }
    arena_free(a);
    return 0;
}
