// SPDX-License-Identifier: MIT
// See place.h. In UTF-8 a character begins with a byte that is no 10xxxxxx; one of four bytes is two units in UTF-16.
#include "lsp/place.h"
#include <string.h>

const char *place_line(const char *text, int line) {
    for (int i = 1; i < line && *text; i++) {
        size_t n = strcspn(text, "\n");
        text += n + (text[n] != 0);
    }
    return text;
}

// Units of the character that begins here; 0: none does.
static int width(Units units, const char *s) {
    const unsigned char c = (unsigned char)*s;
    if (units == UNITS_UTF8) return 1;
    return (c & 0xC0) == 0x80 ? 0 : c >= 0xF0 ? 2 : 1;
}

static json_t *position(const char *text, Units units, int line, int col) {
    const char *s = place_line(text, line);
    int n = 0;
    for (int i = 1; i < col && *s && *s != '\n'; i++) n += width(units, s++);
    return json_pack("{s:i, s:i}", "line", line - 1, "character", n);
}

json_t *place_range(const char *text, Units units, Loc loc) {
    return json_pack("{s:o, s:o}", "start", position(text, units, loc.line, loc.col), "end",
                     position(text, units, loc.end_line, loc.end_col));
}

Loc place_of(const char *text, Units units, const json_t *at) {
    json_int_t line = json_integer_value(json_object_get(at, "line"));
    json_int_t character = json_integer_value(json_object_get(at, "character"));
    enum { MOST_LINES = 1 << 24 };
    int number = line < 0 ? 1 : line > MOST_LINES ? MOST_LINES : (int)line + 1, col = 1;
    const char *s = place_line(text, number);
    for (; *s && *s != '\n' && *s != '\r'; s++, col++) {
        int n = width(units, s);
        if (n && character <= 0) break;
        character -= n;
    }
    return (Loc){number, col, number, col};
}
