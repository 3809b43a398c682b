// SPDX-License-Identifier: MIT
// Numbers that only the program can compute: scores, and arithmetic on them.
#ifndef CNNC_LATER_H
#define CNNC_LATER_H
#include "../runtime/abi.h"
#include "script/eval.h"

typedef enum {
#define LATER(name, operands, value) LATER_##name,
#include "../runtime/later.def"
} LaterOp;

struct Later {
    LaterOp op;
    const Later *l, *r; // operands
    double number; // NUMBER
    const Array *array; // VALUE
    int index; // SCORE; a series: its place among those of a fit
    bool integer, single; // as Python has it; a float32 of numpy
    int depth, from; // SCORE: which evaluation, a series: which fit; from 1
    const Sequential *of; // the model that gave it
};

Value later_score(Eval *e, const Value *score, int index); // a number, or VALUE_FIGURES
Value figures_item(Eval *e, const Value *figures, int i, Loc loc); // a number
const List *figures_items(Eval *e, const Value *figures, Loc loc); // NULL: reported
const List *later_scores(Eval *e, const Value *score); // NULL: reported
Value later_unary(Eval *e, Loc loc, LaterOp op, const Value *x);
Value later_binary(Eval *e, Loc loc, LaterOp op, const Value *l, const Value *r);
Value later_arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r);
Value later_round(Eval *e, Loc loc, const Value *x, bool whole, int64_t digits);
// A text of pieces: strings, and later numbers with a spec. Any value that can be printed joins.
Value later_text(Eval *e, Loc loc, const Value *l, const Value *r);
Value later_piece(Eval *e, Loc loc, const Value *number, const char *spec); // "" as str prints it
Value text_plain(Eval *e, Loc loc, const Value *v, bool repr); // as str() or repr()
// history.c: what fit gives, and the series of its figures
typedef struct Figure {
    const char *name;
    int place, figures; // of several so many, else 0
} Figure;
const char *figure_name(const Model *m, int i); // of the loss, 0, or a metric
void figure_insert(Eval *e, Figure **list, int *n, Figure f); // in the order of their names
Value history_get(Eval *e, const Value *history, const char *name, Loc loc);
Value series_item(Eval *e, const Value *series, const Value *index, Loc loc);
bool series_open(const Value *series); // how many items there will be is not known
const List *series_items(Eval *e, const Value *series, Loc loc); // NULL: reported
Value series_made(Eval *e, const Value *series, LaterOp op, Loc loc); // of all items
// The terms of a number in postfix order, for the model.
PrintItem later_item(Eval *e, const Value *number, const char *spec);
#endif
