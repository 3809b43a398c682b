// SPDX-License-Identifier: MIT
// RISC-V: 64 bits under Linux, with single and double precision, with vectors and without; 32 bits without a system,
// with single precision.
#include "codegen/targets/targets.h"

// One multiply-add and one load a cycle, as cores have that run in order.
#define COMMON                                                                                     \
    .accumulators = 16, .fmas = 1, .loads = 1, .latency = 5, .division = 20, .call = 50,           \
    .mispredict = 5, .line = 16, .l1 = 32 << 10, .l2 = 512 << 10, .l3 = 2 << 20, .way = 4 << 10,   \
    .near = 128, .l2_floats = 4, .l3_bytes = 8, .memory_bytes = 2, .scratch = 10 << 20,            \
    .return_bytes = 0, .stack_align = 16
#define GC "+m,+a,+f,+d,+c"

static const Target rv64 = {.vector = 1, .model = "generic-rv64", .features = GC, COMMON};
// Registers of 128 bits, which all have who have any; 16 of 32.
static const Target rv64v = {
    .vector = 4, .scalable = true, .model = "generic-rv64", .features = GC ",+v", COMMON};
static const Target rv32 = {.vector = 1,
                            .accumulators = 16,
                            .fmas = 1,
                            .loads = 1,
                            .latency = 4,
                            .division = 20,
                            .divides32 = true,
                            .single = true,
                            .stack_align = 16,
                            .model = "generic-rv32",
                            .features = "+m,+a,+f,+c",
                            MICROCONTROLLER};

static const Cpu cpus32[] = {{"rv32imafc", &rv32, ""}, {NULL, NULL, NULL}};
static const Cpu cpus64[] = {{"rv64gc", &rv64, ""}, {"rv64gcv", &rv64v, "v"}, {NULL, NULL, NULL}};

INITIALISE(RISCV)

const Architecture arch_riscv64 = {
    .arch = "riscv64",
    .system = "linux-gnu",
    .name = "riscv64-linux-gnu",
    .cpu = cpus64,
    .relocation = LLVMRelocPIC,
    .abi = "lp64d",
    .initialise = initialise,
};
const Architecture arch_riscv32 = {
    .arch = "riscv32",
    .system = "elf",
    .name = "riscv32-unknown-elf",
    .cpu = cpus32,
    .reach = INT32_MAX,
    .bare = true,
    .relocation = LLVMRelocStatic,
    .abi = "ilp32f",
    .initialise = initialise,
};
