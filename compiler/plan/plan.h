// SPDX-License-Identifier: MIT
// The plan: what will run, and where everything lies. Nodes of the Step are grouped into kernels, each
// carried by a row of the table of variants; kernels form phases; tensors get layouts and offsets.
#ifndef CNNC_PLAN_H
#define CNNC_PLAN_H
#include "plan/target.h"
#include "step/step.h"
#include "support/half.h"
#include "../runtime/abi.h"

enum { MANY_TOGETHER = 128 }; // samples that a prediction takes at a time, at most
enum { MAX_GROUP = 8, MAX_OPERAND = 24, MAX_STAGE = 6 };

typedef enum { PLAN_BLAS_AUTO, PLAN_BLAS_ALWAYS, PLAN_BLAS_NEVER } BlasChoice;
typedef struct Choices Choices;
typedef struct PlanOptions {
    const struct Variant *kernels; // the variant to force where it matches; NULL: the cheapest
    const Choices *choices; // see choices.h; or NULL
    BlasChoice blas;
    bool object; // for an emitted object: no library may be called
    // Of a training that several processes may share: they add gradients up before they use them.
    bool ranks;
    bool frozen; // whose weights do not change: what is computed from them alone is folded
    bool small; // keep memory small, also where the target has plenty: see Target.small
    Narrow narrow; // of a frozen plan: what weights of two axes or more are kept in
    int leaf; // samples of a training's leaf, whatever the batch; 0: the plan's choice
    int team; // threads that share a leaf at most; 0: the plan's choice
} PlanOptions;

// --- a kernel's loop nest with every stride resolved ---
typedef struct Operand {
    int tensor;
    int64_t base,
        stride[MAX_AXIS]; // elements (bits of a BIT tensor) from the tensor's sample 0 ...
    int64_t scale; // strides are multiplied by it: a step may be a fraction of one after a pool
} Operand;
typedef struct Stage { // one MAP computed on values at hand
    const Expr *expr;
    int nin, in[MAX_IN]; // operand, or ~j: the value of the kernel's node j (0: the root's own)
    int value; // the kernel's node whose value this is
    int out; // operand that stores it, or -1
} Stage;
typedef struct Nest { // axis 0: the samples; const extents but for the axis `range`
    int naxis;
    int64_t extent[MAX_AXIS]; // of axis 0: -1
    Role role[MAX_AXIS];
    int range; // axis cut by the caller into [lo, hi): samples of a leaf, units of a phase
    int nop, nin; // operands: the root's inputs first (nin), then its outputs and the stages'
    Operand op[MAX_OPERAND];
    int out; // operand of the root's own output, -1 if only the stages read it
    const Expr *sum; // CONTRACT: what is summed, of its inputs; NULL: their product
    bool clear; // the output's memory is cleared first
    bool add; // the output is added to (leaf sums, scattering)
    bool tree; // the samples are those of the batch, summed along the leaf tree
    bool asked; // the root's output is stored only where gradients are looked at (CnnRun.gradients)
    int pools; // 0, or: max over windows of so many axes, the first ones, before the stages
    int64_t pool[2]; // their extents; 1 along the axis that has none
    int pooled, argmax; // operands that store the maximum and where it was, or -1
    int root; // the kernel's node whose value the stages start from
    int nstage;
    Stage stage[MAX_STAGE];
} Nest;

// --- register tile of a CONTRACT: rows[0] x rows[1] positions by `vectors` vectors of lanes ---
typedef struct Tile {
    int lane; // axis in the lanes, 0: none; where it is summed, lanes are added up at the end
    int axis[2]; // axes of the rows, -1: none
    int64_t rows[2];
    int vectors;
    int chains; // sums an element is added up in, side by side
    double cycles; // estimate for one sample (or one step)
} Tile;

typedef struct Variant Variant;
typedef struct Price { // what a row was expected to take
    const Variant *row;
    const char *detail; // what of the row, or NULL: "5x4" tiles
    double cycles; // a sample or a step, as the kernel
} Price;
enum { MAX_PRICE = 8 };
typedef struct Prices { // of all the rows that were weighed, the cheapest first
    int n;
    Price of[MAX_PRICE];
} Prices;

// How a team of threads shares a kernel (CnnTeam): one of them runs it, or each runs it for some of the samples, or each
// computes some of its results, of all samples; or the one of these where there are samples for all threads, else the
// other.
typedef enum { TEAM_ONE, TEAM_SAMPLES, TEAM_RESULTS, TEAM_EITHER } TeamCut;

typedef struct Kernel {
    const Variant *variant;
    const char *name; // "conv2d_1", "d(conv2d_1/kernel)"
    Loc loc;
    int nnode, node[MAX_GROUP]; // root first, in order
    int phase; // in Plan.phase
    int64_t block; // samples it takes at a time; over units, the batch
    Nest nest;
    Tile tile; // CONTRACT, MAP, VIEW, UPDATE
    Tile rest; // CONTRACT over leaves: of the samples that do not fill a tile's rows
    // BY_UNIT: extent of the range axis a unit covers, a multiple of what its row sets there; how many units.
    int64_t unit, units;
    double flops; // as executed, a sample or a step
    TeamCut cut; // over leaves
    const Prices *prices;
    // Figures, a sample where the root has samples, else a step.
    double flops_written; // as the layers say: nothing trimmed, rewritten or left out
    double cycles; // estimate
    int64_t bytes, shared; // read and written once; shared: of weights and sums, not of a sample
} Kernel;

