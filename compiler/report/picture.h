// SPDX-License-Identifier: MIT
// The two parts of the plan's picture.
#ifndef CNNC_PICTURE_H
#define CNNC_PICTURE_H
#include "report/describe.h"
#include "report/svg.h"

enum { MARGIN = 24 };

// A colour and what it means, on the line at s->height; returns where the next may stand.
double draw_key(Svg *s, double x, const char *class, const char *text);
// Each draws from y = s->height on and sets it to where it ends; s->width is the page's.
void draw_flow(Svg *s, const Plan *p); // kernels, layer by layer; widens the page as it needs
void draw_memory(Svg *s, const Plan *p); // the scratch of a thread, kernel by kernel
const char *bytes_text(Arena *a, double bytes); // "26.2 kB"
#endif
