// SPDX-License-Identifier: MIT
// Several nodes that are one layer, as exporters write what ONNX has no operator for. A form is written as what it makes
// of x; numbers are what they are, a to d stand for any, s and t for shapes, and k and l for constants of more numbers.
// Sums and products may have their parts either way round. See chain.h.
#include "exchange/chain.h"
#include "support/text.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_USED = 40, AHEAD = 40, LETTERS = 26 };

typedef struct Match {
    Chain *c;
    const char *x;
    int nused;
    OnnxNode *used[MOST_USED];
    const Known *is[LETTERS]; // what letters stand for
    const Known *axes; // of all that reduce
    bool keep; // they keep the dimension
} Match;

typedef struct FormRow {
    const char *form;
    bool (*take)(Match *m, const char *name);
    const char *name; // of an activation
} FormRow;

// ------------------------------------------------------------------------------------- matching

static const char *skip(const char *form) { // a whole term
    for (int depth = 0; *form; form++) {
        if (depth == 0 && (*form == ',' || *form == ')')) break;
        depth += (*form == '(') - (*form == ')');
    }
    return form;
}

static bool equal(const Known *x, const Known *y) {
    if (x == y) return true;
    if (x->real != y->real || x->count != y->count) return false;
    for (int64_t i = 0; i < x->count; i++)
        if (x->real ? x->f[i] != y->f[i] : x->i[i] != y->i[i]) return false;
    return true;
}

static bool keep(const Known **slot, const Known *k) {
    if (!k || (*slot && !equal(*slot, k))) return false;
    *slot = k;
    return true;
}

static bool term(Match *m, const char *form, const char *value);

// Axes, as an attribute or an input, are the same in all that reduce; and the dimension stays.
static bool reduces(Match *m, const OnnxNode *n) {
    const Known *axes = n->nin > 1 ? chain_known(m->c, n->in[1]) : NULL;
    for (int i = 0; i < n->nattribute; i++) {
        OnnxAttribute *at = &n->attribute[i];
        if (strcmp(at->name, "axes") == 0) {
            Known *k = ARENA_NEW(m->c->a, Known);
            int64_t *list;
            k->count = onnx_integers(m->c->a, at, &list);
            k->i = list;
            if (k->count < 1) return false;
            axes = k;
        } else if (strcmp(at->name, "keepdims") == 0
                       ? at->integer != 1
                       : strcmp(at->name, "noop_with_empty_axes") != 0) {
            return false;
        }
    }
    return axes && !axes->real && keep(&m->axes, axes);
}

static bool attributes_pass(Match *m, const OnnxNode *n) {
    if (strncmp(n->type, "Reduce", strlen("Reduce")) == 0) return reduces(m, n);
    bool pass = true;
    for (int i = 0; i < n->nattribute; i++) {
        const OnnxAttribute *at = &n->attribute[i];
        pass &=
            (strcmp(at->name, "epsilon") == 0 && strcmp(n->type, "InstanceNormalization") == 0) ||
            (strcmp(at->name, "allowzero") == 0 && !at->integer);
    }
    return pass;
}

static bool use(Match *m, OnnxNode *n) {
    for (int i = 0; i < m->nused; i++)
        if (m->used[i] == n) return true;
    if (m->nused == MOST_USED) return false;
    m->used[m->nused++] = n;
    return true;
}

// The node's inputs are the form's terms, from `form` on, in this order or with the first two the other way round.
static bool inputs(Match *m, const char *form, const OnnxNode *n, bool swapped) {
    int i = 0;
    for (; *form != ')'; form = skip(form) + (*skip(form) == ','), i++) {
        int at = swapped && i < 2 ? 1 - i : i;
        if (at >= n->nin || !term(m, form, n->in[at])) return false;
    }
    return i == n->nin || (i == 1 && strncmp(n->type, "Reduce", strlen("Reduce")) == 0);
}