typedef struct Plan Plan;
typedef struct Builder Builder;
typedef struct Family Family;
struct Variant { // a way to carry a group of nodes: a row of the table of variants
    const char *name, *why;
    const char *library; // that its code calls, or NULL
    const Family *family;
    bool rewrites; // its family's passes change the Step for it, before the layout: Node.row
    bool gathers; // writes each element once, though indices of its node's result meet
    bool unpacked; // reads weights as they are stored
    bool larger; // reads weights in a larger form
    bool by_unit; // in training it runs over units of its results, for the whole batch at a time
    bool updates; // takes the optimiser's update along, see plan_update
    // Tries to carry the node `root` and what follows it: fills kernel->node. False: no match.
    bool (*match)(const Plan *p, int root, Kernel *k);
    // Its own register tile of a CONTRACT, as plan_tile; NULL: plan_tile's, but of a row that rewrites none.
    Tile (*tile)(const Plan *p, const Nest *n, int64_t samples, const Tile *like);
    double (*cost)(const Plan *p, const Kernel *k); // cycles; the cheapest match wins
    // Cycles of what its code does, a sample or a step, with all it touches at hand: a figure, which chooses nothing.
    // NULL: those of its tile.
    double (*work)(const Plan *p, const Kernel *k);
    // In how many pieces can its code share its results among a team? 0: not at all. NULL: none of its kernels.
    int64_t (*pieces)(const Plan *p, const Kernel *k);
    // Of a kernel whose results are cut, this thread's share of them (ir_own_share).
    void (*emit)(Builder *ir, const Plan *p, const Kernel *k);
};
extern const Variant row_plain; // matches everything
const Variant *variant_at(int i); // all there are, in order; or NULL
const Variant *variant_find(const char *name); // as a user names it; or NULL

typedef struct PhasePlan {
    bool by_leaf; // over leaves of samples; else over units of output
    bool goes_on; // it was cut off the phase over leaves before it, see plan/cut.c
    int first, end; // kernels
    int64_t units;
    // Over leaves: its part of the leaf block, in bytes; loss and metrics at its head, if it has them.
    int64_t leaf_at, leaf_bytes;
    int64_t leaf_doubles;
    int64_t team; // threads that it has work for in a leaf
} PhasePlan;

struct Plan {
    Arena *arena;
    Step *step;
    Target target;
    PlanOptions options;
    int64_t leaf_from[CNN_LEAVES]; // of a training: CnnModel.leaf_from
    int leaf; // samples of a leaf, at most; in training of a batch as the model's fit has it
    int block; // samples that go through a phase over leaves together, the largest Kernel.block
    int *phase_of; // by node, in `phase`
    int *cut; // while phases are looked for, by node: the one before which it does not run; or NULL
    int cut_first, cut_last; // phases that a cut has made of one; 0, 0: none was cut
    bool *together; // by node: does it run over units for all samples (Variant.by_unit)?
    int nkernel, nphase;
    Kernel *kernel;
    struct Cycles *cycles; // by kernel, see cycles.h
    PhasePlan *phase;
    int64_t opt_floats; // of one of the optimiser's states of all weights
    int64_t param_floats, step_bytes, batch_stride, leaf_bytes, scratch_bytes;
    bool uses_blas;
};

typedef struct PlanPass {
    const char *name;
    void (*run)(Plan *p);
    bool rewrites; // changes the Step, which is then checked
} PlanPass;
enum { MAX_PASSES = 32 };
int plan_passes(PlanPass to[MAX_PASSES]); // in this order; how many

// A family of kernels: all that is known of one way to compute. Only its folder names it.
struct Family {
    const Variant *const *row; // its rows, ended by NULL
    // What rewrites the Step for them, ended by a NULL name, or NULL: while gradients by a convolution's
    // input scatter, and once they gather.
    const PlanPass *scattering, *gathered;
    // Of a node that was rewritten, NULL where there are none. Does it read (`written`: write) a vector
    // of each plane of a tensor at a time?
    bool (*walks_across)(const Node *n, bool written);
    const char *(*part_of)(Arena *a, const Node *n); // of a TRANSFORM: what it makes, for people
};
extern const Family *const families[]; // ended by NULL

// step -> plan. An unknown name in options->kernels is the caller's to refuse.
Plan *plan_make(Arena *a, Step *s, const Target *t, const PlanOptions *o);
struct Room; // report/room.h, of a training; or NULL
const char *plan_text(Arena *a, const Plan *p, const struct Room *room); // for people
const char *plan_json(Arena *a, const Plan *p, const struct Room *room); // for machines
const char *plan_picture(Arena *a, const Plan *p, const char *name); // to look at: SVG

