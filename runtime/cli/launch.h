// SPDX-License-Identifier: 0BSD
#ifndef CNN_LAUNCH_H
#define CNN_LAUNCH_H
#include "engine/ranks.h"
#include <stdint.h>

typedef struct Launch { // what started this process
    int64_t processes; // of one run; 1: it is alone
    const char *variable; // that says so, or NULL
} Launch;
Launch launch_of(void);
// Finds the other processes of the run by `of`; NULL: an error where there are any, which would not know of each
// other.
bool launch_join(Ranks *ranks, const CnnRanks *of, CnnError *error);
#endif
