// SPDX-License-Identifier: MIT
// The plan for people: `cnnc plan`. Columns are as wide as what stands in them.
#include "report/describe.h"
#include "report/room.h"
#include "support/text.h"
#include "../runtime/abi.h"
#include <stdlib.h>
#include <string.h>

enum { NCOLUMN = 13 };
typedef struct Row {
    const char *cell[NCOLUMN];
} Row;

typedef struct Table {
    Arena *a;
    int n;
    Row *row;
} Table;

static const Row heads = {{"", "kernel", "layers", "pass", "variant", "per", "FLOP", "as written",
                           "bytes", "shared", "cycles", "tile", "why"}};
static const bool right[NCOLUMN] = {[0] = true, [6] = true, true, true, true, true};

static int columns_of(const char *s) { // of UTF-8 text
    int n = 0;
    for (; *s; s++) n += (*s & 0xc0) != 0x80;
    return n;
}

static void print_table(FILE *f, const Table *t) {
    int width[NCOLUMN] = {0};
    for (int i = 0; i < t->n; i++)
        for (int c = 0; c < NCOLUMN; c++) {
            int w = columns_of(t->row[i].cell[c]);
            if (w > width[c]) width[c] = w;
        }
    for (int i = 0; i < t->n; i++) {
        int last = NCOLUMN - 1;
        while (last > 0 && !*t->row[i].cell[last]) last--;
        for (int c = 0; c <= last; c++) {
            const char *cell = t->row[i].cell[c];
            int blank = width[c] - columns_of(cell);
            fprintf(f, "  %*s%s%*s", right[c] ? blank : 0, "", cell,
                    right[c] || c == last ? 0 : blank, "");
        }
        fputc('\n', f);
    }
}

static const char *shown(Arena *a, const char *name) {
    return text_printable(a, name, strlen(name), 1 << 20);
}

static const char *number(Arena *a, double x) {
    return text_thousands(a, (int64_t)(x + 0.5));
}

static const char *joined_layers(const Plan *p, Arena *a, const Kernel *k) {
    const char *name[MAX_GROUP], *text = "";
    for (int i = 0, n = kernel_layers(p, k, name); i < n; i++)
        text = arena_printf(a, "%s%s%s", text, i ? " + " : "", shown(a, name[i]));
    return text;
}

static Row kernel_row(Arena *a, const Plan *p, int index) {
    const Kernel *k = &p->kernel[index];
    return (Row){{arena_printf(a, "%d", index), shown(a, k->name), joined_layers(p, a, k),
                  pass_names[kernel_pass(p, k)], k->variant->name,
                  kernel_per_sample(p, k) ? "sample" : "step", number(a, k->flops),
                  number(a, k->flops_written), text_thousands(a, k->bytes),
                  text_thousands(a, k->shared), number(a, k->cycles), kernel_tile(p, k),
                  kernel_why(p, k)}};
}

// The sums of a phase's kernels that are priced a sample, or a step; none without such kernels.
static void add_sum(Table *t, const Plan *p, const PhasePlan *ph, bool samples) {
    Kernel sum = {0};
    int count = 0;
    for (int i = ph->first; i < ph->end; i++) {
        const Kernel *k = &p->kernel[i];
        if (kernel_per_sample(p, k) != samples) continue;
        count++;
        sum.flops += k->flops;
        sum.flops_written += k->flops_written;
        sum.bytes += k->bytes;
        sum.shared += k->shared;
        sum.cycles += k->cycles;
    }
    if (!count) return;
    Arena *a = t->a;
    Row row = {{"", "sum", "", "", "", samples ? "sample" : "step", number(a, sum.flops),
                number(a, sum.flops_written), text_thousands(a, sum.bytes),
                text_thousands(a, sum.shared), number(a, sum.cycles), "", ""}};
    ARENA_PUSH(a, t->row, t->n, row);
}

static void print_total(FILE *f, Arena *a, const Plan *p) {
    Total t = plan_total(p, 0, p->nkernel);
    fprintf(f,
            "%s of %lld sample%s: %s FLOP, %s as written; %s bytes read and written; %s cycles\n",
            p->step->mode == STEP_TRAIN ? "a training step" : "inference", (long long)t.batch,
            t.batch == 1 ? "" : "s", number(a, t.flops), number(a, t.written), number(a, t.bytes),
            number(a, t.cycles));
}

