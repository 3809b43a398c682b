// SPDX-License-Identifier: MIT
// What stderr is, and how wide stdout: a file, a terminal that prints, or one that also knows control codes for colours
// and for a line that is drawn again.
#ifndef CNNC_TERMINAL_H
#define CNNC_TERMINAL_H
#include <stdbool.h>

bool terminal_knows_codes(void); // false where $TERM is empty, not set or "dumb"
// Of what is printed to stdout: as $COLUMNS says, else the terminal; 80 where none does.
int terminal_columns(void);
// Draws text over the line that the cursor is in, cut to what fits. To be cleared before other output.
void terminal_draw(const char *text);
void terminal_clear(void);
#endif
