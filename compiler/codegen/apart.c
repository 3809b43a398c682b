// SPDX-License-Identifier: MIT
// See apart.h; formats/apart.h says what such a block is.
#include "codegen/apart.h"
#include "codegen/names.h"
#include "formats/apart.h"
#include <string.h>

typedef struct Head { // as the words that P_check compares
    uint64_t word[APART_KNOWN / 8];
} Head;

static Head head_of(const Constants *c) {
    Head h = {{0}};
    for (size_t i = 0; i < 8; i++) h.word[0] |= (uint64_t)(uint8_t)APART_MARK[i] << 8 * i;
    h.word[APART_IDENTITY / 8] = c->identity;
    h.word[APART_BYTES / 8] = (uint64_t)(APART_HEAD + c->length);
    return h;
}

Val apart_constants(Builder *ir, Val weights) {
    return ir_at(ir, weights, ir->i8, ir_int(ir, APART_HEAD));
}

void apart_put_head(Builder *ir, Val weights, const Constants *c) {
    Head h = head_of(c);
    ir_zero(ir, weights, ir_int(ir, APART_HEAD / 4));
    for (int64_t i = 0; i < APART_KNOWN / 8; i++)
        ir_put(ir, ir_at(ir, weights, ir->i64, ir_int(ir, i)),
               ir_whole(ir->i64, (int64_t)h.word[i]));
}

void emit_apart_check(Module *m, const Constants *c) {
    Builder *ir = &m->ir;
    Head h = head_of(c);
    Val fn = ir_function(ir, name_exported(m->arena, m->options.prefix, "check"), ir->i32, &ir->ptr,
                         1, false, (Loc){1, 1, 1, 1});
    Val same = ir_whole(ir->i1, 1);
    for (int64_t i = 0; i < APART_KNOWN / 8; i++) {
        Val word = ir_field(ir, LLVMGetParam(fn, 0), 8 * i, ir->i64);
        same = ir_and(ir, same, ir_equal(ir, word, ir_whole(ir->i64, (int64_t)h.word[i])));
    }
    ir_return_value(ir, ir_widen(ir, same, ir->i32));
}

int64_t object_weights_bytes(Arena *a, const Level *level, int n, uint64_t *identity) {
    Constants c = constants_gather(a, level, n, NULL);
    *identity = c.identity;
    return APART_HEAD + c.length;
}

Output object_weights(Arena *a, const Level *level, int n, const float *weights) {
    Constants c = constants_gather(a, level, n, weights);
    Head h = head_of(&c);
    char *block = arena_alloc(a, (size_t)(APART_HEAD + c.length));
    memset(block, 0, APART_HEAD);
    for (size_t i = 0; i < APART_KNOWN; i++) block[i] = (char)(h.word[i / 8] >> i % 8 * 8 & 255);
    memcpy(block + APART_HEAD, c.bytes, (size_t)c.length);
    return (Output){block, (size_t)(APART_HEAD + c.length)};
}
