// SPDX-License-Identifier: MIT
// Drawing: a page of SVG with one style sheet, for light and dark viewers, that grows with what is put
// on it. No scripts, no fonts of its own; text is escaped here and nowhere else.
#ifndef CNNC_SVG_H
#define CNNC_SVG_H
#include "support/arena.h"
#include <stdio.h>

typedef struct Svg {
    Arena *a;
    FILE *f; // the body
    char *body;
    size_t length;
    double width, height; // of the page
} Svg;

Svg *svg_new(Arena *a); // NULL: no memory
const char *svg_finish(Svg *s, const char *title); // the whole page

// `class` names rules of the style sheet.
void svg_rect(Svg *s, double x, double y, double w, double h, double radius, const char *class);
void svg_text(Svg *s, double x, double y, const char *class, const char *text);
void svg_text_turned(Svg *s, double x, double y, double degrees, const char *class,
                     const char *text);
void svg_line(Svg *s, double x0, double y0, double x1, double y1, const char *class);
// A curve that leaves along (bend[0], bend[1]) and arrives along (bend[2], bend[3]), with a head; of
// kind f (flow), k (kept) or w (weights).
void svg_arrow(Svg *s, const double from[2], const double to[2], const double bend[4], char kind);
// Groups may carry a title, shown where the pointer rests.
void svg_begin(Svg *s, const char *class, const char *title);
void svg_end(Svg *s);
// As much of the text as fits in so many units at that size, with an ellipsis where it was cut.
const char *svg_fit(Arena *a, const char *text, double width, double size);
#endif
