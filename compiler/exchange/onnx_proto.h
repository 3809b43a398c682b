// SPDX-License-Identifier: MIT
// Numbers of ONNX's onnx.proto, which who writes a file and who reads one go by: fields of its messages, and types.
#ifndef CNNC_ONNX_PROTO_H
#define CNNC_ONNX_PROTO_H

enum {
    MODEL_IR = 1,
    MODEL_PRODUCER,
    MODEL_PRODUCER_VERSION,
    MODEL_GRAPH = 7,
    MODEL_OPSET,
    MODEL_FUNCTION = 25
};
enum { OPSET_DOMAIN = 1, OPSET_VERSION };
enum {
    GRAPH_NODE = 1,
    GRAPH_NAME,
    GRAPH_TENSOR = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT,
    GRAPH_SPARSE = 15
};
enum { NODE_INPUT = 1, NODE_OUTPUT, NODE_NAME, NODE_TYPE, NODE_ATTRIBUTE, NODE_DOMAIN = 7 };
enum {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_FLOAT,
    ATTRIBUTE_INT,
    ATTRIBUTE_TEXT,
    ATTRIBUTE_TENSOR,
    ATTRIBUTE_FLOATS = 7,
    ATTRIBUTE_INTS,
    ATTRIBUTE_KIND = 20
};
enum { KIND_FLOAT = 1, KIND_INT, KIND_TEXT, KIND_INTS = 7 }; // of an attribute
enum {
    TENSOR_DIMS = 1,
    TENSOR_TYPE,
    TENSOR_FLOATS = 4,
    TENSOR_INT32S,
    TENSOR_INT64S = 7,
    TENSOR_NAME,
    TENSOR_RAW,
    TENSOR_EXTERNAL = 13,
    TENSOR_LOCATION
};
// An input or output of the graph: its type holds that of a tensor, which holds the elements' and a shape of dimensions.
enum { END_NAME = 1, END_TYPE };
enum { TYPE_TENSOR = 1, TYPE_ELEMENT = 1, TYPE_SHAPE };
enum { SHAPE_DIM = 1, DIM_VALUE = 1, DIM_PARAM };

enum { ONNX_FLOAT = 1, ONNX_INT32 = 6, ONNX_INT64 = 7, ONNX_BOOL = 9 }; // elements
#endif
