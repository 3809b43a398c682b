// SPDX-License-Identifier: MIT
// Constant structures for the runtime to read, field by field in the order of its header.
#ifndef CNNC_STRUCTURE_H
#define CNNC_STRUCTURE_H
#include "codegen/builder.h"

enum { MAX_FIELDS = 20 };

typedef struct Fields { // a structure under construction
    Builder *ir;
    int n;
    Val v[MAX_FIELDS];
} Fields;

void fields_add(Fields *f, Val v);
void fields_int(Fields *f, int64_t x);
void fields_real(Fields *f, double x);
void fields_pointer(Fields *f, Val p); // NULL: a null pointer, as of the next ones
void fields_text(Fields *f, const char *s);
void fields_dims(Fields *f, int rank, const int64_t *dim);
Val fields_end(Fields *f, size_t expected); // the structure, which must have so many bytes

void constant_check(const Builder *ir, Val v, size_t expected); // its bytes
Val constant_new(Builder *ir, Val init, const char *name); // a global that has this value
Val constant_text(Builder *ir, const char *s);
Val constant_array(Builder *ir, Val *v, int n, const char *name); // of equal structures or pointers
Val constant_texts(Builder *ir, const char *const *s, int n, const char *name);
Val constant_dims(Builder *ir, int rank, const int64_t *dim);
#endif
