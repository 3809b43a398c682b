// SPDX-License-Identifier: MIT
// The plan for machines: `cnnc plan --json`. The keys are described in docs/plan.md.
#include "report/describe.h"
#include "report/room.h"
#include "../runtime/abi.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static json_t *whole(double x) {
    return json_integer((json_int_t)llround(x));
}

static json_t *layers_json(const Plan *p, const Kernel *k) {
    const char *name[MAX_GROUP];
    json_t *list = json_array();
    for (int i = 0, n = kernel_layers(p, k, name); i < n; i++)
        json_array_append_new(list, json_string(name[i]));
    return list;
}

static json_t *reasons_json(const Kernel *k) {
    json_t *list = json_array();
    int n = k->prices && k->prices->n > 1 ? k->prices->n : 0; // one alone was not weighed
    for (int i = 0; i < n; i++) {
        const Price *q = &k->prices->of[i];
        json_t *one = json_pack("{s:s, s:o}", "variant", q->row->name, "cycles", whole(q->cycles));
        if (q->detail) json_object_set_new(one, "detail", json_string(q->detail));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *touched_json(const Plan *p, const Kernel *k, bool write) {
    Touch to[MAX_TOUCH];
    json_t *list = json_array();
    for (int i = 0, n = kernel_touches(p, k, to); i < n; i++)
        if (to[i].write == write)
            json_array_append_new(list, json_string(p->step->tensor[to[i].tensor].name));
    return list;
}

static json_t *kernel_json(const Plan *p, int index) {
    const Kernel *k = &p->kernel[index];
    json_t *o = json_pack(
        "{s:i, s:s, s:o, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:s, s:i}",
        "index", index, "name", k->name, "layers", layers_json(p, k), "pass",
        pass_names[kernel_pass(p, k)], "primitives", kernel_primitives(p, k), "variant",
        k->variant->name, "why", kernel_why(p, k), "reasons", reasons_json(k), "per",
        kernel_per_sample(p, k) ? "sample" : "step", "flops", whole(k->flops), "flops_written",
        whole(k->flops_written), "bytes", json_integer(k->bytes), "bytes_shared",
        json_integer(k->shared), "cycles", whole(k->cycles), "reads", touched_json(p, k, false),
        "writes", touched_json(p, k, true), "tile", kernel_tile(p, k), "line", k->loc.line);
    static const char *const cut[] = {"none", "samples", "results", "either"};
    if (kernel_by_leaf(p, k)) json_object_set_new(o, "block", json_integer(k->block));
    if (kernel_by_leaf(p, k)) json_object_set_new(o, "cut", json_string(cut[k->cut]));
    if (k->cut >= TEAM_RESULTS)
        json_object_set_new(o, "pieces", json_integer(k->variant->pieces(p, k)));
    return o;
}

static json_t *phase_json(const Plan *p, const PhasePlan *ph) {
    json_t *kernels = json_array();
    for (int k = ph->first; k < ph->end; k++) json_array_append_new(kernels, kernel_json(p, k));
    json_t *o = json_pack("{s:s, s:I, s:o}", "over", ph->by_leaf ? "leaves" : "units", "units",
                          (json_int_t)ph->units, "kernels", kernels);
    if (ph->by_leaf) json_object_set_new(o, "team", json_integer(ph->team));
    return o;
}

static json_t *buffers_json(const Plan *p) {
    json_t *list = json_array();
    for (int i = 0; i < p->step->ntensor; i++) {
        const Tensor *t = &p->step->tensor[i];
        if (t->first < 0 || t->alias >= 0 || owner_external(t->owner)) continue;
        json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:b, s:i, s:i}", "name", t->name, "block",
                              owner_names[t->owner], "offset", (json_int_t)t->offset, "bytes",
                              (json_int_t)t->bytes, "a_sample", owner_per_sample(t->owner), "first",
                              t->first, "last", t->last);
        if (t->owner == O_SAMPLE) json_object_set_new(o, "held", json_integer(t->held));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *memory_json(const Plan *p, const Room *room) {
    json_t *o =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "parameters", (json_int_t)p->param_floats * 4,
                  "step", (json_int_t)p->step_bytes, "leaf", (json_int_t)p->leaf_bytes,
                  "kept_a_sample", (json_int_t)p->batch_stride, "scratch_a_thread",
                  (json_int_t)p->scratch_bytes, "buffers", buffers_json(p));
    if (room)
        json_object_set_new(o, "training",
                            json_pack("{s:I, s:i, s:I, s:I, s:I}", "batch", (json_int_t)room->batch,
                                      "threads", room->threads, "bytes_one_thread",
                                      (json_int_t)room->one, "bytes", (json_int_t)room->all,
                                      "needs", (json_int_t)room->needs));
    return o;
}

static json_t *total_json(const Plan *p) {
    Total t = plan_total(p, 0, p->nkernel);
    return json_pack("{s:I, s:o, s:o, s:o, s:o}", "samples", (json_int_t)t.batch, "flops",
                     whole(t.flops), "flops_written", whole(t.written), "bytes", whole(t.bytes),
                     "cycles", whole(t.cycles));
}

static json_t *leaves_json(const Plan *p) {
    json_t *list = json_array();
    for (int i = 0; i < CNN_LEAVES && p->step->mode == STEP_TRAIN; i++)
        if (plan_has_leaf(p, i))
            json_array_append_new(list, json_pack("{s:i, s:I}", "samples", 1 << i, "from",
                                                  (json_int_t)p->leaf_from[i]));
    return list;
}

const char *plan_json(Arena *a, const Plan *p, const Room *room) {
    json_t *phases = json_array();
    for (int i = 0; i < p->nphase; i++) json_array_append_new(phases, phase_json(p, &p->phase[i]));
    json_t *root = json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:o, s:i, s:o, s:o, s:o}", "mode",
                             plan_mode(p), "target", p->target.triple, "cpu", p->target.cpu,
                             "vector", p->target.vector, "accumulators", p->target.accumulators,
                             "leaf", p->leaf, "leaves", leaves_json(p), "block", p->block, "phases",
                             phases, "total", total_json(p), "memory", memory_json(p, room));
    char *text = json_dumps(root, JSON_INDENT(2));
    const char *copy = arena_printf(a, "%s\n", text);
    free(text);
    json_decref(root);
    return copy;
}
