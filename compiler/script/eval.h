// SPDX-License-Identifier: MIT
// The evaluator: runs the script once, knows the names bound so far and builds the Model. What it may
// cost is bounded. Shared by the files of this folder and of those that know what a script's names do: data, model.
#ifndef CNNC_EVAL_H
#define CNNC_EVAL_H
#include "script/value.h"
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

typedef struct Scope { // of a file, a function, a class or a comprehension
    Map *names; // NAME -> Value *, NULL where it was deleted
    struct Scope *outer;
    bool of_class; // its methods do not see its names
    struct Scope *caller; // of a function: where it was called; else NULL
    int seen; // by walk Eval.nwalk
} Scope;

struct Closure {
    const char *name; // "<lambda>"
    const Ast *params; // an AST_LAMBDA; left: what a lambda gives
    const AstBlock *body; // of a def
    const Value *standard; // by parameter
    Scope *scope; // in which it was made
    Loc loc;
};
struct Record { // a class, or an instance of one
    const char *name;
    Map *names;
    const Record *of; // the class of an instance, else NULL
};
struct Sequential { // a model in the making
    Model *model;
    int nlayer; // what was added so far, Input included
    Value *layers;
    bool finished; // layers are final and shapes inferred
    bool broken; // the model has an error: what depends on its shapes is not checked
    bool nested; // it is part of another
    bool counted; // the Input that Keras makes for it is, among those that it names
    const Call *compiling; // compile, held back until the size of the input is known
    const Value *built; // what build was given, or NULL
    const Array *data; // what fit is given, which may tell it
    const Foreign *unknown; // or which is not known
    bool summarised;
    bool loaded; // load_weights was called with a file that is not known
    bool reloaded; // called after a fit, whose optimizer would go on from another state
    bool compiled_anew; // after a fit, and
    const Model *compiled_first; // as it was before; or NULL
    int evaluations, predictions;
};

typedef struct Acting { // a statement of the program
    const Sequential *of; // NULL: of none
    Statement statement;
    Loc loc;
} Acting;

typedef struct Adapting { // a layer that is to measure data
    const Object *layer;
    Value data;
    Loc loc;
} Adapting;

typedef struct RandomDraw { // of numpy's generator
    int kind; // RandomKind
    int64_t n; // how many numbers; of a permutation
    uint32_t most; // of integers
} RandomDraw;

typedef struct RandomState { // a seed, and what was drawn since
    uint32_t seed;
    int n;
    RandomDraw *draw;
} RandomState;

typedef struct Draws { // np.random, or a RandomState of the script
    bool seeded; // it has a seed of the script's
    bool follows; // and what was drawn since is known:
    RandomState state;
} Draws;

typedef struct Eval {
    Arena *a;
    Diag *d;
    const Thing *things;
    int nthing;
    Map *by_name; // bare names -> Thing
    Map *by_path; // "module.name" -> Thing
    Scope *scope, *file;
    int nwalk; // of all that names stand for
    Map *counters; // stem -> int, for automatic layer names
    int64_t budget; // operations that are left
    bool exhausted; // and none is: nothing more is run
    int depth, calls; // of evaluations within each other
    Value returned; // by the function that is being left
    Sequential *at; // the model that is being worked on
    Model *model; // its
    int nmodel;
    Sequential **models;
    uint32_t seed;
    int nforeign; // statements left out
    const Foreign *foreign_star; // a module of which all names were imported
    int nstatement; // of all models
    Acting *acting;
    int nadapting;
    Adapting *adapting;
    const char *data; // the folder of the data's files, or NULL
    const char *wanted; // the name of the model that is compiled, or NULL
    int nleft_out; // statements that were, where they begin
    Loc *left_out_at;
    int narray; // arrays of data made so far
    Draws draws; // np.random
    int nunseeded; // orders of rows and arrays of numbers that were drawn without a seed
    Map *left_out; // module -> what it stands for
    bool open_arguments; // a function of another library is run, which may have more arguments:
    const char *unknown_argument; // one that is not known here
    const AstStatement *import; // that is being run, of which
    const AstAlias *alias; // this
} Eval;

