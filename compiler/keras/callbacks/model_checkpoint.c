// SPDX-License-Identifier: MIT
// ModelCheckpoint: weights saved while training goes on, under a name that figures of the epoch may be in.
// What Keras writes as .keras or .h5 are safetensors files here, under the same stem.
#include "keras/callbacks/callback.h"
#include "model/saving.h"
#include "../runtime/fit/filename.h"
#include "../runtime/fit/model_checkpoint.h"
#include <math.h>
#include <string.h>

typedef struct ModelCheckpoint {
    const char *filepath, *monitor;
    int64_t verbose;
    bool save_best_only, save_weights_only;
    int mode;
    const Value *save_freq;
    double initial_value_threshold;
} ModelCheckpoint;

#define AT(field) offsetof(ModelCheckpoint, field)
static const Arg args[] = {
    {"filepath", ARG_TEXT, AT(filepath)},
    {"monitor", ARG_TEXT, AT(monitor), .standard = "\"val_loss\""},
    CALLBACK_VERBOSE(AT(verbose)),
    {"save_best_only", ARG_BOOL, AT(save_best_only), .standard = "False"},
    {"save_weights_only", ARG_BOOL, AT(save_weights_only), .standard = "False"},
    {"mode", ARG_CHOICE, AT(mode), .standard = "\"auto\"", .choices = monitor_modes},
    {"save_freq", ARG_VALUE, AT(save_freq), .standard = "\"epoch\""},
    {"initial_value_threshold", ARG_FLOAT_OPT, AT(initial_value_threshold), .standard = "None"},
    {0},
};
enum { FILEPATH, MONITOR };

static const FileKind whole = {"a model", {".keras", ".h5", ".safetensors"}},
                      weights = {"weights", {".weights.h5", ".safetensors"}};

static const char *own_name(Eval *e, const Object *object) {
    const ModelCheckpoint *o = object->args;
    return weights_file(e, callback_arg_loc(object, FILEPATH),
                        o->save_weights_only ? &weights : &whole,
                        "ModelCheckpoint writes safetensors", o->filepath ? o->filepath : "");
}

static bool bad_field(Eval *e, const Object *object, const char *what) {
    diag_error(e->d, callback_arg_loc(object, FILEPATH), 207, "%s", what);
    diag_help(e->d, callback_arg_loc(object, FILEPATH),
              "fields are like {epoch:02d} and {val_loss:.2f}");
    return false;
}

// Whether the program can fill this field of the name.
static bool check_field(Eval *e, const Object *object, const Fit *fit, const NamePiece *p,
                        bool by_steps) {
    bool val = strncmp(p->name, "val_", 4) == 0;
    int metric = monitor_find(e->model, val ? p->name + 4 : p->name);
    if (strcmp(p->name, "epoch") == 0 || (by_steps && strcmp(p->name, "batch") == 0)) {
        if (!p->type || p->type == 'd') return true;
    } else if (metric < 0 || (val && (by_steps || !monitor_validates(fit)))) {
        return bad_field(
            e, object,
            arena_printf(e->a, "there is no '%s' for the file's name: %s 'epoch', %s%s", p->name,
                         by_steps ? "a step has 'batch'," : "an epoch has",
                         monitor_list(e->a, e->model),
                         by_steps || !monitor_validates(fit) ? "" : ", and the same with val_"));
    } else if (metric > 0 && e->model->metric[metric - 1].figures > 1) {
        return bad_field(e, object,
                         arena_printf(e->a, "'%s' is several figures, not one", p->name));
    } else if (p->type ? p->type != 'd' : p->width < 0) {
        return true;
    }
    return bad_field(e, object,
                     arena_printf(e->a, "'%s' cannot be printed in this format", p->name));
}

static bool check_name(Eval *e, const Object *object, const Fit *fit, const char *name,
                       bool by_steps) {
    NamePiece piece;
    while (name && *name) {
        name = filename_piece(name, &piece);
        if (name && !piece.literal && !check_field(e, object, fit, &piece, by_steps)) return false;
    }
    return name || bad_field(e, object, "the file's name is no format that is understood");
}

// The figure that says which one is the best; that of a step must be known after a step.
static bool best(Eval *e, const Object *object, const Fit *fit, double *setting) {
    const ModelCheckpoint *o = object->args;
    const Monitor monitor = {o->monitor, MONITOR, o->mode, 0};
    if (!o->save_best_only) return true;
    if (!monitor_settings(e, object, fit, &monitor, setting)) return false;
    if (setting[SAVE_STEPS] == 0 || setting[MONITOR_VALIDATION] == 0) return true;
    diag_error(e->d, callback_arg_loc(object, MONITOR), 411,
               "'%s' is known after an epoch, not after so many steps", o->monitor);
    diag_help(e->d, callback_arg_loc(object, MONITOR),
              "write save_freq=\"epoch\", or monitor=\"%s\"", o->monitor + strlen("val_"));
    return false;
}

static bool settings(Eval *e, const Object *object, const Fit *fit, Callback *made) {
    const ModelCheckpoint *o = object->args;
    double *setting = made->setting;
    if (!callback_save_freq(e, o->save_freq, &setting[SAVE_STEPS])) return false;
    setting[SAVE_BEST] = o->save_best_only;
    setting[SAVE_VERBOSE] = (double)o->verbose;
    setting[SAVE_WEIGHTS] = o->save_weights_only;
    setting[SAVE_THRESHOLD] = o->initial_value_threshold;
    made->text[SAVE_FILE] = own_name(e, object);
    made->text[SAVE_MONITOR] = o->monitor;
    return made->text[SAVE_FILE] && best(e, object, fit, setting) &&
           check_name(e, object, fit, made->text[SAVE_FILE], setting[SAVE_STEPS] > 0);
}

const CallbackClass callback_model_checkpoint = {
    .object = {.name = "ModelCheckpoint", .args = args, .size = sizeof(ModelCheckpoint)},
    CALLBACK_RUNTIME(cnn_model_checkpoint),
    .nsetting = SAVE_SETTINGS,
    .ntext = SAVE_TEXTS,
    .settings = settings,
};
