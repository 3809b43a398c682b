// SPDX-License-Identifier: MIT
// model.save, save_weights and load_weights: files that the program writes and reads, at their place among its
// statements. What Keras has as .keras or .h5 are safetensors files here, under the same stem.
#include "model/saving.h"
#include "support/text.h"
#include <string.h>

// Names that Keras 2 took: with another end, or with none, a folder.
static void mend_ending(Eval *e, Loc loc, const char *name, const char *end) {
    static const char *const old[] = {".hdf5", ".h5", ".ckpt", ".model", ".keras", ".tf", "/"};
    diag_help(e->d, loc, "Keras 3 ends it in %s", end);
    for (size_t i = 0; i < sizeof old / sizeof *old; i++)
        if (text_ends(name, old[i])) return edit_word(e, loc, old[i], end);
    const char *part = strrchr(name, '/');
    if (!strchr(part ? part : name, '.')) edit_string_end(e, loc, end);
}

const char *weights_file(Eval *e, Loc loc, const FileKind *kind, const char *does,
                         const char *name) {
    size_t end = 0;
    const char *list = "";
    for (int i = 0; kind->end[i]; i++) {
        if (!end && text_ends(name, kind->end[i])) end = strlen(kind->end[i]);
        list = arena_printf(e->a, "%s%s%s", list,
                            !i                 ? ""
                            : kind->end[i + 1] ? ", "
                                               : " or ",
                            kind->end[i]);
    }
    if (!end) {
        diag_error(e->d, loc, 207, "the name of a file of %s must end in %s", kind->what, list);
        mend_ending(e, loc, name, kind->end[0]);
        return NULL;
    }
    if (text_ends(name, ".weights.h5")) end = strlen(".weights.h5"); // of whatever kind
    const char *own = arena_printf(e->a, "%.*s.safetensors", (int)(strlen(name) - end), name);
    if (strcmp(own, name) != 0) diag_warning(e->d, loc, "file-format", "%s: '%s'", does, own);
    return own;
}

static const FileKind model_file = {"a model", {".keras", ".h5", ".hdf5", ".safetensors"}},
                      file_of_weights = {"weights", {".weights.h5", ".safetensors"}},
                      either_file = {"weights",
                                     {".weights.h5", ".keras", ".h5", ".hdf5", ".safetensors"}};

typedef struct SaveArgs {
    const Value *filepath;
} SaveArgs;
#define FILEPATH {"filepath", ARG_VALUE, offsetof(SaveArgs, filepath), .standard = NULL}
static const Arg model_args[] = {FILEPATH,
                                 ARG_UNSUPPORTED("overwrite", "True"),
                                 ARG_UNSUPPORTED("zipped", "None"),
                                 ARG_UNSUPPORTED("include_optimizer", "True"),
                                 {0}},
                 weights_args[] = {FILEPATH,
                                   ARG_UNSUPPORTED("overwrite", "True"),
                                   ARG_UNSUPPORTED("max_shard_size", "None"),
                                   {0}},
                 load_args[] = {FILEPATH, ARG_UNSUPPORTED("skip_mismatch", "False"), {0}};

// A path that is not known here: the statement is left out.
static Value left_out(Eval *e, const Call *call, const char *method, const char *instead) {
    Value v = foreign_made(e, arena_printf(e->a, "model.%s", method), call->loc);
    foreign_left_out(e, call->loc, v.foreign);
    diag_help(e->d, call->loc, "%s", instead);
    return (Value){.kind = VALUE_NONE};
}

// The file that a call names; NULL: *path is no string that is known here, or that was reported.
static const char *read_path(Eval *e, const Call *call, const Arg *table, const FileKind *kind,
                             const char *does, const Value **path) {
    SaveArgs args = {0};
    *path = NULL;
    if (!bind(e, call, &(ArgTable){table, &args, bind_locs(e->a, table)}, 1)) return NULL;
    *path = args.filepath;
    bool known = args.filepath->kind == VALUE_STRING;
    return known ? weights_file(e, args.filepath->loc, kind, does, args.filepath->text) : NULL;
}

static bool unknown_path(const Value *path) {
    return path && (path->kind == VALUE_FOREIGN || path->kind == VALUE_TEXT_LATER);
}

static void refuse_path(Eval *e, const Value *path) {
    if (path && path->kind != VALUE_STRING && path->kind != VALUE_ERROR)
        diag_error(e->d, path->loc, 206, "'filepath' must be a string, not %s",
                   value_describe(e->a, path));
}

static Value save(Eval *e, const Call *call, const char *method, const Arg *table,
                  const FileKind *kind) {
    const Value *path;
    const char *does = arena_printf(e->a, "%s writes safetensors", method),
               *own = read_path(e, call, table, kind, does, &path);
    if (unknown_path(path))
        return left_out(e, call, method, "run the built program: PROGRAM train --out FILE");
    refuse_path(e, path);
    if (!own) return eval_error();
    statement_add(e, e->at, call->loc, (Statement){.kind = STATEMENT_SAVE, .path = own});
    return (Value){.kind = VALUE_NONE};
}

Value method_save(Eval *e, const Call *call) {
    return save(e, call, "save", model_args, &model_file);
}

Value method_save_weights(Eval *e, const Call *call) {
    return save(e, call, "save_weights", weights_args, &file_of_weights);
}

// Keras also takes the optimiser's state from the file, if the optimiser has been used since compile.
Value method_load_weights(Eval *e, const Call *call) {
    const Value *path;
    const char *own =
        read_path(e, call, load_args, &either_file, "load_weights reads safetensors", &path);
    if (unknown_path(path)) {
        e->at->loaded = true;
        return left_out(e, call, "load_weights",
                        "give them to the built program: PROGRAM evaluate --weights FILE");
    }
    refuse_path(e, path);
    if (!own) return eval_error();
    e->at->reloaded = e->model->has_fit && !e->at->compiled_anew;
    statement_add(e, e->at, call->loc, (Statement){.kind = STATEMENT_LOAD, .path = own});
    return (Value){.kind = VALUE_NONE};
}
