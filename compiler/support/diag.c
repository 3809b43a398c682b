// SPDX-License-Identifier: MIT
// Diagnostics are kept in a list and printed by diag_flush; a note or help shares the fate of the
// error or warning before it.
#include "support/diag.h"
#include "support/text.h"
#include <string.h>

enum { MOST_ERRORS = 20, MOST_ENTRIES = 1000, MOST_COLUMNS = 120, LONGEST_MESSAGE = 600 };

typedef enum { ERROR, WARNING, NOTE, HELP } Severity;
static const struct {
    const char *name, *colour;
} severities[] = {
    {"error", "\033[1;31m"},
    {"warning", "\033[1;35m"},
    {"note", "\033[1;36m"},
    {"help", "\033[1;32m"},
};

typedef struct Entry {
    Severity severity;
    Loc loc;
    int code;
    const char *flag, *text;
    int nedit;
    Edit *edit;
} Entry;

struct Diag {
    Arena *arena;
    const char *name, *text;
    size_t length;
    int nentry, errors, warnings;
    Entry *entry;
    bool muted; // the last error was beyond the limit: so are its notes
};

Diag *diag_new(Arena *a, const char *name, const char *text, size_t length) {
    Diag *d = ARENA_NEW(a, Diag);
    *d = (Diag){.arena = a, .name = name, .text = text, .length = length};
    return d;
}

const char *diag_text(const Diag *d, size_t *length) {
    *length = d->length;
    return d->text;
}

const char *diag_file(const Diag *d) {
    return d->name;
}
int diag_errors(const Diag *d) {
    return d->errors;
}
int diag_warnings(const Diag *d) {
    return d->warnings;
}
bool diag_full(const Diag *d) {
    return d->errors >= MOST_ERRORS;
}

bool diag_overflows(const Diag *d) {
    return d->errors > MOST_ERRORS;
}

Loc diag_last_line(const Diag *d) {
    size_t end = d->length, start;
    while (end > 0 && strchr(" \t\r\n", d->text[end - 1]) && d->text[end - 1]) end--;
    for (start = end; start > 0 && d->text[start - 1] != '\n';) start--;
    int line = 1, width = (int)(end - start);
    for (size_t i = 0; i < start; i++) line += d->text[i] == '\n';
    return (Loc){line, 1, line, 1 + (width ? width : 1)};
}

size_t diag_offset(const Diag *d, int line, int col) {
    size_t at = 0;
    for (int i = 1; i < line && at < d->length; at++) i += d->text[at] == '\n';
    at += (size_t)(col - 1);
    return at < d->length ? at : d->length;
}

// -------------------------------------------------------------------------------- reporting

// A loop says the same again and again.
static bool said(const Diag *d, const Entry *e) {
    for (int i = 0; i < d->nentry; i++) {
        const Entry *before = &d->entry[i];
        if (before->severity == e->severity && memcmp(&before->loc, &e->loc, sizeof e->loc) == 0 &&
            strcmp(before->text, e->text) == 0)
            return true;
    }
    return false;
}

static void keep(Diag *d, Entry e, const char *fmt, va_list ap) {
    const char *text = arena_vprintf(d->arena, fmt, ap);
    e.text = text_printable(d->arena, text, strlen(text), LONGEST_MESSAGE);
    bool full = e.severity == ERROR ? diag_full(d) : d->nentry >= MOST_ENTRIES;
    if (e.severity <= WARNING) d->muted = full || said(d, &e);
    if (e.severity == ERROR && (full || !d->muted)) d->errors++;
    if (d->muted) return;
    d->warnings += e.severity == WARNING;
    ARENA_PUSH(d->arena, d->entry, d->nentry, e);
}

#define KEEP(...)                                                                                  \
    va_list ap;                                                                                    \
    va_start(ap, fmt);                                                                             \
    keep(d, (Entry){.loc = loc, __VA_ARGS__}, fmt, ap);                                            \
    va_end(ap)

void diag_error(Diag *d, Loc loc, int code, const char *fmt, ...) {
    KEEP(.severity = ERROR, .code = code);
}
void diag_warning(Diag *d, Loc loc, const char *flag, const char *fmt, ...) {
    KEEP(.severity = WARNING, .flag = flag);
}
void diag_note(Diag *d, Loc loc, const char *fmt, ...) {
    KEEP(.severity = NOTE);
}
void diag_help(Diag *d, Loc loc, const char *fmt, ...) {
    KEEP(.severity = HELP);
}