enum { LARGEST_SEQUENCE = 1 << 20, LONGEST_STRING = 1 << 24, OPERATIONS = 10000000 };

// eval.c
Value eval_error(void);
Value eval(Eval *e, const Ast *node);
// Of so many operations, one an item or 16 bytes made; false: reported.
bool eval_spend(Eval *e, Loc loc, int64_t amount);
bool eval_items(Eval *e, Loc loc, int64_t n); // room for a sequence of n items
bool eval_bytes(Eval *e, Loc loc, int64_t n); // room for a string of n bytes
bool eval_weigh(Eval *e, Loc loc, const Value *v); // before it is compared; false: reported
Value eval_text(Eval *e, Loc loc, const char *text);
bool eval_truth(Eval *e, const Value *v, bool *truth); // false: not known, v is an error or later
// What a for loop over v walks. NULL: reported.
const List *eval_iterate(Eval *e, const Value *v, Loc loc);
Value eval_call(Eval *e, const Value *callee, const Call *call, Loc callee_loc);
Value eval_subscript(Eval *e, const Ast *node);
// The range that a slice takes of n items; false: it has no integers, or a step of 0.
bool slice_range(const Value *slice, int64_t n, Range *r);
// sequences.c
int64_t range_items(const Range *r); // how many numbers it has, the step not 0; at most INT64_MAX
// displays.c
Value eval_sequence(Eval *e, const Ast *node);
Value eval_set(Eval *e, const Ast *node);
Value eval_dict(Eval *e, const Ast *node);
Value eval_comprehension(Eval *e, const Ast *node);
// scope.c
void scope_bind(Eval *e, const char *name, Value v);
const Value *scope_get(const Eval *e, const char *name); // NULL: not bound
// Each value that the script can name: those of this scope, of the ones around it and of its callers, and what is in
// lists, tuples, dicts and instances there. name: that it begins with.
typedef void ScopeVisit(void *context, const char *name, Value *v);
void scope_each(Eval *e, ScopeVisit *visit, void *context);
// arith.c
Value arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r);
Value arith_negate(Eval *e, Loc loc, const Value *v);
Value arith_power(Eval *e, Loc loc, const Value *l, const Value *r);
// compare.c
Value compare(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r);
int compare_values(const Value *l, const Value *r, bool *comparable); // -1, 0, 1; 2 for a NaN
// catalog.c
void catalog_build(Eval *e);
Value catalog_name(Eval *e, const char *name,
                   Loc loc); // a bare name; ERROR, unreported, if unknown
Value catalog_member(Eval *e, const char *module, const char *name, Loc loc);
void catalog_no_member(Eval *e, const char *module, const char *name, Loc loc); // reports that
bool catalog_foreign_inside(const char *module); // what is not known in it is foreign, not wrong
bool catalog_has(Eval *e, const char *module, const char *name); // else that reports
const char *catalog_nearest(Eval *e, const char *name); // among all there is and what is bound
bool catalog_unsupported(const Eval *e, const char *module, const char *name); // by string
// attributes.c: of layers and models. False: they have none of that name (that could be set).
bool attribute_get(Eval *e, const Value *v, const char *name, Value *out);
bool attribute_set(Eval *e, const Value *of, const char *name, Loc loc, const Value *v);
// model/adapt.c: layer.adapt(data)
bool adapt_has(const Value *v, const char *name);
Value adapt_run(Eval *e, const Value *layer, const Call *call);
void adapt_finish(Eval *e); // of the model that is compiled
// bind.c
typedef struct ArgTable {
    const Arg *args;
    void *out;
    Loc *loc; // by index in args
} ArgTable;
bool bind(Eval *e, const Call *call, const ArgTable *tables, int ntable);
Loc *bind_locs(Arena *a, const Arg *args); // room for ArgTable.loc
// convert.c
bool bind_shape(Eval *e, const char *name, const Value *v, Loc loc, double min, Shape *out);
// objects.c
Value object_make(Eval *e, const Thing *t, const Call *call);
// A loss, optimiser, metric or initialiser from its name, its class, its function or an object.
// Reports and returns NULL if it is none; `what` ("loss") is for the message.
const Object *object_resolve(Eval *e, ThingKind kind, const char *what, const Value *v, Loc loc);
// Reports that Keras has none of this name, or has one that is not supported.
void object_unknown(Eval *e, ThingKind kind, const char *what, const char *name, Loc loc);
// Are the arguments the same, but for the one named `but`?
bool args_equal(const Arg *args, const void *a, const void *b, const char *but);
Value dataset_make(Eval *e, const Thing *t, const Call *call); // data/data.c: load_data()
// model/layers.c: layers, Input, and names of layers and models
extern const Arg layer_common_args[]; // what every layer takes besides its own
Value layer_make(Eval *e, const Thing *t, const Call *call);
Value input_make(Eval *e, const Thing *t, const Call *call);
const char *name_automatic(Eval *e, const char *stem);
bool name_is_good(Eval *e, const char *of, const char *name, Loc loc); // false: reported
Loc argument_loc(const Call *call, const char *keyword); // the call's where it is not given
// model/sequential.c: Sequential and add
Value sequential_make(Eval *e, const Thing *t, const Call *call);
void sequential_add(Eval *e, const Value *v);
void sequential_grown(Eval *e); // after layers came or went
void sequential_applied(Eval *e,
                        Sequential *s); // to an output, of which it has the size of its input
