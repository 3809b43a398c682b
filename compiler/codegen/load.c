// SPDX-License-Identifier: MIT
// Objects of a program, loaded into this process instead of linked to a file: LLVM's ORC puts them into memory
// and resolves what they refer to.
#include "codegen/module.h"
#include "keras/callbacks/callback.h"
#include "keras/metrics/metric.h"
#include "../runtime/io/image.h"
#include "data/data.h"
#include <llvm-c/Core.h>
#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>

// False, with the reason in *trouble, where e is an error.
static bool good(Arena *a, LLVMErrorRef e, const char **trouble) {
    if (!e) return true;
    char *text = LLVMGetErrorMessage(e);
    *trouble = arena_printf(a, "%s", text);
    LLVMDisposeErrorMessage(text);
    return false;
}

// What the code takes from outside: the C library's memset and its like.
static bool sees_process(Arena *a, LLVMOrcLLJITRef jit, const char **trouble) {
    LLVMOrcDefinitionGeneratorRef process = NULL;
    if (!good(a,
              LLVMOrcCreateDynamicLibrarySearchGeneratorForProcess(
                  &process, LLVMOrcLLJITGetGlobalPrefix(jit), NULL, NULL),
              trouble))
        return false;
    LLVMOrcJITDylibAddGenerator(LLVMOrcLLJITGetMainJITDylib(jit), process);
    return true;
}

typedef struct Known { // symbols of the runtime
    Arena *a;
    LLVMOrcLLJITRef jit;
    int n;
    LLVMOrcCSymbolMapPair *pair;
} Known;

static void know(Known *k, const char *symbol, const void *at) {
    LLVMOrcCSymbolMapPair pair = {LLVMOrcLLJITMangleAndIntern(k->jit, symbol),
                                  {(uintptr_t)at, {LLVMJITSymbolGenericFlagsExported, 0}}};
    for (int i = 0; i < k->n; i++)
        if (k->pair[i].Name == pair.Name) { // two metrics can have one function
            LLVMOrcReleaseSymbolStringPoolEntry(pair.Name);
            return;
        }
    ARENA_PUSH(k->a, k->pair, k->n, pair);
}

// And what the model's descriptor points at, which is linked to the compiler too.
static bool sees_runtime(Arena *a, LLVMOrcLLJITRef jit, const char **trouble) {
    Known k = {.a = a, .jit = jit};
    for (const CallbackClass *const *c = callback_classes; *c; c++)
        know(&k, (*c)->symbol, (*c)->runtime);
    for (const MetricClass *const *c = metric_classes; *c; c++)
        if ((*c)->symbol) know(&k, (*c)->symbol, (const void *)(uintptr_t)(*c)->result);
    know(&k, "cnn_images", &cnn_images);
    for (const DatasetClass *const *c = dataset_classes; *c; c++)
        for (int i = 0; i < (*c)->nmode; i++)
            if ((*c)->mode[i].symbol) know(&k, (*c)->mode[i].symbol, (*c)->mode[i].runtime);
    for (const ArrayClass *c = array_classes; c->symbol; c++) know(&k, c->symbol, c->runtime);
    know(&k, "data_reader", &data_reader);
    know(&k, "cnn_values", &cnn_values);
    LLVMErrorRef e = LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(jit),
                                           LLVMOrcAbsoluteSymbols(k.pair, (size_t)k.n));
    return good(a, e, trouble);
}

static bool load(Arena *a, LLVMOrcLLJITRef jit, const Output *object, int n, const char **trouble) {
    for (int i = 0; i < n; i++) {
        LLVMMemoryBufferRef copy = LLVMCreateMemoryBufferWithMemoryRangeCopy(
            object[i].bytes, object[i].length, arena_printf(a, "part %d", i));
        LLVMErrorRef e = LLVMOrcLLJITAddObjectFile(jit, LLVMOrcLLJITGetMainJITDylib(jit), copy);
        if (!good(a, e, trouble)) return false;
    }
    return true;
}

Loaded module_load(Arena *a, const Output *object, int n, const char *symbol,
                   const char **trouble) {
    LLVMOrcLLJITRef jit = NULL;
    LLVMOrcExecutorAddress at = 0;
    if (good(a, LLVMOrcCreateLLJIT(&jit, NULL), trouble) && sees_process(a, jit, trouble) &&
        sees_runtime(a, jit, trouble) && load(a, jit, object, n, trouble) &&
        good(a, LLVMOrcLLJITLookup(jit, &at, symbol), trouble))
        return (Loaded){jit, (const void *)(uintptr_t)at};
    module_unload(&(Loaded){jit, NULL});
    return (Loaded){0};
}

void module_unload(Loaded *loaded) {
    if (loaded->jit) LLVMConsumeError(LLVMOrcDisposeLLJIT(loaded->jit));
    *loaded = (Loaded){0};
}
