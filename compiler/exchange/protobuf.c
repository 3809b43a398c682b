// SPDX-License-Identifier: MIT
// See protobuf.h.
#include "exchange/protobuf.h"
#include <stdlib.h>
#include <string.h>

enum { VARINT = 0, WITH_LENGTH = 2, FOUR_BYTES = 5 };

bool message_start(Message *m) {
    *m = (Message){0};
    m->bytes = calloc(1, sizeof *m->bytes);
    m->out = m->bytes ? open_memstream(&m->bytes->data, &m->bytes->size) : NULL;
    if (!m->out) message_drop(m);
    return m->out != NULL;
}

static void varint(Message *m, uint64_t n) { // seven bits a byte, the low ones first
    for (; n > 0x7f; n >>= 7) fputc((int)(n & 0x7f) | 0x80, m->out);
    fputc((int)n, m->out);
}

static void key(Message *m, int field, int type) {
    varint(m, (uint64_t)field << 3 | (uint64_t)type);
}

void message_int(Message *m, int field, int64_t value) {
    key(m, field, VARINT);
    varint(m, (uint64_t)value);
}

void message_float(Message *m, int field, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    key(m, field, FOUR_BYTES);
    for (int i = 0; i < 4; i++) fputc((int)(bits >> 8 * i & 0xff), m->out);
}

void message_bytes(Message *m, int field, const void *data, size_t size) {
    key(m, field, WITH_LENGTH);
    varint(m, size);
    fwrite(data, 1, size, m->out);
}

void message_text(Message *m, int field, const char *text) {
    message_bytes(m, field, text, strlen(text));
}

bool message_finish(Message *m) {
    bool ok = m->out && !ferror(m->out);
    if (m->out && fclose(m->out) != 0) ok = false;
    m->out = NULL;
    return ok;
}

void message_put(Message *m, int field, Message *inner) {
    if (message_finish(inner)) message_bytes(m, field, inner->bytes->data, inner->bytes->size);
    message_drop(inner);
}

void message_drop(Message *m) {
    if (m->out) fclose(m->out);
    if (m->bytes) free(m->bytes->data);
    free(m->bytes);
    *m = (Message){0};
}
