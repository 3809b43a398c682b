// SPDX-License-Identifier: MIT
// The plan as a picture: `cnnc plan --svg`. A head with the figures of a step, the kernels (flow.c) and
// the memory they work in (chart.c).
#include "report/picture.h"

const char *bytes_text(Arena *a, double bytes) {
    const char *number = short_number(a, bytes);
    char unit = number[0];
    for (const char *c = number; *c; c++) unit = *c;
    bool plain = unit >= '0' && unit <= '9';
    int digits = 0;
    while (number[digits] &&
           (number[digits] == '.' || (number[digits] >= '0' && number[digits] <= '9')))
        digits++;
    return plain ? arena_printf(a, "%s B", number)
                 : arena_printf(a, "%.*s %cB", digits, number, unit);
}

static void draw_head(Svg *s, const Plan *p, const char *name) {
    Arena *a = s->a;
    Total t = plan_total(p, 0, p->nkernel);
    const char *what = "the inference of one sample";
    if (p->step->mode == STEP_TRAIN)
        what = arena_printf(a, "a training step of %lld samples", (long long)t.batch);
    svg_text(s, MARGIN, 38, "th", arena_printf(a, "%s: %s", name, what));
    svg_text(s, MARGIN, 58, "ts",
             arena_printf(
                 a,
                 "%s FLOP, %s as written \xc2\xb7 %s read and written \xc2\xb7 about %s cycles of "
                 "one core \xc2\xb7 %s, vectors of %d floats",
                 short_number(a, t.flops), short_number(a, t.written), bytes_text(a, t.bytes),
                 short_number(a, t.cycles), p->target.cpu, p->target.vector));
    s->height = 72;
}

// What follows a key on its line starts here.
static double behind(double x, const char *text) {
    for (const char *c = text; *c; c++) x += 5.2;
    return x + 14;
}

double draw_key(Svg *s, double x, const char *class, const char *text) {
    svg_rect(s, x, s->height + 2, 10, 10, 2, class);
    svg_text(s, x + 15, s->height + 11, "tm", text);
    return behind(x + 15, text);
}

static double arrow_key(Svg *s, double x, char kind, const char *text) {
    svg_arrow(s, (double[]){x, s->height + 7}, (double[]){x + 26, s->height + 7},
              (double[]){0, 0, 0, 0}, kind);
    svg_text(s, x + 31, s->height + 11, "tm", text);
    return behind(x + 31, text);
}

static void draw_keys(Svg *s, const Plan *p) {
    double x = MARGIN;
    for (int i = 0; i < p->nphase; i++) {
        const PhasePlan *ph = &p->phase[i];
        const char *over = ph->by_leaf ? "leaves of samples"
                                       : arena_printf(s->a, "%lld range%s", (long long)ph->units,
                                                      ph->units == 1 ? "" : "s");
        x = draw_key(s, x, arena_printf(s->a, "p%d", i % 4),
                     arena_printf(s->a, "phase %d, over %s", i, over));
    }
    x = draw_key(s, x, "bar", "share of the cycles");
    x = arrow_key(s, x, 'f', "a tensor");
    if (p->step->mode == STEP_TRAIN) x = arrow_key(s, x, 'k', "kept for the backward");
    if (kernel_pass(p, &p->kernel[0]) == PASS_PREPARE) arrow_key(s, x, 'w', "copies of weights");
    s->height += 24;
}

const char *plan_picture(Arena *a, const Plan *p, const char *name) {
    Svg *s = svg_new(a);
    if (!s) return "";
    s->width = 900;
    draw_head(s, p, name);
    draw_keys(s, p);
    draw_flow(s, p);
    draw_memory(s, p);
    s->height += MARGIN;
    return svg_finish(s, arena_printf(a, "The plan of %s", name));
}
