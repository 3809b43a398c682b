// SPDX-License-Identifier: 0BSD
// How the fuzzer changes a safetensors file: as any bytes, but mostly with the header's length put
// right, else nearly all files would end there. The header is taken to end with the last brace.
#include <stddef.h>
#include <stdint.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room); // libFuzzer's own
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed) {
    enum { LENGTH = 8 };
    size = LLVMFuzzerMutate(data, size, room);
    if (size < LENGTH || seed % 8 == 0) return size;
    size_t end = size;
    while (end > LENGTH && data[end - 1] != '}') end--;
    for (int i = 0; i < LENGTH; i++) data[i] = (uint8_t)((uint64_t)(end - LENGTH) >> (8 * i));
    return size;
}
