// SPDX-License-Identifier: MIT
// See interpolate.h. The weight of i for o is k(i + 1/2 - s) over the sum of all, with s = (o + 1/2) size / out,
// where the kernel k reaches a few pixels: a triangle, a cubic, a windowed sinc. The nearest takes floor(s) alone.
//
// The matrix has its weights around a diagonal, which is no affine index. But a block of b outputs, of which there
// are g, reads a few inputs around a q, where b and a are whole and b / a is near out / size:
//     y[b q + i] = sum over d of w[q, i, d] x[a q + d + low]
// The b and a are taken with which d has the smallest extent. To double an image is b = 2, a = 1, d in 0:3.
#include "keras/layers/interpolate.h"
#include "step/step.h"
#include "support/text.h"
#include <math.h>

const char *const interpolation_names[] = {"nearest",  "bilinear", "bicubic",
                                           "lanczos3", "lanczos5", NULL};

enum { LARGEST = 4096 }; // height or width: the matrix may have half of its square

bool resize_within(Arena *a, Diag *d, const Layer *l, const ResizeArgs *args) {
    const int64_t size[] = {l->in[0].dim[0], l->in[0].dim[1], args->height, args->width};
    for (int i = 0; i < 4; i++) {
        if (size[i] <= LARGEST) continue;
        diag_error(d, l->loc, 306,
                   "'%s' is to make %lldx%lld of %lldx%lld: heights and widths go up to %s",
                   l->name, (long long)size[2], (long long)size[3], (long long)size[0],
                   (long long)size[1], text_thousands(a, LARGEST));
        return false;
    }
    return true;
}

// ---- rows of the matrix

typedef struct Side { // indices [from, from + size) of x, not all of which it has, become out
    int64_t in, from, size, out;
} Side;

static double triangle(double x) {
    return fmax(0, 1 - x);
}
static double cubic(double x) { // R. Keys's, of 1981
    if (x >= 2) return 0;
    return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1;
}
static double lanczos(double x, double radius) {
    const double pi = 3.141592653589793;
    if (x > radius) return 0;
    return x <= 1e-3 ? 1 : radius * sin(pi * x) * sin(pi * x / radius) / (pi * pi * x * x);
}
static double lanczos3(double x) {
    return lanczos(x, 3);
}
static double lanczos5(double x) {
    return lanczos(x, 5);
}

static const struct {
    int radius;
    double (*value)(double x); // of a distance
} kernels[] = {
    [BILINEAR] = {1, triangle},
    [BICUBIC] = {2, cubic},
    [LANCZOS3] = {3, lanczos3},
    [LANCZOS5] = {5, lanczos5},
};

// Where in x the centre of output o is, counted from that of pixel 0. TensorFlow has older code for the triangle and
// the cubic that are not widened: it is in floats, and a cubic's place is known to 1/1024.
static double centre(const Side *s, int64_t o, const ResizeArgs *args) {
    float scale = (float)s->size / (float)s->out, at = ((float)o + 0.5f) * scale - 0.5f;
    if (args->antialias || args->interpolation > BICUBIC)
        return ((double)o + 0.5) * (double)s->size / (double)s->out - 0.5;
    if (args->interpolation == BILINEAR) return at;
    return floor(at) + rint((at - floor(at)) * 1024) / 1024;
}

static void nearest_row(MatrixRows *r, const Side *s, int64_t o) {
    float scale = (float)s->size / (float)s->out;
    int64_t at = (int64_t)floorf(((float)o + 0.5f) * scale);
    r->first[o] = at < s->size ? at : s->size - 1;
    r->n[o] = 1;
    r->weight[o * r->most] = 1;
}

static void kernel_row(MatrixRows *r, const Side *s, int64_t o, double wide,
                       const ResizeArgs *args) {
    double at = centre(s, o, args), radius = kernels[args->interpolation].radius * wide, sum = 0;
    int64_t lo = (int64_t)ceil(at - radius), hi = (int64_t)floor(at + radius);
    if (lo < 0) lo = 0;
    if (hi > s->size - 1) hi = s->size - 1;
    double *w = r->weight + o * r->most;
    for (int64_t i = lo; i <= hi; i++)
        sum += w[i - lo] = kernels[args->interpolation].value(fabs((double)i - at) / wide);
    for (int64_t i = lo; i <= hi; i++) w[i - lo] /= sum;
    r->first[o] = lo;
    r->n[o] = hi - lo + 1;
}

