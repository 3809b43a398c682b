// SPDX-License-Identifier: MIT
// What is said of a plan, in whatever form: texts, JSON and picture say the same.
#ifndef CNNC_DESCRIBE_H
#define CNNC_DESCRIBE_H
#include "plan/plan.h"

typedef struct Touch { // a tensor that a kernel reads from memory or writes to it
    int tensor;
    bool write;
    bool asked; // only where gradients are looked at (Nest.asked): no step of a training does
} Touch;
enum { MAX_TOUCH = MAX_OPERAND + MAX_IN + MAX_OUT };
int kernel_touches(const Plan *p, const Kernel *k, Touch *to); // how many
bool phase_reads_samples(const Plan *p, const PhasePlan *phase); // inputs or labels

typedef struct Total { // of a training step, or of the inference of one sample
    int64_t batch; // samples
    double flops, written, bytes, cycles;
} Total;
Total plan_total(const Plan *p, int first, int end); // of kernels [first, end)

extern const char *const owner_names[]; // by Owner
extern const char *const pass_names[]; // by Pass
const char *plan_mode(const Plan *p); // "training" or "inference"
bool kernel_per_sample(const Plan *p, const Kernel *k); // are its figures a sample's, or a step's?
Pass kernel_pass(const Plan *p, const Kernel *k);
int kernel_layers(const Plan *p, const Kernel *k, const char **to); // up to MAX_GROUP names
const char *kernel_primitives(const Plan *p, const Kernel *k); // "contract+map"
const char *kernel_tile(const Plan *p, const Kernel *k); // "2x4 rows x 2 vectors", or empty
const char *kernel_why(const Plan *p, const Kernel *k); // why this variant: what was weighed
const char *short_number(Arena *a, double x); // three digits: "48.3k"
#endif
