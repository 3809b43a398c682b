// SPDX-License-Identifier: MIT
// The table of layers with lines around its cells, as Keras draws it: at most 88 columns, or 4 less than there are.
// Columns have shares of that, with a blank on each side; what does not fit is wrapped at blanks, and a word that is
// longer than its column is cut.
#include "formats/summary.h"
#include "formats/summary_rows.h"
#include "support/text.h"
#include <math.h>
#include <string.h>

enum { RICH_COLUMNS = 3, WIDEST = 88, NARROWEST = 40, MARGIN = 4 };

static const double shares[RICH_COLUMNS] = {0.45, 0.80, 1.0}; // where columns end
static const char *const bars[] = {"\u2503", "\u2502"}; // of the head, of rows
static const char ellipsis[] = "\u2026";

typedef struct Rule {
    const char *begin, *dash, *cross, *end;
} Rule;
static const Rule top = {"\u250f", "\u2501", "\u2533", "\u2513"};
static const Rule below_head = {"\u2521", "\u2501", "\u2547", "\u2529"};
static const Rule between = {"\u251c", "\u2500", "\u253c", "\u2524"};
static const Rule bottom = {"\u2514", "\u2500", "\u2534", "\u2518"};

// Columns have their share and two blanks; what the whole is then too wide by, all give alike.
static void find_widths(int columns, int width[RICH_COLUMNS]) {
    int line = columns - MARGIN < WIDEST ? columns - MARGIN : WIDEST, before = 0, excess;
    if (line < NARROWEST) line = NARROWEST;
    for (int c = 0; c < RICH_COLUMNS; c++) {
        int end = (int)(shares[c] * line);
        width[c] = end - before + 2;
        before = end;
    }
    excess = 2 * RICH_COLUMNS + RICH_COLUMNS + 1;
    for (int c = 0; c < RICH_COLUMNS; c++) {
        int part = (int)rint((double)excess / (RICH_COLUMNS - c));
        width[c] -= part;
        excess -= part;
    }
}

static void print_rule(FILE *out, const int *width, const Rule *rule) {
    for (int c = 0; c < RICH_COLUMNS; c++) {
        fputs(c ? rule->cross : rule->begin, out);
        for (int i = 0; i < width[c]; i++) fputs(rule->dash, out);
    }
    fprintf(out, "%s\n", rule->end);
}

static size_t bytes_of(const char *s, int characters) {
    const char *at = s;
    while (*at && characters-- > 0)
        for (at++; ((unsigned char)*at & 0xC0) == 0x80;) at++;
    return (size_t)(at - s);
}

// The bytes of a cell's next line: of as many words as fit, and at least of one.
static size_t line_of(const char *cell, int width) {
    size_t end = 0, at = 0;
    int used = 0;
    while (cell[at]) {
        size_t word = strcspn(cell + at, " ");
        int wide = summary_width(cell + at, word);
        if (end && used + wide > width) break;
        end = at + word;
        used += wide + 1;
        at = end + (cell[end] == ' ');
    }
    return end;
}

// A line of a cell, or nothing of it, cut where it is one word that is too long.
static void print_part(FILE *out, const char *part, size_t bytes, int width, bool right) {
    int wide = summary_width(part, bytes);
    bool cut = wide > width;
    if (cut) bytes = bytes_of(part, width - 1), wide = width;
    int blank = width - wide;
    fprintf(out, " %*s%.*s%s%*s ", right ? blank : 0, "", (int)bytes, part, cut ? ellipsis : "",
            right ? 0 : blank, "");
}

static void print_row(FILE *out, const int *width, const SummaryRow *row, const char *bar) {
    const char *left[RICH_COLUMNS];
    bool more = true;
    for (int c = 0; c < RICH_COLUMNS; c++) left[c] = row->cell[c];
    while (more) {
        more = false;
        for (int c = 0; c < RICH_COLUMNS; c++) {
            size_t bytes = line_of(left[c], width[c] - 2);
            fputs(bar, out);
            print_part(out, left[c], bytes, width[c] - 2, c == RICH_COLUMNS - 1);
            left[c] += bytes;
            left[c] += strspn(left[c], " ");
            more |= *left[c] != 0;
        }
        fprintf(out, "%s\n", bar);
    }
}

static void print_total(FILE *out, Arena *a, const char *what, int64_t count) {
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
    double bytes = (double)count * (double)sizeof(float);
    int unit = 0;
    for (; bytes >= 1024 && units[unit + 1]; unit++) bytes /= 1024;
    fprintf(out, " %s params: %s (%.2f %s)\n", what, text_thousands(a, count), bytes, units[unit]);
}

void summary_rich(FILE *out, Arena *a, const Model *m, int columns) {
    static const SummaryRow head = {{"Layer (type)", "Output Shape", "Param #", ""}};
    SummaryRows rows = summary_rows(a, m, false);
    int64_t all = model_parameters(m, false), trainable = model_parameters(m, true);
    int width[RICH_COLUMNS];
    find_widths(columns, width);
    fprintf(out, "Model: \"%s\"\n", m->name);
    print_rule(out, width, &top);
    print_row(out, width, &head, bars[0]);
    for (int i = 0; i < rows.n; i++) {
        print_rule(out, width, i ? &between : &below_head);
        print_row(out, width, &rows.row[i], bars[1]);
    }
    print_rule(out, width, &bottom);
    print_total(out, a, "Total", all);
    print_total(out, a, "Trainable", trainable);
    print_total(out, a, "Non-trainable", all - trainable);
}
