// SPDX-License-Identifier: MIT
// What all optimisers share: their list, and the questions the compiler asks them.
#include "keras/optimizers/optimizer.h"
#include <ctype.h>

#define OPTIMIZER(x) extern const OptimizerClass optimizer_##x;
#include "keras/optimizers/optimizers.def"
#undef OPTIMIZER

const OptimizerClass *const optimizer_classes[] = {
#define OPTIMIZER(x) &optimizer_##x,
#include "keras/optimizers/optimizers.def"
#undef OPTIMIZER
    NULL};

int optimizer_states(const Optimizer *o, const char *name[MAX_STATES]) {
    return o->cls->states(o->args, name);
}

int optimizer_figures(Arena *a, const Optimizer *o, CnnFormula formula[CNN_SCALARS]) {
    const OptimizerArgs *args = o->args;
    if (!o->cls) return 0;
    formula[0] = args->learning_rate.formula;
    return 1 + (o->cls->figures ? o->cls->figures(a, o->args, formula + 1) : 0);
}

static Expr *decayed(const Update *u) { // w - w decay lr, before the rule, as Keras
    double decay = ((const OptimizerArgs *)u->self)->weight_decay;
    return isnan(decay) ? u->w : USUB(u->w, UMUL(UMUL(u->w, UCONST(decay)), u->rate));
}

Update optimizer_update(Arena *a, const Optimizer *o) {
    Update u = {a, o->args, expr_in(a, 0), expr_in(a, 1), .rate = expr_scalar(a, CNN_LR)};
    for (int i = 0; i < MAX_STATES; i++) u.state[i] = expr_in(a, 2 + i);
    for (int i = 0; i < MAX_FIGURES; i++) u.figure[i] = expr_scalar(a, CNN_OWN + i);
    u.w = decayed(&u);
    o->cls->rule(&u);
    return u;
}

Expr *update_mean(const Update *u, Expr *old, Expr *now, double rho) {
    return UADD(UMUL(UCONST(rho), old), UMUL(UCONST(1 - rho), now));
}

Expr *update_toward(const Update *u, Expr *x, Expr *target, double share) {
    return UADD(x, UMUL(USUB(target, x), UCONST(share)));
}

static void print_object(FILE *out, const ObjectClass *object, const void *args);

static void print_rate(FILE *out, const Rate *rate) {
    if (!rate->schedule) {
        fprintf(out, "%g", rate->number);
        return;
    }
    fprintf(out, "%s(", rate->schedule->object.name);
    print_object(out, &rate->schedule->object, rate->args);
    fprintf(out, ")");
}

static void print_argument(FILE *out, const Arg *arg, const void *value) {
    if (arg->type == ARG_RATE)
        print_rate(out, value);
    else if (arg->type == ARG_BOOL)
        fprintf(out, "%d", *(const bool *)value);
    else
        fprintf(out, "%g", *(const double *)value);
}

static bool is_printed(const Arg *arg, const void *value) {
    bool optional = arg->type == ARG_FLOAT_OPT && !isnan(*(const double *)value);
    return optional || arg->type == ARG_RATE || arg->type == ARG_FLOAT || arg->type == ARG_BOOL;
}

static void print_object(FILE *out, const ObjectClass *object, const void *args) {
    const char *between = "";
    for (const Arg *arg = object->args; arg->name; arg++) {
        const void *value = (const char *)args + arg->offset;
        if (!is_printed(arg, value)) continue;
        fprintf(out, "%s%s=", between, arg->name);
        print_argument(out, arg, value);
        between = " ";
    }
}

void optimizer_print(FILE *out, const Optimizer *o) {
    fprintf(out, "optimizer ");
    for (const char *c = o->cls->object.name; *c; c++) fputc(tolower((unsigned char)*c), out);
    fputc(' ', out);
    print_object(out, &o->cls->object, o->args);
    fputc('\n', out);
}
