// SPDX-License-Identifier: MIT
// See import.h. A .keras file is an archive of config.json, which becomes the script, and model.weights.h5. An .h5 file
// of the years before has the same in one HDF5 file. What holds weights alone needs the script that they are for. Of an
// ONNX file the graph becomes such a configuration (chain.h). Nothing of a file is run: it is text and numbers.
#include "exchange/import.h"
#include "../runtime/io/safetensors.h"
#include "driver/source.h"
#include "../runtime/io/mapped.h"
#include "exchange/archive.h"
#include "exchange/chain.h"
#include "exchange/config.h"
#include "exchange/guarded.h"
#include "exchange/stored.h"
#include "formats/output.h"
#include "support/tell.h"
#include "support/text.h"
#include "syntax/layout.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Import {
    const Options *o;
    Arena *a;
    const char *path;
    zip_t *archive; // of a .keras file, else NULL
    bool onnx;
    Mapped mapped; // the ONNX file
    Chain chain; // what is in it
    const char *text; // the script; NULL where it is the user's own
    const Model *model;
    float *weights;
    Hdf5Source source; // of the weights
    char *bytes; // its, of an archive
} Import;

static ExitCode report(const CnnError *error) {
    tell("error: %s", error->text);
    return (ExitCode)error->code;
}

static ExitCode report_in(const char *path, const CnnError *error) {
    tell("error: '%s': %s", path, error->text);
    return (ExitCode)error->code;
}

static ExitCode refuse(const Import *im, const char *text) {
    tell("error: '%s': %s", im->path, text);
    return EXIT_REFUSED;
}

// ----------------------------------------------------------------------------------- the file

static const char onnx_end[] = ".onnx";

// Whether it is an archive or HDF5 its first bytes say; those of ONNX are like any others, so its name does.
static ExitCode open_file(Import *im) {
    CnnError error = {0};
    struct stat is;
    char magic[4] = {0};
    im->source.path = im->path;
    bool there = stat(im->path, &is) == 0;
    if (there && S_ISDIR(is.st_mode))
        return refuse(im, "is a folder: save the model with Keras 3 as a .keras file");
    if (there && !S_ISREG(is.st_mode)) return refuse(im, "is no regular file");
    FILE *in = there ? fopen(im->path, "rb") : NULL;
    if (!in) {
        tell("error: cannot read '%s': %s", im->path, strerror(errno));
        return (ExitCode)cnn_errno_code(errno);
    }
    size_t n = fread(magic, 1, sizeof magic, in);
    fclose(in);
    if (n == sizeof magic && memcmp(magic, "\x89HDF", sizeof magic) == 0) return EXIT_OK;
    if (n < sizeof magic || memcmp(magic, "PK", 2) != 0) {
        im->onnx = text_ends(im->path, onnx_end);
        return im->onnx ? EXIT_OK
                        : refuse(im, "is neither a .keras file nor HDF5, and by its name no ONNX");
    }
    im->archive = archive_open(im->path, &error);
    return im->archive ? EXIT_OK : report(&error);
}

// ----------------------------------------------------------------------------------- the script

// The first error in what was reported, without its place.
static const char *first_error(const Import *im, Diag *d) {
    static const char mark[] = "error: ";
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out) return "";
    diag_flush(d, out, &(DiagOptions){0});
    fclose(out);
    const char *at = text ? strstr(text, mark) : NULL;
    const char *line = at ? at + strlen(mark) : "";
    line = arena_strndup(im->a, line, strcspn(line, "\n"));
    free(text);
    return line;
}

static const Model *load(const Import *im, Diag **d, const char *text) {
    size_t n = strlen(text);
    *d = diag_new(im->a, arena_printf(im->a, "<script of %s>", im->path), text, n);
    return model_load(im->a, *d, text, n, NULL);
}

// With its compile statement, where cnnc has what that says.
static ExitCode load_script(Import *im, const ConfigScript *script) {
    Diag *d = NULL;
    const char *lacks = script->lacks;
    if (script->compile) {
        im->text = arena_printf(im->a, "%s%s\n", script->model, script->compile);
        im->model = load(im, &d, im->text);
        if (!im->model) lacks = first_error(im, d);
    }
    if (!im->model) {
        im->text = script->model;
        im->model = load(im, &d, im->text);
    }
    diag_flush(d, stderr, &im->o->diagnostics);
    if (diag_errors(d) || !im->model)
        return refuse(im, "cnnc does not compile this model, for the reasons above");
    if (lacks) tell("warning: '%s': compile is left out: %s", im->path, lacks);
    return EXIT_OK;
}

static json_t *parse(const Import *im, const char *what, const char *text) {
    json_error_t why;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    if (!json)
        tell("error: '%s': %s is no proper JSON: line %d: %s", im->path, what, why.line, why.text);
    return json;
}

static ExitCode make_script(Import *im, const json_t *model, const json_t *training) {
    ConfigScript script = config_script(im->a, model, training);
    return script.wrong ? refuse(im, script.wrong) : load_script(im, &script);
}

