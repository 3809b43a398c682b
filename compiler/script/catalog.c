// SPDX-License-Identifier: MIT
// The names Keras has, by module: what we compile, from the tables of layers, losses and so on,
// and what we refuse by name. A qualifier carries no meaning where Keras has that path.
#include "data/data.h"
#include "keras/activation.h"
#include "keras/callbacks/callback.h"
#include "keras/constraints/constraint.h"
#include "keras/datasets/dataset.h"
#include "keras/initializers/initializer.h"
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"
#include "keras/optimizers/optimizer.h"
#include "keras/regularizers/regularizer.h"
#include "script/eval.h"
#include "support/text.h"
#include <ctype.h>
#include <string.h>

enum { PATH_BYTES = 256 }; // of the longest path that is looked up

// Reached as NAME, keras.NAME and tf.keras.NAME.
static const char *const modules[] = {
    "layers",      "models",       "losses",    "optimizers",    "metrics",      "initializers",
    "activations", "regularizers", "callbacks", "constraints",   "utils",        "datasets",
    "random",      "backend",      "config",    "preprocessing", "applications",
};
// Reached from a module, or by themselves.
static const struct {
    const char *from, *name, *module;
} submodules[] = {
    {"", "keras", "keras"},
    {"", "tf", "tf"},
    {"", "tensorflow", "tf"},
    {"tf", "keras", "keras"},
    {"tf", "python", "tf.python"},
    {"tf", "random", "tf.random"},
    {"tf", "nn", "activations"},
    {"tf", "optimizers", "optimizers"},
    {"tf", "losses", "losses"},
    {"tf", "metrics", "metrics"},
    {"tf", "initializers", "initializers"},
    {"", "np", "numpy"},
    {"", "numpy", "numpy"},
    {"numpy", "random", "numpy.random"},
    {"", "math", "math"},
    {"", "sklearn", "sklearn"},
    {"", "pandas", "pandas"},
    {"sklearn", "model_selection", "sklearn.model_selection"},
    {"sklearn", "preprocessing", "sklearn.preprocessing"},
    {"sklearn", "datasets", "sklearn.datasets"},
    {"sklearn", "utils", "sklearn.utils"},
    {"", "random", "random"},
    {"preprocessing", "image", "image"},
    {"optimizers", "schedules", "schedules"},
    {"", "schedules", "schedules"},
};

// Networks of keras.applications, each a module, of which only preprocess_input is there.
static const char *application(const char *name) {
    for (const Function *f = application_functions; f->name; f++)
        if (strcmp(strchr(f->module, '.') + 1, name) == 0) return f->module;
    return NULL;
}

