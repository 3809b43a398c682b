// SPDX-License-Identifier: MIT
// What the static libraries of this system's C++ compiler call of a C library newer than that of 2021, which programs
// that are to run on other systems must not need. Only part of programs that hold LLVM (CNNC_STATIC).
#ifndef _GNU_SOURCE // LLVM's own flags may have it
#define _GNU_SOURCE // getrandom
#endif
#include <stdint.h>
#include <sys/random.h>
#include <unistd.h>

uint32_t arc4random(void);
int _dl_find_object(void *address, void *result);

// std::random_device.
uint32_t arc4random(void) {
    uint32_t value = 0;
    if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value) value = (uint32_t)getpid();
    return value;
}

// Of the unwinder: found nothing. LLVM is built without exceptions, so nothing is unwound.
int _dl_find_object(void *address, void *result) {
    return (void)address, (void)result, -1;
}
