// SPDX-License-Identifier: MIT
// What an optimiser's file says, and all it says: its arguments, its states, the figures that change
// from step to step, and its rule for one weight, as expressions.
#ifndef CNNC_OPTIMIZER_H
#define CNNC_OPTIMIZER_H
#include "keras/schedules/schedule.h"
#include "script/value.h"
#include "step/expr.h"
#include "step/formula.h"
#include <math.h>

enum {
    MAX_OWN_STATES = 3,
    MAX_STATES = MAX_OWN_STATES + 2, // with the average and the accumulated gradient
    MAX_FIGURES = CNN_SHARE - CNN_OWN,
    MAX_MEASURES = 6,
};

typedef struct Rate { // a learning rate: a number or a schedule
    double number;
    const ScheduleClass *schedule; // or NULL
    const void *args; // the schedule's own
    CnnFormula formula;
} Rate;

typedef struct OptimizerArgs { // what all have; first in an optimiser's own struct
    Rate learning_rate;
    double weight_decay, clipnorm, clipvalue, global_clipnorm; // NaN: none
    // For narrower floats; no result has it: gradients are divided by what the loss is multiplied by.
    double loss_scale_factor;
    bool use_ema;
    double ema_momentum;
    int64_t ema_overwrite_frequency, gradient_accumulation_steps; // 0: None
    const char *name; // no result has it
} OptimizerArgs;

// p(x) = a x + b (x x') x + c (x x')^2 x, so many times: singular values between 0 and 1 go towards 1.
typedef struct Series {
    double a, b, c;
    int64_t times;
} Series;

// What is computed of an expression over the elements of a weight: the sum of its squares over all of them, of all
// weights that are trained, or over the last dimension or the one before it; or what a series makes of a matrix.
typedef struct Measure {
    Expr *of;
    enum { OVER_WEIGHT, OVER_ALL, OVER_LAST, OVER_LAST_BUT_ONE, BY_SERIES } how;
    Series series;
} Measure;

// A weight's update under construction, w after its decay, g clipped. The rule replaces w and states by
// what they become.
typedef struct Update {
    Arena *arena;
    const void *self; // the optimiser's own struct
    int nstate;
    Expr *w, *g, *state[MAX_STATES];
    Expr *rate, *figure[MAX_FIGURES]; // of this step
    const char *path; // of the weight, MODEL/LAYER/VARIABLE
    int rank;
    const int64_t *dim;
    int nmeasure;
    Measure measure[MAX_MEASURES]; // each reads those before it
} Update;

struct OptimizerClass {
    ObjectClass object; // name and arguments
    // How many states a weight has, all 0 at first, and what they are called.
    int (*states)(const void *self, const char *name[MAX_STATES]);
    // How many figures the rule reads beside the learning rate, and their formulas; NULL: none.
    int (*figures)(Arena *a, const void *self, CnnFormula formula[MAX_FIGURES]);
    void (*rule)(Update *u);
    double (*decay)(const Update *u); // of the weight; NULL: the argument of that name. NaN: none
};

extern const OptimizerClass *const optimizer_classes[]; // NULL-terminated, from optimizers.def

// The rule's own states, then the average and the accumulated gradient where they are wanted.
int optimizer_states(const Optimizer *o, const char *name[MAX_STATES]);
int optimizer_average(const Optimizer *o); // which state is the weights' moving average; -1: none
// The learning rate's formula, and the optimiser's own after it: CnnRun.scalar from CNN_LR on.
// None without compile().
int optimizer_figures(Arena *a, const Optimizer *o, CnnFormula formula[CNN_SCALARS]);
// What a weight, its gradient and its states become. The expressions read them in this order, and behind
// them what is measured.
Update optimizer_update(Arena *a, const Optimizer *o, const char *path, int rank,
                        const int64_t *dim);
void optimizer_print(FILE *out, const Optimizer *o); // a line of --dump=graph

