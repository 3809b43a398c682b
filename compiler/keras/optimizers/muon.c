// SPDX-License-Identifier: MIT
// Muon: of a matrix n x m   v = mu v + g,  d = g + mu v (or v without nesterov),  x = d / (|d| + 1e-7), and some times
// x = a x + b (x x') x + c (x x')^2 x, of the transposed one where n > m;  w -= lr x sqrt(max(n, m)) rms_rate.
// What is no matrix, embeddings, and layers that are named, are trained as by AdamW, with a rate and a decay of their
// own.
#include "keras/optimizers/optimizer.h"
#include "support/pattern.h"
#include <ctype.h>
#include <string.h>

typedef struct Muon {
    OptimizerArgs common;
    double adam_beta_1, adam_beta_2, adam_weight_decay, epsilon;
    double muon_a, muon_b, muon_c, adam_lr_ratio, momentum, rms_rate;
    int64_t ns_steps;
    bool exclude_embeddings, nesterov;
    const Value *exclude_layers; // None, or patterns of which one is found in the weight's path
} Muon;

enum { MOST_STEPS = 20 };
#define AT(field) offsetof(Muon, field)
#define FLOAT(name_, standard_)                                                                    \
    {#name_, ARG_FLOAT, AT(name_), .standard = standard_, .min = -INFINITY, .max = INFINITY}
#define FROM_0(name_, standard_, most_)                                                            \
    {#name_, ARG_FLOAT, AT(name_), .standard = standard_, .min = 0, .max = most_}
static const Arg args[] = {
    OPTIMIZER_RATE("0.001"),
    {"adam_beta_1", ARG_FLOAT, AT(adam_beta_1), .standard = "0.9", .min = 0, .max = 1,
     .below = true},
    {"adam_beta_2", ARG_FLOAT, AT(adam_beta_2), .standard = "0.999", .min = 0, .max = 1,
     .below = true},
    {"adam_weight_decay", ARG_FLOAT_OPT, AT(adam_weight_decay), .standard = "0.004", .min = 0,
     .max = INFINITY},
    FROM_0(epsilon, "1e-07", INFINITY),
    {"weight_decay", ARG_FLOAT_OPT, offsetof(OptimizerArgs, weight_decay), .standard = "0.004",
     .min = 0, .max = INFINITY},
    OPTIMIZER_COMMON("muon"),
    {"exclude_layers", ARG_VALUE, AT(exclude_layers), .standard = "None"},
    {"exclude_embeddings", ARG_BOOL, AT(exclude_embeddings), .standard = "True"},
    FLOAT(muon_a, "3.4445"),
    FLOAT(muon_b, "-4.775"),
    FLOAT(muon_c, "2.0315"),
    FROM_0(adam_lr_ratio, "1", INFINITY),
    FROM_0(momentum, "0.95", 1),
    {"ns_steps", ARG_INT, AT(ns_steps), .standard = "5", .min = 0, .max = MOST_STEPS},
    {"nesterov", ARG_BOOL, AT(nesterov), .standard = "True"},
    {"rms_rate", ARG_FLOAT_OPT, AT(rms_rate), .standard = "0.2", .min = 0, .max = INFINITY},
    {0},
};

static int states(const void *self, const char *name[MAX_STATES]) {
    (void)self;
    name[0] = "m", name[1] = "v";
    return 2;
}

static int figures(Arena *a, const void *self, CnnFormula formula[MAX_FIGURES]) {
    const Muon *o = self;
    CnnFormula own = formula_number(a, o->adam_lr_ratio);
    CnnFormula rate = formula_op2(a, CNN_MUL, formula_leaf(a, CNN_RATE), own);
    CnnFormula root = formula_op1(a, CNN_SQRT, one_less_power(a, o->adam_beta_2));
    formula[0] = formula_op2(a, CNN_DIV, formula_op2(a, CNN_MUL, rate, root),
                             one_less_power(a, o->adam_beta_1));
    return 1;
}

static bool names_embedding(const char *name) {
    static const char word[] = "embedding";
    size_t n = sizeof word - 1, k = 0;
    for (; *name; name++) {
        for (k = 0; k < n && tolower((unsigned char)name[k]) == word[k];) k++;
        if (k == n) return true;
    }
    return false;
}

static bool is_excluded(const Value *patterns, const char *path) {
    bool found = false;
    for (int i = 0; patterns->kind != VALUE_NONE && i < value_count(patterns); i++)
        found |= pattern_finds(value_at(patterns, i)->text, path);
    return found;
}

static bool by_adam(const Update *u) {
    const Muon *o = u->self;
    return u->rank != 2 || (o->exclude_embeddings && names_embedding(u->path)) ||
           is_excluded(o->exclude_layers, u->path);
}

static const char *refuse(Arena *a, const void *self) {
    const Value *patterns = ((const Muon *)self)->exclude_layers;
    if (patterns->kind == VALUE_NONE) return NULL;
    if (!value_is_sequence(patterns)) return "exclude_layers must be a list of texts, or None";
    const char *wrong = NULL;
    for (int i = 0; i < value_count(patterns) && !wrong; i++) {
        const Value *v = value_at(patterns, i);
        wrong = v->kind == VALUE_STRING ? pattern_refuse(a, v->text)
                                        : "exclude_layers must be a list of texts, or None";
    }
    return wrong;
}

static double decay(const Update *u) {
    const Muon *o = u->self;
    return by_adam(u) ? o->adam_weight_decay : o->common.weight_decay;
}

static void adam(Update *u) {
    const Muon *o = u->self;
    Expr **m = &u->state[0], **v = &u->state[1];
    *m = update_toward(u, *m, u->g, 1 - o->adam_beta_1);
    *v = update_toward(u, *v, UMUL(u->g, u->g), 1 - o->adam_beta_2);
    u->w = USUB(u->w, UDIV(UMUL(u->figure[0], *m), UADD(USQRT(*v), UCONST(o->epsilon))));
}

static void rule(Update *u) {
    const Muon *o = u->self;
    if (by_adam(u)) {
        adam(u);
        return;
    }
    Expr **m = &u->state[0], *momentum = UCONST(o->momentum);
    *m = UADD(UMUL(momentum, *m), u->g);
    Expr *way = o->nesterov ? UADD(u->g, UMUL(momentum, *m)) : *m;
    Expr *unit = UDIV(way, UADD(update_norm(u, way, false), UCONST(1e-7)));
    const Series series = {o->muon_a, o->muon_b, o->muon_c, o->ns_steps};
    Expr *made = update_measure(u, (Measure){unit, BY_SERIES, series});
    double most = (double)(u->dim[0] > u->dim[1] ? u->dim[0] : u->dim[1]);
    double by = isnan(o->rms_rate) ? 1 : sqrt(most) * o->rms_rate;
    u->w = USUB(u->w, UMUL(UMUL(u->rate, made), UCONST(by)));
}

const OptimizerClass optimizer_muon = {
    .object = {.name = "Muon", .args = args, .size = sizeof(Muon), .refuse = refuse},
    .states = states,
    .figures = figures,
    .rule = rule,
    .decay = decay,
};
