// SPDX-License-Identifier: MIT
// See choices.h.
#include "plan/choices.h"
#include <string.h>

const Choice *plan_choice(const Plan *p, const Node *n) {
    const Choices *c = p->options.choices;
    if (n->kind != P_CONTRACT || n->op == C_EXPR || n->nin < 2) return NULL;
    for (int i = 0; c && n->layer && i < c->n; i++)
        if (c->of[i].pass == n->pass && !strcmp(c->of[i].layer, n->layer)) return &c->of[i];
    return NULL;
}

static const Variant *forced(const Plan *p, const Node *n) { // or NULL
    const Choice *c = plan_choice(p, n);
    return c ? c->row : p->options.kernels;
}

bool plan_allows(const Plan *p, const Node *n, const Variant *row) {
    if (forced(p, n)) return forced(p, n) == row;
    return !(row->larger && (p->target.small || p->options.narrow));
}

bool plan_forces(const Plan *p, const Node *n, const Variant *row) {
    return forced(p, n) == row;
}

bool choice_made(const Plan *p, const char *layer, Pass pass, Choice *made) {
    const Prices *prices = NULL; // of a rewrite they stand at its product
    *made = (Choice){.layer = layer, .pass = pass};
    for (int i = 0; i < p->nkernel; i++) {
        const Kernel *k = &p->kernel[i];
        const Node *n = p->step->node[k->node[0]];
        if (n->pass != pass || !n->layer || strcmp(n->layer, layer) != 0) continue;
        bool product = n->kind == P_CONTRACT && n->op != C_EXPR && n->nin >= 2;
        if (product && n->prices) prices = n->prices;
        if (!k->variant->rewrites && (!product || made->row)) continue; // a rewrite has plain parts
        made->row = k->variant;
        for (int d = 0; d < 2 && n->kind == P_TRANSFORM; d++) made->tiles[d] = (int)n->window[d];
    }
    made->cycles = prices_of(prices, made->row);
    return made->row != NULL;
}
