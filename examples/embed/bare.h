// SPDX-License-Identifier: 0BSD
// A machine with nothing but itself: no library, no system. start.c has its first instruction and goes to run().
// Files are read and written by semihosting, calls that the emulator answers, for ARM and RISC-V alike.
#ifndef BARE_H
#define BARE_H
#include <stddef.h>
#include <stdint.h>

enum {
    ROOM = 1 << 17,
    OWN = 512 + 64
}; // of the stack: its bytes; what a use of it by others than the object takes

void run(void); // ends with leave()
_Noreturn void leave(int code);
void read_file(const char *name, void *to, size_t bytes); // the whole of it
void write_file(const char *name, const void *from, size_t bytes);
void paint_stack(void); // below the caller
size_t stack_used(void); // since then, from the caller on
void copy(void *to, const void *from, size_t bytes);
int differ(const void *a, const void *b, size_t bytes);
#endif
