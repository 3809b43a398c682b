// SPDX-License-Identifier: MIT
// Places in a text, as the protocol has them: lines and characters from 0, where a character is a unit of UTF-16, or a
// byte of UTF-8 if the editor knows that.
#ifndef CNNC_LSP_PLACE_H
#define CNNC_LSP_PLACE_H
#include "support/diag.h"
#include <jansson.h>

typedef enum { UNITS_UTF16, UNITS_UTF8 } Units;

json_t *place_range(const char *text, Units units, Loc loc); // the caller's
// The place as line and byte from 1, in a range without an extent, within the text.
Loc place_of(const char *text, Units units, const json_t *position);
const char *place_line(const char *text, int line); // where it starts, or the text's end
#endif
