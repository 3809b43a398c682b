// SPDX-License-Identifier: 0BSD
// See bare.h.
#include "bare.h"
#include <stdalign.h>

enum { OPEN = 1, CLOSE = 2, WRITE = 5, READ = 6, EXIT = 0x20, EXITED = 0x20026 };
enum { PAINT = 0xA5, NO_FILE = 100 };

alignas(64) static unsigned char stack[ROOM];

static intptr_t semihosting(intptr_t what, const void *of) {
#if defined __riscv
    register intptr_t a0 __asm__("a0") = what;
    register const void *a1 __asm__("a1") = of;
    __asm__ volatile(".balign 16\n.option push\n.option norvc\n"
                     "slli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\n.option pop"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
    return a0;
#elif defined __aarch64__
    register intptr_t x0 __asm__("x0") = what;
    register const void *x1 __asm__("x1") = of;
    __asm__ volatile("hlt #0xF000" : "+r"(x0) : "r"(x1) : "memory");
    return x0;
#else
    register intptr_t r0 __asm__("r0") = what;
    register const void *r1 __asm__("r1") = of;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
#endif
}

_Noreturn void leave(int code) {
    const intptr_t status[] = {EXITED, code};
    for (;;) semihosting(EXIT, status);
}

static void transfer(const char *name, intptr_t what, const void *at, size_t bytes) {
    enum { READ_BINARY = 1, WRITE_BINARY = 5 };
    intptr_t letters = 0;
    while (name[letters]) letters++;
    const intptr_t file[] = {(intptr_t)name, what == READ ? READ_BINARY : WRITE_BINARY, letters};
    const intptr_t handle = semihosting(OPEN, file);
    const intptr_t block[] = {handle, (intptr_t)at, (intptr_t)bytes};
    if (handle < 0 || semihosting(what, block) != 0) leave(NO_FILE);
    semihosting(CLOSE, &handle);
}

void read_file(const char *name, void *to, size_t bytes) {
    transfer(name, READ, to, bytes);
}

void write_file(const char *name, const void *from, size_t bytes) {
    transfer(name, WRITE, from, bytes);
}

__attribute__((noinline)) void paint_stack(void) {
    volatile unsigned char *end = (volatile unsigned char *)__builtin_frame_address(0) - OWN / 2;
    for (volatile unsigned char *p = stack; p < end; p++) *p = PAINT;
}

__attribute__((noinline)) size_t stack_used(void) {
    const volatile unsigned char *p = stack;
    while (*p == PAINT) p++;
    return (size_t)((const volatile unsigned char *)__builtin_frame_address(0) - p);
}

void copy(void *to, const void *from, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        ((volatile unsigned char *)to)[i] = ((const unsigned char *)from)[i];
}

int differ(const void *a, const void *b, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        if (((const unsigned char *)a)[i] != ((const unsigned char *)b)[i]) return 1;
    return 0;
}

// ---- the first instruction

#if defined __riscv
__attribute__((naked, section(".text.start"))) void _start(void) {
    __asm__("la sp, %0\nj run" ::"i"(stack + sizeof stack));
}
#elif defined __aarch64__
__attribute__((naked, section(".text.start"))) void _start(void) {
    __asm__("adrp x0, %0\nadd x0, x0, :lo12:%0\nmov sp, x0\nb run" ::"i"(stack + sizeof stack));
}
#else
static void start(void) {
    *(volatile uint32_t *)0xE000ED88 |= 0xF << 20; // CPACR: the floating-point unit, and MVE
    __asm__ volatile("dsb\nisb");
    run();
}

__attribute__((used, section(".vectors"))) static const struct {
    unsigned char *stack;
    void (*reset)(void);
} vectors = {stack + sizeof stack, start};
#endif
