// SPDX-License-Identifier: MIT
// Messages of Protocol Buffers: fields by number, each a varint, four bytes, or bytes with their length before them.
// A message in a message is written apart and put in as bytes. One for which there is no memory is dropped, and so is
// one that it was to be put in: what is then written to it goes nowhere, and it cannot be finished.
#ifndef CNNC_PROTOBUF_H
#define CNNC_PROTOBUF_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct MessageBytes {
    char *data;
    size_t size;
} MessageBytes;
typedef struct Message { // it may be copied: what it writes lies elsewhere
    FILE *out; // into bytes
    MessageBytes *bytes; // malloc's, as is the data
} Message;

void message_start(Message *m);
void message_int(Message *m, int field, int64_t value);
void message_float(Message *m, int field, float value);
void message_bytes(Message *m, int field, const void *data, size_t size);
void message_text(Message *m, int field, const char *text);
void message_put(Message *m, int field, Message *inner); // which ends with it
bool message_finish(Message *m); // its bytes are whole; false: there was no memory
void message_drop(Message *m);
#endif
