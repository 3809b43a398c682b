// SPDX-License-Identifier: MIT
// What every optimiser can do around its rule, in this order, as Keras:
//   accumulate   c = c + g for k - 1 steps; in each k-th g = (c + g) / k, c = 0, and the rule is followed
//   clip         each g into [-v, v]; or g to a length of c at most, each weight's or that of all together
//   decay        w = w - w decay lr
//   (the rule)
//   average      a = p a + (1 - p) w, with p 0 in the first update; each f-th update w = a
// The average goes on in steps that do not update: what counts is how many updates were made before.
#include "keras/optimizers/optimizer.h"

int around_states(const OptimizerArgs *o, const char *name[2]) {
    int n = 0;
    if (o->use_ema) name[n++] = "average";
    if (o->gradient_accumulation_steps) name[n++] = "accumulated";
    return n;
}

static bool overwrites(const OptimizerArgs *o) {
    return o->use_ema && o->ema_overwrite_frequency;
}

static CnnFormula over(Arena *a, CnnFormula x, int64_t by) { // rounded down
    return formula_op1(a, CNN_FLOOR, formula_op2(a, CNN_DIV, x, formula_number(a, (double)by)));
}

static CnnFormula plus_one(Arena *a, CnnFormula x) {
    return formula_op2(a, CNN_ADD, x, formula_number(a, 1));
}

static CnnFormula rest(Arena *a, CnnFormula x, int64_t by) { // x modulo `by`
    CnnFormula whole = formula_op2(a, CNN_MUL, over(a, x, by), formula_number(a, (double)by));
    return formula_op2(a, CNN_SUB, x, whole);
}

CnnFormula around_updates(Arena *a, const OptimizerArgs *o) {
    CnnFormula steps = formula_leaf(a, CNN_ITERATIONS);
    int64_t each = o->gradient_accumulation_steps;
    return each ? over(a, steps, each) : steps;
}

// The average's momentum; then what is 0 in steps that overwrite; then in those that update.
int around_figures(Arena *a, const OptimizerArgs *o, CnnFormula formula[MAX_FIGURES]) {
    CnnFormula made = around_updates(a, o), zero = formula_number(a, 0);
    int n = 0;
    if (o->use_ema)
        formula[n++] = formula_less(a, zero, made, formula_number(a, o->ema_momentum), zero);
    if (overwrites(o)) formula[n++] = rest(a, plus_one(a, made), o->ema_overwrite_frequency);
    if (o->gradient_accumulation_steps) {
        CnnFormula step = plus_one(a, formula_leaf(a, CNN_ITERATIONS));
        formula[n++] = rest(a, step, o->gradient_accumulation_steps);
    }
    return n;
}

static Expr *accumulated(const Update *u, int own_states) {
    return u->state[own_states + ((const OptimizerArgs *)u->self)->use_ema];
}

static bool limits(double most) { // 0 is no limit
    return most > 0;
}

static Expr *clipped(Update *u) {
    const OptimizerArgs *o = u->self;
    if (limits(o->clipnorm)) {
        Expr *most = UCONST(o->clipnorm), *norm = update_norm(u, u->g, false);
        return UDIV(UMUL(u->g, most), update_larger(u, norm, most));
    }
    if (limits(o->global_clipnorm)) {
        Expr *most = UCONST(o->global_clipnorm), *norm = update_norm(u, u->g, true);
        return UMUL(u->g, UDIV(most, update_larger(u, norm, most)));
    }
    if (limits(o->clipvalue)) {
        Expr *most = UCONST(o->clipvalue), *least = UCONST(-o->clipvalue);
        return ULESS(u->g, least, least, ULESS(most, u->g, most, u->g));
    }
    return u->g;
}

void around_before(Update *u, int own_states, double decay) {
    const OptimizerArgs *o = u->self;
    int64_t each = o->gradient_accumulation_steps;
    if (each) u->g = UDIV(UADD(u->g, accumulated(u, own_states)), UCONST((double)each));
    u->g = clipped(u);
    if (!isnan(decay)) u->w = USUB(u->w, UMUL(UMUL(u->w, UCONST(decay)), u->rate));
}

// Weight and states as they were, but in steps that update.
static void keep_between(Update *u, const Update *before, int own_states, Expr *wait) {
    Expr *half = UCONST(0.5);
    u->w = ULESS(wait, half, u->w, before->w);
    for (int i = 0; i < own_states; i++)
        u->state[i] = ULESS(wait, half, u->state[i], before->state[i]);
    Expr *sum = UADD(before->g, accumulated(before, own_states));
    u->state[u->nstate - 1] = ULESS(wait, half, UCONST(0), sum);
}

void around_after(Update *u, const Update *before, int own_states, int own_figures) {
    const OptimizerArgs *o = u->self;
    Expr **figure = &u->figure[own_figures], *one = UCONST(1);
    if (o->gradient_accumulation_steps)
        keep_between(u, before, own_states, figure[o->use_ema + overwrites(o)]);
    if (!o->use_ema) return;
    Expr *old = UMUL(figure[0], before->state[own_states]);
    Expr *average = UADD(old, UMUL(USUB(one, figure[0]), u->w));
    u->state[own_states] = average;
    if (overwrites(o)) u->w = ULESS(figure[1], UCONST(0.5), average, u->w);
}
