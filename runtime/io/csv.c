// SPDX-License-Identifier: 0BSD
// See csv.h. One cursor goes from value to value; it copies none.
#include "io/csv.h"
#include "io/gunzip.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 1 << 20, MOST_DIGITS = 15, MOST_NUMBER = 64 };

typedef struct Cursor {
    const Csv *csv;
    const char *at, *end;
    int64_t line; // of the file, from 1
} Cursor;

typedef struct Field {
    const char *text;
    int64_t n;
    bool quoted, last; // last: of its line
    const char *raw; // with the blanks around it, up to
    const char *raw_end; // here
} Field;

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static bool ends_line(const Cursor *c) {
    return c->at == c->end || *c->at == '\n' || *c->at == '\r' ||
           (c->csv->format.comment && *c->at == c->csv->format.comment);
}

static void skip_line(Cursor *c) {
    const char *stop = memchr(c->at, '\n', (size_t)(c->end - c->at));
    c->at = stop ? stop + 1 : c->end;
    c->line++;
}

static bool separates(const Cursor *c) {
    char separator = c->csv->format.separator;
    return separator ? *c->at == separator : is_blank(*c->at);
}

// To the first value of the next line that has one; false: there is none.
static bool start_line(Cursor *c) {
    while (c->at < c->end) {
        const char *first = c->at;
        while (c->at < c->end && is_blank(*c->at)) c->at++;
        if (!ends_line(c)) {
            if (c->csv->format.separator) c->at = first;
            return true;
        }
        skip_line(c);
    }
    return false;
}

static bool damaged(const Cursor *c, const char *what, CnnError *error) {
    return cnn_fail(error, CNN_REFUSED, "%s: line %lld %s", c->csv->path, (long long)c->line, what);
}

static bool read_quoted(Cursor *c, Field *f, CnnError *error) {
    f->text = ++c->at;
    f->quoted = true;
    for (;; c->at++) {
        const char *quote = memchr(c->at, '"', (size_t)(c->end - c->at));
        if (!quote) return damaged(c, "begins a value in quotes that does not end", error);
        for (const char *p = c->at; p < quote; p++) c->line += *p == '\n';
        c->at = quote + 1;
        if (c->at == c->end || *c->at != '"') break; // else two of them stand for one
    }
    f->n = c->at - 1 - f->text;
    return true;
}

static bool read_field(Cursor *c, Field *f, CnnError *error) {
    *f = (Field){.raw = c->at};
    while (c->at < c->end && is_blank(*c->at) && *c->at != c->csv->format.separator) c->at++;
    if (c->at < c->end && *c->at == '"') {
        if (!read_quoted(c, f, error)) return false;
        while (!ends_line(c) && is_blank(*c->at) && !separates(c)) c->at++;
    } else {
        f->text = c->at;
        while (!ends_line(c) && !separates(c)) c->at++;
        f->n = c->at - f->text;
        while (f->n > 0 && is_blank(f->text[f->n - 1])) f->n--;
    }
    f->raw_end = c->at;
    if (!c->csv->format.separator)
        while (!ends_line(c) && is_blank(*c->at)) c->at++;
    f->last = ends_line(c);
    if (f->last) {
        skip_line(c);
        return true;
    }
    if (!c->csv->format.separator) return true;
    if (!separates(c)) return damaged(c, "goes on behind a value in quotes", error);
    c->at++;
    return true;
}

// ---- values

static bool is_missing(const Field *f) {
    static const char *const words[] = {
        "NA",  "N/A",  "NaN",  "nan", "null",     "NULL",   "None",    "n/a",     "<NA>",    "#N/A",
        "#NA", "-NaN", "-nan", "?",   "#N/A N/A", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == (size_t)f->n && memcmp(words[i], f->text, (size_t)f->n) == 0)
            return true;
    return f->n == 0;
}

// A whole number of so many digits that a double holds it.
static bool read_whole(const Field *f, double *value) {
    int64_t n = 0, i = f->n > 0 && (f->text[0] == '-' || f->text[0] == '+');
    if (f->n - i < 1 || f->n - i > MOST_DIGITS) return false;
    for (int64_t k = i; k < f->n; k++) {
        if (f->text[k] < '0' || f->text[k] > '9') return false;
        n = 10 * n + (f->text[k] - '0');
    }
    *value = (double)(f->text[0] == '-' ? -n : n);
    return true;
}

static bool read_number(const Field *f, double *value) {
    char text[MOST_NUMBER], *end;
    if (f->n < 1 || f->n >= MOST_NUMBER) return false;
    for (int64_t i = 0; i < f->n; i++)
        if (!strchr("0123456789+-.eE", f->text[i]) || !f->text[i]) return false;
    memcpy(text, f->text, (size_t)f->n);
    text[f->n] = 0;
    *value = strtod(text, &end);
    return !*end;
}

