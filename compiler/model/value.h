// SPDX-License-Identifier: MIT
// What an expression of a .cnn file gives: Python's values, and the things Keras names.
#ifndef CNNC_VALUE_H
#define CNNC_VALUE_H
#include "keras/layers/layer.h"
#include "support/arena.h"

typedef enum {
    VALUE_ERROR, // was reported: whoever meets it stays silent
    VALUE_NONE,
    VALUE_BOOL, // integer: 0 or 1
    VALUE_INT, // integer
    VALUE_FLOAT, // real
    VALUE_STRING, // text
    VALUE_TUPLE, // n items
    VALUE_LIST, // n items
    VALUE_MODULE, // text: "layers"
    VALUE_THING, // a class or function by its name
    VALUE_OBJECT, // a made layer, optimiser, loss, metric or initialiser
    VALUE_DATA, // text: "x_train", known when the program runs
    VALUE_MODEL,
    VALUE_METHOD, // text: a method of the model, not called
    VALUE_HISTORY, // what fit gives
    VALUE_SCORE, // what evaluate gives; integer: which evaluation
    VALUE_SCORE_ITEM, // score[i]; integer: i, n: which evaluation
} ValueKind;

// The names Keras has. The order of the first is that of no table.
typedef enum {
    THING_LAYER, // row: LayerClass
    THING_INPUT,
    THING_SEQUENTIAL,
    THING_LOSS, // row: LossClass
    THING_METRIC, // row: MetricClass
    THING_OPTIMIZER, // row: OptimizerClass
    THING_SCHEDULE, // row: ScheduleClass
    THING_CALLBACK, // row: CallbackClass; these five begin with an ObjectClass
    THING_INITIALIZER,
    THING_ACTIVATION, // row: Activation
    THING_FUNCTION, // row: Function of statements.c
    THING_UNSUPPORTED, // Keras has it, we do not
} ThingKind;

typedef struct Thing {
    ThingKind kind;
    const char *module, *name; // "layers", "Conv2D"
    bool top; // also keras.NAME
    bool function; // named as a function: losses.categorical_crossentropy
    const void *row;
} Thing;

typedef struct ObjectClass { // losses, optimisers, metrics, initialisers: one row each
    const char *name; // "CategoricalCrossentropy"
    const char *function; // "categorical_crossentropy", or NULL
    const char *aliases[5]; // further names as strings and functions
    int kind; // of an initialiser
    const Arg *args;
    size_t size;
    const void *base; // what the args struct starts as, or NULL for zeros
} ObjectClass;

typedef struct Value Value;
typedef struct Object {
    const Thing *thing;
    const void *args; // of the class's args table
    const Loc *arg_loc;
    const char *name; // layers: its own or an automatic one
    const Value *input_shape; // layers: None unless given
    Loc loc;
} Object;

struct Value {
    ValueKind kind;
    Loc loc; // where it was written
    int n;
    int64_t integer;
    double real;
    const char *text;
    const Value *item;
    const Thing *thing;
    const Object *object;
};

bool value_is_int(const Value *v); // integers and booleans
bool value_is_number(const Value *v); // and floats
double value_real(const Value *v);
bool value_is_sequence(const Value *v); // tuple or list
bool value_equal(const Value *a, const Value *b); // of plain values

const char *value_describe(Arena *a, const Value *v); // "the integer 3", "a tuple of 2 values"
// As Python's str() prints it; NULL if it is too long or no plain value.
const char *value_str(Arena *a, const Value *v);
Value value_literal(Arena *a, const char *text, Loc loc); // a default: None, True, 1, 0.5, "x"
#endif
