// SPDX-License-Identifier: MIT
// See protobuf_read.h.
#include "exchange/protobuf_read.h"
#include <string.h>

Wire wire_of(Span message) {
    return (Wire){message, false};
}

// Seven bits a byte, the low ones first, at most ten of them.
static bool varint(Span *from, uint64_t *to) {
    *to = 0;
    for (int shift = 0; from->size && shift < 64; shift += 7) {
        const uint64_t byte = *from->at++;
        from->size--;
        *to |= (byte & 0x7f) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

static bool damaged(Wire *w) {
    w->damaged = true;
    return false;
}

bool wire_next(Wire *w, Field *f) {
    uint64_t key, size = 0;
    if (!w->rest.size) return false;
    if (!varint(&w->rest, &key) || key >> 3 == 0 || key >> 3 > INT32_MAX) return damaged(w);
    *f = (Field){.number = (int)(key >> 3), .type = (WireType)(key & 7)};
    switch (f->type) {
    case WIRE_VARINT: return varint(&w->rest, &f->integer) || damaged(w);
    case WIRE_EIGHT: size = 8; break;
    case WIRE_FOUR: size = 4; break;
    case WIRE_SPAN:
        if (!varint(&w->rest, &size)) return damaged(w);
        break;
    default: return damaged(w); // groups, which are no longer written
    }
    if (size > w->rest.size) return damaged(w);
    f->span = (Span){w->rest.at, (size_t)size};
    w->rest = (Span){w->rest.at + size, w->rest.size - (size_t)size};
    return true;
}

bool wire_integer(Field *at, int64_t *to, bool *damaged) {
    uint64_t n = at->integer;
    if (at->type == WIRE_VARINT) {
        at->type = WIRE_SPAN; // of which nothing is left
    } else if (at->type == WIRE_SPAN && at->span.size) {
        if (!varint(&at->span, &n)) return *damaged = true, false;
    } else {
        *damaged |= at->type != WIRE_SPAN;
        return false;
    }
    *to = (int64_t)n;
    return true;
}

float wire_float(const uint8_t *at) {
    const uint32_t bits =
        (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
