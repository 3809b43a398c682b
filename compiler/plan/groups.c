// SPDX-License-Identifier: MIT
// Groups: every node becomes part of a kernel. From each root the rows of the table of variants are
// tried; of those that match the cheapest carries the root and the MAPs it can compute on its
// accumulators.
//   requires: phases, layout        sets: Plan.kernel, in the order of execution
#include "plan/choices.h"
#include "support/map.h"
#include "../runtime/abi.h"
#include <string.h>

Span written_span(const Step *s, const Node *n, int dim) {
    Span need = s->tensor[n->out[0].tensor].need[dim], at = access_span(n, &n->out[0], dim);
    return (Span){at.lo > need.lo ? at.lo : need.lo, at.hi < need.hi ? at.hi : need.hi};
}

// Do the axes of MAP m run over just what the root writes?
static bool same_spans(const Step *s, const Node *r, const Node *m) {
    for (int d = 0; d + 1 < m->naxis; d++) {
        Span of = written_span(s, r, d), by = m->axis[d + 1].span;
        if (of.lo != by.lo || of.hi != by.hi) return false;
    }
    return true;
}

bool follows(const Plan *p, const Kernel *k, int node) {
    const Step *s = p->step;
    bool pooled = k->nnode > 1 && s->node[k->node[1]]->kind == P_WINDOW;
    const Node *r = s->node[k->node[pooled]], *m = s->node[node];
    int last = s->node[k->node[k->nnode - 1]]->out[0].tensor;
    if (m->kind != P_MAP || p->phase_of[node] != p->phase_of[k->node[0]]) return false;
    if ((r->scatter && !r->row) || s->tensor[r->out[0].tensor].owner == O_LEAF) return false;
    if (!same_spans(s, r, m) || m->samples != r->samples) return false;
    bool reads = false;
    for (int i = 0; i < m->nin; i++) {
        int t = m->in[i].tensor, def = step_def(s, t);
        if (t == last) {
            reads = true;
            if (!access_in_place(m, &m->in[i])) return false;
            continue;
        }
        bool member = false;
        for (int j = 0; j < k->nnode; j++) member |= k->node[j] == def;
        if (member || s->tensor[t].owner == O_MODEL || def < 0) continue;
        if (p->phase_of[def] == p->phase_of[node] && def > k->node[0]) return false;
    }
    return reads;
}

static Kernel begin(const Plan *p, int root) {
    const Node *n = p->step->node[root];
    const char *name = n->nout ? p->step->tensor[n->out[0].tensor].name : n->layer;
    if (n->kind == P_LOSS) name = "loss";
    int64_t batch = p->step->model->fit.batch_size;
    Kernel k = {
        .name = name, .loc = n->loc, .nnode = 1, .node = {root}, .phase = p->phase_of[root]};
    k.block = kernel_by_leaf(p, &k) ? CNN_LEAF : batch; // whole leaves until all kernels are known
    return k;
}

// Ranges of output a thread takes at a time, in a phase parallel over output: the outermost axis of
// the result, cut finely enough for many threads and coarsely enough for whole tiles. Of sums that is not
// the lanes, but where results are stored across them; of copies that are turned it is, whole vectors of them. What
// clears its output first is one unit: a second would be cleared when others have written it.
static void cut_units(const Plan *p, Kernel *k) {
    Nest *n = &k->nest;
    const int64_t whole = k->unit; // by its row
    k->units = k->unit = 1;
    if (n->clear) return;
    const bool turned = plan_turned(p, n, k->tile.lane) > 0;
    if (tile_across(n, &k->tile) || turned) n->range = k->tile.lane;
    for (int a = 1; a < n->naxis && !n->range; a++)
        if (n->role[a] == A_OUT && !(k->tile.lane == a && n->nin > 1)) n->range = a;
    if (!n->range) return;
    enum { WANTED = 32 };
    const Tile *t = &k->tile;
    bool tiled = n->range == t->lane || n->range == t->axis[0] || n->range == t->axis[1];
    int64_t multiple = whole                 ? whole
                       : turned              ? p->target.vector
                       : t->vectors && tiled ? 48
                                             : 1; // of every tile's rows and of a vector
    int64_t unit = (n->extent[n->range] + WANTED - 1) / WANTED;
    k->unit = (unit + multiple - 1) / multiple * multiple;
    k->units = (n->extent[n->range] + k->unit - 1) / k->unit;
}

