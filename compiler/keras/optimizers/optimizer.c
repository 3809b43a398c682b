// SPDX-License-Identifier: MIT
// What all optimisers share: their list, and the questions the compiler asks them.
#include "keras/optimizers/optimizer.h"
#include "support/limit.h"
#include <ctype.h>
#include <stdlib.h>

#define OPTIMIZER(x) extern const OptimizerClass optimizer_##x;
#include "keras/optimizers/optimizers.def"
#undef OPTIMIZER

const OptimizerClass *const optimizer_classes[] = {
#define OPTIMIZER(x) &optimizer_##x,
#include "keras/optimizers/optimizers.def"
#undef OPTIMIZER
    NULL};

int optimizer_states(const Optimizer *o, const char *name[MAX_STATES]) {
    int own = o->cls->states(o->args, name);
    return own + around_states(o->args, name + own);
}

int optimizer_average(const Optimizer *o) {
    const char *name[MAX_STATES];
    if (!o->cls || !((const OptimizerArgs *)o->args)->use_ema) return -1;
    return o->cls->states(o->args, name);
}

static int own_figures(Arena *a, const Optimizer *o, CnnFormula formula[MAX_FIGURES]) {
    return o->cls->figures ? o->cls->figures(a, o->args, formula) : 0;
}

int optimizer_figures(Arena *a, const Optimizer *o, CnnFormula formula[CNN_SCALARS]) {
    const OptimizerArgs *args = o->args;
    if (!o->cls) return 0;
    formula[0] = args->learning_rate.formula; // of all steps; the others of those that update
    int n = 1 + own_figures(a, o, formula + 1);
    for (int i = 1; i < n; i++) formula[i] = formula_at(a, formula[i], around_updates(a, args));
    return n + around_figures(a, args, formula + n);
}

Update optimizer_update(Arena *a, const Optimizer *o, const char *path, int rank,
                        const int64_t *dim) {
    const char *name[MAX_STATES];
    CnnFormula formula[MAX_FIGURES];
    int own = o->cls->states(o->args, name), figures = own_figures(a, o, formula);
    Update u = {a, o->args, .w = expr_in(a, 0), .g = expr_in(a, 1)};
    u.path = path, u.rank = rank, u.dim = dim;
    u.rate = expr_scalar(a, CNN_LR);
    u.nstate = optimizer_states(o, name);
    for (int i = 0; i < u.nstate; i++) u.state[i] = expr_in(a, 2 + i);
    for (int i = 0; i < MAX_FIGURES; i++) u.figure[i] = expr_scalar(a, CNN_OWN + i);
    const Update before = u;
    double decay =
        o->cls->decay ? o->cls->decay(&u) : ((const OptimizerArgs *)o->args)->weight_decay;
    around_before(&u, own, decay);
    o->cls->rule(&u);
    around_after(&u, &before, own, figures);
    return u;
}

CnnFormula update_number(Arena *a) {
    return formula_op2(a, CNN_ADD, formula_leaf(a, CNN_ITERATIONS), formula_number(a, 1));
}

CnnFormula one_less_power(Arena *a, double beta) {
    CnnFormula power = formula_op2(a, CNN_POW, formula_number(a, beta), update_number(a));
    return formula_op2(a, CNN_SUB, formula_number(a, 1), power);
}

Expr *update_mean(const Update *u, Expr *old, Expr *now, double rho) {
    return UADD(UMUL(UCONST(rho), old), UMUL(UCONST(1 - rho), now));
}

Expr *update_toward(const Update *u, Expr *x, Expr *target, double share) {
    return UADD(x, UMUL(USUB(target, x), UCONST(share)));
}

Expr *update_larger(const Update *u, Expr *x, Expr *y) {
    return ULESS(x, y, y, x);
}

Expr *update_measure(Update *u, Measure measure) {
    u->measure[ROOM(u->nmeasure, MAX_MEASURES, "measures of an update")] = measure;
    return expr_in(u->arena, 2 + u->nstate + u->nmeasure++);
}

Expr *update_norm(Update *u, Expr *of, bool all) {
    return USQRT(update_measure(u, (Measure){of, all ? OVER_ALL : OVER_WEIGHT}));
}

double update_count(const Update *u) {
    double count = 1;
    for (int d = 0; d < u->rank; d++) count *= (double)u->dim[d];
    return count;
}

static void print_object(FILE *out, const ObjectClass *object, const void *args, size_t common);

static void print_rate(FILE *out, const Rate *rate) {
    if (!rate->schedule) {
        fprintf(out, "%g", rate->number);
        return;
    }
    fprintf(out, "%s(", rate->schedule->object.name);
    print_object(out, &rate->schedule->object, rate->args, 0);
    fprintf(out, ")");
}

static void print_numbers(FILE *out, const Numbers *numbers) {
    for (int i = 0; i < numbers->n; i++) fprintf(out, "%s%g", i ? "," : "", numbers->of[i]);
}

static void print_argument(FILE *out, const Arg *arg, const void *value) {
    if (arg->type == ARG_RATE)
        print_rate(out, value);
    else if (arg->type == ARG_BOOL)
        fprintf(out, "%d", *(const bool *)value);
    else if (arg->type == ARG_NUMBERS)
        print_numbers(out, value);
    else if (arg->type == ARG_INT_OPT)
        fprintf(out, "%lld", (long long)*(const int64_t *)value);
    else
        fprintf(out, "%g", *(const double *)value);
}

// What all optimisers have is printed where it is not the default.
static bool is_printed(const Arg *arg, const void *value, bool common) {
    switch (arg->type) {
    case ARG_RATE: return true;
    case ARG_BOOL: return !common || *(const bool *)value;
    case ARG_FLOAT: return !common || *(const double *)value != strtod(arg->standard, NULL);
    case ARG_FLOAT_OPT: return !isnan(*(const double *)value);
    case ARG_NUMBERS: return true;
    case ARG_INT_OPT: return *(const int64_t *)value != 0;
    default: return false;
    }
}

// common: so many bytes of the arguments are those that all have.
static void print_object(FILE *out, const ObjectClass *object, const void *args, size_t common) {
    const char *between = "";
    for (const Arg *arg = object->args; arg->name; arg++) {
        const void *value = (const char *)args + arg->offset;
        if (!is_printed(arg, value, arg->offset < common)) continue;
        fprintf(out, "%s%s=", between, arg->name);
        print_argument(out, arg, value);
        between = " ";
    }
}

void optimizer_print(FILE *out, const Optimizer *o) {
    fprintf(out, "optimizer ");
    for (const char *c = o->cls->object.name; *c; c++) fputc(tolower((unsigned char)*c), out);
    fputc(' ', out);
    print_object(out, &o->cls->object, o->args, sizeof(OptimizerArgs));
    fputc('\n', out);
}