void plan_pack(Plan *p); // copies of weights with the lane axis last
void plan_phases(Plan *p); // Plan.phase, .phase_of; owners of what crosses phases
bool plan_defers(const Step *s, const Node *n); // is it a gradient that is computed once a step?
// The UPDATE that the kernel of a gradient which is computed once a step makes at once of its sums; or -1.
int plan_update(const Plan *p, int node);
bool kernel_by_leaf(const Plan *p, const Kernel *k); // does its phase go over leaves?
const PhasePlan *plan_sums(const Plan *p,
                           int tensor); // the phase whose sums have this one, or NULL
void plan_groups(Plan *p); // kernels with their variants
void plan_layout(Plan *p); // rings, aliases, strides
void plan_leaves(Plan *p); // samples of a leaf
bool plan_has_leaf(const Plan *p, int i); // are there batches in leaves of 2^i samples?
void plan_chains(Plan *p); // how many samples each kernel takes at a time
double plan_chain(Plan *p); // chooses that; cycles of the phases over leaves, a sample
bool plan_has_teams(const Plan *p); // may several threads run a leaf of it?
void plan_teams(Plan *p); // how they share its kernels
void plan_memory(Plan *p); // offsets
void plan_figures(
    Plan *p); // of a whole plan, for reports: Kernel.flops_written and what stands after it
// Fills step (Plan.step_bytes) with what phase 0 of an inference plan computes from params.
void plan_fold(const Plan *p, const float *params, float *step);
bool plan_keeps(const Plan *p, int tensor); // do kernels of an object read it as a constant?
const Kernel *plan_folded_by(const Plan *p, int tensor); // of what is folded; or NULL
Narrow plan_narrows(const Plan *p, int tensor); // in which form that constant is kept
void plan_nest(const Plan *p, Kernel *k); // Kernel.nest from its nodes
int plan_chain_end(const Plan *p, int first, int end); // of kernels that take as many as `first`
int plan_most_together(const Plan *p); // samples that a kernel over leaves may have at a time
// Samples of a leaf, of so many bytes each, that the second cache holds.
int plan_leaf_in_cache(const Plan *p, int64_t bytes);
int64_t plan_scratch(Plan *p); // places what lies in a thread's scratch; its bytes
// The cheapest for so many samples at a time; of those that add up as tile `like` does, if it is given.
Tile plan_tile(const Plan *p, const Nest *n, int64_t samples, const Tile *like);
Tile kernel_tile_for(const Plan *p, const Kernel *k, int64_t samples,
                     const Tile *like); // its row's
int64_t plan_vectors(const Plan *p, int64_t floats); // that hold so many
// What a team cuts of a nest in such tiles: an axis that is walked around them; or, where there is none, 0 and the
// lanes' whole groups of vectors. In how many pieces?
typedef struct TileCut {
    int axis;
    int64_t pieces;
} TileCut;
TileCut plan_tile_cut(const Plan *p, const Nest *n, const Tile *t);
int64_t plan_line(
    const Target *t); // floats of a piece of a row: whole vectors, and whole lines of the cache
int64_t plan_lines(const Plan *p, int64_t floats); // pieces of a row
bool tile_lanes(const Tile *t, int axis); // is that axis in the lanes?
bool tile_dots(const Nest *n, const Tile *t); // are its lanes those of a sum?
bool tile_across(const Nest *n, const Tile *t); // are results stored lane by lane?
// The output's contiguous axis. For sums every operand must be contiguous or constant along it; a nest without
// sums may also gather its inputs. 0: no lanes.
int plan_lane(const Nest *n, bool gather);
Tile plan_lanes(const Nest *n); // of a nest without sums: lanes only
// Of a copy of weights that is turned, block by block: the axis along which the original is contiguous, as the copy is
// along the lanes. Else 0.
int plan_turned(const Plan *p, const Nest *n, int lane);
double node_points(const Node *n); // how many points its axes have
double step_products(const Step *s); // that are added, of a sample, as the layers say
double node_flops(const Node *n, double points); // operations at that many points
// How much of node n, of the kernel, a sample's share is, or a step's where the root has no samples: an update behind a
// gradient's sums is a step's.
double kernel_share(const Plan *p, const Kernel *k, const Node *n);
double kernel_flops(const Plan *p, const Kernel *k, int first); // of its nodes from there on
double samples_priced(const Kernel *k); // how many a tile's cycles stand for
void prices_add(Prices *to, const Variant *row, const char *detail, double cycles);
double prices_of(const Prices *p, const Variant *row); // what a row costs; 0: it has no price there
bool tensor_has_ring(const Tensor *t);
bool tensor_same_ring(const Tensor *a, const Tensor *b); // of one form, zeros at the same places
int64_t tensor_count(const Tensor *t); // elements of Keras's shape
int tensor_base(const Step *s, int tensor); // through aliases
const bool *plan_gradients(const Plan *p); // by tensor: is it a weight's gradient, or its memory?
bool follows(const Plan *p, const Kernel *k, int node); // may this MAP join the group?
// The part of its result that a node writes, along a dimension: tiles that stick out end with it.
Span written_span(const Step *s, const Node *n, int dim);
#endif