static bool node(Match *m, const char *form, const char *value) {
    OnnxNode *n = map_get(m->c->maker, value);
    const size_t size = strcspn(form, "(");
    if (!n || *n->domain || n->taken || n->nout != 1) return false;
    if (strlen(n->type) != size || strncmp(n->type, form, size) != 0) return false;
    if (!attributes_pass(m, n) || !use(m, n)) return false;
    const Match before = *m;
    if (inputs(m, form + size + 1, n, false)) return true;
    *m = before;
    bool turns = strcmp(n->type, "Add") == 0 || strcmp(n->type, "Mul") == 0 ||
                 strcmp(n->type, "Min") == 0 || strcmp(n->type, "Max") == 0;
    return turns && inputs(m, form + size + 1, n, true);
}

static bool term(Match *m, const char *form, const char *value) {
    double number;
    if (isupper((unsigned char)*form)) return node(m, form, value);
    if (*form == 'x') return strcmp(value, m->x) == 0;
    const Known *k = chain_known(m->c, value);
    if (islower((unsigned char)*form)) {
        bool one = *form <= 'd', shape = *form == 's' || *form == 't';
        if (!k || (one && (!chain_scalar(k, &number) || !k->real)) || k->real == shape)
            return false;
        return keep(&m->is[*form - 'a'], k);
    }
    const double wanted = strtod(form, NULL);
    return chain_scalar(k, &number) && fabs(number - wanted) <= 1e-6 * fabs(wanted);
}

// Nothing else reads what is made on the way.
static bool is_closed(const Match *m, const char *made) {
    for (int i = -1; i < m->nused; i++) {
        const char *value = i < 0 ? m->x : m->used[i]->out[0];
        const Readers *r = chain_readers(m->c, value);
        if (strcmp(value, made) == 0) continue;
        if (i >= 0 && strcmp(value, m->c->f->out->name) == 0) return false;
        for (int k = 0; k < r->n; k++) {
            int at = 0;
            while (at < m->nused && m->used[at] != r->node[k]) at++;
            if (at == m->nused) return false;
        }
    }
    return true;
}

// --------------------------------------------------------------------------------------- layers

static double letter(const Match *m, char name) {
    double x = 0;
    chain_scalar(m->is[name - 'a'], &x);
    return x;
}

static bool activation(Match *m, const char *name) {
    chain_activate(m->c, name);
    m->c->at.positive = strncmp(name, "relu", strlen("relu")) == 0;
    return true;
}

// ReLU: a is the threshold, b the slope below it, c the most.
static bool relu(Match *m, const char *name) {
    (void)name;
    if (letter(m, 'a') < 0 || letter(m, 'b') < 0 || letter(m, 'c') < 0) return false;
    ChainLayer *l = chain_same(m->c, "ReLU");
    if (m->is['a' - 'a']) chain_set(l, "threshold", json_real(letter(m, 'a')));
    if (m->is['b' - 'a']) chain_set(l, "negative_slope", json_real(letter(m, 'b')));
    if (m->is['c' - 'a']) chain_set(l, "max_value", json_real(letter(m, 'c')));
    m->c->at.positive = !m->is['b' - 'a'];
    return true;
}

// The layers' dimensions that are reduced, counted with the samples'.
static bool reduced(Match *m, int64_t axis[MAX_RANK], int *n) {
    bool is[MAX_RANK] = {false};
    const int rank = chain_rank(m->c);
    for (int64_t i = 0; i < m->axes->count; i++) {
        int64_t d = m->axes->i[i] < 0 ? m->axes->i[i] + rank + 1 : m->axes->i[i];
        if (d < 1 || d > rank) return false;
        is[m->c->at.place[d - 1]] = true;
    }
    *n = 0;
    for (int d = 0; d < rank; d++)
        if (is[d]) axis[(*n)++] = d + 1;
    return true;
}

static ChainLayer *along_axes(Match *m, const char *cls) {
    int64_t axis[MAX_RANK] = {0};
    int n;
    if (!reduced(m, axis, &n)) return NULL;
    ChainLayer *l = chain_same(m->c, cls);
    if (n > 1 || axis[0] != m->c->at.shape.rank) chain_set_ints(l, "axis", axis, n);
    return l;
}

static bool softmax(Match *m, const char *name) {
    (void)name;
    if (!along_axes(m, "Softmax")) return false;
    return m->c->at.positive = true;
}

