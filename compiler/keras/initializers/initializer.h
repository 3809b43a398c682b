// SPDX-License-Identifier: MIT
// What an initialiser's file says, and all it says: its names and arguments, the weights it is for, and
// how a weight of a shape starts.
#ifndef CNNC_INITIALIZER_H
#define CNNC_INITIALIZER_H
#include "script/value.h"
#include <math.h>

struct InitializerClass {
    ObjectClass object; // name and arguments; its struct begins with InitializerArgs
    int min_rank, max_rank; // of the weight; 0: any
    Init (*start)(const void *self, const Shape *shape); // without the seed
};

typedef struct InitializerArgs { // what all have; first in an initialiser's own struct
    int64_t seed; // -1: none
} InitializerArgs;

extern const InitializerClass
    *const initializer_classes[]; // NULL-terminated, from initializers.def

// How a weight of this shape starts, seed included. Reports and returns false where the initialiser is not
// for its rank; `what` ("the kernel of 'dense'") is for the message.
bool initializer_start(Diag *d, const Initializer *init, const char *what, const Shape *shape,
                       Init *start);

#define INITIALIZER_SEED ARG_OWN_SEED(offsetof(InitializerArgs, seed))
#endif
