// SPDX-License-Identifier: MIT
#include "codegen/structure.h"
#include "codegen/internal.h"
#include "codegen/names.h"
#include "support/limit.h"
#include <string.h>

void fields_add(Fields *f, Val v) {
    f->v[ROOM(f->n, MAX_FIELDS, "fields of a structure")] = v;
    f->n++;
}

void fields_int(Fields *f, int64_t x) {
    fields_add(f, ir_whole(f->ir->i64, x));
}
void fields_real(Fields *f, double x) {
    fields_add(f, LLVMConstReal(f->ir->f64, x));
}
void fields_pointer(Fields *f, Val p) { // see CNN_WIDE
    fields_add(f, p ? p : LLVMConstNull(f->ir->ptr));
    if (f->ir->index == f->ir->i32) fields_add(f, ir_whole(f->ir->i32, 0));
}

Val constant_new(Builder *ir, Val init, const char *name) {
    Val g = name_global(ir, LLVMTypeOf(init), name);
    LLVMSetInitializer(g, init);
    LLVMSetGlobalConstant(g, 1);
    return g;
}

Val ir_numbers(Builder *ir, const double *x, int64_t n) {
    Val *v = ARENA_ARRAY(ir->arena, Val, (size_t)n + 1);
    for (int64_t i = 0; i < n; i++) v[i] = ir_real(ir, x[i]);
    return constant_new(ir, LLVMConstArray2(ir->f32, v, (uint64_t)n), "numbers");
}

Val constant_text(Builder *ir, const char *s) {
    if (!s) return NULL;
    Val g = constant_new(ir, LLVMConstStringInContext2(ir->context, s, strlen(s), 0), "text");
    LLVMSetUnnamedAddress(g, LLVMGlobalUnnamedAddr);
    LLVMSetAlignment(g, 1);
    return g;
}

void fields_text(Fields *f, const char *s) {
    fields_pointer(f, constant_text(f->ir, s));
}

void constant_check(const Builder *ir, Val v, size_t expected) {
    uint64_t size = LLVMABISizeOfType(LLVMGetModuleDataLayout(ir->module), LLVMTypeOf(v));
    if (size != expected)
        internal_error("a structure of the descriptor has %llu bytes, not %zu",
                       (unsigned long long)size, expected);
}

Val fields_end(Fields *f, size_t expected) {
    Val v = LLVMConstStructInContext(f->ir->context, f->v, (unsigned)f->n, 0);
    constant_check(f->ir, v, expected);
    return v;
}

// An array of equal structures (or pointers) as a constant; NULL if there are none.
Val constant_array(Builder *ir, Val *v, int n, const char *name) {
    if (n == 0) return NULL;
    return constant_new(ir, LLVMConstArray2(LLVMTypeOf(v[0]), v, (uint64_t)n), name);
}

Val constant_texts(Builder *ir, const char *const *s, int n, const char *name) {
    Val *v = ARENA_ARRAY(ir->arena, Val, n > 0 ? n : 1);
    for (int i = 0; i < n; i++) v[i] = s[i] ? constant_text(ir, s[i]) : LLVMConstNull(ir->ptr);
    return constant_array(ir, v, n, name);
}

Val constant_dims(Builder *ir, int rank, const int64_t *dim) {
    Val v[5];
    for (int d = 0; d < 5; d++) v[d] = ir_whole(ir->i64, d < rank ? dim[d] : 0);
    return LLVMConstArray2(ir->i64, v, 5);
}

void fields_dims(Fields *f, int rank, const int64_t *dim) {
    fields_add(f, constant_dims(f->ir, rank, dim));
}
