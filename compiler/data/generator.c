// SPDX-License-Identifier: MIT
// ImageDataGenerator(...) and its fit: what changes images at random is kept for the step of the training; what is
// done to all of them alike is steps on their array.
#include "keras/layers/augment.h"
#include "data/generator.h"
#include "step/step.h"
#include <math.h>
#include <string.h>

typedef struct GeneratorArgs {
    Generator g;
    const Value *width, *height, *brightness, *zoom, *function, *dtype;
    int64_t order;
    bool whitens;
    double epsilon;
} GeneratorArgs;

static const char *const fills[] = {"constant", "nearest", "reflect", "wrap", NULL};
static const WarpFill fill_of[] = {FILL_CUT, FILL_NEAREST, FILL_REFLECT, FILL_PERIOD};

#define AT(field) offsetof(GeneratorArgs, field)
#define OF(field) AT(g.change.field)
static const Arg args[] = {
    {"featurewise_center", ARG_BOOL, AT(g.of_features[0]), .standard = "False"},
    {"samplewise_center", ARG_BOOL, AT(g.of_samples[0]), .standard = "False"},
    {"featurewise_std_normalization", ARG_BOOL, AT(g.of_features[1]), .standard = "False"},
    {"samplewise_std_normalization", ARG_BOOL, AT(g.of_samples[1]), .standard = "False"},
    {"zca_whitening", ARG_BOOL, AT(whitens), .standard = "False"},
    {"zca_epsilon", ARG_FLOAT, AT(epsilon), .standard = "1e-06"},
    {"rotation_range", ARG_FLOAT, OF(turn), .standard = "0", .min = -360, .max = 360},
    {"width_shift_range", ARG_VALUE, AT(width), .standard = "0.0"},
    {"height_shift_range", ARG_VALUE, AT(height), .standard = "0.0"},
    {"brightness_range", ARG_VALUE, AT(brightness), .standard = "None"},
    {"shear_range", ARG_FLOAT, OF(shear), .standard = "0.0", .min = -90, .max = 90},
    {"zoom_range", ARG_VALUE, AT(zoom), .standard = "0.0"},
    {"channel_shift_range", ARG_FLOAT, OF(channels), .standard = "0.0"},
    {"fill_mode", ARG_CHOICE, OF(fill), .standard = "\"nearest\"", .choices = fills},
    {"cval", ARG_FLOAT, OF(outside), .standard = "0.0"},
    {"horizontal_flip", ARG_BOOL, OF(flips_columns), .standard = "False"},
    {"vertical_flip", ARG_BOOL, OF(flips_rows), .standard = "False"},
    {"rescale", ARG_FLOAT_OPT, AT(g.rescale), .standard = "None"},
    {"preprocessing_function", ARG_VALUE, AT(function), .standard = "None"},
    ARG_DATA_FORMAT,
    {"validation_split", ARG_FLOAT, AT(g.split), .standard = "0.0", .min = 0, .max = 1,
     .below = true},
    {"interpolation_order", ARG_INT, AT(order), .standard = "1", .min = 0, .max = 5},
    {"dtype", ARG_VALUE, AT(dtype), .standard = "None"},
    {0},
};
#undef OF
#undef AT

// ---- arguments

static bool wrong(Eval *e, const char *name, const Value *v, const char *wanted) {
    if (v->kind != VALUE_ERROR)
        diag_error(e->d, v->loc, 206, "'%s' must be %s, not %s", name, wanted,
                   value_describe(e->a, v));
    return false;
}

static bool two_numbers(const Value *v) {
    return value_is_sequence(v) && value_count(v) == 2 && value_is_number(value_at(v, 0)) &&
           value_is_number(value_at(v, 1));
}

enum { MOST_SHIFTS = 256 }; // in a list

