// SPDX-License-Identifier: MIT
// Reading a message of Protocol Buffers that nobody vouches for, field by field, from its bytes: nothing is copied, and
// no length reaches beyond them. A message in a message is the bytes of a field, which are read likewise.
#ifndef CNNC_PROTOBUF_READ_H
#define CNNC_PROTOBUF_READ_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Span {
    const uint8_t *at;
    size_t size;
} Span;

typedef enum { WIRE_VARINT = 0, WIRE_EIGHT = 1, WIRE_SPAN = 2, WIRE_FOUR = 5 } WireType;

typedef struct Field {
    int number;
    WireType type;
    uint64_t integer; // VARINT
    Span span; // of the others
} Field;

typedef struct Wire { // what is left of a message
    Span rest;
    bool damaged;
} Wire;

Wire wire_of(Span message);
// The next field; false: there is none, or the message is damaged, which w->damaged says.
bool wire_next(Wire *w, Field *f);
// Integers of a repeated field: of one field by itself, or of all that are packed in it. True: *to is the next one.
// at: what is left of the field, which is the field's own at first.
bool wire_integer(Field *at, int64_t *to, bool *damaged);
float wire_float(const uint8_t *at);
#endif
