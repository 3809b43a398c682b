// SPDX-License-Identifier: MIT
// ARM's microcontrollers with floating point, without a system: Cortex-M4F and M7 (Thumb-2), M55 with the vectors of
// MVE. Floats are passed in registers.
#include "codegen/targets/targets.h"

#define COMMON MICROCONTROLLER, .halves = true, .divides32 = true, .stack_align = 8
// 32 registers of a float: 16 sums, and what is multiplied.
static const Target m4 = {.vector = 1,
                          .accumulators = 16,
                          .fmas = 1,
                          .loads = 1,
                          .latency = 3,
                          .division = 14,
                          .single = true,
                          COMMON};
#define M7                                                                                         \
    .vector = 1, .accumulators = 16, .fmas = 1, .loads = 2, .latency = 4, .division = 16, COMMON
static const Target m7 = {M7};
// As many have it: without doubles. The name is that of other compilers.
static const Target m7_single = {.single = true, .model = "cortex-m7", .features = "-fp64", M7};
// 8 registers of a vector.
static const Target m55 = {.vector = 4,
                           .accumulators = 4,
                           .fmas = 1,
                           .loads = 1,
                           .latency = 4,
                           .division = 60,
                           .masks = true,
                           COMMON};

static const Cpu cpus7[] = {{"cortex-m4", &m4, ""},
                            {"cortex-m7", &m7, ""},
                            {"cortex-m7+nofp.dp", &m7_single, ""},
                            {NULL, NULL, NULL}};
static const Cpu cpus8[] = {{"cortex-m55", &m55, ""}, {NULL, NULL, NULL}};

INITIALISE(ARM)

const Architecture arch_thumbv7em = {
    .arch = "thumbv7em",
    .system = "none-eabihf",
    .name = "thumbv7em-none-eabihf",
    .cpu = cpus7,
    .reach = INT32_MAX,
    .bare = true,
    .relocation = LLVMRelocStatic,
    .initialise = initialise,
};
const Architecture arch_thumbv8m = {
    .arch = "thumbv8.1m.main",
    .system = "none-eabihf",
    .name = "thumbv8.1m.main-none-eabihf",
    .cpu = cpus8,
    .core = "thumbv7em",
    .reach = INT32_MAX,
    .bare = true,
    .relocation = LLVMRelocStatic,
    .initialise = initialise,
};
