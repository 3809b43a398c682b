// SPDX-License-Identifier: MIT
// An image in training is seen through one affine map, the product of a turn by t, a shift by (u, v), a shear by
// k and a zoom by (p, q):
//
//   | cos t  -sin t  0 |   | 1  0  u |   | 1  -sin k  0 |   | p  0  0 |   | p cos t  -q sin(t + k)  u cos t - v sin t |
//   | sin t   cos t  0 | * | 0  1  v | * | 0   cos k  0 | * | 0  q  0 | = | p sin t   q cos(t + k)  u sin t + v cos t |
//   |   0       0    1 |   | 0  0  1 |   | 0     0    1 |   | 0  0  1 |   |    0           0                1         |
//
// about the point (height / 2 - 1/2, width / 2 - 1/2), which gives the column and the row that a pixel comes from.
// As in Keras, that is the column first: height_shift_range, u, moves along the rows, and the middle of an image
// that is no square is not where one would look for it. A flip then takes the pixel from the other side. Values get
// one number more, between the least and the most of the image. brightness_range is PIL's: values become whole numbers
// from 0 to 255, are multiplied by one number and become such again, each time by what is behind the point going away.
// At last the image is centred and divided by its deviation.
#include "keras/image_change.h"
#include "keras/layers/augment.h"
#include <math.h>
#include <string.h>

#define OP2(op, x, y) expr_op2(n->s->arena, (op), (x), (y))
#define C(v) expr_const(n->s->arena, (v))
#define ADD(x, y) OP2(E_ADD, x, y)
#define SUB(x, y) OP2(E_SUB, x, y)
#define MUL(x, y) OP2(E_MUL, x, y)

typedef struct Drawn { // of a sample, that the map is made of
    Step *s;
    int drawn, ndrawn; // tensor of those in (-1, 1); how many are taken
    int n;
    Access of[MAX_IN];
} Drawn;

static bool shifts(const Shift *shift) {
    return shift->n > 0 || shift->most != 0;
}

static bool zooms(const ImageChange *c) {
    return c->zoom[0] != 1 || c->zoom[1] != 1;
}

bool image_change_none(const ImageChange *c) {
    return c->turn == 0 && c->shear == 0 && !shifts(&c->height) && !shifts(&c->width) &&
           !zooms(c) && !c->flips_columns && !c->flips_rows && c->channels == 0 && !c->brightens;
}

bool image_change_fits(const Shape *image) {
    return augment_numbers(image);
}

static bool shift_equal(const Shift *a, const Shift *b) {
    return a->most == b->most && a->of_size == b->of_size && a->n == b->n &&
           (a->n == 0 || memcmp(a->of, b->of, (size_t)a->n * sizeof *a->of) == 0);
}

bool image_change_equal(const ImageChange *a, const ImageChange *b) {
    if (!a || !b) return a == b;
    return a->turn == b->turn && a->shear == b->shear && shift_equal(&a->height, &b->height) &&
           shift_equal(&a->width, &b->width) && a->zoom[0] == b->zoom[0] &&
           a->zoom[1] == b->zoom[1] && a->flips_columns == b->flips_columns &&
           a->flips_rows == b->flips_rows && a->channels == b->channels &&
           a->brightens == b->brightens && a->brightness[0] == b->brightness[0] &&
           a->brightness[1] == b->brightness[1] && a->unit == b->unit && a->fill == b->fill &&
           a->outside == b->outside && a->nearest == b->nearest && a->centers == b->centers &&
           a->divides == b->divides;
}

void image_change_print(FILE *f, const ImageChange *c) {
    if (c->turn != 0) fprintf(f, ", turned by up to %g degrees", c->turn);
    if (shifts(&c->height) || shifts(&c->width)) fputs(", shifted", f);
    if (c->shear != 0) fprintf(f, ", sheared by up to %g degrees", c->shear);
    if (zooms(c)) fprintf(f, ", zoomed by %g to %g", c->zoom[0], c->zoom[1]);
    if (c->flips_columns) fputs(", flipped left to right", f);
    if (c->flips_rows) fputs(", flipped upside down", f);
    if (c->channels != 0) fprintf(f, ", brightened by up to %g", fabs(c->channels));
    if (c->brightens) fprintf(f, ", brightness by %g to %g", c->brightness[0], c->brightness[1]);
}