static ExitCode script_of_archive(Import *im) {
    CnnError error = {0};
    int64_t size;
    char *text = archive_read(im->archive, im->path, "config.json", MOST_CONFIG, &size, &error);
    if (!text) return report(&error);
    json_t *model = parse(im, "config.json", text);
    ExitCode code = EXIT_REFUSED;
    if (model) code = make_script(im, model, json_object_get(model, "compile_config"));
    json_decref(model);
    free(text);
    return code;
}

static bool read_config(void *context, CnnError *error) {
    void *const *both = context;
    return stored_config(both[0], both[1], error);
}

static ExitCode script_of_hdf5(Import *im) {
    CnnError error = {0};
    StoredConfig *config = guarded_room(sizeof *config);
    if (!config) {
        tell("error: out of memory to read '%s'", im->path);
        return EXIT_SYSTEM;
    }
    void *both[] = {&im->source, config};
    if (!guarded(read_config, both, &error)) return report_in(im->path, &error);
    if (!*config->model)
        return refuse(im, "holds weights alone: give their model too, as in cnnc import "
                          "W.weights.h5 FILE.cnn");
    json_t *model = parse(im, "model_config", config->model);
    if (!model) return EXIT_REFUSED;
    json_t *training = *config->training ? parse(im, "training_config", config->training) : NULL;
    ExitCode code = make_script(im, model, training);
    json_decref(training);
    json_decref(model);
    return code;
}

// The order of its input, which is not the file's where that has channels first.
static void tell_input(const Import *im) {
    const Shape *s = &im->chain.input;
    Shape first = {.rank = s->rank, .dim = {s->dim[s->rank - 1]}};
    for (int d = 1; d < s->rank; d++) first.dim[d] = s->dim[d - 1];
    if (im->chain.turned)
        tell("note: '%s' takes %s, and what is made of it has channels last: %s", im->path,
             shape_text(im->a, &first), shape_text(im->a, s));
}

static ExitCode script_of_onnx(Import *im) {
    CnnError error = {0};
    OnnxFile *file = ARENA_NEW(im->a, OnnxFile);
    json_t *model = NULL;
    if (!mapped_open(&im->mapped, im->path, &error)) return report(&error);
    if (im->mapped.size > INT32_MAX)
        return refuse(im, "is larger than the 2 GiB that an ONNX file can have");
    const Span bytes = {im->mapped.byte, (size_t)im->mapped.size};
    if (!onnx_read(file, im->a, bytes, &error)) return report_in(im->path, &error);
    if (!chain_read(&im->chain, im->a, file, &model)) return refuse(im, im->chain.wrong);
    ExitCode code = make_script(im, model, NULL);
    json_decref(model);
    if (code == EXIT_OK) tell_input(im);
    return code;
}

static ExitCode own_script(Import *im) {
    Source s;
    if (im->onnx)
        return refuse(
            im, "makes a script of its own: cnnc import it without one, then use its weights");
    ExitCode code = source_read(im->a, im->o->file[1], &s);
    if (code != EXIT_OK) return code;
    Diag *d = diag_new(im->a, s.name, s.text, s.length);
    im->model = model_load(im->a, d, s.text, s.length, NULL);
    if (im->model && im->model->open) diag_error(d, im->model->loc, 424, "%s", im->model->open);
    diag_flush(d, stderr, &im->o->diagnostics);
    return diag_errors(d) || !im->model ? EXIT_REFUSED : EXIT_OK;
}

// ---------------------------------------------------------------------------------- the weights

static bool read_weights(void *context, CnnError *error) {
    Import *im = context;
    return stored_read(im->a, im->model, &im->source, im->weights, error);
}

// An optimiser keeps a few numbers beside each weight, and each dataset takes room of its own.
static int64_t most_bytes(const Model *m) {
    enum { EACH = 16, GROUP = 1 << 16 };
    int64_t bytes = model_parameters(m, false) * (int64_t)sizeof(float);
    return bytes * EACH + ((int64_t)m->nlayer + 64) * GROUP;
}

static ExitCode find_weights(Import *im) {
    static const char member[] = "model.weights.h5";
    CnnError error = {0};
    if (!im->archive) return EXIT_OK;
    if (!archive_has(im->archive, member)) {
        bool sharded = archive_has(im->archive, "model.weights.json");
        bool npz = archive_has(im->archive, "model.weights.npz");
        return refuse(im, sharded
                              ? "its weights are in several files: save it without max_shard_size"
                          : npz ? "its weights are stored as NPZ, which cnnc does not read"
                                : "it holds no model.weights.h5");
    }
    int64_t size;
    im->bytes = archive_read(im->archive, im->path, member, most_bytes(im->model), &size, &error);
    im->source.bytes = im->bytes;
    im->source.path = arena_printf(im->a, "%s: %s", im->path, member);
    im->source.size = (size_t)size;
    return im->bytes ? EXIT_OK : report(&error);
}

