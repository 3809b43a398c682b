// SPDX-License-Identifier: MIT
// Rows: how their mathematics is put together, and what of it depends on what.
#include "step/rowmath.h"
#include "support/limit.h"

Expr *row_step(RowMath *m, RowOp op, Expr *of) {
    m->step[ROOM(m->nstep, MAX_ROW_STEPS, "steps of a row")] = (RowStep){op, of};
    return expr_in(m->arena, ROW_STEP + m->nstep++);
}

void row_mean(RowMath *m, Expr *term, Expr *slope) {
    Expr *outputs = expr_const(m->arena, (double)m->outputs);
    if (!slope) slope = expr_diff(m->arena, term, ROW_Z);
    m->value = expr_op2(m->arena, E_DIV, row_step(m, ROW_SUM, term), outputs);
    m->slope = slope ? expr_op2(m->arena, E_DIV, slope, outputs) : expr_const(m->arena, 0);
}

static void add(RowMath *m, RowSum sum) {
    m->sum[ROOM(m->nsum, MAX_ROW_SUMS, "sums of a metric")] = sum;
    m->nsum++;
}

void row_add(RowMath *m, Expr *value) {
    add(m, (RowSum){value, NULL, 1, false});
}

void row_add_steps(RowMath *m) {
    for (int k = 0; k < m->nstep; k++)
        if (m->step[k].op == ROW_SUM) row_add(m, expr_in(m->arena, ROW_STEP + k));
}

void row_add_at(RowMath *m, Expr *value, Expr *at, int64_t count) {
    add(m, (RowSum){value, at, count, false});
}

void row_add_each(RowMath *m, Expr *value, Expr *at, int64_t count) {
    add(m, (RowSum){value, at, count, true});
}

int64_t row_sum_count(const RowMath *m, int sum) {
    return m->sum[sum].count * (m->sum[sum].each ? m->outputs : 1);
}

int64_t row_sums(const RowMath *m) {
    int64_t count = 0;
    for (int k = 0; k < m->nsum; k++) count += row_sum_count(m, k);
    return count;
}

Expr *row_of_sums(const RowMath *m, const Expr *e) {
    Expr *with[ROW_INPUTS] = {
        [ROW_Z] = expr_in(m->arena, ROW_Z), [ROW_Y] = expr_in(m->arena, ROW_Y)};
    for (int k = 0, sum = ROW_SUMS; k < m->nstep; k++) {
        bool sums = m->step[k].op == ROW_SUM;
        with[ROW_STEP + k] =
            sums ? expr_in(m->arena, sum++) : expr_replace(m->arena, m->step[k].of, with);
    }
    return expr_replace(m->arena, e, with);
}

// Does what comes of the row, its value and sums, read an input?
static bool outcome_reads(const RowMath *m, int what) {
    bool any = m->value && expr_reads(m->value, what);
    for (int k = 0; k < m->nsum; k++) {
        any |= expr_reads(m->sum[k].value, what);
        any |= m->sum[k].at && expr_reads(m->sum[k].at, what);
    }
    return any;
}

static bool reads(const RowMath *m, RowInput what) {
    bool any = outcome_reads(m, (int)what) || (m->slope && expr_reads(m->slope, (int)what));
    for (int k = 0; k < m->nstep; k++) any |= expr_reads(m->step[k].of, (int)what);
    return any;
}

bool row_softmax_wanted(const RowMath *m) {
    return reads(m, ROW_P) || reads(m, ROW_MAX) || reads(m, ROW_LOG_SUM);
}

int row_passes_before(const RowMath *m, const Expr *e) {
    int most = 0;
    for (int k = 0; k < m->nstep; k++) {
        if (!expr_reads(e, ROW_STEP + k)) continue;
        int before = row_passes_before(m, m->step[k].of) + (m->step[k].op != ROW_ONCE);
        if (before > most) most = before;
    }
    return most;
}

static int later(int a, int b) {
    return a > b ? a : b;
}

int row_passes(const RowMath *m, bool slope) {
    int most = m->value ? row_passes_before(m, m->value) : 0;
    for (int k = 0; k < m->nsum; k++) {
        most = later(most, row_passes_before(m, m->sum[k].value));
        if (m->sum[k].at) most = later(most, row_passes_before(m, m->sum[k].at));
    }
    return slope ? later(most, row_passes_before(m, m->slope) + 1) : most;
}

bool row_step_wanted(const RowMath *m, int step, bool slope) {
    int read = ROW_STEP + step;
    if (outcome_reads(m, read) || (slope && expr_reads(m->slope, read))) return true;
    for (int k = step + 1; k < m->nstep; k++)
        if (expr_reads(m->step[k].of, read) && row_step_wanted(m, k, slope)) return true;
    return false;
}
