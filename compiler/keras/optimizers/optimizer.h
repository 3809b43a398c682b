// SPDX-License-Identifier: MIT
// What an optimiser's file says, and all it says: its arguments, its states, the figures that change
// from step to step, and its rule for one weight, as expressions.
#ifndef CNNC_OPTIMIZER_H
#define CNNC_OPTIMIZER_H
#include "keras/schedules/schedule.h"
#include "model/value.h"
#include "step/expr.h"
#include "step/formula.h"
#include <math.h>

enum { MAX_STATES = 3, MAX_FIGURES = CNN_SCALARS - CNN_OWN };

typedef struct Rate { // a learning rate: a number or a schedule
    double number;
    const ScheduleClass *schedule; // or NULL
    const void *args; // the schedule's own
    CnnFormula formula;
} Rate;

typedef struct OptimizerArgs { // what all have; first in an optimiser's own struct
    Rate learning_rate;
    double weight_decay; // NaN: none
} OptimizerArgs;

// A weight's update under construction, w after its decay. The rule replaces w and states by what they become.
typedef struct Update {
    Arena *arena;
    const void *self; // the optimiser's own struct
    Expr *w, *g, *state[MAX_STATES];
    Expr *rate, *figure[MAX_FIGURES]; // of this step
} Update;

struct OptimizerClass {
    ObjectClass object; // name and arguments
    // How many states a weight has, all 0 at first, and what they are called.
    int (*states)(const void *self, const char *name[MAX_STATES]);
    // How many figures the rule reads beside the learning rate, and their formulas; NULL: none.
    int (*figures)(Arena *a, const void *self, CnnFormula formula[MAX_FIGURES]);
    void (*rule)(Update *u);
};

extern const OptimizerClass *const optimizer_classes[]; // NULL-terminated, from optimizers.def

int optimizer_states(const Optimizer *o, const char *name[MAX_STATES]);
// The learning rate's formula, and the optimiser's own after it: CnnRun.scalar from CNN_LR on.
// None without compile().
int optimizer_figures(Arena *a, const Optimizer *o, CnnFormula formula[CNN_SCALARS]);
// What a weight, its gradient and its states become.
Update optimizer_update(Arena *a, const Optimizer *o);
void optimizer_print(FILE *out, const Optimizer *o); // a line of --dump=graph

// The rule's words.
#define UADD(x, y) expr_op2(u->arena, E_ADD, (x), (y))
#define USUB(x, y) expr_op2(u->arena, E_SUB, (x), (y))
#define UMUL(x, y) expr_op2(u->arena, E_MUL, (x), (y))
#define UDIV(x, y) expr_op2(u->arena, E_DIV, (x), (y))
#define USQRT(x) expr_op1(u->arena, E_SQRT, (x))
#define UCONST(x) expr_const(u->arena, (x))
Expr *update_mean(const Update *u, Expr *old, Expr *now, double rho); // rho old + (1 - rho) now
Expr *update_toward(const Update *u, Expr *x, Expr *target, double share); // x + (target - x) share

#define OPTIMIZER_RATE(standard_)                                                                  \
    {"learning_rate",       ARG_RATE, offsetof(OptimizerArgs, learning_rate),                      \
     .standard = standard_, .min = 0, .max = INFINITY}
#define OPTIMIZER_DECAY                                                                            \
    {"weight_decay",     ARG_FLOAT_OPT, offsetof(OptimizerArgs, weight_decay),                     \
     .standard = "None", .min = 0,      .max = INFINITY}
// names: NULL-terminated, {NAME, NULL}, what Keras calls it by default.
#define OPTIMIZER_COMMON(names_)                                                                   \
    ARG_UNSUPPORTED("clipnorm", "None"), ARG_UNSUPPORTED("clipvalue", "None"),                     \
        ARG_UNSUPPORTED("global_clipnorm", "None"), ARG_UNSUPPORTED("use_ema", "False"),           \
        ARG_UNSUPPORTED("ema_momentum", "0.99"),                                                   \
        ARG_UNSUPPORTED("ema_overwrite_frequency", "None"),                                        \
        ARG_UNSUPPORTED("loss_scale_factor", "None"),                                              \
        ARG_UNSUPPORTED("gradient_accumulation_steps", "None"), {                                  \
        .name = "name", .type = ARG_ONLY_DEFAULT, .standard = "None", .choices = names_            \
    }
#endif
