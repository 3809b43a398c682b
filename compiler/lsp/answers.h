// SPDX-License-Identifier: MIT
// What the editor is told of a script. All is found anew from its text, which takes some milliseconds.
#ifndef CNNC_LSP_ANSWERS_H
#define CNNC_LSP_ANSWERS_H
#include "lsp/place.h"
#include "model/model.h"

// The errors and warnings of the script, with what --fix would write as data of each. The caller's, as all here.
typedef struct Wanted {
    ModelOptions model;
    DiagOptions diagnostics;
} Wanted;
json_t *answer_diagnostics(const char *name, const char *text, Units units, const Wanted *wanted);
// Of a layer its shapes and parameters; of a name of Keras's its arguments; else null.
json_t *answer_hover(const char *text, Units units, const json_t *position,
                     const ModelOptions *options);
// Names behind `layers.` and the like, arguments within the brackets of a call.
json_t *answer_completion(const char *text, Units units, const json_t *position);
// The edits of the diagnostics that an action is asked for.
json_t *answer_actions(const char *uri, const json_t *diagnostics);
#endif