static bool unit(Match *m, const char *name) {
    return (void)name, along_axes(m, "UnitNormalization") != NULL;
}

// What is behind may be its scale and bias: chain_affine.c.
static bool layer_norm(Match *m, const char *name) {
    ChainLayer *l = along_axes(m, "LayerNormalization");
    if (!l) return (void)name, false;
    chain_set(l, "epsilon", json_real(letter(m, 'a')));
    chain_set(l, "scale", json_false());
    chain_set(l, "center", json_false());
    return true;
}

// TensorFlow's: k is the scale, l the bias.
static bool scaled_norm(Match *m, const char *name) {
    static const char *const weights[] = {"gamma", "beta"};
    int64_t axis[MAX_RANK] = {0}, count = 1;
    int n;
    Spread s;
    (void)name;
    if (!reduced(m, axis, &n)) return false;
    for (int i = 0; i < n; i++) count *= m->c->at.shape.dim[axis[i] - 1];
    for (int i = 0; i < 2; i++)
        if (m->is[(i ? 'l' : 'k') - 'a']->count != count) return false;
    ChainLayer *l = along_axes(m, "LayerNormalization");
    chain_set(l, "epsilon", json_real(letter(m, 'a')));
    for (int i = 0; i < 2; i++) {
        if (!chain_spread(m->c, m->is[(i ? 'l' : 'k') - 'a'], &s)) return false;
        chain_weight(l, weights[i], s.value, count);
    }
    return true;
}

static bool rms_norm(Match *m, const char *name) {
    int64_t axis[MAX_RANK] = {0}, count = 1;
    int n;
    (void)name;
    if (!reduced(m, axis, &n)) return false;
    const int rank = m->c->at.shape.rank;
    for (int i = 0; i < n; i++) {
        if (axis[i] != rank - n + i + 1) return false; // Keras has it over the last ones
        count *= m->c->at.shape.dim[axis[i] - 1];
    }
    ChainLayer *l = along_axes(m, "RMSNormalization");
    float *ones = ARENA_ARRAY(m->c->a, float, count);
    for (int64_t i = 0; i < count; i++) ones[i] = 1;
    chain_set(l, "epsilon", json_real(letter(m, 'a')));
    chain_weight(l, "scale", ones, count);
    return true;
}

// ---- groups: a dimension was parted in two and is made one again

static bool back_again(Match *m) { // t is the shape that x had
    const Known *t = m->is['t' - 'a'];
    const int rank = chain_rank(m->c);
    if (t->count != rank + 1) return false;
    for (int d = 0; d < rank; d++)
        if (t->i[d + 1] != chain_dim(m->c, d)) return false;
    return true;
}

static bool grouped(Match *m, int axis, int64_t groups, double epsilon) {
    ChainLayer *l = chain_same(m->c, "GroupNormalization");
    chain_set(l, "groups", json_integer(groups));
    if (axis != m->c->at.shape.rank - 1) chain_set(l, "axis", json_integer(axis + 1));
    chain_set(l, "epsilon", json_real(epsilon));
    chain_set(l, "scale", json_false());
    chain_set(l, "center", json_false());
    return true;
}

// s: the sample's dimensions with one of them parted in groups and what is in each, over all but the groups.
static bool group_norm(Match *m, const char *name) {
    const Known *s = m->is['s' - 'a'];
    const int rank = chain_rank(m->c);
    bool over[MAX_RANK + 1] = {false};
    int left = 0, at = rank;
    int64_t all = 0;
    (void)name;
    if (s->count != rank + 2 || !back_again(m)) return false;
    for (int64_t i = 0; i < m->axes->count; i++) {
        int64_t d = m->axes->i[i] < 0 ? m->axes->i[i] + rank + 2 : m->axes->i[i];
        if (d < 1 || d > rank + 1) return false;
        over[d - 1] = true;
    }
    for (int d = 0; d <= rank; d++)
        if (!over[d]) left++, at = d;
    if (left != 1 || at == rank) return false;
    for (int d = 0; d < rank; d++)
        if (d != at && s->i[d < at ? d + 1 : d + 2] != chain_dim(m->c, d)) return false;
    const int64_t parts = s->i[at + 1];
    if (parts < 1 || !mul64(parts, s->i[at + 2], &all) || all != chain_dim(m->c, at)) return false;
    return grouped(m, m->c->at.place[at], parts, letter(m, 'a'));
}

