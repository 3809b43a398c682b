// SPDX-License-Identifier: MIT
// A map from strings to pointers, for names of which a file may hold very many.
#ifndef CNNC_MAP_H
#define CNNC_MAP_H
#include "support/arena.h"

typedef struct Map Map;
Map *map_new(Arena *a);
void **map_slot(Map *m, const char *key); // the key's value, NULL at first; keeps the key
void *map_get(const Map *m, const char *key);
const char *const *map_keys(const Map *m, int *n); // in the order they came
#endif
