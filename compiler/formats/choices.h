// SPDX-License-Identifier: MIT
// The file of choices that --tune writes and --kernels=@FILE reads: JSON, with what it was made for.
#ifndef CNNC_CHOICES_FILE_H
#define CNNC_CHOICES_FILE_H
#include "plan/choices.h"

enum { TUNED_TRAINING, TUNED_INFERENCE, TUNED };
typedef struct Tuning {
    const char *model, *hash; // the .cnn file's stem, and the digest of its text
    const char *cpu, *version; // of the machine, of cnnc
    Choices plan[TUNED];
    double us[TUNED][2]; // a sample, as the estimates choose and as the file does; 0: not measured
} Tuning;

extern const char *const tuned_names[TUNED];
const char *tuning_text(Arena *a, const Tuning *t);
bool tuning_read(Arena *a, const char *path,
                 Tuning *t); // what is wrong is said on stderr, in one line
#endif