// PyTorch's: the groups as channels of an InstanceNormalization that neither scales nor adds.
static bool instance_groups(Match *m, const char *name) {
    const Known *s = m->is['s' - 'a'], *gamma = m->is['k' - 'a'], *beta = m->is['l' - 'a'];
    double epsilon = 1e-5;
    (void)name;
    if (s->count != 3 || chain_rank(m->c) < 2 || !back_again(m)) return false;
    const int64_t parts = s->i[1];
    if (parts < 1 || chain_dim(m->c, 0) % parts || gamma->count != parts || beta->count != parts)
        return false;
    const int64_t each = shape_count(&m->c->at.shape) / parts;
    if (s->i[2] != each && (s->i[2] != -1 || s->i[0] == -1)) return false;
    for (int64_t i = 0; i < parts; i++)
        if (gamma->f[i] != 1 || beta->f[i] != 0) return false;
    for (int i = 0; i < m->nused; i++)
        for (int k = 0; k < m->used[i]->nattribute; k++)
            if (strcmp(m->used[i]->attribute[k].name, "epsilon") == 0)
                epsilon = (double)m->used[i]->attribute[k].real;
    chain_channels(m->c);
    return grouped(m, m->c->at.shape.rank - 1, parts, epsilon);
}

// ---------------------------------------------------------------------------------------- forms

#define CENTRED(x) "Sub(" x ",ReduceMean(" x "))"
#define STANDARD(x, square) "Div(" CENTRED(x) ",Sqrt(Add(ReduceMean(" square "),a)))"
#define SQUARED(x) "Mul(" CENTRED(x) "," CENTRED(x) ")"
#define POWER(x) "Pow(" CENTRED(x) ",2)"
#define BY_SCALE "Mul(Reciprocal(Sqrt(Add(ReduceMean(" SQUARED("x") "),a))),k)"
#define APART "Reshape(x,s)"
#define ABOVE "Where(Greater(x,a),x,0)"
#define MISSING(from) "Mul(Relu(Neg(Sub(x," from "))),b)"
#define HELD "Add(Clip(x,-1,1),1)"
#define ERF_BY "Add(Erf(Mul(x,0.70710678)),1)"
#define ERF_OVER "Add(Erf(Div(x,1.41421356)),1)"
#define SIX "Clip(Add(x,3),0,6)"
#define SIX_RELU "Min(Relu(Add(x,3)),6)"
#define POWERS "Exp(Sub(x,ReduceMax(x)))"

