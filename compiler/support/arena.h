// SPDX-License-Identifier: MIT
// An arena: everything the compiler allocates for one model lives here and is freed at once, so
// passes never free. Running out of memory is reported and ends the process with status 3.
#ifndef CNNC_ARENA_H
#define CNNC_ARENA_H
#include <stdarg.h>
#include <stddef.h>

typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *a);
void *arena_alloc(Arena *a, size_t bytes); // zeroed, aligned for any type
size_t arena_bytes(const Arena *a); // all that was allocated so far
void *arena_copy(Arena *a, const void *from, size_t bytes);
char *arena_strndup(Arena *a, const char *s, size_t n);
char *arena_printf(Arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(Arena *a, const char *fmt, va_list ap);

#define ARENA_NEW(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define ARENA_ARRAY(a, T, n) ((T *)arena_alloc((a), sizeof(T) * (size_t)(n)))

// Appends to an arena array: ARENA_PUSH(a, v->item, v->n, value). One that has no room is moved to where it has twice
// as much; the first item goes to a new one.
void *arena_grow(Arena *a, void *array, int n, size_t size);
#define ARENA_PUSH(a, array, n, value)                                                             \
    ((array) = arena_grow((a), (array), (n), sizeof *(array)), (array)[(n)++] = (value))
#endif
