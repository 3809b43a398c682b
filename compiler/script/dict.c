// SPDX-License-Identifier: MIT
// Dicts: entries in their order, found by open addressing; the table doubles when half full.
#include "script/value.h"
#include <math.h>
#include <string.h>

typedef struct Entry {
    Value key, item;
    bool gone;
} Entry;

struct Dict {
    Arena *arena;
    int n, live, size; // size is a power of two
    Entry *entry;
    int *index; // 0: free, else 1 + place among the entries
};

static bool hashable(const Value *v) {
    if (v->kind == VALUE_TUPLE)
        for (int i = 0; i < v->list->n; i++)
            if (!hashable(&v->list->item[i])) return false;
    return v->kind != VALUE_LIST && v->kind != VALUE_KNOWN && v->kind != VALUE_DICT &&
           v->kind != VALUE_SET && v->kind != VALUE_SLICE;
}

bool value_hashable(const Value *v) {
    enum { HEAVIEST = 1 << 16 }; // a key that holds more takes too long
    return value_weight(v, HEAVIEST) < HEAVIEST && hashable(v);
}

// Equal values have equal hashes: 1, 1.0 and True too.
static uint64_t hash(const Value *v) {
    uint64_t h = 1469598103934665603u;
    if (v->kind == VALUE_STRING) {
        for (const char *s = v->text; *s; s++) h = (h ^ (unsigned char)*s) * 1099511628211u;
    } else if (value_is_number(v)) {
        double x = value_real(v);
        bool whole = fabs(x) < 9e18 && x == (double)(int64_t)x;
        int64_t bits = whole ? (int64_t)x : 0;
        if (!whole) memcpy(&bits, &x, sizeof bits);
        h = ((uint64_t)bits + h) * 0x9E3779B97F4A7C15u;
    } else if (v->kind == VALUE_TUPLE) {
        for (int i = 0; i < v->list->n; i++) h = (h ^ hash(&v->list->item[i])) * 1099511628211u;
    } else if (v->kind > VALUE_ELLIPSIS) {
        h ^= (uint64_t)(uintptr_t)v->list * 0x9E3779B97F4A7C15u;
    }
    return h ^ h >> 29;
}

Dict *dict_new(Arena *a) {
    Dict *d = ARENA_NEW(a, Dict);
    *d = (Dict){.arena = a, .size = 8};
    d->index = ARENA_ARRAY(a, int, d->size);
    return d;
}

static int *find(const Dict *d, const Value *key) {
    uint64_t mask = (uint64_t)d->size - 1, at = hash(key) & mask;
    for (; d->index[at]; at = (at + 1) & mask) {
        const Entry *e = &d->entry[d->index[at] - 1];
        if (!e->gone && value_equal(&e->key, key)) break;
    }
    return &d->index[at];
}

static void widen(Dict *d) {
    d->size *= 2;
    d->index = ARENA_ARRAY(d->arena, int, d->size);
    for (int i = 0; i < d->n; i++)
        if (!d->entry[i].gone) *find(d, &d->entry[i].key) = i + 1;
}

Value *dict_find(const Dict *d, const Value *key) {
    int at = *find(d, key);
    return at ? &d->entry[at - 1].item : NULL;
}

void dict_put(Dict *d, Value key, Value item) {
    int *at = find(d, &key);
    if (*at) {
        d->entry[*at - 1].item = item;
        return;
    }
    Entry fresh = {key, item, false};
    ARENA_PUSH(d->arena, d->entry, d->n, fresh);
    *at = d->n;
    d->live++;
    if (2 * d->n > d->size) widen(d);
}

bool dict_remove(Dict *d, const Value *key) {
    int at = *find(d, key);
    if (!at) return false;
    d->entry[at - 1].gone = true;
    d->live--;
    return true;
}

int dict_count(const Dict *d) {
    return d->live;
}

bool dict_next(const Dict *d, int *at, const Value **key, const Value **item) {
    while (*at < d->n && d->entry[*at].gone) ++*at;
    if (*at >= d->n) return false;
    *key = &d->entry[*at].key;
    *item = &d->entry[*at].item;
    ++*at;
    return true;
}
