// SPDX-License-Identifier: MIT
// The upper part of the picture: a box a kernel. Columns are passes, rows are layers, so that a layer's
// gradients stand beside its forward kernels: the forward runs down, the backward up again. Arrows are
// tensors; those of the forward that wait for the backward have a colour of their own.
#include "report/picture.h"
#include <string.h>

enum { BOX_W = 206, BOX_H = 53, GAP = 11, COLUMN_GAP = 46, GUTTER = 160, PAD = 12, NPASS = 5 };

typedef struct Box {
    int row, column;
    double x, y, share; // of the estimated cycles of a step
} Box;

typedef struct Arrow {
    int from, to; // kernels
    char kind; // see svg_arrow
    const char *what; // the tensors
} Arrow;

typedef struct Flow {
    Svg *s;
    const Plan *p;
    Box *box; // by kernel
    int ncolumn, column_of[NPASS]; // by pass; -1 where it has no kernel
    int nrow; // layers, and one for a loss of its own
    double *top, *tall; // by row; a row without kernels has no height
    double top_share, bottom;
    int nedge;
    Arrow *edge;
} Flow;

static const Pass order[NPASS] = {PASS_PREPARE, PASS_FORWARD, PASS_DX, PASS_DW, PASS_UPDATE};

static bool upward(Pass pass) { // the backward runs from the last layer to the first
    return pass == PASS_DX || pass == PASS_DW;
}

static int row_of(const Plan *p, const Kernel *k) {
    const Model *m = p->step->model;
    const char *layer = p->step->node[k->node[0]]->layer;
    for (int i = 0; i < m->nlayer; i++)
        if (layer && !strcmp(layer, m->layer[i].name)) return i;
    return m->nlayer;
}

static void place_columns(Flow *f) {
    const Plan *p = f->p;
    bool used[NPASS] = {0};
    for (int k = 0; k < p->nkernel; k++) used[kernel_pass(p, &p->kernel[k])] = true;
    for (int i = 0; i < NPASS; i++) f->column_of[order[i]] = used[order[i]] ? f->ncolumn++ : -1;
    double width = 2 * MARGIN + GUTTER + f->ncolumn * (BOX_W + COLUMN_GAP) - COLUMN_GAP + PAD;
    if (width > f->s->width) f->s->width = width;
}

// Boxes of a row and column stand in a pile: from the top of the row down, or from its bottom up.
static void place_boxes(Flow *f) {
    const Plan *p = f->p;
    int *pile = ARENA_ARRAY(f->s->a, int, f->nrow *NPASS);
    for (int k = 0; k < p->nkernel; k++) {
        Box *b = &f->box[k];
        b->row = row_of(p, &p->kernel[k]);
        b->column = f->column_of[kernel_pass(p, &p->kernel[k])];
        b->y = pile[b->row * NPASS + b->column]++; // for now: which of its pile
    }
    double y = f->s->height;
    for (int r = 0; r < f->nrow; r++) {
        int most = 0;
        for (int c = 0; c < f->ncolumn; c++)
            if (pile[r * NPASS + c] > most) most = pile[r * NPASS + c];
        f->top[r] = y;
        f->tall[r] = most ? most * (BOX_H + GAP) - GAP + 2 * PAD : 0;
        y += f->tall[r] + (most ? 6 : 0);
    }
    f->bottom = y;
    for (int k = 0; k < p->nkernel; k++) {
        Box *b = &f->box[k];
        int r = b->row, n = pile[r * NPASS + b->column], at = (int)b->y;
        Pass pass = kernel_pass(p, &p->kernel[k]);
        double above = f->top[r] + PAD, below = f->top[r] + f->tall[r] - PAD + GAP;
        double pitch = BOX_H + GAP;
        b->x = MARGIN + GUTTER + b->column * (BOX_W + COLUMN_GAP);
        if (upward(pass))
            b->y = below - (at + 1) * pitch;
        else if (pass == PASS_UPDATE) // beside the gradients it reads
            b->y = below - (n - at) * pitch;
        else
            b->y = above + at * pitch;
    }
}

static void find_shares(Flow *f) {
    const Plan *p = f->p;
    double all = plan_total(p, 0, p->nkernel).cycles;
    for (int k = 0; k < p->nkernel; k++) {
        f->box[k].share = all > 0 ? plan_total(p, k, k + 1).cycles / all : 0;
        if (f->box[k].share > f->top_share) f->top_share = f->box[k].share;
    }
}

// ---- arrows

static char kind_of(const Plan *p, int from, int to, int tensor) {
    Pass a = kernel_pass(p, &p->kernel[from]), b = kernel_pass(p, &p->kernel[to]);
    const Step *s = p->step;
    if (a == PASS_PREPARE) return 'w';
    bool gradient = s->loss_grad == tensor;
    return a == PASS_FORWARD && upward(b) && !gradient ? 'k' : 'f';
}