// ---- numbers of a sample

static Expr *number(Drawn *n, int tensor, int64_t at) {
    Access x = access_none(tensor);
    x.off[0] = at;
    n->of[n->n] = x;
    return expr_in(n->s->arena, n->n++);
}

static Expr *draw(Drawn *n) {
    return number(n, n->drawn, n->ndrawn++);
}

static Expr *between(Drawn *n, double least, double most) {
    double range[2] = {least, most};
    Expr *u = draw(n);
    return augment_between(n->s->arena, u->index, range);
}

// A tensor with what an expression makes of the numbers so far.
static int computed(Drawn *n, const char *name, Expr *e) {
    Step *s = n->s;
    int64_t one = 1;
    int y = step_tensor(s, arena_printf(s->arena, "%s.%s", s->building->name, name), T_F32,
                        O_SAMPLE, 1, &one);
    Node *node = step_node(s, P_MAP, true);
    step_axis(node, 1, A_OUT);
    for (int k = 0; k < n->n; k++) node_reads(node, n->of[k]);
    node_writes(node, access_whole(s, y, 1));
    node->expr[0] = e;
    return y;
}

static int drawn_by(const ImageChange *c) {
    return (c->turn != 0) + (c->shear != 0) + shifts(&c->height) + shifts(&c->width) +
           2 * zooms(c) + c->flips_columns + c->flips_rows + (c->channels != 0) + c->brightens;
}

// One of the values from `first` to before `end`, each as likely, as u is in (-1, 1): value i of all 2 n that a list
// has in both directions.
static Expr *pick(Drawn *n, const Shift *shift, Expr *u, int first, int end) {
    int middle = (first + end) / 2, i = first / 2;
    if (end - first == 1) return C(first % 2 ? shift->of[i] : -shift->of[i]);
    Expr *less = pick(n, shift, u, first, middle), *more = pick(n, shift, u, middle, end);
    return expr_less(n->s->arena, u, C((double)middle / shift->n - 1), less, more);
}

static Expr *shifted(Drawn *n, const Shift *shift, int64_t size) {
    double unit = shift->of_size ? (double)size : 1;
    if (!shifts(shift)) return C(0);
    if (shift->n == 0) return between(n, -shift->most * unit, shift->most * unit);
    return MUL(pick(n, shift, draw(n), 0, 2 * shift->n), C(unit));
}

// ---- the map

typedef struct Angles { // cosine and sine of t and of t + k
    Expr *cos, *sin, *cos_both, *sin_both;
} Angles;

static void of_turns(Drawn *n, int turns, Expr **cos, Expr **sin) {
    Arena *a = n->s->arena;
    Expr *behind = SUB(expr_in(a, 0), C(0.25));
    *cos = number(n, augment_cosine(n->s, turns, "cos", expr_in(a, 0)), 0);
    *sin = number(n, augment_cosine(n->s, turns, "sin", behind), 0);
}

static Angles angles(Drawn *n, const ImageChange *c) {
    Angles a = {C(1), C(0), C(1), C(0)};
    double turn = c->turn / 360, shear = c->shear / 360;
    Expr *t = c->turn != 0 ? between(n, -turn, turn) : C(0);
    int alone = c->turn != 0 ? computed(n, "turn", t) : -1;
    int both = c->shear != 0 ? computed(n, "turn.shear", ADD(t, between(n, -shear, shear))) : -1;
    n->n = 0; // what these are made of is not read again
    if (c->turn != 0) of_turns(n, alone, &a.cos, &a.sin);
    a.cos_both = a.cos, a.sin_both = a.sin;
    if (c->shear != 0) of_turns(n, both, &a.cos_both, &a.sin_both);
    return a;
}

