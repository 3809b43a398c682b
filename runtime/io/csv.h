// SPDX-License-Identifier: 0BSD
// Tables of numbers as text: a row a line, values between separators, in double quotes where they hold one. Lines
// without a value are left out. All rows have as many values as the first line.
#ifndef CNN_CSV_H
#define CNN_CSV_H
#include "io/mapped.h"

typedef struct CsvFormat {
    char separator; // ','; 0: blanks, as many as there are
    bool header; // the first line has the names of the columns
    char comment; // from here to the end of the line all is left out; 0: none
    int64_t skip; // so many lines ahead of all
} CsvFormat;
typedef enum { CSV_INTEGERS, CSV_NUMBERS, CSV_TEXT } CsvKind;
typedef struct CsvColumn {
    char *name; // from malloc; without a header its number from 0
    CsvKind kind;
    int64_t missing,
        text; // the first row without a value, and with one that is no number; -1: none
    double least, most;
} CsvColumn;
typedef struct Csv {
    const char *path; // the caller's
    Mapped file; // as it is read
    uint8_t *unpacked; // then it is this, of a gzipped one; or NULL
    CsvFormat format;
    int64_t rows, columns, body, line; // body: where the first row begins, in which line from 1
    CsvColumn *column;
} Csv;

// Goes through all of the file: what there is, and of what kind.
bool csv_open(Csv *csv, const char *path, const CsvFormat *format, CnnError *error);
// The values of these columns, row by row: to(context, row, values). A missing one or a text is an error.
typedef void CsvRow(void *context, int64_t row, const double *value);
bool csv_read(const Csv *csv, const int64_t *column, int64_t n, CsvRow *to, void *context,
              CnnError *error);
// The texts of a column as pandas has them: blanks between separators belong to them, quotes do not. missing: the
// row has none. False from to(): it has reported.
typedef bool CsvText(void *context, int64_t row, const char *text, bool missing, CnnError *error);
bool csv_texts(const Csv *csv, int64_t column, CsvText *to, void *context, CnnError *error);
void csv_close(Csv *csv);
#endif
