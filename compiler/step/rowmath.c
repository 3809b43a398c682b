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

static bool reads(const RowMath *m, RowInput what) {
    bool any = expr_reads(m->value, (int)what) || (m->slope && expr_reads(m->slope, (int)what));
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

bool row_step_wanted(const RowMath *m, int step, bool slope) {
    int read = ROW_STEP + step;
    if (expr_reads(m->value, read) || (slope && expr_reads(m->slope, read))) return true;
    for (int k = step + 1; k < m->nstep; k++)
        if (expr_reads(m->step[k].of, read) && row_step_wanted(m, k, slope)) return true;
    return false;
}
