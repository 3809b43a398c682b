// SPDX-License-Identifier: MIT
// How LLVM ends the process: as the rest of the compiler does, in one line and with the exit code 3.
// Being C++ it runs out of memory by an exception that nobody catches, and reports what it cannot do by
// a call of abort(). Functions for both can be set; those of C++ go by their mangled names, and where a
// library is without them, things stay as they are.
#ifndef _GNU_SOURCE // LLVM's own flags may have it
#define _GNU_SOURCE // RTLD_DEFAULT
#endif
#include "codegen/module.h"
#include "support/tell.h"
#include <dlfcn.h>
#include <llvm-c/ErrorHandling.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SYSTEM = 3 };

static void out_of_memory(void) { // allocates nothing
    static const char text[] = "cnnc: error: out of memory\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(SYSTEM);
    _exit(SYSTEM);
}

static void out_of_memory_there(void *data, const char *reason, bool diagnose) {
    (void)data, (void)reason, (void)diagnose;
    out_of_memory();
}

static void stopped(const char *reason) {
    tell("internal error: LLVM: %s", reason);
    _exit(SYSTEM);
}

static bool find(void *function, const char *name) {
    void *found = dlsym(RTLD_DEFAULT, name);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

void module_handle_fatal_errors(void) {
    void (*(*set_new_handler)(void (*)(void)))(void);
    void (*install_bad_alloc)(void (*)(void *, const char *, bool), void *);
    LLVMInstallFatalErrorHandler(stopped);
    if (find(&set_new_handler, "_ZSt15set_new_handlerPFvvE")) set_new_handler(out_of_memory);
    if (find(&install_bad_alloc, "_ZN4llvm31install_bad_alloc_error_handlerEPFvPvPKcbES0_"))
        install_bad_alloc(out_of_memory_there, NULL);
}