// ------------------------------------------------------------------------------------ edits

void diag_edit(Diag *d, Loc at, const char *text) {
    if (d->muted || !d->nentry) return;
    Entry *e = &d->entry[d->nentry - 1];
    ARENA_PUSH(d->arena, e->edit, e->nedit, ((Edit){at, text}));
}

static int compare_places(Loc a, Loc b) {
    if (a.line != b.line) return a.line < b.line ? -1 : 1;
    if (a.col != b.col) return a.col < b.col ? -1 : 1;
    if (a.end_line != b.end_line) return a.end_line < b.end_line ? -1 : 1;
    return a.end_col == b.end_col ? 0 : a.end_col < b.end_col ? -1 : 1;
}

static bool overlap(Loc a, Loc b) { // a before b
    return a.end_line > b.line || (a.end_line == b.line && a.end_col > b.col);
}

const Edit *diag_edits(const Diag *d, int *n) {
    Edit *all = ARENA_ARRAY(d->arena, Edit, 1);
    *n = 0;
    for (int i = 0; i < d->nentry; i++)
        for (int k = 0; k < d->entry[i].nedit; k++) {
            const Edit *edit = &d->entry[i].edit[k];
            int at = *n;
            while (at > 0 && compare_places(edit->at, all[at - 1].at) < 0) at--;
            bool known = at > 0 && compare_places(edit->at, all[at - 1].at) == 0 &&
                         strcmp(edit->text, all[at - 1].text) == 0;
            if (known) continue;
            ARENA_PUSH(d->arena, all, *n, *edit);
            for (int j = *n - 1; j > at; j--) all[j] = all[j - 1];
            all[at] = *edit;
        }
    for (int i = 1; i < *n; i++)
        if (overlap(all[i - 1].at, all[i].at)) return NULL;
    return all;
}

const char *diag_mended(const Diag *d, const Edit *edit, int n, size_t *length) {
    size_t size = d->length + 1, at = 0, out = 0;
    for (int i = 0; i < n; i++) size += strlen(edit[i].text);
    char *text = arena_alloc(d->arena, size);
    for (int i = 0; i <= n; i++) {
        size_t to = i < n ? diag_offset(d, edit[i].at.line, edit[i].at.col) : d->length;
        memcpy(text + out, d->text + at, to - at);
        out += to - at;
        if (i == n) break;
        size_t more = strlen(edit[i].text);
        memcpy(text + out, edit[i].text, more);
        out += more;
        at = diag_offset(d, edit[i].at.end_line, edit[i].at.end_col);
    }
    text[out] = 0;
    *length = out;
    return text;
}

// --------------------------------------------------------------------------------- printing

typedef struct Line {
    const char *text;
    int length;
} Line;

static Line find_line(const Diag *d, int number) {
    const char *s = d->text, *end = d->text + d->length;
    for (int line = 1; line < number && s < end; line++) {
        const char *newline = memchr(s, '\n', (size_t)(end - s));
        s = newline ? newline + 1 : end;
    }
    const char *newline = s < end ? memchr(s, '\n', (size_t)(end - s)) : NULL;
    int length = (int)((newline ? newline : end) - s);
    if (length > 0 && s[length - 1] == '\r') length--;
    return (Line){s, length};
}

