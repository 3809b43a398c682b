// SPDX-License-Identifier: MIT
// The list of families. A new way to compute something is a new row of its family, or a new family here.
// The order is that of their passes and of --kernels=help; of the rows that match the cheapest wins.
#include "kernels/blas/blas.h"
#include "kernels/depthwise/depthwise.h"
#include "kernels/generic/generic.h"
#include "kernels/panels/panels.h"
#include "kernels/sparse/sparse.h"
#include "kernels/winograd/family.h"
#include <string.h>

const Family *const families[] = {
    &family_generic, &family_blas, &family_sparse, &family_winograd, &family_depthwise,
    &family_panels,  NULL};

const Variant *variant_at(int i) {
    for (const Family *const *f = families; *f; f++)
        for (const Variant *const *v = (*f)->row; *v; v++)
            if (i-- == 0) return *v;
    return NULL;
}

const Variant *variant_find(const char *name) {
    const Variant *v;
    for (int i = 0; (v = variant_at(i)); i++)
        if (!strcmp(v->name, name)) return v;
    return NULL;
}