static void finish(const Plan *p, Kernel *k) {
    plan_nest(p, k);
    Prim kind = p->step->node[k->node[0]]->kind;
    bool contract = kind == P_CONTRACT, lanes = kind == P_MAP || kind == P_VIEW || kind == P_UPDATE;
    if (contract) k->tile = kernel_tile_for(p, k, k->block, NULL);
    if (lanes) k->tile = plan_lanes(&k->nest);
    if (!kernel_by_leaf(p, k)) {
        cut_units(p, k);
        if (contract)
            k->tile =
                kernel_tile_for(p, k, k->block, NULL); // rows along the cut axis end one by one
    }
    k->flops += kernel_flops(p, k, 0);
}

// Merges the prices from before the layout with those of the rows that match now. If a rewrite won, only the
// former mean anything: the rows of now are those of one of its parts. A price may count what a row saves
// elsewhere; `own` is added to all of them, so that the chosen row stands at its own cost.
static const Prices *all_prices(const Prices *before, Prices *rows, double own) {
    if (before && before->n && before->of[0].row->rewrites) return before;
    for (int i = rows->n; i-- > 0;) rows->of[i].cycles += own;
    for (int i = 0; before && i < before->n; i++)
        if (before->of[i].row->rewrites)
            prices_add(rows, before->of[i].row, before->of[i].detail, before->of[i].cycles);
    return rows;
}

static Kernel cheapest(const Plan *p, int root) {
    Kernel best = {0};
    double least = 0, paid = 0;
    const Variant *chosen = p->step->node[root]->row;
    if (chosen) {
        Kernel k = begin(p, root);
        k.variant = chosen;
        chosen->match(p, root, &k);
        plan_nest(p, &k);
        if (chosen->tile && kernel_by_leaf(p, &k)) k.tile = kernel_tile_for(p, &k, k.block, NULL);
        k.tile.cycles = chosen->cost(p, &k);
        k.prices = p->step->node[root]->prices;
        if (!kernel_by_leaf(p, &k)) cut_units(p, &k);
        return k;
    }
    Prices *prices = ARENA_NEW(p->arena, Prices);
    const Variant *v;
    for (int i = 0; (v = variant_at(i)); i++) {
        Kernel k = begin(p, root);
        if (v->rewrites || !v->match(p, root, &k)) continue;
        k.variant = v;
        finish(p, &k);
        double cost = v->cost(p, &k);
        prices_add(prices, v, NULL, cost / samples_priced(&k));
        bool forced = plan_forces(p, p->step->node[root], v);
        if (!best.variant || forced || cost < least) {
            best = k;
            paid = cost;
            least = forced ? -1 : cost;
        }
    }
    double own = paid > 0 ? (best.tile.cycles - paid) / samples_priced(&best) : 0;
    best.prices = all_prices(p->step->node[root]->prices, prices, own);
    return best;
}

// A layer may be called as what another one computes, "dense.bias": who reads the plan tells them apart.
static void name_once(const Plan *p) {
    Map *seen = map_new(p->arena);
    for (int i = 0; i < p->step->ntensor; i++) {
        Tensor *t = &p->step->tensor[i];
        const char *name = t->name;
        for (int again = 2; *map_slot(seen, name); again++)
            name = arena_printf(p->arena, "%s#%d", t->name, again);
        *map_slot(seen, name) = t;
        t->name = name;
    }
}

// All nodes, phase by phase, each phase's in order. Its first one is at start[phase].
static const int *by_phase(const Plan *p, int *start) {
    int n = p->step->nnode, *order = ARENA_ARRAY(p->arena, int, n);
    int *at = ARENA_ARRAY(p->arena, int, p->nphase + 1);
    for (int i = 0; i < n; i++) at[p->phase_of[i] + 1]++;
    for (int ph = 0; ph < p->nphase; ph++) at[ph + 1] += at[ph];
    memcpy(start, at, sizeof *at * (size_t)(p->nphase + 1));
    for (int i = 0; i < n; i++) order[at[p->phase_of[i]]++] = i;
    return order;
}

void plan_groups(Plan *p) {
    const Step *s = p->step;
    name_once(p);
    bool *taken = ARENA_ARRAY(p->arena, bool, s->nnode); // is the node part of a kernel?
    int *start = ARENA_ARRAY(p->arena, int, p->nphase + 1);
    const int *node = by_phase(p, start);
    for (int ph = 0; ph < p->nphase; ph++) {
        PhasePlan *phase = &p->phase[ph];
        phase->first = p->nkernel;
        for (int at = start[ph]; at < start[ph + 1]; at++) {
            int i = node[at];
            bool nothing =
                s->node[i]->kind == P_VIEW && s->tensor[s->node[i]->out[0].tensor].alias >= 0;
            if (nothing || taken[i]) continue;
            Kernel k = cheapest(p, i);
            for (int j = 0; j < k.nnode; j++) taken[k.node[j]] = true;
            phase->units += k.units;
            ARENA_PUSH(p->arena, p->kernel, p->nkernel, k);
        }
        phase->end = p->nkernel;
    }
}
