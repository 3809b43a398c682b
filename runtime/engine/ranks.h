// SPDX-License-Identifier: 0BSD
// Ranks: processes that train one model together, on one machine or on many. A batch is cut along the leaf tree
// (reduce.c), each rank computes a subtree of it, and what the subtrees sum up to is added along the rest of the
// tree. Whoever moves these sums only moves them: ranks_add() adds, in the tree's order, so that the bits are
// those of one process. All that is no sum over samples each rank computes for itself, to the same bits.
//
// Every rank makes the same calls in the same order. What may fail in one of them alone is followed by
// ranks_agree() before any other call.
#ifndef CNN_RANKS_H
#define CNN_RANKS_H
#include "abi.h"
#include "error.h"

typedef struct Ranks {
    int n, own; // how many, and which one this process is, from 0
    const CnnRanks *of; // who moves; NULL: there is one
    int64_t *line; // room for 2 n figures
    int *count; // room for 4 n, of who moves
    bool *failed; // one of them has, as all have agreed: nothing is to be exchanged any more
    int threads; // that each has CPUs for, where all take equally many; 0: as one process
    int place; // of those that share its CPUs, how many come before it
} Ranks;

// How ranks reach each other. An item has so many bytes; counts are of items.
struct CnnRanks {
    const char *(*implementation)(char *buffer, int room); // its name and version
    bool (*start)(Ranks *ranks, CnnError *error); // sets n, own and threads
    void (*stop)(void);
    // Each of the first `senders` sends every rank q its count[q] items from at[q]. `to` gets them in the order of
    // who sent them.
    void (*swap)(const Ranks *ranks, const void *from, void *to, int64_t item, const int64_t *at,
                 const int64_t *count, int senders);
    // Rank q has count[q] items from at[q] of `all`; then every rank has all.
    void (*collect)(const Ranks *ranks, void *all, int64_t item, const int64_t *at,
                    const int64_t *count);
    void (*largest)(int64_t *value); // of all ranks
    void (*spread)(void *at, int64_t item, int64_t count, int from); // from that rank to all
};
extern const Ranks ranks_alone;
// Of a process that was started as one of several.
bool ranks_start(Ranks *ranks, const CnnRanks *of, CnnError *error);
void ranks_stop(Ranks *ranks);

// The tree over so many leaves, cut for ranks: rank i has leaves [first[i], first[i + 1]) if i < n. One that is
// beyond does what the last of these does, and nobody counts it.
typedef struct Cut {
    int n;
    int64_t leaves, *first; // [ranks + 1]
} Cut;
void ranks_cut(const Ranks *ranks, int64_t leaves, Cut *cut); // nothing, if it is so cut
int64_t ranks_most(const Ranks *ranks, int64_t leaves); // that a rank gets of up to so many

enum { RANKS_SMALL = 4096 }; // bytes that go in one move, from all to all
// What a part has summed up: doubles, then floats from the next multiple of CNN_ALIGN bytes.
typedef struct RankSums {
    void *at;
    int64_t doubles, floats;
} RankSums;
int64_t ranks_room(const Ranks *ranks, int64_t doubles,
                   int64_t floats); // bytes that ranks_add needs
// Puts the sum of all parts in place of each. Up to CNN_ALIGN bytes behind it may change.
void ranks_add(const Ranks *ranks, const Cut *cut, const RankSums *sums, void *room);
// Outputs of so many bytes a sample, of n samples: those of each part in its place; then all, in each rank.
void ranks_rows(const Ranks *ranks, const Cut *cut, void *rows, int64_t bytes, int64_t n);

int64_t ranks_largest(const Ranks *ranks, int64_t value);
void ranks_spread(const Ranks *ranks, void *at, int64_t bytes); // from rank 0
// False where it is false in any: the error of the first one of these is then everybody's.
bool ranks_agree(const Ranks *ranks, bool ok, CnnError *error);
#endif
