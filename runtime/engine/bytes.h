// SPDX-License-Identifier: 0BSD
// What an engine takes, for whoever asks before there is one: the compiler does, too.
#ifndef CNN_BYTES_H
#define CNN_BYTES_H
#include "engine/ranks.h"

enum { INFER_ROWS = 512 }; // samples of an inference at most
// As engine_new() with these arguments; INT64_MAX: more than that.
int64_t engine_bytes(const CnnModel *model, const Ranks *ranks, int threads, int64_t capacity,
                     int64_t rows);

enum { MEMORY_TEXT = 16 };
const char *memory_text(char text[MEMORY_TEXT], int64_t bytes); // "1.27 GB", "43.0 MB"

int cpus_default(void); // as many as there is CPU time for
#endif