// The rule's words.
#define UADD(x, y) expr_op2(u->arena, E_ADD, (x), (y))
#define USUB(x, y) expr_op2(u->arena, E_SUB, (x), (y))
#define UMUL(x, y) expr_op2(u->arena, E_MUL, (x), (y))
#define UDIV(x, y) expr_op2(u->arena, E_DIV, (x), (y))
#define USQRT(x) expr_op1(u->arena, E_SQRT, (x))
#define UABS(x) expr_op1(u->arena, E_ABS, (x))
#define ULESS(x, y, yes, no) expr_less(u->arena, (x), (y), (yes), (no))
#define UCONST(x) expr_const(u->arena, (x))
Expr *update_mean(const Update *u, Expr *old, Expr *now, double rho); // rho old + (1 - rho) now
Expr *update_toward(const Update *u, Expr *x, Expr *target, double share); // x + (target - x) share
Expr *update_larger(const Update *u, Expr *x, Expr *y);
Expr *update_measure(Update *u, Measure measure);
// The length of an expression as a vector of all elements of a weight, or of all weights.
Expr *update_norm(Update *u, Expr *of, bool all);
double update_count(const Update *u); // elements of the weight
CnnFormula update_number(Arena *a); // figures: the number of this update, from 1
CnnFormula one_less_power(Arena *a, double beta); // and 1 - beta^that

// ---- what all can do around their rules (around.c)
int around_states(const OptimizerArgs *o, const char *name[2]);
int around_figures(Arena *a, const OptimizerArgs *o, CnnFormula formula[MAX_FIGURES]);
CnnFormula around_updates(Arena *a, const OptimizerArgs *o); // updates made before this step
void around_before(Update *u, int own_states, double decay); // the rule
void around_after(Update *u, const Update *before, int own_states, int own_figures);

#define OPTIMIZER_RATE(standard_)                                                                  \
    {"learning_rate",       ARG_RATE, offsetof(OptimizerArgs, learning_rate),                      \
     .standard = standard_, .min = 0, .max = INFINITY}
#define OPTIMIZER_DECAY                                                                            \
    {"weight_decay",     ARG_FLOAT_OPT, offsetof(OptimizerArgs, weight_decay),                     \
     .standard = "None", .min = 0,      .max = INFINITY}
#define OPTIMIZER_FLOAT(name_)                                                                     \
    {#name_,   ARG_FLOAT_OPT,  offsetof(OptimizerArgs, name_), .standard = "None",                 \
     .min = 0, .max = INFINITY}
#define OPTIMIZER_COMMON(name_)                                                                    \
    OPTIMIZER_FLOAT(clipnorm), OPTIMIZER_FLOAT(clipvalue), OPTIMIZER_FLOAT(global_clipnorm),       \
        {"use_ema", ARG_BOOL, offsetof(OptimizerArgs, use_ema), .standard = "False"},              \
        {"ema_momentum",     ARG_FLOAT, offsetof(OptimizerArgs, ema_momentum),                     \
         .standard = "0.99", .min = 0,  .max = 1},                                                 \
        {"ema_overwrite_frequency", ARG_INT_OPT, offsetof(OptimizerArgs, ema_overwrite_frequency), \
         .standard = "None",        .min = 1,    .max = INFINITY},                                 \
        {"loss_scale_factor", ARG_FLOAT_OPT, offsetof(OptimizerArgs, loss_scale_factor),           \
         .standard = "None",  .min = 1e-300, .max = INFINITY},                                     \
        {"gradient_accumulation_steps",                                                            \
         ARG_INT_OPT,                                                                              \
         offsetof(OptimizerArgs, gradient_accumulation_steps),                                     \
         .standard = "None",                                                                       \
         .min = 2,                                                                                 \
         .max = INFINITY},                                                                         \
        {"name", ARG_TEXT, offsetof(OptimizerArgs, name), .standard = "\"" name_ "\""}
#endif
