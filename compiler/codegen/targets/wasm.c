// SPDX-License-Identifier: MIT
// WebAssembly of 32 bits, for browsers and other hosts: with vectors of 128 bits, which all have since 2023, or without.
#include "codegen/targets/targets.h"

// What runs it is most often x86-64, by SSE, or AArch64: the description is that of SSE, with which the code shares
// that a multiplication and an addition are two instructions. What is sent over a network is short of memory.
#define COMMON                                                                                     \
    .accumulators = 8, .fmas = 2, .loads = 2, .latency = 4, .division = 5, .call = 50,             \
    .mispredict = 15, .line = 16, .l1 = 32 << 10, .l2 = 512 << 10, .l3 = 4 << 20, .way = 4 << 10,  \
    .near = 128, .l2_floats = 8, .l3_bytes = 16, .memory_bytes = 4, .small = true,                 \
    .scratch = 10 << 20, .return_bytes = 0, .stack_align = 16
static const Target simd = {.vector = 4, .model = "mvp", .features = "+simd128", COMMON};
static const Target mvp = {.vector = 1, .model = "mvp", .features = "", COMMON};

static const Cpu cpus[] = {
    {"wasm-simd128", &simd, "simd128"}, {"wasm-mvp", &mvp, ""}, {NULL, NULL, NULL}};

INITIALISE(WebAssembly)

const Architecture arch_wasm32 = {
    .arch = "wasm32",
    .system = "unknown",
    .name = "wasm32-unknown-unknown",
    .cpu = cpus,
    .reach = INT32_MAX,
    .bare = true,
    .relocation = LLVMRelocStatic,
    .initialise = initialise,
};