// Row or column: x of it for each column, y for each row, and what is left.
typedef struct Form {
    Expr *x, *y, *alone;
} Form;

// About the middle: alone + middle - x middle_x - y middle_y.
static void about(Drawn *n, Form *f, double middle, const double center[2]) {
    Expr *off = ADD(MUL(C(center[0]), f->x), MUL(C(center[1]), f->y));
    f->alone = ADD(f->alone, SUB(C(middle), off));
}

// Where u is below 0: by (last - at) in place of by at.
static void flip(Drawn *n, Expr *u, Expr **by, Expr **alone, int64_t count) {
    Arena *a = n->s->arena;
    if (expr_is(*by, 0)) return;
    Expr *far = ADD(*alone, MUL(C((double)(count - 1)), *by));
    *alone = expr_less(a, u, C(0), far, *alone);
    *by = expr_less(a, u, C(0), expr_op1(a, E_NEG, *by), *by);
}

// Each coefficient is computed once a sample.
static Expr *kept(Drawn *n, Drawn *map, const char *name, Expr *e) {
    return e->op == E_CONST ? e
                            : expr_in(n->s->arena, 1 + number(map, computed(n, name, e), 0)->index);
}

static int view(Drawn *n, const ImageChange *c, int x, const Form *column, const Form *row) {
    static const char *const names[] = {"column.x", "column.y", "column", "row.x", "row.y", "row"};
    Expr *const form[] = {column->x, column->y, column->alone, row->x, row->y, row->alone};
    Drawn map = {.s = n->s};
    const int64_t *dim = n->s->tensor[x].dim;
    Warp w = {.rows = dim[0],
              .columns = dim[1],
              .op = c->nearest ? I_NEAREST : I_LINEAR,
              .fill = (WarpFill)c->fill,
              .outside = warp_fills((WarpFill)c->fill) ? c->outside : 0};
    int tensor[WARP_EXPRS];
    for (int k = 0; k < WARP_EXPRS; k++) w.map[k] = kept(n, &map, names[k], form[k]);
    for (int k = 0; k < map.n; k++) tensor[k] = map.of[k].tensor;
    return step_warp(n->s, x, tensor, map.n, &w);
}

static int warped(Drawn *n, const ImageChange *c, int x) {
    int64_t rows = n->s->tensor[x].dim[0], columns = n->s->tensor[x].dim[1];
    double center[2] = {(double)rows / 2 - 0.5, (double)columns / 2 - 0.5};
    Angles a = angles(n, c);
    Expr *u = shifted(n, &c->height, rows), *v = shifted(n, &c->width, columns);
    Expr *p = zooms(c) ? between(n, c->zoom[0], c->zoom[1]) : C(1);
    Expr *q = zooms(c) ? between(n, c->zoom[0], c->zoom[1]) : C(1);
    Form column = {MUL(p, a.cos), expr_op1(n->s->arena, E_NEG, MUL(q, a.sin_both)),
                   SUB(MUL(u, a.cos), MUL(v, a.sin))};
    Form row = {MUL(p, a.sin), MUL(q, a.cos_both), ADD(MUL(u, a.sin), MUL(v, a.cos))};
    about(n, &column, center[0], center);
    about(n, &row, center[1], center);
    Expr *mirror = c->flips_columns ? draw(n) : NULL, *upside = c->flips_rows ? draw(n) : NULL;
    if (mirror) flip(n, mirror, &column.x, &column.alone, columns);
    if (mirror) flip(n, mirror, &row.x, &row.alone, columns);
    if (upside) flip(n, upside, &column.y, &column.alone, rows);
    if (upside) flip(n, upside, &row.y, &row.alone, rows);
    return view(n, c, x, &column, &row);
}

// ---- values

// The largest value of an image, or of its negative.
static int largest(Step *s, int x) {
    const int64_t none[MAX_SPACE] = {0};
    int64_t count = 1;
    for (int d = 0; d < s->tensor[x].rank; d++) count *= s->tensor[x].dim[d];
    int flat = step_reshape(s, x, &(Shape){2, {count, 1}});
    return step_window(s, flat, W_MAX, &count, &count, none, &(Shape){2, {1, 1}});
}

