// SPDX-License-Identifier: MIT
// What the families of kernels share: how a kernel takes on the nodes after its root. A row's emitter
// fills the body of one function
//     void kernel(operand pointers ..., index lo, index hi, index n, ptr run)
// whose range axis runs over [lo, hi); n is the samples of the batch, or, in a phase over leaves, the
// index in the batch of sample 0.
#ifndef CNNC_KERNELS_H
#define CNNC_KERNELS_H
#include "plan/plan.h"

void kernel_takes(Kernel *k, int node);
// The MAPs after the root that can be computed while its values are in registers.
void kernel_join_maps(const Plan *p, int root, Kernel *k);
void kernel_join_pool(const Plan *p, int pool, Kernel *k); // a max-pool and the MAPs after it
// The max-pool after a root that runs in its phase and whose windows fit into registers, or -1.
int kernel_pool_behind(const Plan *p, int root);
#endif
