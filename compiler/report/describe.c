// SPDX-License-Identifier: MIT
// See describe.h.
#include "report/describe.h"
#include "plan/choices.h"
#include <math.h>
#include <ctype.h>
#include <string.h>

const char *const owner_names[] = {"input", "label", "output", "model", "opt",
                                   "step",  "batch", "leaf",   "sample"};
const char *const pass_names[] = {"forward", "dX", "dW", "update", "prepare"};

const char *plan_mode(const Plan *p) {
    return p->step->mode == STEP_TRAIN ? "training" : "inference";
}

static const Node *root_of(const Plan *p, const Kernel *k) {
    return p->step->node[k->node[0]];
}

bool kernel_per_sample(const Plan *p, const Kernel *k) {
    return root_of(p, k)->samples;
}

Pass kernel_pass(const Plan *p, const Kernel *k) {
    return root_of(p, k)->pass;
}

int kernel_layers(const Plan *p, const Kernel *k, const char **to) {
    int n = 0;
    for (int i = 0; i < k->nnode; i++) {
        const char *layer = p->step->node[k->node[i]]->layer;
        bool known = !layer;
        for (int j = 0; j < n && !known; j++) known = !strcmp(to[j], layer);
        if (!known) to[n++] = layer;
    }
    return n;
}

static const char *in_small_letters(Arena *a, const char *text) {
    char *copy = arena_copy(a, text, strlen(text) + 1);
    for (char *c = copy; *c; c++) *c = (char)tolower((unsigned char)*c);
    return copy;
}

const char *kernel_primitives(const Plan *p, const Kernel *k) {
    const char *text = "";
    for (int i = 0; i < k->nnode; i++)
        text = arena_printf(p->arena, "%s%s%s", text, i ? "+" : "",
                            prim_names[p->step->node[k->node[i]]->kind]);
    return in_small_letters(p->arena, text);
}

const char *kernel_tile(const Plan *p, const Kernel *k) {
    const Tile *t = &k->tile;
    if (!t->vectors || k->variant->rewrites) return ""; // rows of their own have no register tile
    const char *chains = t->chains > 1 ? arena_printf(p->arena, " x %d chains", t->chains) : "";
    const char *lanes = tile_dots(&k->nest, t)     ? ", dot products"
                        : tile_across(&k->nest, t) ? ", stored across"
                                                   : "";
    return arena_printf(p->arena, "%lldx%lld rows x %d vectors%s%s", (long long)t->rows[0],
                        (long long)t->rows[1], t->vectors, chains, lanes);
}

const char *short_number(Arena *a, double x) {
    static const char unit[] = {0, 'k', 'M', 'G', 'T', 'P', 'E'};
    size_t u = 0;
    for (; fabs(x) >= 999.5 && u + 1 < sizeof unit; u++) x /= 1000;
    int digits = u == 0 || fabs(x) >= 99.95 ? 0 : fabs(x) >= 9.995 ? 1 : 2;
    return arena_printf(a, u ? "%.*f%c" : "%.*f", digits, x, unit[u]);
}

// "winograd 4x5 401k cycles, plain 922k": the cheapest first.
static const char *weighed(Arena *a, const Prices *w) {
    const char *text = "";
    for (int i = 0; i < w->n; i++) {
        const Price *q = &w->of[i];
        text = arena_printf(a, "%s%s%s%s%s %s%s", text, i ? ", " : "", q->row->name,
                            q->detail ? " " : "", q->detail ? q->detail : "",
                            short_number(a, q->cycles), i ? "" : " cycles");
    }
    return text;
}

const char *kernel_why(const Plan *p, const Kernel *k) {
    const char *text;
    if (root_of(p, k)->kind == P_TRANSFORM)
        return k->variant->family->part_of(p->arena, root_of(p, k));
    if (plan_forces(p, root_of(p, k), k->variant)) return "asked for by --kernels";
    if (k->variant->library && p->options.blas == PLAN_BLAS_ALWAYS) return "asked for by --blas";
    if (!k->prices || k->prices->n < 2) return "no other row matches";
    text = weighed(p->arena, k->prices);
    if (k->variant == &row_plain) return text;
    return arena_printf(p->arena, "%s: %s", text, k->variant->why);
}