static void add_edge(Flow *f, int from, int to, int tensor) {
    const char *name = f->p->step->tensor[tensor].name;
    char kind = kind_of(f->p, from, to, tensor);
    for (int i = 0; i < f->nedge; i++) {
        Arrow *e = &f->edge[i];
        if (e->from != from || e->to != to) continue;
        e->what = arena_printf(f->s->a, "%s, %s", e->what, name);
        return;
    }
    Arrow e = {from, to, kind, name};
    ARENA_PUSH(f->s->a, f->edge, f->nedge, e);
}

static void find_edges(Flow *f) {
    const Plan *p = f->p;
    Touch to[MAX_TOUCH];
    int *writer = ARENA_ARRAY(f->s->a, int, p->step->ntensor); // one more than the kernel
    for (int k = 0; k < p->nkernel; k++) {
        int n = kernel_touches(p, &p->kernel[k], to);
        for (int i = 0; i < n; i++) {
            int from = writer[tensor_base(p->step, to[i].tensor)] - 1;
            if (!to[i].write && from >= 0 && from != k) add_edge(f, from, k, to[i].tensor);
        }
        for (int i = 0; i < n; i++)
            if (to[i].write) writer[tensor_base(p->step, to[i].tensor)] = k + 1;
    }
}

// Each update beside the gradient that it reads, so that their arrows do not cross.
static void pair_updates(Flow *f) {
    for (int i = 0; i < f->nedge; i++) {
        Box *a = &f->box[f->edge[i].from], *b = &f->box[f->edge[i].to];
        if (kernel_pass(f->p, &f->p->kernel[f->edge[i].to]) != PASS_UPDATE || a->row != b->row)
            continue;
        for (int k = 0; k < f->p->nkernel; k++)
            if (f->box[k].column == b->column && f->box[k].y == a->y) f->box[k].y = b->y;
        b->y = a->y;
    }
}

static bool stands_between(const Flow *f, const Box *a, const Box *b) {
    double lo = a->y < b->y ? a->y : b->y, hi = a->y < b->y ? b->y : a->y;
    for (int k = 0; k < f->p->nkernel; k++) {
        const Box *c = &f->box[k];
        if (c->column == a->column && c->y > lo && c->y < hi) return true;
    }
    return false;
}

// Where an arrow meets a side of a box: those of the side share it.
static double port(const Flow *f, int edge, int box, bool leaves) {
    int n = 0, at = 0;
    for (int i = 0; i < f->nedge; i++) {
        const Arrow *e = &f->edge[i];
        bool side = (leaves ? e->from : e->to) == box;
        side = side && f->box[e->from].column != f->box[e->to].column;
        if (side && i == edge) at = n;
        n += side;
    }
    return f->box[box].y + BOX_H * (at + 1.0) / (n + 1);
}

static void draw_edge(const Flow *f, int index) {
    const Arrow *e = &f->edge[index];
    const Box *a = &f->box[e->from], *b = &f->box[e->to];
    svg_begin(f->s, "k", e->what);
    if (a->column != b->column) {
        double way = a->column < b->column ? 1 : -1, half = way * COLUMN_GAP * 0.8;
        double from[2] = {a->x + (way > 0 ? BOX_W : 0), port(f, index, e->from, true)};
        double to[2] = {b->x + (way > 0 ? 0 : BOX_W), port(f, index, e->to, false)};
        svg_arrow(f->s, from, to, (double[]){half, 0, half, 0}, e->kind);
    } else if (!stands_between(f, a, b)) {
        bool down = a->y < b->y;
        double from[2] = {a->x + BOX_W / 2.0, a->y + (down ? BOX_H : 0)};
        double to[2] = {b->x + BOX_W / 2.0, b->y + (down ? 0 : BOX_H)};
        svg_arrow(f->s, from, to, (double[]){0, 0, 0, 0}, e->kind);
    } else { // round those between, on the side of the forward's or the gradients' readers
        double from[2] = {a->x + BOX_W, a->y + BOX_H * 0.8}, to[2] = {b->x + BOX_W, b->y + 10};
        svg_arrow(f->s, from, to, (double[]){26, 0, -26, 0}, e->kind);
    }
    svg_end(f->s);
}

// ---- boxes

static const char *also_covers(const Plan *p, const Kernel *k) {
    const char *name[MAX_GROUP], *text = "";
    for (int i = 1, n = kernel_layers(p, k, name); i < n; i++)
        text = arena_printf(p->arena, "%s%s %s", text, i > 1 ? "," : " with", name[i]);
    return text;
}

static const char *box_title(const Plan *p, int index) {
    const Kernel *k = &p->kernel[index];
    Arena *a = p->arena;
    const char *per = kernel_per_sample(p, k) ? "a sample" : "a step";
    return arena_printf(a,
                        "%d %s\n%s: %s\n%s FLOP %s, %s as written\n%s of its own, %s shared\n"
                        "%s cycles %s\nphase %d, line %d",
                        index, k->name, k->variant->name, kernel_why(p, k),
                        short_number(a, k->flops), per, short_number(a, k->flops_written),
                        bytes_text(a, (double)k->bytes), bytes_text(a, (double)k->shared),
                        short_number(a, k->cycles), per, k->phase, k->loc.line);
}