// ---- what there is

static void look_at(CsvColumn *column, const Field *f, int64_t row) {
    double value = 0;
    if (is_missing(f)) {
        if (column->missing < 0) column->missing = row;
        if (column->kind == CSV_INTEGERS) column->kind = CSV_NUMBERS; // as a NaN makes them
        return;
    }
    if (!read_whole(f, &value)) {
        bool number = read_number(f, &value);
        if (column->kind == CSV_INTEGERS || !number) column->kind = number ? CSV_NUMBERS : CSV_TEXT;
        if (!number && column->text < 0) column->text = row;
    }
    if (value < column->least) column->least = value;
    if (value > column->most) column->most = value;
}

// A quote in quotes is written as two.
static void unquote(char *to, const Field *f) {
    for (int64_t i = 0; i < f->n; i++) {
        *to++ = f->text[i];
        if (f->quoted && f->text[i] == '"') i++;
    }
    *to = 0;
}

static char *name_of(const Csv *csv, const Field *f, int64_t number) {
    char *name = malloc((size_t)f->n + 24);
    if (!name) return NULL;
    if (csv->format.header)
        unquote(name, f);
    else
        sprintf(name, "%lld", (long long)number);
    return name;
}

static bool add_column(Csv *csv, const Field *f, CnnError *error) {
    int64_t n = csv->columns;
    if (n == MOST_COLUMNS)
        return cnn_fail(error, CNN_REFUSED, "%s: has more than %d columns", csv->path,
                        MOST_COLUMNS);
    if ((n & (n - 1)) == 0) { // the room for them doubles
        CsvColumn *more = realloc(csv->column, (size_t)(n ? 2 * n : 1) * sizeof *more);
        if (!more) return cnn_fail(error, CNN_SYSTEM, "%s: out of memory", csv->path);
        csv->column = more;
    }
    csv->column[n] = (CsvColumn){.name = name_of(csv, f, n), .missing = -1, .text = -1};
    csv->column[n].least = INFINITY;
    csv->column[n].most = -INFINITY;
    if (!csv->column[n].name) return cnn_fail(error, CNN_SYSTEM, "%s: out of memory", csv->path);
    csv->columns++;
    return true;
}

static Cursor body_of(const Csv *csv) {
    const char *start = (const char *)csv->file.byte;
    return (Cursor){csv, start + csv->body, start + csv->file.size, csv->line};
}

// The first line: how many columns there are, and what they are called.
static bool read_names(Csv *csv, CnnError *error) {
    Cursor c = body_of(csv);
    Field f = {0};
    for (int64_t i = 0; i < csv->format.skip && c.at < c.end; i++) skip_line(&c);
    if (!start_line(&c)) return cnn_fail(error, CNN_REFUSED, "%s: has no rows", csv->path);
    const char *first = c.at;
    int64_t line = c.line;
    while (!f.last)
        if (!read_field(&c, &f, error) || !add_column(csv, &f, error)) return false;
    csv->body = (csv->format.header ? c.at : first) - (const char *)csv->file.byte;
    csv->line = csv->format.header ? c.line : line;
    return true;
}

static bool count_error(const Cursor *c, int64_t seen, CnnError *error) {
    return cnn_fail(error, CNN_REFUSED,
                    "%s: row %lld has %s values than the %lld of the first line", c->csv->path,
                    (long long)c->csv->rows, seen > c->csv->columns ? "more" : "fewer",
                    (long long)c->csv->columns);
}

static bool look_at_rows(Csv *csv, CnnError *error) {
    Cursor c = body_of(csv);
    for (; start_line(&c); csv->rows++) {
        Field f = {0};
        int64_t n = 0;
        for (; !f.last; n++) {
            if (!read_field(&c, &f, error)) return false;
            if (n == csv->columns) return count_error(&c, n + 1, error);
            look_at(&csv->column[n], &f, csv->rows);
        }
        if (n < csv->columns) return count_error(&c, n, error);
    }
    return csv->rows > 0 || cnn_fail(error, CNN_REFUSED, "%s: has no rows", csv->path);
}

static bool open_file(Csv *csv, CnnError *error) {
    Mapped file;
    int64_t size;
    if (!mapped_open(&file, csv->path, error)) return false;
    csv->file = file;
    if (!gunzip_is(&file)) return true;
    bool ok = gunzip(&file, csv->path, &csv->unpacked, &size, error);
    mapped_close(&file);
    csv->file = ok ? (Mapped){size ? csv->unpacked : NULL, size} : (Mapped){0};
    return ok;
}