static bool shift_list(Eval *e, const Value *v, Shift *shift) {
    double *of = NULL;
    for (int i = 0; i < value_count(v); i++) {
        if (!value_is_number(value_at(v, i)) || !isfinite(value_real(value_at(v, i)))) return false;
        ARENA_PUSH(e->a, of, shift->n, value_real(value_at(v, i)));
        shift->most = i && shift->most > of[i] ? shift->most : of[i];
    }
    shift->of = of;
    shift->of_size = shift->most < 1;
    return shift->n >= 1 && shift->n <= MOST_SHIFTS;
}

// An integer stands for a list of those below it; a number below 1 for a share of the axis.
static bool read_shift(Eval *e, const char *name, const Value *v, Shift *shift) {
    static const char wanted[] = "a number, an integer up to 256 or a list of up to 256 numbers";
    *shift = (Shift){0};
    if (value_is_sequence(v)) return shift_list(e, v, shift) || wrong(e, name, v, wanted);
    if (!value_is_number(v) || !isfinite(value_real(v))) return wrong(e, name, v, wanted);
    shift->most = value_real(v);
    shift->of_size = shift->most < 1;
    if (v->kind != VALUE_INT || shift->most == 0) return true;
    if (v->integer < 1 || v->integer > MOST_SHIFTS) return wrong(e, name, v, wanted);
    double *of = NULL;
    for (int i = 0; i < v->integer; i++) ARENA_PUSH(e->a, of, shift->n, (double)i);
    shift->of = of;
    return true;
}

static bool read_zoom(Eval *e, const Value *v, double zoom[2]) {
    if (value_is_number(v)) {
        zoom[0] = 1 - value_real(v);
        zoom[1] = 1 + value_real(v);
        return true;
    }
    if (!two_numbers(v)) return wrong(e, "zoom_range", v, "a number or two, as in [0.8, 1.2]");
    for (int i = 0; i < 2; i++) zoom[i] = value_real(value_at(v, i));
    return true;
}

static bool is_float32(const Value *v) {
    return v->kind == VALUE_NONE || (v->kind == VALUE_STRING && strcmp(v->text, "float32") == 0);
}

// What depends on values that are known when the program runs, and on their order, is not there.
static const char *lacking(const GeneratorArgs *a) {
    const Generator *g = &a->g;
    bool standard = g->of_samples[0] || g->of_features[0];
    if (a->whitens) // each value comes of all others, of an image that was changed before
        return "zca_whitening is not supported yet: whiten the images beforehand and save them "
               "with np.save";
    if (a->order > 1) return "interpolation_order above 1 is not supported yet";
    if (!is_float32(a->dtype)) return "a generator's images are float32";
    if (standard && g->change.brightens)
        return "brightness_range of images that are centred is not supported yet";
    if (standard && g->change.channels != 0)
        return "channel_shift_range of images that are centred is not supported yet";
    if (standard && g->change.fill == FILL_CUT)
        return "fill_mode=\"constant\" of images that are centred is not supported yet";
    return NULL;
}

Value generator_make(Eval *e, const Call *call) {
    Array x = {.of = array_class(&array_constant), .source = "an ImageDataGenerator", .steps = ""};
    GeneratorArgs a = {0};
    Generator *g = &a.g;
    if (!bind(e, call, &(ArgTable){args, &a, bind_locs(e->a, args)}, 1) ||
        !read_shift(e, "width_shift_range", a.width, &g->change.width) ||
        !read_shift(e, "height_shift_range", a.height, &g->change.height) ||
        !read_zoom(e, a.zoom, g->change.zoom))
        return eval_error();
    if (a.brightness->kind != VALUE_NONE && !two_numbers(a.brightness)) {
        wrong(e, "brightness_range", a.brightness, "two numbers, as in (0.5, 1.5)");
        return eval_error();
    }
    g->change.brightens = a.brightness->kind != VALUE_NONE;
    for (int i = 0; g->change.brightens && i < 2; i++)
        g->change.brightness[i] = value_real(value_at(a.brightness, i));
    if (isnan(g->rescale)) g->rescale = 0;
    g->change.fill = fill_of[g->change.fill];
    g->change.nearest = a.order == 0;
    g->of_samples[0] |= g->of_samples[1];
    g->of_features[0] |= g->of_features[1];
    g->change.centers = g->of_samples[0];
    g->change.divides = g->of_samples[1];
    g->lacks = lacking(&a);
    g->function = *a.function;
    g->mean = g->deviation = (Value){.kind = VALUE_NONE};
    x.generator = arena_copy(e->a, g, sizeof *g);
    return array_value(e, call->loc, x);
}

