// SPDX-License-Identifier: MIT
// Work on files that nobody vouches for, by a library that has ended on damaged ones before: done in a process of
// its own, so that whatever happens there is an error of one line here.
#ifndef CNNC_GUARDED_H
#define CNNC_GUARDED_H
#include "../runtime/error.h"
#include <stddef.h>

// Memory that what runs guarded may fill for us; zeroed, for as long as the process lives. NULL: there is none.
void *guarded_room(size_t bytes);

// Runs work(context). Errors are to follow the name of the file. False with an error: it failed, was ended by a signal,
// or took more than 20 seconds of CPU time.
bool guarded(bool (*work)(void *context, CnnError *error), void *context, CnnError *error);
#endif