static ExitCode take_weights(Import *im) {
    CnnError error = {0};
    size_t bytes = (size_t)model_parameters(im->model, false) * sizeof(float);
    ExitCode code = find_weights(im);
    if (code != EXIT_OK) return code;
    im->weights = guarded_room(bytes);
    if (!im->weights) {
        tell("error: out of memory for %zu bytes of weights", bytes);
        return EXIT_SYSTEM;
    }
    if (!im->onnx)
        return guarded(read_weights, im, &error) ? EXIT_OK : report_in(im->source.path, &error);
    const char *wrong = chain_weights(&im->chain, im->model, im->weights);
    return wrong ? refuse(im, wrong) : EXIT_OK;
}

static void warn_of(const Import *im, const char *name, const float *values, int64_t n) {
    int64_t odd = safetensors_not_finite(values, n);
    if (odd)
        tell("warning: '%s': %lld of the %lld values of '%s' are nan or infinite", im->path,
             (long long)odd, (long long)n, name);
}

static ExitCode write_weights(const Import *im, const OutFile *out) {
    StTensor *tensor = NULL;
    int n = 0;
    const float *at = im->weights;
    for (int i = 0; i < im->model->nlayer; i++) {
        const Layer *l = &im->model->layer[i];
        for (int k = 0; k < l->nweight; k++) {
            const Weight *w = &l->weight[k];
            StTensor t = {.name = arena_printf(im->a, "%s/%s", l->name, w->name),
                          .type = ST_F32,
                          .rank = w->shape.rank,
                          .data = at};
            memcpy(t.dim, w->shape.dim, (size_t)w->shape.rank * sizeof *t.dim);
            warn_of(im, t.name, at, shape_count(&w->shape));
            at += shape_count(&w->shape);
            ARENA_PUSH(im->a, tensor, n, t);
        }
    }
    CnnError error = {0};
    const StPair meta[] = {
        {"format", "cnnc-weights"}, {"model", (char *)im->model->name}, {"version", CNNC_VERSION}};
    bool ok = safetensors_write(out, tensor, n, meta, sizeof meta / sizeof *meta, &error);
    return ok ? EXIT_OK : report(&error);
}

// ----------------------------------------------------------------------------------- the results

// The file's name without its folder and ending.
static const char *stem(const Import *im) {
    static const char *const ends[] = {".weights.h5", ".keras", ".h5", ".hdf5", onnx_end};
    const char *name = text_last_part(im->path);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (text_ends(name, ends[i]))
            return arena_strndup(im->a, name, strlen(name) - strlen(ends[i]));
    return name;
}

// Where to write. A file that nobody named is not replaced: somebody may have written it.
static ExitCode place(const Import *im, const char *end, const char **path) {
    const char *given = im->o->output;
    *path = given ? given : arena_printf(im->a, "%s%s", stem(im), end);
    if (given && !text_ends(given, end)) {
        tell("error: -o %s: the name must end in %s", given, end);
        return EXIT_USAGE;
    }
    struct stat is;
    if (given || stat(*path, &is) != 0) return EXIT_OK;
    tell("error: '%s' is there already: say where to write, or -o %s to replace it", *path, *path);
    return EXIT_REFUSED;
}

static ExitCode write_both(Import *im, const char *script, const Kept *kept) {
    size_t n;
    const char *weights = script;
    if (im->text)
        weights =
            arena_printf(im->a, "%.*s.safetensors", (int)(strlen(script) - strlen(".cnn")), script);
    OutFile text = {.fd = -1}, out = {.fd = -1};
    int code = output_open(&out, weights, kept);
    if (!code && im->text) code = output_open(&text, script, kept);
    if (!code) code = write_weights(im, &out);
    if (!code && im->text) {
        const char *made = layout_text(im->a, im->text, strlen(im->text), &n);
        code = output_write(&text, made, n);
    }
    outfile_close(&out);
    outfile_close(&text);
    if (!code)
        printf("%s%s%s: %d layer%s, %s parameters\n", im->text ? script : "", im->text ? ", " : "",
               weights, im->model->nlayer, im->model->nlayer == 1 ? "" : "s",
               text_thousands(im->a, model_parameters(im->model, false)));
    return (ExitCode)code;
}

static ExitCode script_of(Import *im) {
    if (im->onnx) return script_of_onnx(im);
    return im->archive ? script_of_archive(im) : script_of_hdf5(im);
}

ExitCode exchange_import(const Options *o, Arena *a) {
    Import im = {.o = o, .a = a, .path = o->file[0]};
    bool alone = o->nfile > 1; // weights alone, of a script that is there
    const char *path;
    if (text_ends(im.path, ".weights.json"))
        return refuse(
            &im, "weights in several files are not supported: save them without max_shard_size");
    Kept kept = {0};
    kept_add(&kept, im.path, "the file to import");
    if (alone) kept_add(&kept, o->file[1], "the model");
    ExitCode code = open_file(&im);
    if (code == EXIT_OK) code = alone ? own_script(&im) : script_of(&im);
    if (code == EXIT_OK) code = place(&im, alone ? ".safetensors" : ".cnn", &path);
    if (code == EXIT_OK) code = take_weights(&im);
    if (code == EXIT_OK) code = write_both(&im, path, &kept);
    if (im.archive) zip_discard(im.archive);
    chain_drop(&im.chain);
    mapped_close(&im.mapped);
    free(im.bytes);
    return code;
}