static void draw_box(const Flow *f, int index) {
    const Plan *p = f->p;
    const Kernel *k = &p->kernel[index];
    const Box *b = &f->box[index];
    Arena *a = f->s->a;
    Svg *s = f->s;
    double part = f->top_share > 0 ? b->share / f->top_share : 0;
    int heat = part < 0.02   ? 0
               : part < 0.1  ? 1
               : part < 0.25 ? 2
               : part < 0.5  ? 3
               : part < 0.8  ? 4
                             : 5;
    svg_begin(s, "k", box_title(p, index));
    svg_rect(s, b->x, b->y, BOX_W, BOX_H, 4, arena_printf(a, "h%d", heat));
    svg_rect(s, b->x, b->y, 4, BOX_H, 2, arena_printf(a, "p%d", k->phase % 4));
    svg_text(s, b->x + 12, b->y + 16, "tn", svg_fit(a, k->name, BOX_W - 44, 11.4));
    svg_text(s, b->x + BOX_W - 8, b->y + 16, "tr", arena_printf(a, "%d", index));
    svg_text(
        s, b->x + 12, b->y + 30, "tx",
        svg_fit(a, arena_printf(a, "%s%s", k->variant->name, also_covers(p, k)), BOX_W - 20, 10));
    const char *figures = arena_printf(a, "%s FLOP%s \xc2\xb7 %s", short_number(a, k->flops),
                                       kernel_per_sample(p, k) ? "" : " a step",
                                       bytes_text(a, (double)(k->bytes + k->shared)));
    svg_text(s, b->x + 12, b->y + 44, "tf", figures);
    if (b->share >= 0.0005)
        svg_text(s, b->x + BOX_W - 8, b->y + 44, "tp", arena_printf(a, "%.1f %%", 100 * b->share));
    if (part * BOX_W >= 2) svg_rect(s, b->x + 4, b->y + BOX_H - 3, part * (BOX_W - 4), 3, 0, "bar");
    svg_end(s);
}

// ---- rows and columns

static void draw_heads(const Flow *f) {
    static const char *const head[NPASS] = {[PASS_PREPARE] = "prepare",
                                            [PASS_FORWARD] = "forward \xe2\x86\x93",
                                            [PASS_DX] = "backward, dX \xe2\x86\x91",
                                            [PASS_DW] = "backward, dW",
                                            [PASS_UPDATE] = "update"};
    for (int i = 0; i < NPASS; i++) {
        int c = f->column_of[order[i]];
        if (c >= 0)
            svg_text(f->s, MARGIN + GUTTER + c * (BOX_W + COLUMN_GAP), f->s->height - 8, "tc",
                     head[order[i]]);
    }
}

// The layer's name and shape; below, the layers after it that have no kernel of their own.
static void draw_row(const Flow *f, int row) {
    Arena *a = f->s->a;
    const Model *m = f->p->step->model;
    double x = MARGIN + 12, y = f->top[row] + PAD + 14, end = f->top[row] + f->tall[row] - 4;
    svg_rect(f->s, MARGIN, f->top[row], f->s->width - 2 * MARGIN, f->tall[row], 6, "band");
    const char *name = row < m->nlayer ? m->layer[row].name : "loss";
    svg_text(f->s, x, y, "tc", svg_fit(a, name, GUTTER - 18, 13));
    if (row == m->nlayer) return;
    svg_text(f->s, x, y + 15, "tm", svg_fit(a, shape_text(a, &m->layer[row].out), GUTTER - 20, 10));
    y += 31;
    for (int r = row + 1; r < m->nlayer && f->tall[r] == 0 && y < end; r++, y += 13)
        svg_text(f->s, x, y, "tm",
                 svg_fit(a, arena_printf(a, "and %s", m->layer[r].name), GUTTER - 20, 10));
}

void draw_flow(Svg *s, const Plan *p) {
    Flow f = {.s = s, .p = p, .nrow = p->step->model->nlayer + 1};
    f.box = ARENA_ARRAY(s->a, Box, p->nkernel);
    f.top = ARENA_ARRAY(s->a, double, f.nrow);
    f.tall = ARENA_ARRAY(s->a, double, f.nrow);
    find_edges(&f);
    place_columns(&f);
    s->height += 22;
    draw_heads(&f);
    place_boxes(&f);
    pair_updates(&f);
    find_shares(&f);
    for (int r = 0; r < f.nrow; r++)
        if (f.tall[r] > 0) draw_row(&f, r);
    for (int e = 0; e < f.nedge; e++) draw_edge(&f, e);
    for (int k = 0; k < p->nkernel; k++) draw_box(&f, k);
    s->height = f.bottom;
}
