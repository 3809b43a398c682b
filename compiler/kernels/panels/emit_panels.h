// SPDX-License-Identifier: MIT
// What the emitters of panels share.
#ifndef CNNC_EMIT_PANELS_H
#define CNNC_EMIT_PANELS_H
#include "kernels/generic/nest.h"
#include "kernels/panels/panels.h"

enum { MAX_PANEL_TILE = 64 }; // vectors of a register tile
Lanes panel_lanes(const Builder *ir, int64_t columns, int v); // those of vector v that exist
#endif
