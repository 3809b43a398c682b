// SPDX-License-Identifier: MIT
// The Step: a model as a short list of primitives in SSA form on tensors of static shape. Layers
// append the forward; everything after that works on primitives and never names a layer.
//
// A Node is an affine loop nest: axes with spans, and for each tensor it touches an Access that
// gives every index of the tensor as a linear form of the axes. Axis 0 is the samples' axis; its
// extent is known only at run time, and a per-sample tensor is indexed by it implicitly.
//
//   CONTRACT  out[..] = sum over the A_SUM axes of in0[..] * in1[..]      (one input: plain sum), or of an
//             expression of its inputs
//   MAP       out[i] = expr(in0[..], in1[..], ...) for each element
//   REDUCE    softmax over the last axis or its logarithm, and their adjoints
//   WINDOW    max or average over a window, and their adjoints; indices outside the input are left out
//   VIEW      the same values in another shape, at another place or in another order
//   MASK      random bits, one an element: bit e of sample i is set if the element is kept; or numbers
//   TABLE     numbers that are known when the model is compiled
//   WARP      an image seen through an affine map: out[y, x, c] = in0 at the place (a x + b y + c, d x + e y + f),
//             whose six coefficients are expressions of numbers of the sample; and its adjoint
//   LOSS      loss and metrics of a sample, and the gradient of its mean; of a loss that is one for the batch
//             the sums that it is made of, in place of that gradient
//   TRANSFORM tiles or a kernel at Winograd's points, and back: one of the plan's rewrites
//   UPDATE    the optimiser: like MAP, with several results written in place; what it reads behind them are
//             figures of the step, a number each
#ifndef CNNC_STEP_H
#define CNNC_STEP_H
#include "keras/activation.h"
#include "model/model.h"
#include "step/expr.h"

enum { MAX_AXIS = 8, MAX_IN = 12, MAX_OUT = 6 };
enum { MAX_REPLACED = 4 }; // nodes that come in the place of one
enum { MAX_SPACE = 3 }; // spatial dimensions of a tensor: the first ones; channels are the last
enum { WARP_EXPRS = 6 };

typedef enum {
    P_CONTRACT,
    P_MAP,
    P_REDUCE,
    P_WINDOW,
    P_VIEW,
    P_MASK,
    P_TABLE,
    P_WARP,
    P_LOSS,
    P_TRANSFORM,
    P_UPDATE
} Prim;
extern const char *const prim_names[]; // by Prim, in capitals
typedef enum { T_F32, T_I32, T_U8, T_BIT } TensorType;
typedef enum { // who owns a tensor's memory, and how long it lives
    O_INPUT, // x, as the caller gives it; a sample each
    O_LABEL, // y, likewise
    O_OUTPUT, // the model's output, where the caller wants it; a sample each
    O_MODEL, // weights
    O_OPT, // optimiser state
    O_STEP, // computed once a step
    O_BATCH, // kept for every sample of the batch
    O_LEAF, // sums over a leaf, added along the tree
    O_SAMPLE, // activations of the samples in flight
} Owner;

typedef struct Span {
    int64_t lo, hi;
} Span; // [lo, hi)

typedef struct Tensor {
    const char *name;
    Loc loc;
    TensorType type;
    Owner owner;
    int rank;
    int64_t dim[MAX_RANK]; // Keras's, untrimmed, without N
    Span need[MAX_RANK]; // the part that is ever read, in the same coordinates
    int64_t ring[MAX_RANK][2]; // zeros stored before and after need
    int order[MAX_RANK]; // dimensions from the outermost to the innermost in memory
    int weight; // O_MODEL, O_OPT: index in the model's flat list of weights, else -1
    const char *layer; // O_MODEL: name of the layer that has it
    bool scalar; // O_MODEL: its dimension of 1 is ours, Keras's weight has none
    int slot; // O_OPT: which of the optimiser's states
    bool wants_grad; // depends on a trainable weight
    int grad; // tensor holding the gradient by this one, or -1
    // Set by the plan.
    int alias; // shares the memory of that tensor, or -1
    int64_t stride[MAX_RANK], sample_stride; // elements
    int64_t offset, bytes; // in its owner's block
    int first, last; // kernels between which it lives
    int64_t held; // O_SAMPLE: samples there is memory for
} Tensor;

