// SPDX-License-Identifier: MIT
// The sparse family: gradients behind a max-pool that walk the non-zeros.
#ifndef CNNC_SPARSE_FAMILY_H
#define CNNC_SPARSE_FAMILY_H

// Of the pooled units behind a relu about 5/8 are active; prices count on this share.
#define SPARSE_SHARE 0.6
#endif
