// SPDX-License-Identifier: MIT
// What the tables of a summary show of each layer.
#ifndef CNNC_SUMMARY_ROWS_H
#define CNNC_SUMMARY_ROWS_H
#include "model/model.h"

enum { SUMMARY_COLUMNS = 4 };
typedef struct SummaryRow { // name and type, output, parameters, and whether it is trained
    const char *cell[SUMMARY_COLUMNS];
} SummaryRow;

typedef struct SummaryRows {
    int n;
    SummaryRow *row;
} SummaryRows;

// nested: models in the model are shown layer by layer, too.
SummaryRows summary_rows(Arena *a, const Model *m, bool nested);
int summary_width(const char *s, size_t bytes); // characters, not bytes
#endif
