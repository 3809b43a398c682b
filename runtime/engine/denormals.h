// SPDX-License-Identifier: 0BSD
// Where training runs, denormals are flushed to zero: gradients that have all but vanished cost no time.
#ifndef CNN_DENORMALS_H
#define CNN_DENORMALS_H
#include <stdint.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#define DENORMALS_FLUSHED 0x8040u // to zero, and those that are read are zero
static inline uint64_t flush_denormals(void) { // of this thread; returns the mode before
    unsigned old = _mm_getcsr();
    _mm_setcsr(old | DENORMALS_FLUSHED);
    return old;
}
static inline void restore_denormals(uint64_t old) {
    _mm_setcsr((unsigned)old);
}
#elif defined(__aarch64__)
#define DENORMALS_FLUSHED (UINT64_C(1) << 24) // FZ
static inline uint64_t flush_denormals(void) {
    uint64_t old;
    __asm__ volatile("mrs %0, fpcr" : "=r"(old));
    __asm__ volatile("msr fpcr, %0" : : "r"(old | DENORMALS_FLUSHED));
    return old;
}
static inline void restore_denormals(uint64_t old) {
    __asm__ volatile("msr fpcr, %0" : : "r"(old));
}
#elif defined(__arm__) && defined(__ARM_FP)
#define DENORMALS_FLUSHED (UINT32_C(1) << 24) // FZ, of vectors too
static inline uint64_t flush_denormals(void) {
    uint32_t old;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(old));
    __asm__ volatile("vmsr fpscr, %0" : : "r"(old | DENORMALS_FLUSHED));
    return old;
}
static inline void restore_denormals(uint64_t old) {
    __asm__ volatile("vmsr fpscr, %0" : : "r"((uint32_t)old));
}
#else
#define DENORMALS_FLUSHED 0u
static inline uint64_t flush_denormals(void) {
    return 0;
}
static inline void restore_denormals(uint64_t old) {
    (void)old;
}
#endif
#endif