static int columns(const Diag *d, const char *s, int n) {
    const char *text = text_printable(d->arena, s, (size_t)n, 4 * n + 4);
    int width = 0;
    for (; *text; text++) width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

// The line, cut to what surrounds the range if it is long, and the range underlined.
static void print_source(const Diag *d, FILE *out, Loc loc, const char *colour) {
    Line line = find_line(d, loc.line);
    int first = loc.col - 1 < line.length ? loc.col - 1 : line.length, from = 0;
    int last = loc.end_line > loc.line ? line.length : loc.end_col - 1;
    if (last > line.length) last = line.length;
    if (first > MOST_COLUMNS - 40) from = first - 40;
    while (from > 0 && ((unsigned char)line.text[from] & 0xC0) == 0x80 && from > first - 44) from--;
    if (line.length <= MOST_COLUMNS) from = 0;
    int room = MOST_COLUMNS - (from ? 3 : 0), shown = line.length - from;
    if (last > from + room) last = from + room;
    int indent = (from ? 3 : 0) + columns(d, line.text + from, first - from);
    int width = last > first ? columns(d, line.text + first, last - first) : 1;
    if (indent >= MOST_COLUMNS) indent = MOST_COLUMNS - 1;
    if (indent + width > MOST_COLUMNS) width = MOST_COLUMNS - indent;
    fprintf(out, "%5d | %s%s\n", loc.line, from ? "..." : "",
            text_printable(d->arena, line.text + from, (size_t)shown, room));
    fprintf(out, "      | %*s%s^", indent, "", colour);
    for (int i = 1; i < width; i++) fputc('~', out);
    fprintf(out, "%s\n", *colour ? "\033[0m" : "");
}

static void print_text(const Diag *d, FILE *out, const Entry *e, Severity as, bool colour) {
    const char *on = colour ? severities[as].colour : "", *off = colour ? "\033[0m" : "";
    fprintf(out, "%s:%d:%d: %s%s:%s %s",
            text_printable(d->arena, d->name, strlen(d->name), LONGEST_MESSAGE), e->loc.line,
            e->loc.col, on, severities[as].name, off, e->text);
    if (e->code) fprintf(out, " [E%04d]", e->code);
    if (e->flag) fprintf(out, as == ERROR ? " [-Werror=%s]" : " [-W%s]", e->flag);
    fputc('\n', out);
    if (as <= WARNING) print_source(d, out, e->loc, on);
}

// One JSON object a line, so that several files and tools can follow each other.
static void print_json(const Diag *d, FILE *out, const Entry *e, Severity as) {
    fprintf(out, "{\"file\": %s, \"line\": %d, \"column\": %d, \"end_line\": %d, ",
            text_json(d->arena, d->name, strlen(d->name)), e->loc.line, e->loc.col,
            e->loc.end_line);
    fprintf(out, "\"end_column\": %d, \"severity\": \"%s\", ", e->loc.end_col, severities[as].name);
    if (e->code) fprintf(out, "\"code\": \"E%04d\", ", e->code);
    if (e->flag) fprintf(out, "\"flag\": \"%s\", ", e->flag);
    fprintf(out, "\"message\": %s", text_json(d->arena, e->text, strlen(e->text)));
    for (int i = 0; i < e->nedit; i++) {
        const Edit *edit = &e->edit[i];
        fprintf(out, "%s{\"line\": %d, \"column\": %d, ", i ? ", " : ", \"edits\": [",
                edit->at.line, edit->at.col);
        fprintf(out, "\"end_line\": %d, \"end_column\": %d, \"text\": %s}", edit->at.end_line,
                edit->at.end_col, text_json(d->arena, edit->text, strlen(edit->text)));
    }
    fprintf(out, "%s}\n", e->nedit ? "]" : "");
}

static bool disabled(const DiagOptions *o, const char *flag) {
    for (int i = 0; o->disabled && o->disabled[i]; i++)
        if (strcmp(o->disabled[i], flag) == 0) return true;
    return false;
}

static bool strict(const DiagOptions *o, const char *flag) {
    bool named = o->werror;
    for (int i = 0; i < o->nstrict; i++) named |= strcmp(o->strict[i], flag) == 0;
    return named;
}

void diag_flush(Diag *d, FILE *out, const DiagOptions *o) {
    bool hidden = false;
    for (int i = 0; i < d->nentry; i++) {
        const Entry *e = &d->entry[i];
        Severity as = e->severity == WARNING && strict(o, e->flag) ? ERROR : e->severity;
        if (e->severity <= WARNING) hidden = e->severity == WARNING && disabled(o, e->flag);
        if (hidden) continue;
        if (as != e->severity) d->errors++;
        if (o->json)
            print_json(d, out, e, as);
        else
            print_text(d, out, e, as, o->colour);
    }
    if (d->errors > MOST_ERRORS && d->nentry && !o->json)
        fprintf(out, "cnnc: only the first %d errors are shown\n", MOST_ERRORS);
    d->nentry = 0;
}