// What Keras has and this has not.
static const struct {
    const char *module, *names; // separated by spaces
} unsupported[] = {
    {"layers",
     "Conv3D Conv3DTranspose MaxPooling3D AveragePooling3D SpatialDropout3D ZeroPadding3D "
     "Cropping3D UpSampling3D Masking Lambda Embedding LSTM GRU SimpleRNN Bidirectional "
     "TimeDistributed MultiHeadAttention Attention Add Subtract Multiply Average Maximum "
     "Minimum Concatenate Dot Layer RandomShear RandomPerspective RandomElasticTransform "
     "RandomErasing RandomHue RandomSaturation RandomSharpness RandomGrayscale "
     "RandomInvert RandomPosterization RandomColorJitter RandomColorDegeneration "
     "RandomGaussianBlur RandomHeight RandomWidth AutoContrast Equalization Solarization "
     "CLAHE MixUp CutMix AugMix RandAugment AdaptiveAveragePooling3D "
     "AdaptiveMaxPooling3D AdditiveAttention AvgPool3D "
     "CategoryEncoding ContrastLimitedAdaptiveHistogramEqualization ConvLSTM1D ConvLSTM2D "
     "ConvLSTM3D Convolution3D Convolution3DTranspose Discretization EinsumDense "
     "FlaxLayer GRUCell GlobalAveragePooling3D GlobalAvgPool3D GlobalMaxPool3D "
     "GlobalMaxPooling3D GroupQueryAttention HashedCrossing Hashing InputSpec "
     "IntegerLookup JaxLayer LSTMCell MaxNumBoundingBoxes MaxPool3D MelSpectrogram "
     "Pipeline RNN ReversibleEmbedding STFTSpectrogram SimpleRNNCell "
     "SpectralNormalization StackedRNNCells StringLookup TFSMLayer TextVectorization "
     "ThresholdedReLU TorchModuleWrapper Wrapper add average concatenate dot maximum "
     "minimum multiply subtract"},
    {"models", "load_model clone_model"},
    {"losses", "crossentropy ce CTC ctc Circle circle Loss Reduction kullback_leibler_divergence "
               "logcosh"},
    {"optimizers", "LossScaleOptimizer MultiOptimizer Optimizer OptimizerMap "
                   "ScheduleFreeAdamW legacy"},
    {"schedules", "LearningRateSchedule"},
    {"metrics", "Mean Sum MeanMetricWrapper Metric kld kullback_leibler_divergence logcosh"},
    {"initializers", "STFT stft STFTInitializer Initializer"},
    {"activations", "glu threshold sparsemax"},
    {"callbacks", "LambdaCallback History ProgbarLogger RemoteMonitor Callback CallbackList "
                  "OrbaxCheckpoint SwapEMAWeights"},
    {"utils", "plot_model split_dataset Config CustomObjectScope FeatureSpace PyDataset Sequence "
              "audio_dataset_from_directory bounding_boxes custom_object_scope "
              "deserialize_keras_object disable_interactive_logging enable_interactive_logging "
              "get_custom_objects get_registered_name get_registered_object "
              "is_interactive_logging_enabled is_keras_tensor legacy pack_x_y_sample_weight "
              "pad_sequences register_keras_serializable serialize_keras_object standardize_dtype "
              "text_dataset_from_directory timeseries_dataset_from_array unpack_x_y_sample_weight"},
    {"regularizers", "Regularizer"},
    {"constraints", "Constraint"},
    {"backend",
     "abs all any arange argmax argmin batch_dot batch_flatten batch_get_value "
     "batch_normalization batch_set_value bias_add binary_crossentropy "
     "binary_focal_crossentropy cast cast_to_floatx categorical_crossentropy "
     "categorical_focal_crossentropy clip concatenate constant conv1d conv2d "
     "conv2d_transpose conv3d cos count_params ctc_batch_cost ctc_decode "
     "ctc_label_dense_to_sparse cumprod cumsum depthwise_conv2d dot dropout dtype elu "
     "equal eval exp expand_dims eye flatten foldl foldr gather get_uid get_value "
     "gradients greater greater_equal hard_sigmoid in_top_k int_shape is_float_dtype "
     "is_int_dtype is_keras_tensor is_sparse l2_normalize less less_equal log map_fn max "
     "maximum mean min minimum moving_average_update name_scope ndim not_equal one_hot "
     "ones ones_like permute_dimensions pool2d pool3d pow prod random_bernoulli "
     "random_normal random_normal_variable random_uniform random_uniform_variable relu "
     "repeat repeat_elements reshape resize_images resize_volumes result_type reverse rnn "
     "round separable_conv2d set_epsilon set_value shape sigmoid sign sin softmax "
     "softplus softsign sparse_categorical_crossentropy spatial_2d_padding "
     "spatial_3d_padding sqrt square squeeze stack standardize_dtype std stop_gradient "
     "sum switch tanh temporal_padding tile to_dense transpose truncated_normal update "
     "update_add update_sub var variable zeros zeros_like"},
    {"config",
     "disable_flash_attention disable_interactive_logging disable_traceback_filtering "
     "dtype_policy enable_flash_attention enable_interactive_logging "
     "enable_traceback_filtering enable_unsafe_deserialization is_flash_attention_enabled "
     "is_interactive_logging_enabled is_nnx_enabled is_traceback_filtering_enabled "
     "max_epochs max_steps_per_epoch set_backend set_dtype_policy set_epsilon "
     "set_max_epochs set_max_steps_per_epoch"},
    {"keras", "DTypePolicy FloatDTypePolicy Function Initializer InputSpec KerasTensor Layer Loss "
              "Metric Operation Optimizer Quantizer Regularizer RematScope StatelessScope "
              "SymbolicScope Variable device distillation distribution dtype_policies export "
              "legacy mixed_precision name_scope ops quantizers remat saving tree visualization "
              "wrappers"},
    {"preprocessing", "text timeseries_dataset_from_array text_dataset_from_directory sequence"},
};

// Functions of losses that stand in keras.metrics, too, where no metric has their name.
static const char metrics_of_losses[] =
    " binary_focal_crossentropy categorical_focal_crossentropy huber log_cosh ";

// --------------------------------------------------------------------------- building the list