static const FormRow rows[] = {
    {"Mul(Mul(x,0.5)," ERF_BY ")", activation, "gelu"},
    {"Mul(Mul(x,0.5)," ERF_OVER ")", activation, "gelu"},
    {"Mul(Mul(x," ERF_BY "),0.5)", activation, "gelu"},
    {"Mul(Mul(x," ERF_OVER "),0.5)", activation, "gelu"},
    {"Mul(x,Mul(" ERF_BY ",0.5))", activation, "gelu"},
    {"Mul(x,Mul(" ERF_OVER ",0.5))", activation, "gelu"},
    {"Mul(x,Sigmoid(x))", activation, "silu"},
    {"Mul(x,Tanh(Softplus(x)))", activation, "mish"},
    {"Where(Greater(x,20),x,Softplus(x))", activation, "softplus"},
    {"Neg(Softplus(Neg(x)))", activation, "log_sigmoid"},
    {"Log(Sigmoid(x))", activation, "log_sigmoid"},
    {"Sub(x,Tanh(x))", activation, "tanh_shrink"},
    {"Div(x,Add(Abs(x),1))", activation, "softsign"},
    {"Mul(Add(x,Sqrt(Add(Mul(x,x),4))),0.5)", activation, "squareplus"},
    {"Add(Mul(Mul(" HELD "," HELD "),0.25),Relu(Sub(x,1)))", activation, "sparse_plus"},
    {"Mul(x,Div(" SIX ",6))", activation, "hard_silu"},
    {"Mul(x,Mul(" SIX ",0.16666667))", activation, "hard_silu"},
    {"Div(Mul(x," SIX "),6)", activation, "hard_silu"},
    {"Mul(Mul(x," SIX "),0.16666667)", activation, "hard_silu"},
    {"Mul(x,Mul(" SIX_RELU ",0.16666667))", activation, "hard_silu"},
    {"Mul(x,Div(" SIX_RELU ",6))", activation, "hard_silu"},
    {"Div(" SIX ",6)", activation, "hard_sigmoid"},
    {"Mul(" SIX ",0.16666667)", activation, "hard_sigmoid"},
    {"Div(" SIX_RELU ",6)", activation, "hard_sigmoid"},
    {"Mul(" SIX_RELU ",0.16666667)", activation, "hard_sigmoid"},
    {"Min(Relu(x),6)", activation, "relu6"},
    {"Min(Max(x,0),6)", activation, "relu6"},
    {"Max(Min(x,6),0)", activation, "relu6"},
    {"Min(Max(x,0),c)", relu, NULL},
    {"Max(Min(x,c),0)", relu, NULL},
    {"Max(x,0)", activation, "relu"},
    {"Min(Relu(x),c)", relu, NULL},
    {"Min(" ABOVE ",c)", relu, NULL},
    {ABOVE, relu, NULL},
    {"Sub(Relu(x)," MISSING("0") ")", relu, NULL},
    {"Sub(Min(Relu(x),c)," MISSING("0") ")", relu, NULL},
    {"Sub(" ABOVE "," MISSING("a") ")", relu, NULL},
    {"Sub(Min(" ABOVE ",c)," MISSING("a") ")", relu, NULL},
    {"Div(" POWERS ",ReduceSum(" POWERS "))", softmax, NULL},
    {STANDARD("x", SQUARED("x")), layer_norm, NULL},
    {STANDARD("x", POWER("x")), layer_norm, NULL},
    {"Add(Mul(x," BY_SCALE "),Add(Mul(Neg(ReduceMean(x))," BY_SCALE "),l))", scaled_norm, NULL},
    {"Div(x,Sqrt(Add(ReduceMean(Mul(x,x)),a)))", rms_norm, NULL},
    {"Div(x,Sqrt(Add(ReduceMean(Pow(x,2)),a)))", rms_norm, NULL},
    {"Mul(x,Reciprocal(Sqrt(Add(ReduceMean(Mul(x,x)),a))))", rms_norm, NULL},
    {"Mul(x,Reciprocal(Sqrt(Add(ReduceMean(Pow(x,2)),a))))", rms_norm, NULL},
    {"Mul(x,Min(Reciprocal(Sqrt(ReduceSum(Mul(x,x)))),1e12))", unit, NULL},
    {"Reshape(" STANDARD(APART, SQUARED(APART)) ",t)", group_norm, NULL},
    {"Reshape(InstanceNormalization(Reshape(x,s),k,l),t)", instance_groups, NULL},
};

static bool matches(Match *m, const FormRow *row, const OnnxNode *last) {
    return last->nout == 1 && term(m, row->form, last->out[0]) && is_closed(m, last->out[0]);
}

// Its last node is not far from its first in the file, which has nodes in order.
static bool try_row(Chain *c, const FormRow *row, int64_t first) {
    const size_t size = strcspn(row->form, "(");
    for (int64_t i = first; i < first + AHEAD && i < c->f->nnode; i++) {
        OnnxNode *last = &c->f->node[i];
        if (strncmp(last->type, row->form, size) != 0 || last->type[size]) continue;
        Match m = {.c = c, .x = c->at.name};
        if (!matches(&m, row, last) || !row->take(&m, row->name)) continue;
        for (int k = 0; k < m.nused; k++) m.used[k]->taken = true;
        c->at.name = last->out[0];
        return true;
    }
    return false;
}

bool chain_form(Chain *c) {
    const int64_t first = c->node - c->f->node;
    if (c->at.order) return false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (try_row(c, &rows[i], first)) return true;
    return false;
}