// ---- steps

static Value number(double real) {
    return (Value){.kind = VALUE_FLOAT, .real = real};
}

static Value real_of(Eval *e, const Value *x, Loc loc) {
    const Value real = {.kind = VALUE_STRING, .text = "float32"};
    return array_astype(e, x, &real, loc);
}

static Value scaled(Eval *e, const Generator *g, const Value *x, Loc loc) {
    const Value by = number(g->rescale);
    return g->rescale != 0 && x->kind == VALUE_ARRAY ? array_arith(e, loc, OP_MUL, x, &by) : *x;
}

// A figure over so many dimensions from the first one on; kept: as dimensions of 1.
static Value figure(Eval *e, const Value *x, const char *name, int first, int n, bool kept,
                    Loc loc) {
    Value axes = value_sequence(e->a, VALUE_TUPLE, 0);
    for (int i = 0; i < n; i++)
        value_append(e->a, &axes, (Value){.kind = VALUE_INT, .integer = first + i});
    const Argument arg[] = {
        {.keyword = "axis", .value = axes, .loc = loc},
        {.keyword = "keepdims", .value = {.kind = VALUE_BOOL, .integer = kept}, .loc = loc}};
    const Call call = {.what = name, .loc = loc, .n = 2, .arg = arg};
    return array_reduce(e, x, name, &call, 0);
}

static Value apply(Eval *e, AstOp op, Value x, Value by, Loc loc) {
    return x.kind == VALUE_ARRAY && by.kind == VALUE_ARRAY ? array_arith(e, loc, op, &x, &by)
                                                           : eval_error();
}

static Value divided(Eval *e, Value x, Value deviation, Loc loc) {
    const Value small = number(1e-6);
    if (deviation.kind != VALUE_ARRAY) return eval_error();
    return apply(e, OP_DIV, x, array_arith(e, loc, OP_ADD, &deviation, &small), loc);
}

static Value standard(Eval *e, const Generator *g, Value x, Loc loc) {
    if (g->of_samples[0] && x.kind == VALUE_ARRAY)
        x = apply(e, OP_SUB, x, figure(e, &x, "mean", 1, 3, true, loc), loc);
    if (g->of_samples[1] && x.kind == VALUE_ARRAY)
        x = divided(e, x, figure(e, &x, "std", 1, 3, true, loc), loc);
    if (g->mean.kind == VALUE_ARRAY) x = apply(e, OP_SUB, x, g->mean, loc);
    if (g->deviation.kind == VALUE_ARRAY) x = divided(e, x, g->deviation, loc);
    return x;
}

// As Keras has it, values that are no bytes are spread over 0 to 255 first, by the image's own least and most.
static const char *not_brightened(Eval *e, const Generator *g, const Array *x, Loc loc) {
    const ImageChange *c = &g->change;
    const double *value = x->plain.value;
    double least = 0, most = 0;
    if (!c->brightens) return NULL;
    for (int i = 0; x->plain.bytes && i < 256; i++) {
        least = fmin(least, value[i]);
        most = fmax(most, value[i]);
    }
    bool outside = c->fill == FILL_CUT && (c->outside < 0 || c->outside > 255);
    if (!x->plain.bytes || least < 0 || most > 255 || outside)
        return "brightness_range of values that are not known to be 0 to 255 is not supported yet";
    if (x->rank == 4 && x->dim[3] == 4)
        return "brightness_range of images with an alpha channel is not supported yet";
    if (most <= 1)
        diag_warning(e->d, loc, "generator",
                     "brightness_range makes whole numbers of all values, and these are at most "
                     "%g: images become black; leave them 0 to 255 and give rescale=1./255",
                     most);
    return NULL;
}