typedef struct Access { // index of tensor dimension d = sum of coef[d][a] * axis a, plus off[d]
    int tensor;
    int64_t coef[MAX_RANK][MAX_AXIS], off[MAX_RANK];
} Access;

typedef enum { A_OUT, A_SUM } Role;
typedef struct Axis {
    Span span;
    Role role;
} Axis;

// SPARSE_DX, _DW: the first factor is a pooled gradient in[0], spread by the argmax in[2] (see
// kernels/sparse/select.c); STRIPS: rows at Winograd's points and back (see kernels/winograd/rows.c)
// EXPR: the sum of an expression
typedef enum { C_SUM, C_EXPR, C_SPARSE_DX, C_SPARSE_DW, C_STRIPS, C_OPS } ContractOp;
// GRAD: in (dy, y)
typedef enum { R_SOFTMAX, R_LOG_SOFTMAX, R_SOFTMAX_GRAD, R_LOG_SOFTMAX_GRAD } ReduceOp;
typedef enum { W_MAX, W_AVG, W_MAX_GRAD, W_AVG_GRAD } WindowOp; // MAX_GRAD: in (dy, argmax)
typedef enum {
    V_RESHAPE,
    V_AFFINE
} ViewOp; // RESHAPE keeps the row-major order; AFFINE copies by Access
typedef enum { M_BITS, M_UNIFORM } MaskOp; // UNIFORM: numbers in (-1, 1), odd multiples of 2^-24
// WARP: between pixels the nearest, or by their distances linearly; GRAD: the adjoints, in (dy, numbers)
typedef enum { I_NEAREST, I_LINEAR, I_NEAREST_GRAD, I_LINEAR_GRAD } WarpOp;
typedef enum { // WARP: what is beyond the image
    FILL_CONSTANT, // Node.outside
    FILL_NEAREST, // the pixel at the border
    FILL_REFLECT, // the image mirrored at its border: d c b a | a b c d | d c b a
    FILL_WRAP, // the image again
    FILL_CUT, // Node.outside, and no pixel of the image has a share in what is beyond it
    FILL_PERIOD, // the image again, its first pixels on the last ones
    FILLS
} WarpFill;
bool warp_fills(WarpFill fill); // with Node.outside
typedef enum { // GRAD: the adjoints, for the gradients by kernel and input
    X_FILTER,
    X_INPUT,
    X_OUTPUT,
    X_OUTPUT_GRAD,
    X_FILTER_GRAD,
    X_INPUT_GRAD, // adds where tiles meet
    X_OPS
} TransformOp;
typedef enum { // what a node is there for
    PASS_FORWARD,
    PASS_DX, // backward: the gradient by what a layer computed
    PASS_DW, // backward: the gradient by a weight
    PASS_UPDATE,
    PASS_PREPARE, // the plan's copies of weights, made once a step
} Pass;

typedef struct Node {
    Prim kind;
    int op; // ContractOp, ReduceOp, WindowOp, ViewOp, MaskOp, WarpOp or TransformOp
    int naxis; // 1 (samples only) or more; axis 0 is the samples'
    bool samples; // axis 0 runs over samples; else it is unused
    Axis axis[MAX_AXIS];
    int nin, nout;
    Access in[MAX_IN], out[MAX_OUT];
    Expr *expr
        [MAX_OUT]; // MAP, EXPR: [0]; UPDATE: one a result; SPARSE_DW: [0], of in[0] and in[3], or NULL;
    // WARP: the coefficients of the column and of the row: of x, of y, alone
    int fixed; // MAP: bit k: derivation takes input k for a constant
    const Activation *act; // MAP: the row that gives the derivative; NULL: expr is differentiated
    // WINDOW: extents of its A_SUM axes, the last ones; SPARSE_DX, _DW: those of the pool; TRANSFORM:
    // outputs of a tile by axis, or outputs and taps where it has one axis, and the stride. The others are 0.
    int64_t window[MAX_SPACE];
    bool late; // its phase is the one that reads it first: random bits are not kept for nothing
    bool scatter; // out is written at indices that meet: clear it, then add
    double rate; // MASK: share of dropped elements
    const double *numbers; // TABLE: one an element, in row-major order
    int stream; // MASK: its stream of random numbers
    bool seeded; // MASK: keyed by a seed of its own, not by the program's
    uint32_t seed;
    bool together; // MASK: all samples of a batch have the same
    WarpFill fill; // WARP
    double outside; // WARP: what it fills with
    Loc loc;
    const char *layer; // name of the layer it comes from, for people; "loss" of the loss
    Pass pass;
    double written; // points of its axes as the layer says, before rewriting and trimming; or 0
    const struct Problem *problem; // CONTRACT: the convolution it is, see step/problem.h; or NULL
    const struct Variant *row; // chosen by the plan before the layout, or NULL
    const struct Prices *prices; // what the plan weighed before the layout, or NULL
} Node;