static void put(Eval *e, int *n, Thing **list, Thing t) {
    ARENA_PUSH(e->a, *list, *n, t);
}

static bool
of_classes_alone(ThingKind kind) { // Keras has no functions: small names are the class's
    return kind == THING_INITIALIZER || kind == THING_REGULARIZER || kind == THING_CONSTRAINT;
}

static void put_object(Eval *e, int *n, Thing **list, Thing t, const ObjectClass *row) {
    t.row = row, t.name = row->name, t.function = false;
    put(e, n, list, t);
    if (!row->function) return;
    t.name = row->function, t.function = !of_classes_alone(t.kind);
    put(e, n, list, t);
    for (int i = 0; row->aliases[i]; i++) {
        t.name = row->aliases[i];
        put(e, n, list, t);
    }
}

static void put_loss(Eval *e, int *n, Thing **list, const ObjectClass *row) {
    put_object(e, n, list, (Thing){THING_LOSS, "losses", NULL, .top = false}, row);
    if (strstr(metrics_of_losses, arena_printf(e->a, " %s ", row->function)))
        put(e, n, list, (Thing){THING_LOSS, "metrics", row->function, false, true, row});
}

static void put_words(Eval *e, int *n, Thing **list, Thing t, const char *words) {
    for (size_t length; *words; words += length + (words[length] == ' ')) {
        length = strcspn(words, " ");
        t.name = arena_strndup(e->a, words, length);
        t.function = islower((unsigned char)t.name[0]) != 0;
        put(e, n, list, t);
    }
}

static void index_as(Eval *e, Map *map, const char *key, const Thing *t) {
    (void)e;
    void **slot = map_slot(map, key);
    if (!*slot) *slot = (void *)(uintptr_t)t;
}

// Functions of other modules than Python's own and Keras's need theirs in front; so does what is not
// there, unless a script's names do not look like it.
static bool stands_alone(const Thing *t) {
    if (t->kind == THING_UNSUPPORTED && *t->module && islower((unsigned char)t->name[0]))
        return false;
    bool function = t->kind == THING_FUNCTION || t->kind == THING_DATASET;
    return !function || !*t->module || strcmp(t->module, "utils") == 0;
}

// What we have comes before what we refuse, and wins.
static void index_thing(Eval *e, const Thing *t) {
    if (stands_alone(t)) index_as(e, e->by_name, t->name, t);
    index_as(e, e->by_path, arena_printf(e->a, "%s.%s", t->module, t->name), t);
    if (t->top) index_as(e, e->by_path, arena_printf(e->a, "keras.%s", t->name), t);
}

void catalog_build(Eval *e) {
    Thing *list = NULL;
    int n = 0;
    for (const LayerClass *const *c = layer_classes; *c; c++) {
        put(e, &n, &list, (Thing){THING_LAYER, "layers", (*c)->name, .row = *c});
        for (int i = 0; i < 3 && (*c)->aliases[i]; i++)
            put(e, &n, &list, (Thing){THING_LAYER, "layers", (*c)->aliases[i], .row = *c});
    }
    put(e, &n, &list, (Thing){THING_INPUT, "layers", "Input", .top = true});
    put(e, &n, &list, (Thing){THING_INPUT, "layers", "InputLayer", .top = false});
    put(e, &n, &list, (Thing){THING_SEQUENTIAL, "models", "Sequential", .top = true});
    put(e, &n, &list, (Thing){THING_MODEL, "models", "Model", .top = true});
    for (const LossClass *const *c = loss_classes; *c; c++) put_loss(e, &n, &list, &(*c)->object);
    for (const OptimizerClass *const *c = optimizer_classes; *c; c++)
        put_object(e, &n, &list, (Thing){THING_OPTIMIZER, "optimizers", NULL, .top = false},
                   &(*c)->object);
    for (const CallbackClass *const *c = callback_classes; *c; c++)
        put_object(e, &n, &list, (Thing){THING_CALLBACK, "callbacks", NULL, .top = false},
                   &(*c)->object);
    for (const ScheduleClass *const *c = schedule_classes; *c; c++)
        put_object(e, &n, &list, (Thing){THING_SCHEDULE, "schedules", NULL, .top = false},
                   &(*c)->object);
    for (const MetricClass *const *c = metric_classes; *c; c++)
        put_object(e, &n, &list, (Thing){THING_METRIC, "metrics", NULL, .top = false},
                   &(*c)->object);
    for (const InitializerClass *const *c = initializer_classes; *c; c++)
        put_object(e, &n, &list, (Thing){THING_INITIALIZER, "initializers", NULL, .top = false},
                   &(*c)->object);
    for (const RegularizerClass *const *c = regularizer_classes; *c; c++)
        put_object(e, &n, &list, (Thing){THING_REGULARIZER, "regularizers", NULL, .top = false},
                   &(*c)->object);
    for (const ConstraintClass *const *c = constraint_classes; *c; c++)
        put_object(e, &n, &list, (Thing){THING_CONSTRAINT, "constraints", NULL, .top = false},
                   &(*c)->object);
    for (const Activation *act = activations; act->name; act++)
        put(e, &n, &list, (Thing){THING_ACTIVATION, "activations", act->name, false, true, act});
    for (int i = 0; function_tables[i]; i++)
        for (const Function *f = function_tables[i]; f->name; f++)
            put(e, &n, &list, (Thing){THING_FUNCTION, f->module, f->name, false, true, f});
    for (const DatasetClass *const *c = dataset_classes; *c; c++)
        put(e, &n, &list, (Thing){THING_DATASET, (*c)->name, "load_data", .row = *c});
    put(e, &n, &list, (Thing){THING_UNSUPPORTED, "", "object", .top = false});
    for (size_t i = 0; i < sizeof unsupported / sizeof *unsupported; i++)
        put_words(e, &n, &list,
                  (Thing){THING_UNSUPPORTED, unsupported[i].module, NULL, .top = false},
                  unsupported[i].names);
    e->things = list;
    e->nthing = n;
    for (int i = 0; i < n; i++) index_thing(e, &list[i]);
}

