// SPDX-License-Identifier: MIT
// What fit gives: history.history is a dict of series, whose items are known when the program has run.
#include "keras/callbacks/callback.h"
#include "script/later.h"
#include <string.h>

static Fit *fit_of(Model *m, int n) {
    return n > 1 ? &m->more[n - 2] : &m->fit;
}

const char *figure_name(const Model *m, int i) {
    return i ? m->metric[i - 1].name : "loss";
}

void figure_insert(Eval *e, Figure **list, int *n, Figure f) {
    ARENA_PUSH(e->a, *list, *n, f);
    int at = *n - 1;
    for (; at > 0 && strcmp((*list)[at - 1].name, f.name) > 0; at--) (*list)[at] = (*list)[at - 1];
    (*list)[at] = f;
}

static void put_all(Eval *e, const Value *history, Dict *to, const Figure *list, int n) {
    for (int i = 0; i < n; i++) {
        Later made = {
            .op = LATER_LIST, .index = list[i].place, .from = history->n, .of = history->model};
        Value key = {.kind = VALUE_STRING, .loc = history->loc, .text = list[i].name};
        dict_put(to, key,
                 (Value){.kind = VALUE_SERIES,
                         .n = list[i].figures,
                         .loc = history->loc,
                         .later = arena_copy(e->a, &made, sizeof made)});
    }
}

static bool validates_first(const Fit *fit) { // the first epoch that is trained
    int64_t epoch = fit->initial_epoch + 1;
    if (fit->validation_every) return epoch % fit->validation_every == 0;
    for (int i = 0; i < fit->nvalidation_at; i++)
        if (fit->validation_at[i] == epoch) return true;
    return false;
}

// As Keras has it: all figures by their names, then the learning rate where a callback changes it. Those of a
// validation that is not in the first epoch come last.
static Value history_dict(Eval *e, const Value *history) {
    Model *m = history->model->model;
    const Fit *fit = fit_of(m, history->n);
    bool validates = monitor_validates(fit);
    bool late = !validates_first(fit);
    Figure *first = NULL, *last = NULL, rate = {"learning_rate", 2 * (int)model_figures(m), 0};
    int nfirst = 0, nlast = 0;
    bool sets_rate = false;
    Value made = {.kind = VALUE_DICT, .dict = dict_new(e->a)};
    for (int i = 0; i <= m->nmetric; i++) {
        const char *name = figure_name(m, i);
        int n = i && m->metric[i - 1].figures > 1 ? (int)m->metric[i - 1].figures : 0;
        int place = (int)model_figure(m, i);
        Figure val = {arena_printf(e->a, "val_%s", name), (int)model_figures(m) + place, n};
        figure_insert(e, &first, &nfirst, (Figure){name, place, n});
        if (validates) figure_insert(e, late ? &last : &first, late ? &nlast : &nfirst, val);
    }
    for (int i = 0; i < fit->ncallback; i++) sets_rate |= fit->callback[i].cls->sets_rate;
    put_all(e, history, made.dict, first, nfirst);
    put_all(e, history, made.dict, &rate, sets_rate ? 1 : 0);
    put_all(e, history, made.dict, last, nlast);
    return made;
}

Value history_get(Eval *e, const Value *history, const char *name, Loc loc) {
    if (history->model->broken) return eval_error();
    if (strcmp(name, "history") == 0) return history_dict(e, history);
    if (strcmp(name, "model") == 0)
        return (Value){.kind = VALUE_MODEL, .loc = loc, .model = history->model};
    return foreign_made(e, arena_printf(e->a, "fit's %s", name), loc);
}

static Value item_at(Eval *e, const Value *series, LaterOp op, int64_t at, Loc loc) {
    Later place = {.op = LATER_NUMBER, .number = (double)at, .integer = true};
    Later made = *series->later;
    made.op = op;
    made.l = arena_copy(e->a, &place, sizeof place);
    made.depth = 1;
    ValueKind kind = series->n ? VALUE_FIGURES : VALUE_LATER;
    return (Value){
        .kind = kind, .n = series->n, .loc = loc, .later = arena_copy(e->a, &made, sizeof made)};
}

static Value series_foreign(Eval *e, Loc loc) {
    return foreign_made(e, "fit's history", loc);
}

Value series_item(Eval *e, const Value *series, const Value *index, Loc loc) {
    if (!value_is_int(index)) return series_foreign(e, loc);
    return item_at(e, series, LATER_AT, index->integer, loc);
}

bool series_open(const Value *series) {
    const Fit *fit = fit_of(series->later->of->model, series->later->from);
    int64_t figures = model_figures(series->later->of->model), place = series->later->index;
    bool validation = place >= figures && place < 2 * figures;
    bool open = validation && fit->validation_every != 1;
    for (int i = 0; i < fit->ncallback; i++) open |= fit->callback[i].cls->stops;
    return open;
}

const List *series_items(Eval *e, const Value *series, Loc loc) {
    Fit *fit = fit_of(series->later->of->model, series->later->from);
    int64_t n = fit->epochs - fit->initial_epoch;
    Value list = value_sequence(e->a, VALUE_LIST, 0);
    if (series_open(series)) {
        diag_error(e->d, loc, 417,
                   "how many items this has is not known when the program is compiled");
        diag_note(e->d, fit->loc,
                  "a callback may end this earlier, or not each epoch is validated");
        return NULL;
    }
    if (!eval_items(e, loc, n)) return NULL;
    fit->all_epochs = true;
    for (int64_t i = 0; i < n; i++) value_append(e->a, &list, item_at(e, series, LATER_AT, i, loc));
    return list.list;
}

Value series_made(Eval *e, const Value *series, LaterOp op, Loc loc) {
    if (series->n && op != LATER_COUNT) return series_foreign(e, loc);
    Later made = *series->later;
    made.op = op;
    made.integer = op == LATER_COUNT || op == LATER_WHERE_LEAST || op == LATER_WHERE_MOST;
    return (Value){.kind = VALUE_LATER, .loc = loc, .later = arena_copy(e->a, &made, sizeof made)};
}