typedef struct Activity { // of a layer that has an activity regulariser
    int tensor; // what it made
    Penalty penalty;
} Activity;

typedef struct Use Use;
typedef struct StepWatch StepWatch;
struct StepWatch { // told of what each pass leaves
    void (*after)(const StepWatch *w, const Step *s, const char *pass);
    void *of; // the teller's own
};

typedef enum { STEP_TRAIN, STEP_EVALUATE, STEP_PREDICT } StepMode;
struct Step {
    Arena *arena;
    const Model *model;
    StepMode mode;
    const StepWatch *watch; // or NULL
    bool exact_ties; // nothing may move after a max, where rounding could break a tie anew
    int ntensor, nnode;
    Tensor *tensor;
    Node **node; // each stays where it is as others come and go
    int input, label, output, logits; // tensors; logits: what LOSS reads
    int nactivity;
    Activity *activity;
    bool of_softmax; // these are what the softmax at the model's end reads
    int loss_grad; // tensor: the gradient by the logits that LOSS writes; or -1
    int counts; // tensor: what a sample counts in loss and metrics, which LOSS reads; or -1: 1
    int penalty; // tensor: the activities' penalties of a sample, which LOSS adds; or -1
    int nweight; // flat list over the layers, in model order
    const Weight **weight;
    int *weight_tensor; // O_MODEL tensor of each
    int indexed_nodes, indexed_tensors; // so many are in the index; step/index.c
    Use *use; // by tensor
    int nedited, *edited; // nodes among them whose accesses are being changed
    int gap, moved; // where a node came or went last; by how much those behind it moved
    int64_t renumbered; // nodes that the index wrote anew, in all: what changes have cost it
    const Layer *building; // the layer whose build() runs: names and places of new nodes
    int stream; // of its random numbers
    Pass pass; // of new nodes
};

// The forward of the whole model, with LOSS where the mode has it.
Step *step_build(Arena *a, const Model *m, StepMode mode);
void step_scale(Step *s); // factors and shifts by channel into the weights before them
void step_rewrite(Step *s); // monotone MAP after max, padding into readers
void step_trim(Step *s); // narrows every axis to what is read; sets Tensor.need
void step_grad(Step *s); // appends the backward of every node; sets Tensor.grad
void step_fuse(Step *s); // MAPs around statistics of the batch into what reads them
void step_update(Step *s); // appends the optimiser
void step_gather(Step *s); // turns scattering gradients of stride 1 into gathering ones
int optimizer_slots(const Optimizer *o); // state tensors a weight has
void step_print(FILE *f, const Step *s);

// --- what build() and the passes speak ---
int step_tensor(Step *s, const char *name, TensorType type, Owner owner, int rank,
                const int64_t *dim);
int step_weight(Step *s, const Layer *l, int index); // O_MODEL tensor of l->weight[index]
Node *step_node(Step *s, Prim kind, bool samples); // appended
int step_axis(Node *n, int64_t extent, Role role); // appended axis; returns its index
void node_reads(Node *n, Access x); // appended: its next input,
void node_writes(Node *n, Access x); // and its next result
// Dimension d by axis first_axis + d; all zero, to be filled in; the same indices of another tensor.
Access access_whole(const Step *s, int tensor, int first_axis);
Access access_none(int tensor);
Access access_as(Access x, int tensor);

