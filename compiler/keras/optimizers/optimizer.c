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

Expr *update_toward(const Update *u, Expr *x, Expr *target, double share) {
    return UADD(x, UMUL(USUB(target, x), UCONST(share)));
}

static void print_argument(FILE *out, const Arg *arg, const void *value) {
    if (arg->type == ARG_RATE)
        fprintf(out, " %s=%g", arg->name, ((const Rate *)value)->number);
    else if (arg->type == ARG_FLOAT ||
             (arg->type == ARG_FLOAT_OPT && !isnan(*(const double *)value)))
        fprintf(out, " %s=%g", arg->name, *(const double *)value);
    else if (arg->type == ARG_BOOL)
        fprintf(out, " %s=%d", arg->name, *(const bool *)value);
}

void optimizer_print(FILE *out, const Optimizer *o) {
    fprintf(out, "optimizer ");
    for (const char *c = o->cls->object.name; *c; c++) fputc(tolower((unsigned char)*c), out);
    for (const Arg *arg = o->cls->object.args; arg->name; arg++)
        print_argument(out, arg, (const char *)o->args + arg->offset);
    fputc('\n', out);
}
