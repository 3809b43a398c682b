// SPDX-License-Identifier: MIT
// What those who find phases tell each other. While they do, odd phases are those over leaves, and
// Plan.phase_of has room for copies of nodes.
#ifndef CNNC_PHASES_H
#define CNNC_PHASES_H
#include "plan/plan.h"

enum { MAX_AGAIN = 2 }; // times that a node is computed again

bool over_leaves(int phase);
int phases_last(const Plan *p); // that a node runs in
void phases_again(Plan *p); // repeats nodes in later phases, or moves them there
void phases_cut(Plan *p); // makes several of one that needs much memory: Plan.cut
double phases_bytes(const Tensor *t); // of what is ever read: of a sample, or a step
#endif
