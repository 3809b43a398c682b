/* Made by cnnc 0.1.0 from models/fashion.cnn. SPDX-License-Identifier: 0BSD */
#ifndef FASHION_H
#define FASHION_H
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FASHION_INPUT_SHAPE  {28, 28, 1}
#define FASHION_INPUT_SIZE   784 /* floats */
#define FASHION_OUTPUT_SHAPE {10}
#define FASHION_OUTPUT_SIZE  10 /* floats */
#define FASHION_WORKSPACE_BYTES 114688 /* whatever n; pointer aligned to 64; contents don't matter */
#define FASHION_STACK_BYTES  4224 /* no more than this on the stack */

#define FASHION_CPU_NEEDS "" /* made for generic */

/* input: n samples of FASHION_INPUT_SIZE floats; output: n of FASHION_OUTPUT_SIZE. No overlap. */
void fashion_predict(const float *input, float *output, void *workspace);
void fashion_predict_batch(const float *input, float *output, size_t n, void *workspace);
const char *fashion_info(void); /* JSON: versions, source, target, shapes, parameters, classes */

/* Refers to the object this header was made with: another one fails at link. */
extern const char fashion_object_in784_out10_ws114688;
#ifdef __GNUC__ /* the reference stays even where nothing uses it */
__attribute__((used))
#endif
static const char *const fashion_object_check = &fashion_object_in784_out10_ws114688;

#ifdef __cplusplus
}
#endif
#endif