bool csv_open(Csv *csv, const char *path, const CsvFormat *format, CnnError *error) {
    *csv = (Csv){.path = path, .format = *format};
    if (!open_file(csv, error)) return false;
    bool marked = csv->file.size >= 3 && memcmp(csv->file.byte, "\xef\xbb\xbf", 3) == 0;
    csv->body = marked ? 3 : 0; // the mark of UTF-8
    csv->line = 1;
    if (csv->file.byte && read_names(csv, error) && look_at_rows(csv, error)) return true;
    if (!csv->file.byte) cnn_fail(error, CNN_REFUSED, "%s: is empty", path);
    csv_close(csv);
    return false;
}

void csv_close(Csv *csv) {
    for (int64_t i = 0; i < csv->columns; i++) free(csv->column[i].name);
    free(csv->column);
    if (!csv->unpacked) mapped_close(&csv->file);
    free(csv->unpacked);
    *csv = (Csv){0};
}

// ---- the values of some columns

static bool read_value(const Csv *csv, const Field *f, int64_t column, int64_t row, double *value,
                       CnnError *error) {
    if (!is_missing(f) && (read_whole(f, value) || read_number(f, value))) return true;
    return cnn_fail(error, CNN_REFUSED, "%s: row %lld of the column '%.100s' %s", csv->path,
                    (long long)row, csv->column[column].name,
                    is_missing(f) ? "has no value" : "holds a text, which is no number");
}

typedef struct Wanted {
    int64_t n, *place; // by column: where its value goes in a row; -1: nowhere
    const int64_t *column; // that are wanted, some of them twice
    double *value;
} Wanted;

static bool read_rows(const Csv *csv, const Wanted *w, CsvRow *to, void *context, CnnError *error) {
    Cursor c = body_of(csv);
    for (int64_t row = 0; row < csv->rows && start_line(&c); row++) {
        Field f = {0};
        for (int64_t i = 0; !f.last && i < csv->columns; i++) {
            if (!read_field(&c, &f, error)) return false;
            if (w->place[i] >= 0 && !read_value(csv, &f, i, row, &w->value[w->place[i]], error))
                return false;
        }
        for (int64_t i = 0; i < w->n; i++) w->value[i] = w->value[w->place[w->column[i]]];
        to(context, row, w->value);
    }
    return true;
}

bool csv_read(const Csv *csv, const int64_t *column, int64_t n, CsvRow *to, void *context,
              CnnError *error) {
    Wanted w = {.n = n, .column = column, .place = malloc((size_t)csv->columns * sizeof *w.place)};
    w.value = calloc((size_t)n + 1, sizeof *w.value);
    bool ok = w.place && w.value;
    if (!ok) cnn_fail(error, CNN_SYSTEM, "%s: out of memory", csv->path);
    for (int64_t i = 0; ok && i < csv->columns; i++) w.place[i] = -1;
    for (int64_t i = n; ok && i-- > 0;) w.place[column[i]] = i; // the first one of equal ones
    ok = ok && read_rows(csv, &w, to, context, error);
    free(w.place);
    free(w.value);
    return ok;
}

// ---- the texts of a column

static bool give_text(const Csv *csv, Field *f, int64_t row, CsvText *to, void *context,
                      CnnError *error) {
    bool missing = is_missing(f);
    int64_t around = f->quoted ? 2 : 0; // the quotes
    if (f->quoted && csv->format.separator && f->raw_end - f->raw != f->n + around)
        return cnn_fail(error, CNN_REFUSED, "%s: row %lld has blanks around a text in quotes",
                        csv->path, (long long)row);
    if (!f->quoted && csv->format.separator) {
        f->text = f->raw;
        f->n = f->raw_end - f->raw;
    }
    char *text = malloc((size_t)f->n + 1);
    if (!text) return cnn_fail(error, CNN_SYSTEM, "%s: out of memory", csv->path);
    unquote(text, f);
    bool ok = to(context, row, text, missing, error);
    free(text);
    return ok;
}

bool csv_texts(const Csv *csv, int64_t column, CsvText *to, void *context, CnnError *error) {
    Cursor c = body_of(csv);
    for (int64_t row = 0; row < csv->rows && start_line(&c); row++) {
        Field f = {0};
        for (int64_t i = 0; !f.last && i < csv->columns; i++)
            if (!read_field(&c, &f, error) ||
                (i == column && !give_text(csv, &f, row, to, context, error)))
                return false;
    }
    return true;
}
