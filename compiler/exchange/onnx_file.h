// SPDX-License-Identifier: MIT
// What an ONNX file says: a graph of nodes, constants by name, and the graph's two ends. Its bytes are not copied, and
// nothing in it is run or followed.
#ifndef CNNC_ONNX_FILE_H
#define CNNC_ONNX_FILE_H
#include "../runtime/error.h"
#include "exchange/protobuf_read.h"
#include "support/arena.h"

enum { MOST_DIMS = 8 }; // of a tensor

typedef struct OnnxTensor {
    const char *name;
    int type;
    int rank;
    int64_t dim[MOST_DIMS];
    int64_t count;
    Span message; // in which its numbers are
} OnnxTensor;

typedef struct OnnxAttribute {
    const char *name;
    float real;
    int64_t integer;
    Span text;
    Span message; // in which lists and tensors are
    bool read; // by who takes the node
} OnnxAttribute;

typedef struct OnnxNode {
    const char *type, *name;
    const char *domain; // "": ONNX's own
    int nin, nout, nattribute;
    const char **in, **out; // names of values; "" where one is left out
    OnnxAttribute *attribute;
    bool taken;
} OnnxNode;

enum { ANY_SIZE = -1 }; // of a dimension that has a name, or none
typedef struct OnnxEnd {
    const char *name;
    int type; // 0: it is no tensor
    int rank; // -1: the file does not say
    int64_t dim[MOST_DIMS];
} OnnxEnd;

typedef struct OnnxFile {
    Arena *a;
    const char *producer;
    int64_t opset;
    int nnode, ntensor, nin, nout;
    OnnxNode *node;
    OnnxTensor *tensor;
    OnnxEnd *in, *out;
} OnnxFile;

bool onnx_read(OnnxFile *f, Arena *a, Span bytes, CnnError *error);

// ---- lists within an attribute, in the arena; how many there are, or -1 where they are damaged
int onnx_integers(Arena *a, const OnnxAttribute *at, int64_t **to);
int onnx_floats(Arena *a, const OnnxAttribute *at, float **to);
bool onnx_tensor_of(Arena *a, const OnnxAttribute *at, OnnxTensor *to, CnnError *error);
// ---- numbers of a tensor: float32; int32, int64 and truths. False: they are not as many as its dimensions say.
bool onnx_tensor_floats(const OnnxTensor *t, float *to);
bool onnx_tensor_integers(const OnnxTensor *t, int64_t *to);
const char *onnx_type_name(int type); // "float16"
#endif
