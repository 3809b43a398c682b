// SPDX-License-Identifier: MIT
// The lower part of the picture: the scratch of a thread over time. A kernel is a column, an address a
// height, a tensor a rectangle: as wide as it lives, as tall as the samples that go together need.
#include "report/picture.h"

enum { TALL = 300, AXIS = 70, NAMES = 96, WIDEST = 110, NAMED = 13 };

typedef struct Chart {
    Svg *s;
    const Plan *p;
    int first, end; // kernels of the phases that use scratch
    double x, y, column; // of the area; width of a column
} Chart;

static const char *class_of(const Plan *p, int index) {
    int def = step_def(p->step, index);
    Pass pass = def < 0 ? PASS_FORWARD : p->step->node[def]->pass;
    return pass == PASS_DX ? "mx" : pass == PASS_DW ? "mw" : "mf";
}

static double height_of(const Chart *c, double bytes) {
    return bytes / (double)c->p->scratch_bytes * TALL;
}

static void draw_tensor(const Chart *c, int index) {
    const Tensor *t = &c->p->step->tensor[index];
    Arena *a = c->s->a;
    double bytes = (double)(t->bytes * t->held), h = height_of(c, bytes);
    double x = c->x + (t->first - c->first) * c->column,
           y = c->y + TALL - h - height_of(c, (double)t->offset);
    double w = (t->last - t->first + 1) * c->column;
    svg_begin(c->s, "k",
              arena_printf(a, "%s\n%s at %lld\nkernels %d to %d%s", t->name, bytes_text(a, bytes),
                           (long long)t->offset, t->first, t->last,
                           tensor_has_ring(t) ? "\nwith a ring of zeros: shares only with its like"
                                              : ""));
    if (tensor_has_ring(t)) svg_rect(c->s, c->x, y, (c->end - c->first) * c->column, h, 0, "mr");
    svg_rect(c->s, x, y, w, h, 1.5, class_of(c->p, index));
    if (h >= 11 && w >= 24)
        svg_text(c->s, x + 4, y + (h < 16 ? h / 2 + 3.2 : 12), "tl", svg_fit(a, t->name, w - 8, 9));
    svg_end(c->s);
}

static void draw_axes(const Chart *c) {
    Arena *a = c->s->a;
    double right = c->x + (c->end - c->first) * c->column;
    for (int i = 0; i <= 4; i++) {
        double y = c->y + TALL - i * TALL / 4.0;
        svg_line(c->s, c->x, y, right, y, "grid");
        svg_text(c->s, c->x - 6, y + 3, "tr", bytes_text(a, (double)c->p->scratch_bytes * i / 4));
    }
    int every = c->column >= NAMED ? 1 : c->column >= 6 ? 5 : 10;
    for (int k = c->first; k < c->end; k++) {
        double x = c->x + (k - c->first) * c->column;
        if (k % every == 0) svg_line(c->s, x, c->y, x, c->y + TALL, "grid");
        if (every > 1 && k % every == 0)
            svg_text(c->s, x, c->y + TALL + 13, "tv", arena_printf(a, "%d", k));
        if (every == 1)
            svg_text_turned(c->s, x + c->column / 2 - 2, c->y + TALL + 12, 40, "tv",
                            svg_fit(a, arena_printf(a, "%d %s", k, c->p->kernel[k].name), 130, 9));
    }
}

static void draw_sizes(Svg *s, const Plan *p) {
    Arena *a = s->a;
    const char *training = "";
    if (p->step->mode == STEP_TRAIN)
        training = arena_printf(
            a, " \xc2\xb7 sums of a leaf %s \xc2\xb7 kept for the batch %s a sample",
            bytes_text(a, (double)p->leaf_bytes), bytes_text(a, (double)p->batch_stride));
    svg_text(s, MARGIN, s->height + 44, "ts",
             arena_printf(
                 a,
                 "Scratch %s a thread, for %d sample%s at a time \xc2\xb7 parameters %s \xc2\xb7 "
                 "computed once a step %s%s",
                 bytes_text(a, (double)p->scratch_bytes), p->block, p->block > 1 ? "s" : "",
                 bytes_text(a, (double)p->param_floats * 4), bytes_text(a, (double)p->step_bytes),
                 training));
}

static void draw_keys(Svg *s, const Plan *p) {
    double x = draw_key(s, MARGIN, "mf", "of the forward");
    if (p->step->mode == STEP_TRAIN) {
        x = draw_key(s, x, "mx", "gradients by inputs");
        x = draw_key(s, x, "mw", "work of gradients by weights");
    }
    draw_key(s, x, "mr", "kept clear for a ring of zeros");
}

void draw_memory(Svg *s, const Plan *p) {
    Chart c = {.s = s, .p = p, .first = p->nkernel};
    for (int i = 0; i < p->nphase; i++) {
        if (!p->phase[i].by_leaf) continue;
        if (p->phase[i].first < c.first) c.first = p->phase[i].first;
        if (p->phase[i].end > c.end) c.end = p->phase[i].end;
    }
    svg_text(s, MARGIN, s->height + 26, "tc", "Memory of a thread, kernel by kernel");
    draw_sizes(s, p);
    s->height += 56;
    if (!p->scratch_bytes || c.end <= c.first) return;
    draw_keys(s, p);
    s->height += 26;
    c.x = MARGIN + AXIS;
    c.y = s->height;
    c.column = (s->width - c.x - MARGIN - NAMES) / (c.end - c.first);
    if (c.column > WIDEST) c.column = WIDEST;
    draw_axes(&c);
    for (int i = 0; i < p->step->ntensor; i++) {
        const Tensor *t = &p->step->tensor[i];
        if (t->owner == O_SAMPLE && t->alias < 0 && t->first >= 0) draw_tensor(&c, i);
    }
    s->height += TALL + (c.column >= NAMED ? NAMES : 24);
}
