// SPDX-License-Identifier: MIT
// The Step as text, for --dump=step: tensors with what is needed of them, then a node a line.
#include "step/step.h"

const char *const prim_names[] = {
    [P_CONTRACT] = "CONTRACT",   [P_MAP] = "MAP",      [P_REDUCE] = "REDUCE",
    [P_WINDOW] = "WINDOW",       [P_VIEW] = "VIEW",    [P_MASK] = "MASK",
    [P_TABLE] = "TABLE",         [P_WARP] = "WARP",    [P_LOSS] = "LOSS",
    [P_TRANSFORM] = "TRANSFORM", [P_UPDATE] = "UPDATE"};

static void print_access(FILE *f, const Step *s, const Node *n, const Access *x) {
    const Tensor *t = &s->tensor[x->tensor];
    bool indexed = false; // views that keep the row-major order, labels: no index of their own
    for (int d = 0; d < t->rank; d++) {
        indexed |= x->off[d] != 0;
        for (int a = 1; a < n->naxis; a++) indexed |= x->coef[d][a] != 0;
    }
    if (!indexed) {
        fprintf(f, "%s", t->name);
        return;
    }
    fprintf(f, "%s[", t->name);
    for (int d = 0; d < t->rank; d++) {
        bool any = false;
        if (d) fputs(", ", f);
        for (int a = 1; a < n->naxis; a++) {
            int64_t c = x->coef[d][a];
            if (!c) continue;
            if (c != 1)
                fprintf(f, "%s%lld ", c < 0 || !any ? "" : "+", (long long)c);
            else if (any)
                fputc('+', f);
            fprintf(f, "%c", 'a' + a - 1);
            any = true;
        }
        if (x->off[d] || !any) fprintf(f, any ? "%+lld" : "%lld", (long long)x->off[d]);
    }
    fputc(']', f);
}

static void print_tensors(FILE *f, const Step *s) {
    static const char *const owner[] = {"input", "label", "output", "model", "opt",
                                        "step",  "batch", "leaf",   "sample"};
    static const char *const type[] = {"f32", "i32", "u8", "bit"};
    for (int i = 0; i < s->ntensor; i++) {
        const Tensor *t = &s->tensor[i];
        fprintf(f, "  %-28s %-6s %-4s (", t->name, owner[t->owner], type[t->type]);
        for (int d = 0; d < t->rank; d++) fprintf(f, d ? ", %lld" : "%lld", (long long)t->dim[d]);
        fputs(") need", f);
        for (int d = 0; d < t->rank; d++)
            fprintf(f, " %lld:%lld", (long long)t->need[d].lo, (long long)t->need[d].hi);
        fputc('\n', f);
    }
}

static void print_fill(FILE *f, const Node *n) {
    static const char *const fill[] = {"", "nearest", "reflect", "wrap", "cut to ", "period"};
    fprintf(f, "  | %s, outside ", warp_linear(n) ? "linear" : "nearest");
    fputs(fill[n->fill], f);
    if (warp_fills(n->fill)) fprintf(f, "%g", n->outside);
}

static void print_node(FILE *f, const Step *s, const Node *n) {
    fprintf(f, "  %-8s ", prim_names[n->kind]);
    for (int k = 0; k < n->nout; k++) {
        if (k) fputs(", ", f);
        print_access(f, s, n, &n->out[k]);
    }
    fputs(n->scatter ? " += " : " = ", f);
    if (n->kind == P_TABLE) fprintf(f, "numbers");
    if (n->kind == P_MASK && n->op == M_UNIFORM)
        fprintf(f, "random numbers%s", n->together ? ", of the batch" : "");
    if (n->kind == P_MASK && n->op == M_BITS) fprintf(f, "random bits, rate %g", n->rate);
    for (int k = 0; k < n->nin; k++) {
        if (k) fputs(", ", f);
        print_access(f, s, n, &n->in[k]);
    }
    fputs("  for", f);
    if (n->samples) fputs(n->axis[0].role == A_SUM ? " sum n" : " n", f);
    for (int a = 1; a < n->naxis; a++)
        fprintf(f, " %s%c in %lld:%lld", n->axis[a].role == A_SUM ? "sum " : "", 'a' + a - 1,
                (long long)n->axis[a].span.lo, (long long)n->axis[a].span.hi);
    if (n->kind == P_WARP) print_fill(f, n);
    for (int k = 0; k < MAX_OUT && n->expr[k]; k++) {
        fputs("  | ", f);
        expr_print(f, n->expr[k]);
    }
    fputc('\n', f);
}

void step_print(FILE *f, const Step *s) {
    static const char *const mode[] = {"training", "evaluation", "inference"};
    fprintf(f, "step for %s\n", mode[s->mode]);
    print_tensors(f, s);
    for (int i = 0; i < s->nnode; i++) print_node(f, s, s->node[i]);
}
