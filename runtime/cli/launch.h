// SPDX-License-Identifier: 0BSD
#ifndef CNN_LAUNCH_H
#define CNN_LAUNCH_H
#include "error.h"
#include <stdint.h>

typedef struct Launch { // what started this process
    int64_t processes; // of one run; 1: it is alone
    const char *variable; // that says so, or NULL
} Launch;
Launch launch_of(void);
// False with an error where it is one of several, which would not know of each other.
bool launch_is_alone(CnnError *error);
#endif
