// SPDX-License-Identifier: MIT
// The operators that become layers, a row each. See chain.h.
#include "exchange/chain.h"
#include <string.h>

static const ChainOperator operators[] = {
    {"Conv", take_conv, 3, CHANNELS_FIRST},
    {"ConvTranspose", take_conv_transpose, 3, CHANNELS_FIRST},
    {"MaxPool", take_max_pool, 1, CHANNELS_FIRST},
    {"AveragePool", take_average_pool, 1, CHANNELS_FIRST},
    {"GlobalMaxPool", take_global_max, 1, CHANNELS_FIRST},
    {"GlobalAveragePool", take_global_average, 1, CHANNELS_FIRST},
    {"ReduceMax", take_reduce_max, 2, 0},
    {"ReduceMean", take_reduce_mean, 2, 0},
    {"Gemm", take_gemm, 3, 0},
    {"MatMul", take_matmul, 2, 0},
    {"Add", take_add, 2, KEEPS},
    {"Sub", take_sub, 2, KEEPS},
    {"Mul", take_mul, 2, KEEPS},
    {"Div", take_div, 2, KEEPS},
    {"Neg", take_neg, 1, KEEPS},
    {"BatchNormalization", take_batch_normalization, 5, CHANNELS_FIRST},
    {"LayerNormalization", take_layer_normalization, 3, 0},
    {"InstanceNormalization", take_instance_normalization, 3, CHANNELS_FIRST},
    {"GroupNormalization", take_group_normalization, 3, CHANNELS_FIRST},
    {"RMSNormalization", take_rms_normalization, 2, 0},
    {"Relu", take_activation, 1, KEEPS},
    {"Sigmoid", take_activation, 1, KEEPS},
    {"Tanh", take_activation, 1, KEEPS},
    {"Softplus", take_activation, 1, KEEPS},
    {"Softsign", take_activation, 1, KEEPS},
    {"Exp", take_activation, 1, KEEPS},
    {"HardSwish", take_activation, 1, KEEPS},
    {"Mish", take_activation, 1, KEEPS},
    {"LeakyRelu", take_leaky_relu, 1, KEEPS},
    {"Elu", take_elu, 1, KEEPS},
    {"Celu", take_celu, 1, KEEPS},
    {"Selu", take_selu, 1, KEEPS},
    {"Gelu", take_gelu, 1, KEEPS},
    {"Swish", take_swish, 1, KEEPS},
    {"Shrink", take_shrink, 1, KEEPS},
    {"HardSigmoid", take_hard_sigmoid, 1, KEEPS},
    {"Clip", take_clip, 3, KEEPS},
    {"PRelu", take_prelu, 2, KEEPS},
    {"Softmax", take_softmax, 1, 0},
    {"LogSoftmax", take_log_softmax, 1, 0},
    {"Identity", take_identity, 1, KEEPS},
    {"Cast", take_cast, 1, KEEPS},
    {"Dropout", take_dropout, 3, KEEPS},
    {"Transpose", take_transpose, 1, 0},
    {"Flatten", take_flatten, 1, 0},
    {"Reshape", take_reshape, 2, 0},
    {"Squeeze", take_squeeze, 2, 0},
    {"Unsqueeze", take_unsqueeze, 2, 0},
    {"Expand", take_expand, 2, 0},
    {"Pad", take_pad, 4, 0},
    {"Slice", take_slice, 5, 0},
    {"Resize", take_resize, 4, CHANNELS_FIRST},
    {"Upsample", take_resize, 2, CHANNELS_FIRST},
};

const ChainOperator *chain_operator(const char *type) {
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strcmp(operators[i].type, type) == 0) return &operators[i];
    return NULL;
}
