// SPDX-License-Identifier: MIT
// The plan for people (`cnnc plan`) and for machines (`--json`).
#include "plan/plan.h"
#include <jansson.h>
#include <stdlib.h>

static const char *tile_text(Arena *a, const Kernel *k) {
    const Tile *t = &k->tile;
    if (!t->vectors || k->variant->rewrites) return ""; // rows of their own have no register tile
    return arena_printf(a, "%lldx%lld rows x %d vectors", (long long)t->rows[0],
                        (long long)t->rows[1], t->vectors);
}

static const char *layers_of(const Plan *p, const Kernel *k) {
    const char *text = "";
    for (int i = 0; i < k->nnode; i++) {
        static const char *const kind[] = {"contract", "map",  "reduce",    "window", "view",
                                           "mask",     "loss", "transform", "update"};
        text = arena_printf(p->arena, "%s%s%s", text, i ? "+" : "",
                            kind[p->step->node[k->node[i]].kind]);
    }
    return text;
}

static int64_t kernel_bytes(const Plan *p, const Kernel *k) { // touched once, a sample or a step
    int64_t sum = 0;
    for (int i = 0; i < k->nest.nop; i++) {
        const Tensor *t = &p->step->tensor[k->nest.op[i].tensor];
        if (owner_per_sample(t->owner)) {
            sum += t->bytes;
        } else {
            int64_t n = 4;
            for (int d = 0; d < t->rank; d++) n *= t->dim[d];
            sum += n;
        }
    }
    return sum;
}

static void print_kernels(FILE *f, const Plan *p) {
    for (int i = 0; i < p->nphase; i++) {
        const PhasePlan *ph = &p->phase[i];
        if (ph->by_leaf)
            fprintf(f, "phase %d: over leaves of 16 samples, %d at a time depth-first\n", i,
                    p->block);
        else
            fprintf(f, "phase %d: over %lld units of output\n", i, (long long)ph->units);
        fprintf(f, "  %-26s %-22s %-10s %12s %12s %10s  %s\n", "kernel", "covers", "variant",
                "FLOP", "as written", "bytes", "tile");
        for (int k = ph->first; k < ph->end; k++) {
            const Kernel *q = &p->kernel[k];
            fprintf(f, "  %-26s %-22s %-10s %12.0f %12.0f %10lld  %s\n", q->name, layers_of(p, q),
                    q->variant->name, q->flops, q->flops_written, (long long)kernel_bytes(p, q),
                    tile_text(p->arena, q));
        }
    }
}

static void print_memory(FILE *f, const Plan *p) {
    static const char *const owner[] = {"input", "label", "output", "model", "opt",
                                        "step",  "batch", "leaf",   "sample"};
    fprintf(f,
            "memory: parameters %lld, step %lld, leaf %lld, kept %lld a sample, scratch %lld a "
            "thread\n",
            (long long)p->param_floats * 4, (long long)p->step_bytes, (long long)p->leaf_bytes,
            (long long)p->batch_stride, (long long)p->scratch_bytes);
    for (int i = 0; i < p->step->ntensor; i++) {
        const Tensor *t = &p->step->tensor[i];
        if (t->first < 0 || t->alias >= 0 || owner_external(t->owner)) continue;
        fprintf(f, "  %-28s %-6s at %9lld, %9lld bytes%s, kernels %d to %d\n", t->name,
                owner[t->owner], (long long)t->offset, (long long)t->bytes,
                owner_per_sample(t->owner) ? " a sample" : "", t->first, t->last);
    }
}

void plan_print(FILE *f, const Plan *p, const char *title) {
    fprintf(f, "%s for %s %s: vectors of %d floats, tiles of up to %d registers\n", title,
            p->target.triple, p->target.cpu, p->target.vector, p->target.accumulators);
    print_kernels(f, p);
    print_memory(f, p);
}

static json_t *kernel_json(const Plan *p, const Kernel *k) {
    return json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:I, s:s, s:i}", "name", k->name, "covers",
                     layers_of(p, k), "variant", k->variant->name, "why", k->variant->why, "flops",
                     k->flops, "flops_written", k->flops_written, "bytes",
                     (json_int_t)kernel_bytes(p, k), "tile", tile_text(p->arena, k), "line",
                     k->loc.line);
}

const char *plan_json(Arena *a, const Plan *p) {
    json_t *phases = json_array();
    for (int i = 0; i < p->nphase; i++) {
        json_t *kernels = json_array();
        for (int k = p->phase[i].first; k < p->phase[i].end; k++)
            json_array_append_new(kernels, kernel_json(p, &p->kernel[k]));
        json_array_append_new(phases, json_pack("{s:s, s:I, s:o}", "over",
                                                p->phase[i].by_leaf ? "leaves" : "units", "units",
                                                (json_int_t)p->phase[i].units, "kernels", kernels));
    }
    json_t *memory = json_pack(
        "{s:I, s:I, s:I, s:I, s:I}", "parameters", (json_int_t)p->param_floats * 4, "step",
        (json_int_t)p->step_bytes, "leaf", (json_int_t)p->leaf_bytes, "kept_a_sample",
        (json_int_t)p->batch_stride, "scratch_a_thread", (json_int_t)p->scratch_bytes);
    json_t *root = json_pack("{s:s, s:s, s:i, s:o, s:o}", "target", p->target.triple, "cpu",
                             p->target.cpu, "block", p->block, "phases", phases, "memory", memory);
    char *text = json_dumps(root, JSON_INDENT(2));
    const char *copy = arena_printf(a, "%s\n", text);
    free(text);
    json_decref(root);
    return copy;
}
