// SPDX-License-Identifier: MIT
// Arguments by the names that Keras has for them, from the tables that the binder filled them by.
#include "keras/activation.h"
#include "layers.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const Arg *row(const Arg *table, const char *name) {
    for (const Arg *a = table; a->name; a++)
        if (!strcmp(a->name, name) && a->type != ARG_ONLY_DEFAULT) return a;
    return NULL;
}

bool args_have(const Arg *table, const char *name) {
    return row(table, name) != NULL;
}

const void *args_at(const Arg *table, const void *args, const char *name) {
    const Arg *a = row(table, name);
    return a ? (const char *)args + a->offset : NULL;
}

static double number(const Arg *a, const void *at) {
    switch (a->type) {
    case ARG_BOOL: return *(const bool *)at;
    case ARG_CHOICE: return *(const int *)at;
    case ARG_FLOAT:
    case ARG_FLOAT_OPT:
    case ARG_FACTOR:
    case ARG_FACTOR_OPT:
    case ARG_RANGE: return *(const double *)at;
    default: return (double)*(const int64_t *)at;
    }
}

double args_number(const Arg *table, const void *args, const char *name) {
    const Arg *a = row(table, name);
    return a ? number(a, args_at(table, args, name)) : NAN;
}

// Numbers are compared with their default; what else there is says nothing about results, or is asked
// for by name.
static bool is_default(const Arg *a, const void *at) {
    if (!a->standard) return false;
    bool none = !strcmp(a->standard, "None");
    switch (a->type) {
    case ARG_FLOAT_OPT:
        if (none) return isnan(*(const double *)at);
        return number(a, at) == strtod(a->standard, NULL);
    case ARG_BOOL: return *(const bool *)at == !strcmp(a->standard, "True");
    case ARG_FLOAT: return number(a, at) == strtod(a->standard, NULL);
    case ARG_INT:
    case ARG_SINGLE: return number(a, at) == strtod(a->standard, NULL);
    case ARG_INT_OPT:
    case ARG_SINGLE_OPT: return none && number(a, at) == 0;
    case ARG_SEED: return none && number(a, at) < 0;
    case ARG_CHOICE: return strstr(a->standard, a->choices[*(const int *)at]) != NULL;
    default: return true; // of penalties and constraints run.c takes care
    }
}

static bool listed(const char *name, const char *names) {
    size_t n = strlen(name);
    for (const char *at = names; (at = strstr(at, name)); at += n)
        if ((at == names || at[-1] == ' ') && (at[n] == 0 || at[n] == ' ')) return true;
    return false;
}

const char *args_unknown(const Arg *table, const void *args, const char *known) {
    for (const Arg *a = table; a->name; a++)
        if (a->type != ARG_ONLY_DEFAULT && a->type != ARG_INIT && !listed(a->name, known) &&
            !is_default(a, (const char *)args + a->offset))
            return a->name;
    return NULL;
}

double layer_number(const Layer *l, const char *name) {
    return args_number(l->cls->args, l->args, name);
}

double layer_number_or(const Layer *l, const char *name, double otherwise) {
    return args_have(l->cls->args, name) ? layer_number(l, name) : otherwise;
}

int64_t layer_size(const Layer *l, const char *name, int d) {
    const int64_t *of = args_at(l->cls->args, l->args, name);
    return of ? of[d] : 1;
}

const char *layer_choice(const Layer *l, const char *name) {
    const Arg *a = row(l->cls->args, name);
    return a ? a->choices[*(const int *)args_at(l->cls->args, l->args, name)] : "";
}

int layer_weight_index(const Layer *l, const char *name) {
    for (int i = 0; i < l->nweight; i++)
        if (!strcmp(l->weight[i].name, name)) return i;
    return -1;
}

void layer_axes_of(const Layer *l, const char *name, bool is[MAX_RANK]) {
    const Axes *axes = args_at(l->cls->args, l->args, name);
    for (int d = 0; d < MAX_RANK; d++) is[d] = false;
    for (int i = 0; i < axes->n; i++) {
        int64_t d = axes->axis[i];
        is[d < 0 ? d + l->in[0].rank : d - 1] = true;
    }
}