// --------------------------------------------------------------------------------- looking up

// module NULL: any.
static const Thing *find(const Eval *e, const char *module, const char *name) {
    char path[PATH_BYTES];
    if (!module) return map_get(e->by_name, name);
    int n = snprintf(path, sizeof path, "%s.%s", module, name);
    return n < PATH_BYTES ? map_get(e->by_path, path) : NULL;
}

static const char *find_module(const char *from, const char *name) {
    bool keras = !*from || strcmp(from, "keras") == 0;
    const DatasetClass *set = dataset_find(name);
    if (set && (!*from || strcmp(from, "datasets") == 0)) return set->name;
    for (size_t i = 0; i < sizeof submodules / sizeof *submodules; i++)
        if (strcmp(submodules[i].from, from) == 0 && strcmp(submodules[i].name, name) == 0)
            return submodules[i].module;
    if (strcmp(from, "applications") == 0) return application(name);
    for (size_t i = 0; keras && i < sizeof modules / sizeof *modules; i++)
        if (strcmp(modules[i], name) == 0) return modules[i];
    return NULL;
}

// Parts of Keras that work on files, models of others or data, and Python's functions of the world
// outside: what they give is foreign.
static const struct {
    const char *module, *names; // of a bare module "": Python's own
} outside[] = {
    {"",
     " open input exit quit type id hash getattr hasattr setattr vars dir next iter super "
     "print_function "
     "Exception ValueError KeyError FileNotFoundError ImportError OSError RuntimeError "
     "NotImplementedError __file__ __doc__ exec eval compile globals locals display get_ipython "},
    {"keras", " __version__ version "},
    {"models", " load_model clone_model model_from_json save_model "},
    {"utils", " plot_model load_img img_to_array array_to_img save_img get_file model_to_dot "
              "split_dataset get_source_inputs Progbar "},
    {"image", " load_img img_to_array array_to_img save_img "},
    {"datasets", " imdb reuters "},
};

static bool is_outside(const char *module, const char *name) {
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        char word[PATH_BYTES];
        if (strcmp(outside[i].module, module) != 0) continue;
        if (snprintf(word, sizeof word, " %s ", name) < PATH_BYTES &&
            strstr(outside[i].names, word))
            return true;
    }
    return false;
}

bool catalog_foreign_inside(const char *module) {
    static const char *const names[] = {"numpy",
                                        "tf",
                                        "tf.python",
                                        "numpy.random",
                                        "tf.random",
                                        "random",
                                        "math",
                                        "typing",
                                        "applications",
                                        "image",
                                        "sklearn",
                                        "pandas",
                                        "sklearn.model_selection",
                                        "sklearn.preprocessing",
                                        "sklearn.datasets",
                                        "sklearn.utils"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], module) == 0) return true;
    return strncmp(module, "applications.", strlen("applications.")) == 0;
}

static const char *const data_names[] = {"x_train", "y_train", "x_test", "y_test"};