// From indices of what is resized to those of x: weights outside are missing, and zeros at the ends go.
static void shift(MatrixRows *r, const Side *s, int64_t o) {
    double *w = r->weight + o * r->most;
    int64_t first = r->first[o] + s->from, lo = 0, hi = r->n[o];
    for (int64_t k = 0; k < r->n[o]; k++) {
        if (first + k >= 0 && first + k < s->in) continue;
        r->missing[o] += w[k];
        w[k] = 0;
    }
    while (hi > lo && w[hi - 1] == 0) hi--;
    while (lo < hi && w[lo] == 0) lo++;
    for (int64_t k = lo; k < hi; k++) w[k - lo] = w[k];
    r->first[o] = first + lo;
    r->n[o] = hi - lo;
}

static MatrixRows rows_of(Arena *a, const Side *s, const ResizeArgs *args) {
    double by = (double)s->size / (double)s->out, wide = args->antialias && by > 1 ? by : 1;
    bool nearest = args->interpolation == NEAREST;
    MatrixRows r = {.out = s->out, .most = 1};
    if (!nearest) r.most = 2 * (int64_t)ceil(kernels[args->interpolation].radius * wide) + 2;
    r.first = ARENA_ARRAY(a, int64_t, r.out);
    r.n = ARENA_ARRAY(a, int64_t, r.out);
    r.weight = ARENA_ARRAY(a, double, r.out *r.most);
    r.missing = ARENA_ARRAY(a, double, r.out);
    for (int64_t o = 0; o < r.out; o++) {
        if (nearest)
            nearest_row(&r, s, o);
        else
            kernel_row(&r, s, o, wide, args);
        shift(&r, s, o);
    }
    return r;
}

// ---- blocks of rows

// Of `each` rows; those of block q read [step q + low, step q + low + width).
typedef struct Blocks {
    int64_t each, step, low, width;
} Blocks;

static Blocks blocks_with(const MatrixRows *r, int64_t each, int64_t step) {
    int64_t low = INT64_MAX, end = INT64_MIN;
    for (int64_t o = 0; o < r->out; o++) {
        int64_t at = r->first[o] - o / each * step;
        if (!r->n[o]) continue;
        if (at < low) low = at;
        if (at + r->n[o] > end) end = at + r->n[o];
    }
    return (Blocks){each, step, low, end - low};
}

static Blocks narrowest(const MatrixRows *r, int64_t size) {
    Blocks best = {0};
    for (int64_t each = 1; each <= r->out; each++) {
        if (r->out % each) continue;
        for (int64_t more = 0; more < 2; more++) {
            Blocks b = blocks_with(r, each, each * size / r->out + more);
            if (!best.each || b.width < best.width) best = b;
        }
    }
    return best;
}

// w[q, i, d]
static int matrix(Step *s, const MatrixRows *r, const Blocks *b) {
    const int64_t dim[3] = {r->out / b->each, b->each, b->width};
    double *w = ARENA_ARRAY(s->arena, double, r->out * b->width);
    for (int64_t o = 0; o < r->out; o++)
        for (int64_t k = 0; k < r->n[o]; k++) {
            int64_t d = r->first[o] + k - o / b->each * b->step - b->low;
            w[o * b->width + d] = r->weight[o * r->most + k];
        }
    return step_table(s, "weights", 3, dim, w);
}

// x with zeros where blocks reach beyond dimension `dim`; *low then counts from them.
static int with_zeros(Step *s, int x, int dim, Blocks *b, const MatrixRows *r) {
    int64_t before[MAX_SPACE] = {0}, after[MAX_SPACE] = {0};
    int64_t end = (r->out / b->each - 1) * b->step + b->low + b->width - s->tensor[x].dim[dim];
    if (b->low < 0) before[dim] = -b->low;
    if (end > 0) after[dim] = end;
    b->low += before[dim];
    return step_pad(s, x, before, after);
}

