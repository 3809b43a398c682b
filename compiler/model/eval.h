// SPDX-License-Identifier: MIT
// The evaluator: walks the statements, knows the names bound so far and builds the Model.
// Shared by eval.c, arith.c, bind.c, catalog.c, objects.c, sequential.c, statements.c, shape.c.
#ifndef CNNC_EVAL_H
#define CNNC_EVAL_H
#include "model/value.h"
#include "support/map.h"
#include "syntax/ast.h"

typedef struct Argument { // of a call; a positional one has no keyword
    const char *keyword;
    Loc loc; // with its keyword
    Value value;
} Argument;
typedef struct Call {
    const char *what; // "Conv2D", for messages
    Loc loc;
    int n;
    const Argument *arg;
} Call;

typedef struct Eval {
    Arena *a;
    Diag *d;
    const Thing *things;
    int nthing;
    Map *names; // NAME -> Value
    Map *counters; // stem -> int, for automatic layer names
    int64_t budget; // items and characters that + and * may still make
    const Ast *statement; // the call that stands as a statement: only it may act on the model
    bool acting; // the call being run is that statement
    Model *model; // has a loc once there was a Sequential
    int nlayer; // what was added so far, Input included
    Value *layers;
    bool finished; // layers are final and shapes inferred
    bool broken; // the model has an error: what depends on its shapes is not checked
    bool seeded;
    int evaluations;
} Eval;

enum { LARGEST_SEQUENCE = 1 << 20, VALUES_BUDGET = 1 << 22 };

// eval.c
Value eval_error(void);
Value eval(Eval *e, const Ast *node);
bool eval_spend(Eval *e, Loc loc, int64_t amount); // false: reported
// arith.c
Value arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r);
Value arith_negate(Eval *e, Loc loc, const Value *v);
Value arith_power(Eval *e, Loc loc, const Value *l, const Value *r);
// catalog.c
void catalog_build(Eval *e);
Value catalog_name(Eval *e, const char *name,
                   Loc loc); // a bare name; ERROR, unreported, if unknown
Value catalog_member(Eval *e, const char *module, const char *name, Loc loc);
const char *catalog_nearest(Eval *e, const char *name); // among all there is and what is bound
bool catalog_unsupported(const Eval *e, const char *module, const char *name); // by string
// bind.c
typedef struct ArgTable {
    const Arg *args;
    void *out;
    Loc *loc; // by index in args
} ArgTable;
bool bind(Eval *e, const Call *call, const ArgTable *tables, int ntable);
Loc *bind_locs(Arena *a, const Arg *args); // room for ArgTable.loc
bool bind_shape(Eval *e, const char *name, const Value *v, Loc loc, double min, Shape *out);
// objects.c
extern const ObjectClass initializers[]; // a NULL name ends it
extern const Arg layer_common_args[]; // what every layer takes besides its own
Value object_make(Eval *e, const Thing *t, const Call *call);
// A loss, optimiser, metric or initialiser from its name, its class, its function or an object.
// Reports and returns NULL if it is none; `what` ("loss") is for the message.
const Object *object_resolve(Eval *e, ThingKind kind, const char *what, const Value *v, Loc loc);
// sequential.c: layers, Input, Sequential and add
Value layer_make(Eval *e, const Thing *t, const Call *call);
Value input_make(Eval *e, const Thing *t, const Call *call);
Value sequential_make(Eval *e, const Thing *t, const Call *call);
void sequential_add(Eval *e, const Value *v);
void sequential_finish(Eval *e); // at the first use of the whole model, or the file's end
typedef struct InputArgs {
    Shape shape;
    const char *name;
} InputArgs;
// statements.c, training.c, fit.c: the methods of the model and the functions
typedef struct Function {
    const char *name, *module;
    Value (*run)(Eval *e, const Call *call);
} Function;
extern const Function functions[]; // print, len, set_random_seed
Value method_run(Eval *e, const char *name, const Call *call, Loc name_loc);
Value method_compile(Eval *e, const Call *call); // training.c
Value method_fit(Eval *e, const Call *call); // fit.c
Value method_evaluate(Eval *e, const Call *call);
void statement_run(Eval *e, const AstStatement *s);
void statements_finish(Eval *e); // checks that need the whole file
// shape.c: shapes and weights of all layers, within the limits; false: reported
bool shape_infer(Arena *a, Diag *d, Model *m);
#endif
