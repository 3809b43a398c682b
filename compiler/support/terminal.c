// SPDX-License-Identifier: MIT
// See terminal.h. A line that wraps could not be drawn over: the cursor would be in its last row.
#define _DEFAULT_SOURCE // TIOCGWINSZ
#include "support/terminal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_knows_codes(void) {
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

int terminal_columns(void) {
    enum { MOST = 10000, USUAL = 80 };
    struct winsize size;
    const char *said = getenv("COLUMNS");
    long columns = said ? strtol(said, NULL, 10) : 0;
    if (columns < 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) columns = size.ws_col;
    return columns < 1 ? USUAL : columns > MOST ? MOST : (int)columns;
}

void terminal_draw(const char *text) {
    struct winsize size;
    size_t length = strlen(text);
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    if (known && length >= size.ws_col) length = size.ws_col - 1u; // the cursor stands after it
    while (text[length] && length > 0 && (text[length] & 0xC0) == 0x80)
        length--; // whole characters
    fprintf(stderr, "\r%.*s\033[K", (int)length, text);
    fflush(stderr);
}

void terminal_clear(void) {
    terminal_draw("");
}