bool sequential_holds(const Sequential *s, const Value *v); // a layer or model, at any depth
const char *sequential_part_name(const Value *part); // of a layer, an Input or a model
Value sequential_new(Eval *e, Loc loc); // one without layers, which is then worked on
Sequential *sequential_empty(Eval *e, Loc loc); // the same, but none of the file's models
// model/functional.c: layers that are applied, and Model
Value functional_make(Eval *e, const Thing *t, const Call *call);
// A layer or a model is applied to an output, or to what is foreign; false: that is not what is called.
bool functional_call(Eval *e, const Value *callee, const Call *call, Value *out);
Sequential *functional_up_to(Eval *e, const Value *output); // the chain that ends in it
// model/finish.c
bool sequential_sized(const Eval *e); // the size of the input is known, or will never be
void sequential_finish(Eval *e); // at the first use of the whole model, or the file's end
typedef struct InputArgs {
    Shape shape;
    const char *name;
} InputArgs;
// functions.c and the files below: functions by module and name, each file a table
typedef struct Function {
    const char *name, *module; // module "": a name of Python's own
    Value (*run)(Eval *e, const Call *call);
    bool arrays; // it takes data; else what it gives of them is foreign
    bool keeps; // what comes by keyword, as it is, foreign values too
} Function;
extern const Function *const function_tables[]; // NULL-terminated; each ends with a NULL name
extern const Function builtin_functions[], sequence_functions[], number_functions[],
    model_functions[], getter_functions[];
Value function_run(Eval *e, const Function *f, const Call *call); // calls.c
// The value of arguments given by position or name, as many as names; false: reported.
bool take(Eval *e, const Call *call, const char *const *names, int needed, int n,
          const Value **out);
