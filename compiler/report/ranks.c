// SPDX-License-Identifier: MIT
// `cnnc plan --ranks`: does it pay to share a training step among processes? A rank computes the leaves of its part of
// the tree, and all that is done once a step; then it exchanges sums. With r ranks, S bytes of sums, a network of B
// bytes a second and messages that take L on their way:
//
//     step(r)     = once + samples * (leaves of the largest part / all leaves) + exchange(r)
//     exchange(r) = 2 S (r - 1) / r / B + moves * L * log2 r        as runtime/engine/ranks.c moves large sums
//                   (r - 1) S / B       + ...                       and small ones
//
// Nothing of it overlaps, as in the program. Two more moves a step are those in which ranks agree to go on.
#include "report/ranks.h"
#include "plan/place.h"
#include "plan/shared.h"
#include "report/describe.h"
#include "support/text.h"
#include "../runtime/engine/core.h"
#include "../runtime/engine/ranks.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GHZ = 3, LATENCY_US = 50 }; // assumed where nobody says
enum { PAYS_PERCENT = 10 }; // less than so much faster is not worth a second machine

// ---- what is asked

static const char *number_before(const char *text, double *to) {
    char *end;
    if (*text < '0' || *text > '9') return NULL;
    *to = strtod(text, &end);
    return isfinite(*to) && *to > 0 ? end : NULL;
}

bool seconds_parse(const char *text, double *seconds) {
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}};
    const char *unit = number_before(text, seconds);
    for (int i = 0; unit && i < 3; i++)
        if (!strcmp(unit, units[i].unit)) return *seconds *= units[i].seconds, true;
    return false;
}

bool network_parse(const char *text, Network *n) {
    static const char letters[] = "KMG";
    const char *unit = number_before(text, &n->bits),
               *at = unit && *unit ? strchr(letters, *unit) : NULL;
    n->latency = LATENCY_US * 1e-6;
    if (!at) return false;
    n->bits *= pow(1000, (double)(at - letters + 1));
    if (!isfinite(n->bits)) return false;
    return !unit[1] || (unit[1] == '/' && seconds_parse(unit + 2, &n->latency));
}

// ---- the model

typedef struct Sharing {
    double samples,
        once; // seconds of a step in one process: what goes with the samples, and what does not
    int64_t leaves;
    int nsum;
    double *sum; // bytes of each that is exchanged
    double bytes; // all of them
} Sharing;

static double bytes_of(const SharedSum *s) {
    return (double)(place_bytes(s->doubles * 8) + place_bytes(s->floats * 4));
}

static Sharing sharing_of(Arena *a, const Plan *p, int64_t batch, double step) {
    Sharing s = {.leaves = (batch + p->leaf - 1) / p->leaf};
    for (int i = 0; i < p->nkernel; i++) {
        const Kernel *k = &p->kernel[i];
        bool each = kernel_per_sample(p, k);
        *(each ? &s.samples : &s.once) += k->cycles * (each ? (double)batch : 1) / (GHZ * 1e9);
    }
    double scale = step > 0 ? step / (s.samples + s.once) : 1;
    s.samples *= scale;
    s.once *= scale;
    for (int i = 0, n; i < p->nphase; i++) {
        const SharedSum *sum = plan_shared(p, &p->phase[i], &n);
        for (int k = 0; k < n; k++) {
            double bytes = bytes_of(&sum[k]);
            ARENA_PUSH(a, s.sum, s.nsum, bytes);
            s.bytes += bytes;
        }
    }
    return s;
}

static double largest_part(Arena *a, int64_t leaves, int ranks) { // of all leaves
    int64_t *first = ARENA_ARRAY(a, int64_t, (size_t)ranks + 1), most = 0;
    int n = reduce_cut(leaves, ranks, first);
    for (int i = 0; i < n; i++)
        if (first[i + 1] - first[i] > most) most = first[i + 1] - first[i];
    return (double)most / (double)leaves;
}

static double exchange(const Sharing *s, int ranks, const Network *net) {
    double others = ranks - 1, bytes = 0, moves = 2;
    if (ranks == 1) return 0;
    for (int i = 0; i < s->nsum; i++) {
        bool small = s->sum[i] <= RANKS_SMALL;
        bytes += small ? others * s->sum[i] : 2 * s->sum[i] * others / ranks;
        moves += small ? 1 : 2;
    }
    return bytes * 8 / net->bits + moves * net->latency * ceil(log2(ranks));
}

// ---- the table

static const char *time_text(Arena *a, double seconds) {
    return seconds < 1e-3 ? arena_printf(a, "%.0f us", seconds * 1e6)
           : seconds < 1  ? arena_printf(a, "%.2f ms", seconds * 1e3)
                          : arena_printf(a, "%.2f s", seconds);
}

static double print_row(FILE *f, Arena *a, const Sharing *s, int ranks, const Network *net) {
    double share = largest_part(a, s->leaves, ranks), one = s->samples + s->once;
    double compute = s->once + s->samples * share, way = exchange(s, ranks, net);
    double faster = one / (compute + way);
    fprintf(f, "%7d  %13.0f  %12s  %12s  %12s  %10.2f\n", ranks, share * (double)s->leaves,
            time_text(a, compute), time_text(a, way), time_text(a, compute + way), faster);
    return faster;
}

static void conclude(FILE *f, const Sharing *s, int ranks, int best, double faster) {
    if (best == 1 || faster * 100 < 100 + PAYS_PERCENT)
        fprintf(f,
                "It does not pay: no number of ranks up to %d makes a step %d %% faster than one "
                "process%s.\n",
                ranks, PAYS_PERCENT, s->leaves == 1 ? ", as the batch is one leaf" : "");
    else
        fprintf(f, "It pays: %d ranks are the fastest, %.2f times as fast as one.\n", best, faster);
}

const char *plan_ranks(Arena *a, const Plan *p, int ranks, const Network *net, double step) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (!f) return "";
    int64_t batch = plan_total(p, 0, 0).batch;
    Sharing s = sharing_of(a, p, batch, step);
    double best_faster = 0;
    int best = 1;
    fprintf(f,
            "a training step of %lld samples in %lld leaves: %s in one process (%s); %s bytes of "
            "sums in %d exchange%s\n",
            (long long)batch, (long long)s.leaves, time_text(a, s.samples + s.once),
            step > 0
                ? "as given"
                : arena_printf(a, "expected at %d GHz of one thread; --step says what it is", GHZ),
            text_thousands(a, (int64_t)s.bytes), s.nsum, s.nsum == 1 ? "" : "s");
    fprintf(f, "network: %g Gbit/s each way, %s a message\n", net->bits / 1e9,
            time_text(a, net->latency));
    fprintf(f, "%7s  %13s  %12s  %12s  %12s  %10s\n", "ranks", "leaves, most", "computes",
            "exchanges", "a step", "times as fast");
    for (int r = 1; r <= ranks; r = r < ranks && 2 * r > ranks ? ranks : 2 * r) {
        double faster = print_row(f, a, &s, r, net);
        if (faster > best_faster) best = r, best_faster = faster;
    }
    conclude(f, &s, ranks, best, best_faster);
    fclose(f);
    const char *copy = arena_strndup(a, text, size);
    free(text);
    return copy;
}