// What is done at random comes first, as Keras has it; here it is done to what the function has made. That is the same
// where the function takes values between others to values between those.
static const char *not_before(const ImageChange *c, const Preprocessed *p) {
    bool values = c->brightens || c->channels != 0 || c->fill == FILL_CUT;
    if (p->lacks || image_change_none(c)) return p->lacks;
    if (!p->affine)
        return "what is random goes together with a preprocessing_function only where that adds, "
               "subtracts, multiplies and divides";
    if (c->brightens && p->offset != 0)
        return "brightness_range before a preprocessing_function that adds is not supported yet";
    return values && !p->each ? "brightness_range, channel_shift_range and fill_mode=\"constant\" "
                                "before a preprocessing_function that tells channels apart are not "
                                "supported yet"
                              : NULL;
}

Value generator_flow(Eval *e, const Generator *g, const Value *x, const Value *y, Batches flow,
                     Loc loc) {
    Value made = real_of(e, x, loc);
    if (made.kind != VALUE_ARRAY) return made;
    const Preprocessed p = preprocess(e, &g->function, &made, loc);
    made = standard(e, g, scaled(e, g, &p.x, loc), loc);
    ImageChange *change = arena_copy(e->a, &g->change, sizeof *change);
    double scale = g->rescale != 0 ? g->rescale : 1, unit = p.factor * scale;
    if (made.kind != VALUE_ARRAY) return made;
    if (g->of_features[0] && !g->fitted)
        diag_warning(e->d, loc, "generator",
                     "the generator was not fitted: it neither centres nor divides by features");
    change->outside = change->outside * unit + p.offset * scale;
    change->channels *= unit;
    change->unit = unit;
    if (!image_change_none(change)) flow.change = change;
    flow.lacks = g->lacks ? g->lacks : not_before(&g->change, &p);
    if (!flow.lacks) flow.lacks = not_brightened(e, g, x->array, loc);
    return flow_value(e, &made, y, flow, loc);
}

// Mean and deviation of each channel, of all images as they are scaled.
static void measure(Eval *e, Generator *g, const Value *x, Loc loc) {
    const Value real = real_of(e, x, loc);
    Value images = scaled(e, g, &real, loc);
    if (!g->of_features[0] || images.kind != VALUE_ARRAY) return;
    g->mean = figure(e, &images, "mean", 0, 3, false, loc);
    images = apply(e, OP_SUB, images, g->mean, loc);
    if (g->of_features[1] && images.kind == VALUE_ARRAY)
        g->deviation = figure(e, &images, "std", 0, 3, false, loc);
}

// Without features there is nothing to measure, whatever x is.
Value generator_fit(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"x", "augment", "rounds", "seed"};
    Generator *g = (Generator *)(uintptr_t)self->array->generator;
    const Value *v[4], none = {.kind = VALUE_NONE};
    if (!take(e, call, names, 1, 4, v)) return eval_error();
    g->fitted = true;
    if (!g->of_features[0]) return none;
    bool augments = v[1] && !(v[1]->kind == VALUE_BOOL && !v[1]->integer);
    if (v[0]->kind != VALUE_ARRAY || v[0]->array->one)
        g->lacks = "the data that the generator is fitted to is not compiled";
    else if (augments)
        g->lacks = "fit(augment=True) of a generator is not supported yet";
    else if (v[0]->array->rank == 4)
        measure(e, g, v[0], call->loc);
    else
        diag_error(e->d, v[0]->loc, 307, "a generator is fitted to images of 4 dimensions, not %s",
                   array_shape(e->a, v[0]->array));
    return none;
}