static int brightened(Drawn *n, const ImageChange *c, int x) {
    Step *s = n->s;
    Arena *a = s->arena;
    n->n = 0;
    int add = computed(n, "amount", between(n, -c->channels, c->channels));
    int negative = step_map(s, x, expr_op1(a, E_NEG, expr_in(a, 0)), NULL);
    int most = largest(s, x), least = largest(s, negative);
    Expr *y = ADD(expr_in(a, 0), expr_in(a, 1)), *low = expr_op1(a, E_NEG, expr_in(a, 3));
    y = expr_less(a, y, low, low, y);
    y = expr_less(a, expr_in(a, 2), y, expr_in(a, 2), y);
    int made = step_map(s, x, y, NULL);
    const int number[] = {add, most, least};
    for (int k = 0; k < 3; k++) node_reads(s->node[s->nnode - 1], access_none(number[k]));
    return made;
}

// What is a whole number but for rounding, of an image's own values or between equal ones, counts as that.
static Expr *whole(Drawn *n, Expr *e) {
    enum { SMALL = 1024 };
    return expr_op1(n->s->arena, E_TRUNC, expr_clip(n->s->arena, ADD(e, C(1.0 / SMALL)), 0, 255));
}

static int multiplied(Drawn *n, const ImageChange *c, int x) {
    Step *s = n->s;
    Arena *a = s->arena;
    n->n = 0;
    int by = computed(n, "brightness", between(n, c->brightness[0], c->brightness[1]));
    Expr *value = whole(n, MUL(expr_in(a, 0), C(1 / c->unit)));
    Expr *y = expr_op1(a, E_TRUNC, expr_clip(a, MUL(value, expr_in(a, 1)), 0, 255));
    int made = step_map(s, x, MUL(y, C(c->unit)), NULL);
    node_reads(s->node[s->nnode - 1], access_none(by));
    return made;
}

// x less the mean, and by 1 / (deviation + 1e-6)
static int standard(Drawn *n, const ImageChange *c, int x) {
    static const bool all[MAX_RANK] = {true, true, true, true, true};
    Step *s = n->s;
    Arena *a = s->arena;
    double count = 1;
    for (int d = 0; d < s->tensor[x].rank; d++) count *= (double)s->tensor[x].dim[d];
    int sum = step_sum(s, "generator.sum", x, false, all);
    int y = step_map(s, x, SUB(expr_in(a, 0), MUL(expr_in(a, 1), C(1 / count))), NULL);
    node_reads(s->node[s->nnode - 1], access_none(sum));
    if (!c->divides) return y;
    int squares = step_sum(s, "generator.squares", y, true, all);
    Expr *by = ADD(expr_op1(a, E_SQRT, MUL(expr_in(a, 1), C(1 / count))), C(1e-6));
    int made = step_map(s, y, OP2(E_DIV, expr_in(a, 0), by), NULL);
    node_reads(s->node[s->nnode - 1], access_none(squares));
    return made;
}

int image_change_build(Step *s, const ImageChange *c, int x) {
    const Shape given = s->model->input;
    Shape image = {3, {1, 1, 1}};
    for (int d = 0; d < 3 && d < given.rank; d++) image.dim[d] = given.dim[d];
    if (given.rank != 3) x = step_reshape(s, x, &image); // dimensions of 1 may be left out, or more
    Drawn n = {.s = s, .drawn = step_uniform(s, drawn_by(c), -1, false)};
    ImageChange map = *c;
    map.channels = 0;
    map.brightens = false;
    if (!image_change_none(&map)) x = warped(&n, c, x);
    if (c->channels != 0) x = brightened(&n, c, x);
    if (c->brightens) x = multiplied(&n, c, x);
    if (c->centers) x = standard(&n, c, x);
    return given.rank != 3 ? step_reshape(s, x, &given) : x;
}
