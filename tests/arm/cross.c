// SPDX-License-Identifier: MIT
// A compiler whose programs may be for another machine, with $CC and $CNNC_RUNTIME made for that; the linker puts this
// in the place of the compiler's own answer (--wrap).
#include "codegen/module.h"

bool __wrap_target_is_host(const Target *t);

bool __wrap_target_is_host(const Target *t) {
    (void)t;
    return true;
}