// ": kernels 7 to 12 by 1, 13 by 4, 14 to 19 by 1": where a phase has several chains.
static const char *chains_text(Arena *a, const Plan *p, const PhasePlan *ph) {
    const char *text = "";
    if (plan_chain_end(p, ph->first, ph->end) == ph->end) return text;
    for (int at = ph->first, end; at < ph->end; at = end) {
        end = plan_chain_end(p, at, ph->end);
        const char *to = end - 1 > at ? arena_printf(a, " to %d", end - 1) : "";
        text = arena_printf(a, "%s%s %d%s by %lld", text, *text ? "," : ": kernels", at, to,
                            (long long)p->kernel[at].block);
    }
    return text;
}

// ", a leaf has work for 8 threads"
static const char *team_text(Arena *a, const PhasePlan *ph) {
    return ph->team < 2
               ? ""
               : arena_printf(a, ", a leaf has work for %lld threads", (long long)ph->team);
}

static void print_kernels(FILE *f, Arena *a, const Plan *p) {
    for (int i = 0; i < p->nphase; i++) {
        const PhasePlan *ph = &p->phase[i];
        if (ph->by_leaf)
            fprintf(f, "phase %d: over leaves of %d sample%s, %d at a time depth-first%s%s\n", i,
                    p->leaf, p->leaf > 1 ? "s" : "", p->block, chains_text(a, p, ph),
                    team_text(a, ph));
        else
            fprintf(f, "phase %d: over %lld units of output\n", i, (long long)ph->units);
        Table t = {.a = a};
        ARENA_PUSH(a, t.row, t.n, heads);
        for (int k = ph->first; k < ph->end; k++) {
            Row row = kernel_row(a, p, k);
            ARENA_PUSH(a, t.row, t.n, row);
        }
        add_sum(&t, p, ph, true);
        add_sum(&t, p, ph, false);
        print_table(f, &t);
    }
    print_total(f, a, p);
}

// "leaves of 4 samples, of 8 in batches of 64 and more, of 16 in batches of 128 and more"
static void print_leaves(FILE *f, const Plan *p) {
    for (int i = 0; i < CNN_LEAVES; i++) {
        if (!plan_has_leaf(p, i)) continue;
        if (p->leaf_from[i] == 0)
            fprintf(f, "leaves of %d sample%s", 1 << i, i ? "s" : "");
        else
            fprintf(f, ", of %d in batches of %lld and more", 1 << i, (long long)p->leaf_from[i]);
    }
    fputs("\n", f);
}

static void print_memory(FILE *f, Arena *a, const Plan *p) {
    fprintf(f,
            "memory: parameters %lld, step %lld, leaf %lld, kept %lld a sample, scratch %lld a "
            "thread\n",
            (long long)p->param_floats * 4, (long long)p->step_bytes, (long long)p->leaf_bytes,
            (long long)p->batch_stride, (long long)p->scratch_bytes);
    int width = 0;
    for (int i = 0; i < p->step->ntensor; i++) {
        int w = columns_of(shown(a, p->step->tensor[i].name));
        if (w > width) width = w;
    }
    for (int i = 0; i < p->step->ntensor; i++) {
        const Tensor *t = &p->step->tensor[i];
        if (t->first < 0 || t->alias >= 0 || owner_external(t->owner)) continue;
        const char *name = shown(a, t->name);
        fprintf(f, "  %s%*s  %-6s at %9lld, %9lld bytes%s, kernels %d to %d\n", name,
                width - columns_of(name), "", owner_names[t->owner], (long long)t->offset,
                (long long)t->bytes, owner_per_sample(t->owner) ? " a sample" : "", t->first,
                t->last);
    }
}

const char *plan_text(Arena *a, const Plan *p, const Room *room) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (!f) return "";
    fprintf(f, "%s for %s %s: vectors of %d floats, tiles of up to %d registers\n", plan_mode(p),
            p->target.triple, p->target.cpu, p->target.vector, p->target.accumulators);
    print_kernels(f, a, p);
    if (p->step->mode == STEP_TRAIN) print_leaves(f, p);
    if (room) fputs(room_text(a, room), f);
    print_memory(f, a, p);
    fclose(f);
    const char *copy = arena_strndup(a, text, size);
    free(text);
    return copy;
}
