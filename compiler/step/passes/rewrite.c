// SPDX-License-Identifier: MIT
// Rewrites of the forward Step that keep its meaning:
//   - a monotone MAP before a max moves after it: max f(x) = f(max x), on fewer elements
//   - zero padding before a CONTRACT of stride 1 goes into its Access: the producer then stores
//     a ring of zeros around its values
//   requires: forward        sets: nodes
#include "step/step.h"
#include <string.h>

// May this MAP move after a max over all dimensions but the last? A monotone function of one input, or
// one more term that varies along the last one alone (bias).
static bool monotone(const Node *n) {
    if (n->kind != P_MAP) return false;
    if (n->act) return n->nin == 1 && n->act->monotone;
    const Expr *e = n->expr[0];
    bool added = n->nin == 2 && e->op == E_ADD && e->arg[0]->op == E_IN && e->arg[1]->op == E_IN;
    int channel = n->naxis - 1;
    for (int a = 1; added && a < channel; a++) added = n->in[1].coef[0][a] == 0;
    return added && n->in[1].coef[0][channel] == 1;
}

// x -> MAP -> t -> WINDOW max -> y   becomes   x -> WINDOW max -> t' -> MAP -> y
// Of the first such window from w on; returns where it is then, or -1.
static int map_behind_max(Step *s, int w) {
    for (; w < s->nnode; w++) {
        if (s->node[w]->kind != P_WINDOW || s->node[w]->op != W_MAX) continue;
        int t = s->node[w]->in[0].tensor, m = step_def(s, t);
        if (m < 0 || !monotone(s->node[m]) || step_readers(s, t) != 1) continue;
        int y = s->node[w]->out[0].tensor;
        const char *name = arena_printf(s->arena, "%s.max", s->node[w]->layer);
        int between = step_tensor(s, name, T_F32, O_SAMPLE, s->tensor[y].rank, s->tensor[y].dim);
        s->tensor[between].loc = s->tensor[y].loc;
        Node part[2] = {*s->node[w], *s->node[m]}, *window = &part[0], *map = &part[1];
        if (s->tensor[y].name != window->layer) // a second one: y was the maximum, now it is biased
            s->tensor[y].name =
                arena_printf(s->arena, "%s.%s", window->layer, map->act ? map->act->name : "bias");
        window->in[0].tensor = map->in[0].tensor;
        window->out[0].tensor = between;
        map->in[0].tensor = between;
        map->out[0].tensor = y;
        for (int a = 0; a < map->naxis; a++) map->axis[a] = window->axis[a];
        step_remove(s, m);
        step_replace(s, w - 1, part, 2);
        return w - 1;
    }
    return -1;
}

// Memory of the caller has no ring, nor has memory shared with another shape.
static bool has_ring(const Step *s, int tensor) {
    int def = step_def(s, tensor);
    return def >= 0 && !owner_external(s->tensor[tensor].owner) && s->node[def]->kind != P_VIEW;
}

// The zeros of node v go: what it wrote becomes a copy of its input.
static void copy_only(Step *s, int v) {
    Node *pad = s->node[v];
    const Tensor *from = &s->tensor[pad->in[0].tensor];
    Tensor *to = &s->tensor[pad->out[0].tensor];
    for (int d = 0; d < from->rank; d++) {
        to->dim[d] = from->dim[d];
        to->need[d] = pad->axis[1 + d].span = (Span){0, from->dim[d]};
        pad->in[0].off[d] = 0;
    }
}

static bool zeros_around(const Step *s, const Node *pad) { // does it add any?
    const Tensor *from = &s->tensor[pad->in[0].tensor], *to = &s->tensor[pad->out[0].tensor];
    for (int d = 0; d < from->rank; d++) {
        int64_t before = -pad->in[0].off[d];
        if (before < 0 || to->dim[d] < before + from->dim[d]) return false;
    }
    return memcmp(from->dim, to->dim, sizeof from->dim) != 0;
}

// Of the first such padding from v on; returns where to look further, or -1.
static int pad_into_reader(Step *s, int v) {
    for (; v < s->nnode; v++) {
        Node *pad = s->node[v];
        if (pad->kind != P_VIEW || pad->op != V_AFFINE || !access_straight(pad, &pad->in[0]))
            continue;
        int from = pad->in[0].tensor, y = pad->out[0].tensor, reader = step_only_reader(s, y);
        if (reader < 0 || !zeros_around(s, pad)) continue;
        Node *n = s->node[reader];
        if (n->kind != P_CONTRACT) continue;
        if (n->in[0].tensor != y || (n->nin > 1 && n->in[1].tensor == y)) continue;
        for (int d = 0; d < MAX_RANK; d++) n->in[0].off[d] += pad->in[0].off[d];
        if (has_ring(s, from)) {
            step_edit(s, reader)->in[0].tensor = from;
            step_remove(s, v);
        } else {
            copy_only(s, v);
        }
        return v;
    }
    return -1;
}

void step_rewrite(Step *s) {
    for (int w = 0; w >= 0 && !s->exact_ties;) w = map_behind_max(s, w);
    for (int v = 0; v >= 0;) v = pad_into_reader(s, v);
}
