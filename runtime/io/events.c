// SPDX-License-Identifier: 0BSD
// Event files. A record is its length (8 bytes), the checksum of these, the data, and the data's checksum; all
// are little-endian, a checksum is CRC-32C, rotated by 15 bits and moved by a constant. Data is a message
// Event as Protocol Buffers write it: a field is number << 3 | kind (0 a variable integer, 1 eight bytes, 2 a
// length and so many bytes, 5 four bytes), then its value.
//     Event   { 1 time (double)  2 step  3 version (the first record's)  5 Summary }
//     Summary { 1 Value }     Value { 1 tag  2 value (float)  9 Metadata }
//     Metadata { 1 { 1 "scalars" }  4 class: 1, a scalar }
#define _DEFAULT_SOURCE // gethostname
#include "io/events.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { INTEGER = 0, DOUBLE = 1, BYTES = 2, FLOAT = 5 }; // kinds of field
enum { HEAD = 12, CHECK = 4 }; // bytes before and behind the data

typedef struct Message { // under construction; whoever makes it sees to the room
    unsigned char *at;
    size_t size;
} Message;

static void put_byte(Message *m, uint64_t byte) {
    m->at[m->size++] = (unsigned char)byte;
}

static void put_raw(Message *m, uint64_t bits, int bytes) {
    for (int i = 0; i < bytes; i++) put_byte(m, bits >> 8 * i & 0xff);
}

static void put_integer(Message *m, uint64_t value) {
    for (; value > 0x7f; value >>= 7) put_byte(m, (value & 0x7f) | 0x80);
    put_byte(m, value);
}

static void put_field(Message *m, int number, int kind) {
    put_integer(m, (uint64_t)number << 3 | (uint64_t)kind);
}

static void put_bytes(Message *m, int number, const void *from, size_t size) {
    put_field(m, number, BYTES);
    put_integer(m, size);
    memcpy(m->at + m->size, from, size);
    m->size += size;
}

static uint32_t checksum(const unsigned char *data, size_t size) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

// Adds what goes around the data, which stands HEAD bytes behind the start, and writes all.
static bool write_record(FILE *file, unsigned char *record, size_t data) {
    Message m = {.at = record};
    put_raw(&m, data, 8);
    put_raw(&m, checksum(record, 8), 4);
    m.size += data;
    put_raw(&m, checksum(record + HEAD, data), CHECK);
    return fwrite(record, 1, m.size, file) == m.size;
}

static void put_time(Message *m) {
    struct timespec now;
    double seconds;
    uint64_t bits;
    clock_gettime(CLOCK_REALTIME, &now);
    seconds = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    memcpy(&bits, &seconds, sizeof bits);
    put_field(m, 1, DOUBLE);
    put_raw(m, bits, 8);
}

static bool write_version(FILE *file) {
    static const char version[] = "brain.Event:2";
    unsigned char record[64];
    Message m = {.at = record + HEAD};
    put_time(&m);
    put_bytes(&m, 3, version, strlen(version));
    return write_record(file, record, m.size);
}

FILE *events_open(const char *folder, int number, CnnError *error) {
    enum { HOST = 64, REST = 64, MOST = 1000 };
    char host[HOST + 1] = "host", *path = malloc(strlen(folder) + HOST + REST);
    if (!path) return cnn_fail(error, CNN_SYSTEM, "out of memory"), NULL;
    gethostname(host, HOST);
    int fd = -1;
    bool made = true, there = true;
    for (int next = number; made && there && next < MOST; next++) {
        sprintf(path, "%s/events.out.tfevents.%010lld.%s.%d.%d", folder, (long long)time(NULL),
                host, (int)getpid(), next);
        made = outfile_folders(path, error);
        fd = made ? outfile_descriptor(path, O_CREAT | O_EXCL) : -1;
        there = fd < 0 && errno == EEXIST; // of a fit that began in the same second
    }
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    bool ok = file && write_version(file) && fflush(file) == 0;
    if (made && !ok) cnn_fail(error, CNN_SYSTEM, "cannot write %s: %s", path, strerror(errno));
    if (file && !ok) fclose(file);
    if (fd >= 0 && !file) close(fd);
    free(path);
    return ok ? file : NULL;
}

// The Value; m has room for it.
static void put_value(Message *m, const char *tag, double value) {
    static const char metadata[] = "\012\011\012\007scalars\040\001"; // as above
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    put_bytes(m, 1, tag, strlen(tag));
    put_field(m, 2, FLOAT);
    put_raw(m, bits, 4);
    put_bytes(m, 9, metadata, sizeof metadata - 1);
}

bool events_scalar(FILE *file, const char *prefix, const char *name, const char *suffix,
                   int64_t step, double value) {
    size_t tag = strlen(prefix) + strlen(name) + strlen(suffix) + 1, room = 2 * tag + 128;
    char *memory = malloc(tag + 3 * room);
    if (!memory) return false;
    unsigned char *part = (unsigned char *)memory + tag;
    Message m = {.at = part + HEAD}, inner = {.at = part + room}, outer = {.at = part + 2 * room};
    sprintf(memory, "%s%s%s", prefix, name, suffix);
    put_value(&inner, memory, value);
    put_bytes(&outer, 1, inner.at, inner.size);
    put_time(&m);
    put_field(&m, 2, INTEGER);
    put_integer(&m, (uint64_t)step);
    put_bytes(&m, 5, outer.at, outer.size);
    bool ok = write_record(file, part, m.size);
    free(memory);
    return ok;
}
