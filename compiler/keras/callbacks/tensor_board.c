// SPDX-License-Identifier: MIT
// TensorBoard: the figures of the training in files that TensorBoard shows.
#include "keras/callbacks/callback.h"
#include "../runtime/fit/tensorboard.h"
#include <math.h>
#include <string.h>

typedef struct TensorBoard {
    const char *log_dir;
    bool write_graph, write_images, write_steps_per_second;
    const Value *update_freq;
} TensorBoard;

#define AT(field) offsetof(TensorBoard, field)
static const Arg args[] = {
    {"log_dir", ARG_TEXT, AT(log_dir), .standard = "\"logs\""},
    ARG_UNSUPPORTED("histogram_freq", "0"),
    {"write_graph", ARG_BOOL, AT(write_graph), .standard = "True"},
    {"write_images", ARG_BOOL, AT(write_images), .standard = "False"},
    {"write_steps_per_second", ARG_BOOL, AT(write_steps_per_second), .standard = "False"},
    {"update_freq", ARG_VALUE, AT(update_freq), .standard = "\"epoch\""},
    ARG_UNSUPPORTED("profile_batch", "0"),
    ARG_UNSUPPORTED("embeddings_freq", "0"),
    ARG_UNSUPPORTED("embeddings_metadata", "None"),
    {0},
};
enum { LOG_DIR, WRITE_GRAPH = 2 };

static bool read_steps(Eval *e, const Value *v, double *steps) {
    bool text = v->kind == VALUE_STRING;
    *steps = text ? strcmp(v->text, "batch") == 0 : (double)v->integer;
    if (text ? *steps == 1 || strcmp(v->text, "epoch") == 0
             : v->kind == VALUE_INT && v->integer > 0)
        return true;
    diag_error(e->d, v->loc, 207,
               "'update_freq' must be \"epoch\", \"batch\" or a number of steps, not %s",
               value_describe(e->a, v));
    return false;
}

static bool settings(Eval *e, const Object *object, const Fit *fit, Callback *made) {
    const TensorBoard *o = object->args;
    (void)fit;
    if (!o->log_dir || !*o->log_dir) {
        diag_error(e->d, callback_arg_loc(object, LOG_DIR), 207, "'log_dir' must name a folder");
        return false;
    }
    if (o->write_graph && object->arg_loc[WRITE_GRAPH].line)
        diag_warning(e->d, object->arg_loc[WRITE_GRAPH], "tensorboard-graph",
                     "TensorBoard gets the figures, but no graph of the model");
    made->setting[BOARD_SPEED] = o->write_steps_per_second;
    made->text[BOARD_FOLDER] = o->log_dir;
    return read_steps(e, o->update_freq, &made->setting[BOARD_STEPS]);
}

const CallbackClass callback_tensor_board = {
    .object = {.name = "TensorBoard", .args = args, .size = sizeof(TensorBoard)},
    CALLBACK_RUNTIME(cnn_tensorboard),
    .nsetting = BOARD_SETTINGS,
    .ntext = BOARD_TEXTS,
    .settings = settings,
};
