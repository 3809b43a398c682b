// SPDX-License-Identifier: MIT
// Kernels that are the same in training, evaluation and prediction are emitted once; in a model of very
// many layers those of different layers too. Two kernels are the same if all that their code depends
// on is: this file writes that down as a text, the key.
#include "codegen/phase.h"
#include "codegen/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_operand(FILE *f, const Plan *p, const Kernel *k, int i) {
    const Operand *o = &k->nest.op[i];
    const Tensor *t = &p->step->tensor[o->tensor];
    int base = tensor_base(p->step, o->tensor), first = i; // which operands share memory
    for (int j = i; j-- > 0;)
        if (tensor_base(p->step, k->nest.op[j].tensor) == base) first = j;
    fprintf(f, "|%d %d %d %d %lld/%lld", first, t->type, t->owner, plan_narrows(p, base),
            (long long)o->base, (long long)o->scale);
    for (int a = 0; a < k->nest.naxis; a++) fprintf(f, " %lld", (long long)o->stride[a]);
    fprintf(f, " of %lld", (long long)t->sample_stride);
    for (int d = 0; d < t->rank; d++) fprintf(f, " %lld", (long long)t->dim[d]);
}

static void put_tile(FILE *f, const Tile *t) {
    fprintf(f, "tile %d %d %d %lld %lld %d %d ", t->lane, t->axis[0], t->axis[1],
            (long long)t->rows[0], (long long)t->rows[1], t->vectors, t->chains);
}

static void put_nest(FILE *f, const Nest *n) {
    fprintf(f, "nest %d %d %d %d %d %d %d %d", n->naxis, n->range, n->nop, n->nin, n->out, n->clear,
            n->add, n->tree);
    fprintf(f, " pool %d %lld %lld %d %d %d", n->pools, (long long)n->pool[0],
            (long long)n->pool[1], n->pooled, n->argmax, n->root);
    for (int a = 0; a < n->naxis; a++)
        fprintf(f, " %lld%c", (long long)n->extent[a], n->role[a] ? 's' : 'o');
    for (int i = 0; i < n->nstage; i++) {
        const Stage *st = &n->stage[i];
        fprintf(f, " stage %d %d", st->value, st->out);
        for (int j = 0; j < st->nin; j++) fprintf(f, " %d", st->in[j]);
        expr_print(f, st->expr);
    }
}

static void put_map(FILE *f, const Node *n) {
    fprintf(f, " map %d %.17g", n->fill, n->outside);
    for (int k = 0; k < WARP_EXPRS; k++) {
        fputc(' ', f);
        expr_print(f, n->expr[k]);
    }
}

static void put_nodes(FILE *f, const Plan *p, const Kernel *k) {
    for (int i = 0; i < k->nnode; i++) {
        const Node *n = p->step->node[k->node[i]];
        fprintf(f, " node %d %d %d %d %.17g %d %d %u %d", n->kind, n->op, n->nin, n->nout, n->rate,
                n->stream, n->seeded, n->seed, n->together);
        if (n->kind == P_WARP) put_map(f, n);
        for (int d = 0; d < MAX_SPACE; d++) fprintf(f, " %lld", (long long)n->window[d]);
        for (int a = 1; a < n->naxis; a++)
            fprintf(f, " %lld:%lld", (long long)n->axis[a].span.lo, (long long)n->axis[a].span.hi);
        if (n->kind == P_CONTRACT && n->expr[0]) expr_print(f, n->expr[0]);
        int64_t numbers = n->numbers ? tensor_count(&p->step->tensor[n->out[0].tensor]) : 0;
        for (int64_t j = 0; j < numbers; j++) fprintf(f, " %.9g", n->numbers[j]);
        if (n->kind == P_LOSS)
            fprintf(f, " of plan %p", (const void *)p); // its rows differ by mode
        for (int j = 0; n->kind == P_WINDOW && j < n->nin + n->nout; j++) {
            const Access *x = j < n->nin ? &n->in[j] : &n->out[j - n->nin];
            for (int d = 0; d < MAX_RANK; d++) fprintf(f, " %+lld", (long long)x->off[d]);
        }
    }
}

// Up to here a kernel belongs to one line of the model, so that debuggers and profilers tell layers apart.
enum { MANY_LAYERS = 32 };

static void put_line(FILE *f, const Plan *p, const Kernel *k) {
    if (p->step->model->nlayer <= MANY_LAYERS) fprintf(f, "%d:%d ", k->loc.line, k->loc.col);
}

const char *kernel_key(Arena *a, const Plan *p, const Kernel *k) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (!f) return NULL;
    put_line(f, p, k);
    fprintf(f, "%s %d ", k->variant->name, k->cut);
    put_tile(f, &k->tile);
    put_tile(f, &k->rest);
    put_nest(f, &k->nest);
    for (int i = 0; i < k->nest.nop; i++) put_operand(f, p, k, i);
    put_nodes(f, p, k);
    fclose(f);
    const char *key = arena_printf(a, "%s", text);
    free(text);
    return key;
}