Value catalog_name(Eval *e, const char *name, Loc loc) {
    for (int i = 0; i < 4; i++)
        if (strcmp(name, data_names[i]) == 0)
            return (Value){.kind = VALUE_DATA, .loc = loc, .text = data_names[i]};
    const char *module = find_module("", name);
    if (module) return (Value){.kind = VALUE_MODULE, .loc = loc, .text = module};
    const Thing *t = find(e, NULL, name);
    if (t) return (Value){.kind = VALUE_THING, .loc = loc, .thing = t};
    if (strcmp(name, "__name__") == 0)
        return (Value){.kind = VALUE_STRING, .loc = loc, .text = "__main__"};
    return is_outside("", name) ? foreign_made(e, name, loc) : eval_error();
}

static const char *nearest_of(Eval *e, const char *module, const char *name) {
    const char **words = NULL;
    int n = 0, nbound;
    for (int i = 0; i < e->nthing; i++)
        if (!module || strcmp(e->things[i].module, module) == 0)
            ARENA_PUSH(e->a, words, n, e->things[i].name);
    bool keras = module && strcmp(module, "keras") == 0;
    for (int i = 0; keras && i < e->nthing; i++)
        if (e->things[i].top) ARENA_PUSH(e->a, words, n, e->things[i].name);
    for (size_t i = 0; (!module || keras) && i < sizeof modules / sizeof *modules; i++)
        ARENA_PUSH(e->a, words, n, modules[i]);
    if (module) return text_nearest(name, words, n);
    const char *const *bound = map_keys(e->scope->names, &nbound);
    enum { MANY = 1000 }; // names of a file to compare with
    for (int i = 0; i < nbound && i < MANY; i++) ARENA_PUSH(e->a, words, n, bound[i]);
    for (int i = 0; i < 4; i++) ARENA_PUSH(e->a, words, n, data_names[i]);
    for (size_t i = 0; i < sizeof submodules / sizeof *submodules; i++)
        ARENA_PUSH(e->a, words, n, submodules[i].name);
    for (const DatasetClass *const *c = dataset_classes; *c; c++)
        ARENA_PUSH(e->a, words, n, (*c)->name);
    return text_nearest(name, words, n);
}

const char *catalog_nearest(Eval *e, const char *name) {
    return nearest_of(e, NULL, name);
}

void catalog_no_member(Eval *e, const char *module, const char *name, Loc loc) {
    diag_error(e->d, loc, 102, "the module '%s' has no '%s'", module, name);
}

Value catalog_member(Eval *e, const char *module, const char *name, Loc loc) {
    const char *inner = find_module(module, name);
    if (inner) return (Value){.kind = VALUE_MODULE, .loc = loc, .text = inner};
    const Thing *t = find(e, module, name);
    Value constant;
    if (t && !is_outside(module, name)) return (Value){.kind = VALUE_THING, .loc = loc, .thing = t};
    if (constant_find(e, module, name, &constant)) return constant;
    if (spelling_member(e, module, name, loc)) return eval_error();
    if (catalog_foreign_inside(module) || is_outside(module, name))
        return foreign_made(e, arena_printf(e->a, "%s.%s", module, name), loc);
    catalog_no_member(e, module, name, loc);
    const Thing *elsewhere = find(e, NULL, name);
    const char *nearest = elsewhere ? NULL : nearest_of(e, module, name);
    if (elsewhere)
        diag_help(e->d, loc, "write keras.%s.%s", elsewhere->module, elsewhere->name);
    else if (nearest)
        diag_help(e->d, loc, "did you mean '%s'?", nearest);
    return eval_error();
}

bool catalog_has(Eval *e, const char *module, const char *name) {
    Value constant;
    return find_module(module, name) || find(e, module, name) || catalog_foreign_inside(module) ||
           is_outside(module, name) || constant_find(e, module, name, &constant);
}

// As a string "rmsprop" names RMSprop: case and the class's own spelling do not matter.
bool catalog_unsupported(const Eval *e, const char *module, const char *name) {
    for (int i = 0; i < e->nthing; i++) {
        const Thing *t = &e->things[i];
        if (t->kind != THING_UNSUPPORTED || strcmp(t->module, module) != 0) continue;
        size_t k = 0;
        while (t->name[k] && tolower((unsigned char)t->name[k]) == tolower((unsigned char)name[k]))
            k++;
        if (!t->name[k] && !name[k]) return true;
    }
    return false;
}
