// SPDX-License-Identifier: MIT
// See protobuf.h.
#include "exchange/protobuf.h"
#include "exchange/protobuf_read.h"
#include <stdlib.h>
#include <string.h>

void message_start(Message *m) {
    *m = (Message){0};
    m->bytes = calloc(1, sizeof *m->bytes);
    m->out = m->bytes ? open_memstream(&m->bytes->data, &m->bytes->size) : NULL;
    if (!m->out) message_drop(m);
}

// A stream in memory need not remember that there was none.
static void put(Message *m, const void *data, size_t size) {
    if (m->out && fwrite(data, 1, size, m->out) != size) message_drop(m);
}

static void byte(Message *m, uint64_t n) {
    const unsigned char low = n & 0xff;
    put(m, &low, 1);
}

static void varint(Message *m, uint64_t n) { // seven bits a byte, the low ones first
    for (; n > 0x7f; n >>= 7) byte(m, (n & 0x7f) | 0x80);
    byte(m, n);
}

static void key(Message *m, int field, WireType type) {
    varint(m, (uint64_t)field << 3 | (uint64_t)type);
}

void message_int(Message *m, int field, int64_t value) {
    key(m, field, WIRE_VARINT);
    varint(m, (uint64_t)value);
}

void message_float(Message *m, int field, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    key(m, field, WIRE_FOUR);
    for (int i = 0; i < 4; i++) byte(m, bits >> 8 * i);
}

void message_bytes(Message *m, int field, const void *data, size_t size) {
    key(m, field, WIRE_SPAN);
    varint(m, size);
    put(m, data, size);
}

void message_text(Message *m, int field, const char *text) {
    message_bytes(m, field, text, strlen(text));
}

bool message_finish(Message *m) {
    FILE *out = m->out;
    m->out = NULL;
    if (out && fclose(out) == 0 && m->bytes->data) return true;
    message_drop(m);
    return false;
}

void message_put(Message *m, int field, Message *inner) {
    if (message_finish(inner))
        message_bytes(m, field, inner->bytes->data, inner->bytes->size);
    else
        message_drop(m);
    message_drop(inner);
}

void message_drop(Message *m) {
    if (m->out) fclose(m->out);
    if (m->bytes) free(m->bytes->data);
    free(m->bytes);
    *m = (Message){0};
}
