// SPDX-License-Identifier: MIT
// See noise.h. Where several elements share a choice it is made once, a number that all of them read.
#include "keras/layers/noise.h"

// The entry for a dimension of `size` elements, 0 where that is not known: is one drawn for all of them?
static bool entry(const Value *v, int64_t size, bool *one) {
    *one = value_is_int(v) && v->integer == 1;
    return v->kind == VALUE_NONE || *one || (size && value_is_int(v) && v->integer == size);
}

bool noise_read(Arena *a, Diag *d, const Layer *l, const Value *shape, Noise *noise) {
    const Shape *in = &l->in[0];
    *noise = (Noise){0};
    if (shape->kind == VALUE_NONE) return true;
    bool good = value_is_sequence(shape) && value_count(shape) == 1 + in->rank &&
                entry(value_at(shape, 0), 0, &noise->together);
    for (int k = 0; k < in->rank && good; k++)
        good = entry(value_at(shape, 1 + k), in->dim[k], &noise->over[k]);
    if (good || !d) return good;
    diag_error(d, layer_arg_loc(l, "noise_shape"), 302,
               "'noise_shape' of '%s' has None or 1 for the batch, then for each dimension of %s "
               "None, 1 or its size, not %s",
               l->name, shape_text(a, in), value_describe(a, shape));
    return false;
}

int noise_choice(Step *s, int x, const Noise *noise, double rate, int64_t seed, Expr *kept,
                 Expr *dropped) {
    Arena *a = s->arena;
    int64_t dim[MAX_RANK] = {1};
    int rank = 0, all = s->tensor[x].rank;
    for (int k = 0; k < all; k++)
        if (!noise->over[k]) dim[rank++] = s->tensor[x].dim[k];
    int mask = step_mask(s, rank ? rank : 1, dim, rate, seed);
    s->node[s->nnode - 1]->together = noise->together;
    if (rank == all) {
        int y = step_map(s, x, expr_bit(a, 1, kept, dropped), NULL);
        node_reads(s->node[s->nnode - 1], access_whole(s, mask, 1));
        return y;
    }
    Expr *one = expr_const(a, 1), *none = expr_const(a, 0), *choice = expr_in(a, 1);
    int keeps = step_map(s, mask, expr_bit(a, 0, one, none), NULL);
    s->tensor[keeps].name = arena_printf(a, "%s.keeps", s->building->name);
    int y = step_map(s, x, expr_less(a, choice, expr_const(a, 0.5), dropped, kept), NULL);
    node_reads(s->node[s->nnode - 1], access_kept(s, x, keeps, noise->over));
    return y;
}
