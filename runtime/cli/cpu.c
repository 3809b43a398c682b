// SPDX-License-Identifier: 0BSD
// See cpu.h. Two things must be so: the CPU has the instructions, says cpuid, and the system saves the
// registers they work on, says XCR0.
#include "cli/cpu.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { EAX, EBX, ECX, EDX };
enum { SAVES_NONE = 0, SAVES_YMM = 0x6, SAVES_ZMM = 0xe6 }; // bits of XCR0

// Features that LLVM uses by itself where it may: vectors, and single instructions on integers.
static const struct Feature {
    const char *name;
    uint32_t leaf, subleaf;
    int word, bit; // of what cpuid answers
    uint32_t saves;
} table[] = {
    {"sse3", 1, 0, ECX, 0, SAVES_NONE},
    {"ssse3", 1, 0, ECX, 9, SAVES_NONE},
    {"cx16", 1, 0, ECX, 13, SAVES_NONE},
    {"sse4.1", 1, 0, ECX, 19, SAVES_NONE},
    {"sse4.2", 1, 0, ECX, 20, SAVES_NONE},
    {"movbe", 1, 0, ECX, 22, SAVES_NONE},
    {"popcnt", 1, 0, ECX, 23, SAVES_NONE},
    {"fma", 1, 0, ECX, 12, SAVES_YMM},
    {"avx", 1, 0, ECX, 28, SAVES_YMM},
    {"f16c", 1, 0, ECX, 29, SAVES_YMM},
    {"bmi", 7, 0, EBX, 3, SAVES_NONE},
    {"avx2", 7, 0, EBX, 5, SAVES_YMM},
    {"bmi2", 7, 0, EBX, 8, SAVES_NONE},
    {"avx512f", 7, 0, EBX, 16, SAVES_ZMM},
    {"avx512dq", 7, 0, EBX, 17, SAVES_ZMM},
    {"avx512ifma", 7, 0, EBX, 21, SAVES_ZMM},
    {"avx512cd", 7, 0, EBX, 28, SAVES_ZMM},
    {"avx512bw", 7, 0, EBX, 30, SAVES_ZMM},
    {"avx512vl", 7, 0, EBX, 31, SAVES_ZMM},
    {"avx512vbmi", 7, 0, ECX, 1, SAVES_ZMM},
    {"avx512vbmi2", 7, 0, ECX, 6, SAVES_ZMM},
    {"gfni", 7, 0, ECX, 8, SAVES_NONE},
    {"avx512vnni", 7, 0, ECX, 11, SAVES_ZMM},
    {"avx512bitalg", 7, 0, ECX, 12, SAVES_ZMM},
    {"avx512vpopcntdq", 7, 0, ECX, 14, SAVES_ZMM},
    {"avx512fp16", 7, 0, EDX, 23, SAVES_ZMM},
    {"avxvnni", 7, 1, EAX, 4, SAVES_YMM},
    {"avx512bf16", 7, 1, EAX, 5, SAVES_ZMM},
    {"sahf", 0x80000001u, 0, ECX, 0, SAVES_NONE},
    {"lzcnt", 0x80000001u, 0, ECX, 5, SAVES_NONE},
    {"sse4a", 0x80000001u, 0, ECX, 6, SAVES_NONE},
    {"xop", 0x80000001u, 0, ECX, 11, SAVES_YMM},
    {"fma4", 0x80000001u, 0, ECX, 16, SAVES_YMM},
    {"tbm", 0x80000001u, 0, ECX, 21, SAVES_NONE},
};

#if defined(__x86_64__)
#include <cpuid.h>

static uint32_t saved_registers(void) { // the lower half of XCR0
    enum { OSXSAVE = 1 << 27 };
    uint32_t word[4] = {0}, low = 0, high;
    if (__get_cpuid(1, &word[EAX], &word[EBX], &word[ECX], &word[EDX]) && word[ECX] & OSXSAVE)
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static bool has(const struct Feature *f) {
    uint32_t word[4];
    if (!__get_cpuid_count(f->leaf, f->subleaf, &word[EAX], &word[EBX], &word[ECX], &word[EDX]))
        return false;
    return word[f->word] >> f->bit & 1 && (saved_registers() & f->saves) == f->saves;
}
#else
static bool has(const struct Feature *f) {
    (void)f;
    return false;
}
#endif

static const struct Feature *find(const char *name, size_t length) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strlen(table[i].name) == length && !strncmp(table[i].name, name, length))
            return &table[i];
    return NULL;
}

static void append(char buffer[CPU_TEXT], const char *separator, const char *word, size_t length) {
    size_t used = strlen(buffer);
    snprintf(buffer + used, CPU_TEXT - used, "%s%.*s", used ? separator : "", (int)length, word);
}

const char *cpu_used(char buffer[CPU_TEXT], const char *features) {
    *buffer = 0;
    for (size_t n; *features; features += n + (features[n] == ',')) {
        n = strcspn(features, ",");
        if (*features == '+' && find(features + 1, n - 1)) append(buffer, " ", features + 1, n - 1);
    }
    return buffer;
}

const char *cpu_lacks(char buffer[CPU_TEXT], const char *needs) {
    *buffer = 0;
    for (size_t n; *needs; needs += n + (needs[n] == ' ')) {
        n = strcspn(needs, " ");
        const struct Feature *f = find(needs, n);
        if (!f || !has(f)) append(buffer, ", ", needs, n);
    }
    return buffer;
}

const char *cpu_level(void) {
    static const struct {
        const char *cpu, *needs;
    } levels[] = {{"x86-64-v4", CPU_V4}, {"x86-64-v3", CPU_V3}, {"x86-64-v2", CPU_V2}};
    char buffer[CPU_TEXT];
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (!*cpu_lacks(buffer, levels[i].needs)) return levels[i].cpu;
    return "x86-64";
}