int matrix_product(Step *s, int x, int dim, const MatrixRows *r, int64_t size) {
    Blocks b = narrowest(r, size);
    int w = matrix(s, r, &b), rank = s->tensor[x].rank;
    x = with_zeros(s, x, dim, &b, r);
    int64_t out[MAX_RANK];
    for (int d = 0; d < rank; d++) out[d] = d == dim ? r->out : s->tensor[x].dim[d];
    const char *name = arena_printf(s->arena, "%s.%s", s->building->name, dim ? "columns" : "rows");
    int y = step_tensor(s, name, T_F32, O_SAMPLE, rank, out);
    Node *n = step_node(s, P_CONTRACT, true);
    Access from = access_none(x), by = access_none(w), to = access_none(y);
    for (int d = 0; d < rank; d++) {
        int axis = step_axis(n, d == dim ? r->out / b.each : out[d], A_OUT);
        from.coef[d][axis] = d == dim ? b.step : 1;
        to.coef[d][axis] = d == dim ? b.each : 1;
        if (d != dim) continue;
        by.coef[0][axis] = 1;
        if (b.each == 1) continue;
        axis = step_axis(n, b.each, A_OUT);
        to.coef[d][axis] = by.coef[1][axis] = 1;
    }
    from.off[dim] = b.low;
    int tap = step_axis(n, b.width, A_SUM);
    from.coef[dim][tap] = by.coef[2][tap] = 1;
    node_reads(n, from);
    node_reads(n, by);
    node_writes(n, to);
    return y;
}

// What is put around x is a constant: it adds its share of the weights.
static int add_fill(Step *s, int y, int dim, const MatrixRows *r, double fill) {
    double *share = ARENA_ARRAY(s->arena, double, r->out), sum = 0;
    for (int64_t o = 0; o < r->out; o++) sum += fabs(share[o] = fill * r->missing[o]);
    if (sum == 0) return y;
    int t = step_table(s, "fill", 1, &r->out, share);
    y = step_map(s, y, expr_op2(s->arena, E_ADD, expr_in(s->arena, 0), expr_in(s->arena, 1)), NULL);
    Access along = access_none(t);
    along.coef[0][1 + dim] = 1;
    node_reads(s->node[s->nnode - 1], along);
    return y;
}

static bool stays(const Side *side) {
    return side->from == 0 && side->size == side->in && side->out == side->in;
}

static int resize_side(Step *s, int x, int dim, const Side *side, const ResizeArgs *args) {
    if (stays(side)) return x;
    MatrixRows r = rows_of(s->arena, side, args);
    return add_fill(s, matrix_product(s, x, dim, &r, side->size), dim, &r, args->fill);
}

// ---- both dimensions

// What of n, or of more than n, is resized to `to`, where `other` becomes `other_to`: in floats, as Keras does.
static int64_t in_proportion(int64_t n, int64_t to, int64_t other, int64_t other_to, bool crop) {
    int64_t alike = (int64_t)((float)(other * to) / (float)other_to);
    if (!crop) return n + (alike > n ? alike - n : 0) / 2 * 2; // as much on both sides
    if (alike > n) alike = n;
    return alike < 1 ? 1 : alike;
}

static Side side_of(const ResizeArgs *args, const int64_t in[2], int d) {
    const int64_t out[2] = {args->height, args->width};
    Side side = {in[d], 0, in[d], out[d]};
    if (args->crop || args->pad)
        side.size = in_proportion(in[d], out[d], in[!d], out[!d], args->crop);
    int64_t less = in[d] - side.size;
    side.from = less < 0 ? -(-less / 2) : less / 2;
    return side;
}

int resize(Step *s, int x, const ResizeArgs *args) {
    const int64_t in[2] = {s->tensor[x].dim[0], s->tensor[x].dim[1]};
    for (int d = 0; d < 2; d++) {
        Side side = side_of(args, in, d);
        x = resize_side(s, x, d, &side, args);
    }
    return x;
}

ResizeMatrix resize_matrix(Arena *a, const ResizeArgs *args, const int64_t in[2], int d) {
    Side side = side_of(args, in, d);
    ResizeMatrix m = {.out = side.out};
    if (stays(&side)) return m;
    MatrixRows r = rows_of(a, &side, args);
    m.weight = ARENA_ARRAY(a, double, r.out *side.in);
    m.missing = r.missing;
    for (int64_t o = 0; o < r.out; o++)
        for (int64_t k = 0; k < r.n[o]; k++)
            m.weight[o * side.in + r.first[o] + k] = r.weight[o * r.most + k];
    return m;
}
