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
static bool map_behind_max(Step *s) {
    for (int w = 0; w < s->nnode; w++) {
        if (s->node[w].kind != P_WINDOW || s->node[w].op != W_MAX) continue;
        int t = s->node[w].in[0].tensor, m = step_def(s, t);
        if (m < 0 || !monotone(&s->node[m]) || step_readers(s, t, NULL) != 1) continue;
        int y = s->node[w].out[0].tensor;
        const char *name = arena_printf(s->arena, "%s.max", s->node[w].layer);
        int between = step_tensor(s, name, T_F32, O_SAMPLE, s->tensor[y].rank, s->tensor[y].dim);
        s->tensor[between].loc = s->tensor[y].loc;
        Node map = s->node[m], window = s->node[w];
        if (s->tensor[y].name != window.layer) // a second one: y was the maximum, now it is biased
            s->tensor[y].name =
                arena_printf(s->arena, "%s.%s", window.layer, map.act ? map.act->name : "bias");
        window.in[0].tensor = map.in[0].tensor;
        window.out[0].tensor = between;
        map.in[0].tensor = between;
        map.out[0].tensor = y;
        for (int a = 0; a < map.naxis; a++) map.axis[a] = window.axis[a];
        s->node[w] = map; // the window goes before it
        memmove(&s->node[m], &s->node[m + 1], sizeof(Node) * (size_t)(w - m - 1));
        s->node[w - 1] = window;
        step_touch(s);
        return true;
    }
    return false;
}

// Memory of the caller has no ring, nor has memory shared with another shape.
static bool has_ring(const Step *s, int tensor) {
    int def = step_def(s, tensor);
    return def >= 0 && !owner_external(s->tensor[tensor].owner) && s->node[def].kind != P_VIEW;
}

// The zeros of node v go: what it wrote becomes a copy of its input.
static void copy_only(Step *s, int v) {
    Node *pad = &s->node[v];
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

static bool pad_into_reader(Step *s) {
    for (int v = 0; v < s->nnode; v++) {
        Node *pad = &s->node[v];
        if (pad->kind != P_VIEW || pad->op != V_AFFINE || !access_straight(pad, &pad->in[0]))
            continue;
        int reader = -1, from = pad->in[0].tensor, y = pad->out[0].tensor;
        if (!zeros_around(s, pad) || step_readers(s, y, &reader) != 1) continue;
        Node *n = &s->node[reader];
        if (n->kind != P_CONTRACT) continue;
        if (n->in[0].tensor != y || (n->nin > 1 && n->in[1].tensor == y)) continue;
        for (int d = 0; d < MAX_RANK; d++) n->in[0].off[d] += pad->in[0].off[d];
        if (has_ring(s, from)) {
            n->in[0].tensor = from;
            step_remove(s, v);
        } else {
            copy_only(s, v);
        }
        return true;
    }
    return false;
}

void step_rewrite(Step *s) {
    while (!s->exact_ties && map_behind_max(s)) {}
    while (pad_into_reader(s)) {}
}