// One of them that is an integer; of none *to stays. False: reported.
bool take_whole(Eval *e, const Call *call, const Value *v, const char *name, int64_t *to);
bool constant_find(Eval *e, const char *module, const char *name, Value *out); // numbers.c: np.pi
// methods.c: of strings, lists and dicts
Value method_get(Eval *e, const Value *v, const char *name, Loc loc); // v.name
Value method_bound(Eval *e, ValueKind kind, const Value *self, const char *name); // to be called
Value bound_run(Eval *e, const Bound *bound, const Call *call, Loc name_loc);
// text.c: %, format and fields
Value text_percent(Eval *e, Loc loc, const Value *format, const Value *values);
Value text_format(Eval *e, Loc loc, const char *format, const Call *call);
Value text_field(Eval *e, Loc loc, const Value *v, const char *conversion, const char *spec);
// classes.c: def, lambda and class
Value closure_make(Eval *e, const char *name, const Ast *params, const AstBlock *body);
Value closure_run(Eval *e, const Closure *c, const Value *self, const Call *call);
Value class_make(Eval *e, const AstStatement *s);
Value instance_make(Eval *e, Record *of, const Call *call);
// assign.c
void assign(Eval *e, const Ast *target, Value v);
void assign_names(Eval *e, const Ast *target, Value v); // v to each name, and that alone
void delete_target(Eval *e, const Ast *target);
// blocks.c: control flow
typedef enum { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN } Flow;
Flow block_run(Eval *e, const AstBlock *b);
// foreign.c
#define DATA_ADVICE "name the folder of the data with --data DIR"
Value foreign_made(Eval *e, const char *what, Loc loc);
Value foreign_part(Eval *e, const Value *of, const char *name, Loc loc); // of.name, of(...)
Value foreign_called(Eval *e, const Value *callee, const Call *call);
// known.c: what the function makes of constants; false: that is not known here.
bool foreign_known(Eval *e, const char *what, const Call *call, Value *out);
// What the compiler cannot know: foreign values, and what the program computes when it runs; else NULL.
const Foreign *foreign_unknown(Eval *e, const Value *v);
Value foreign_result(Eval *e, const Value *v); // of what depends on such a value; else an error
bool foreign_numbers(Eval *e, const Call *call); // is one of its arguments data, or a list?
bool foreign_arguments(const Call *call, Value *first); // one of them is
const Foreign *foreign_within(const Value *v, int depth); // in a value or its items
const char *foreign_missing(Eval *e, const Foreign *f); // that its file is not here
void foreign_left_out(Eval *e, Loc loc, const Foreign *f); // the statement at loc
bool foreign_sets_weights(const Foreign *f, const char *method); // of the model, assign of them
void foreign_summary(Eval *e);

// skipped.c
// A statement on what is not known: what it assigns becomes foreign. Reports where it may act on more.
void foreign_block(Eval *e, const AstStatement *s, const Foreign *f);
bool block_names(Eval *e, const AstBlock *b, const char *name); // is it anywhere in it?
// Not all of this was done: how np.random goes on is not known if it may draw.
void draws_unseen(Eval *e, const Ast *node);
// No program can be built of the model, for what is said at loc. flag: of the warning.
void model_lacks(Eval *e, Loc loc, const char *flag, const char *text);
// spellings.c: names of old Keras. Each adds to the error before it what is written now, and how the text
// is mended; false: it is no such name. Of a member the error is its own.
bool spelling_argument(Eval *e, const Argument *given, const char *const *known, int n);
bool spelling_method(Eval *e, const char *old, Loc name_loc, Loc call_loc);
bool spelling_member(Eval *e, const char *module, const char *old, Loc loc);
void spelling_figure(Eval *e, const Dict *figures, const Value *key, Loc loc);
// edits.c: of the text, for what was reported last
void edit_word(Eval *e, Loc within, const char *old, const char *new); // the last such word there
void edit_keyword(Eval *e, Loc argument, const char *old, const char *new);
void edit_insert(Eval *e, Loc at, bool behind, const char *text);
void edit_replace(Eval *e, Loc at, const char *text);
void edit_argument_away(Eval *e, Loc argument);
void edit_string_end(Eval *e, Loc string, const char *end); // of one that stands there as it is
// imports.c
void import_run(Eval *e, const AstStatement *s);
// print.c
Value print_run(Eval *e, const Call *call);
// model/statements.c, training.c, fit.c: the methods of the model
void statement_add(Eval *e, const Sequential *of, Loc loc, Statement s);
void sequential_use(Eval *e, Sequential *s); // what follows is about this model
Value method_run(Eval *e, const Bound *bound, const Call *call, Loc name_loc);
Value method_compile(Eval *e, const Call *call); // training.c
Value method_fit(Eval *e, const Call *call); // fit.c
Value method_evaluate(Eval *e, const Call *call);
bool verbose_read(Eval *e, const Value *v, int *verbose); // false: reported
Value method_predict(Eval *e, const Call *call); // predict.c
Value method_save(Eval *e, const Call *call); // saving.c
Value method_save_weights(Eval *e, const Call *call);
Value method_load_weights(Eval *e, const Call *call);
void statements_finish(Eval *e); // checks that need the whole file
// model/shape.c: shapes and weights of all layers, within the limits; false: reported
bool shape_infer(Arena *a, Diag *d, Model *m);
#endif