int step_map(Step *s, int x, Expr *expr, const Activation *act); // elementwise, the shape of x
// What is computed once a step, of at most MAX_IN tensors of one shape that have no samples.
int step_once(Step *s, const char *what, const int *in, int nin, Expr *expr);
// A tensor of numbers, in row-major order, that are the same in every step.
int step_table(Step *s, const char *what, int rank, const int64_t *dim, const double *numbers);
// Sums over the dimensions `over` of x, or of its squares; one element where these are all of them.
int step_sum(Step *s, const char *name, int x, bool squares, const bool over[MAX_RANK]);
// How a node over the elements of x reads what has one for each index of the others.
Access access_kept(const Step *s, int x, int tensor, const bool over[MAX_RANK]);
int step_activation(Step *s, int x, const Activation *act); // softmax included
int step_bias(Step *s, int x, int bias); // + bias[c] on the last dimension
int step_reshape(Step *s, int x, const Shape *shape);
// Both on all dimensions but the last: zeros around x, or less of x where they are below 0; and a window
// that starts `pad` before x.
int step_pad(Step *s, int x, const int64_t *before, const int64_t *after);
int step_window(Step *s, int x, WindowOp op, const int64_t *window, const int64_t *stride,
                const int64_t *pad, const Shape *out);
int step_loss_z(const Step *s); // what LOSS reads, a LossZ of losses/loss.h
// LOSS: the input that metrics look at, or -1: what it reads as logits, or the softmax that it writes.
int step_metrics_input(const Step *s, const Node *loss);
int64_t step_positions(const Node *n); // WINDOW: of a window
// Random bits in a shape of a sample, and normal numbers in that of x: mean 0, deviation
// 1; and so many numbers in (-1, 1), a sample's or, together, all samples' of a batch. seed: of a stream that all
// layers with this seed share; below 0: the program's, and the layer's own stream.
int step_mask(Step *s, int rank, const int64_t *dim, double rate, int64_t seed);
int step_normal(Step *s, int x, int64_t seed);
int step_uniform(Step *s, int count, int64_t seed, bool together);
typedef struct Warp {
    int64_t rows, columns;
    Expr *map[WARP_EXPRS];
    WarpOp op;
    WarpFill fill;
    double outside;
} Warp;
// The image x as one of rows x columns, by a map that reads tensors of numbers, one a number as input 1 on.
int step_warp(Step *s, int x, const int *number, int n, const Warp *w);
bool warp_linear(const Node *n); // WARP: by distances, or the adjoint of that

// --- what an access says (step/access.c) ---
bool access_same(const Access *a, const Access *b);
Span access_span(const Node *n, const Access *x, int dim); // the indices that are touched
int access_axes(const Node *n, const Access *x, int dim); // of how many axes the index is made
int access_axis(const Node *n, const Access *x, int dim); // the only one, by any step; or 0
bool access_runs(const Access *x, int axis); // does any index run along the axis?
// Index d runs along axis 1 + d alone, in steps of 1: straight, from anywhere; in place, from 0.
bool access_straight(const Node *n, const Access *x);
bool access_in_place(const Node *n, const Access *x);
// Do the axes give each index of dim that is in `need` once, and no other? So do those of channels in groups.
bool access_fills(const Node *n, const Access *x, int dim, Span need);
bool span_within(Span part, Span whole);
void span_clip(Span *p, int64_t at, int64_t step, Span in); // to where at + step * position is in

bool owner_per_sample(Owner o);
bool owner_external(Owner o); // memory of the caller: exact strides, no ring
int64_t axis_extent(const Node *n, int axis);
bool transform_to_points(const Node *n); // TRANSFORM: or back
int step_inner(const Node *n); // WINDOW, TRANSFORM: how many axes, the last ones, are summed
void step_remove(Step *s, int node);
void step_bring(Step *s, int node); // the node appended last goes before this one
void step_replace(Step *s, int node, const Node *by, int n); // by n nodes in its place
Node *step_edit(Step *s, int node); // it, before its accesses are changed
void step_touch(Step *s); // after nodes changed in any other way
int step_def(const Step *s, int tensor); // node that writes it, or -1
// The MAP that computes it once, of weights alone; or -1.
int step_of_weights(const Step *s, int tensor);
int step_readers(const Step *s, int tensor); // how many nodes read it
int step_reader(const Step *s, int tensor, int k); // number k of them, in order
int step_only_reader(const Step *s, int tensor); // the one that reads it; -1: none or several do
bool step_index_holds(const Step *s); // false: a change without step_touch()
#endif
