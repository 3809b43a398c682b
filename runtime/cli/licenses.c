// SPDX-License-Identifier: 0BSD
// The notices of what a program links: those that CnnModel.libraries names, and the runtime's own.
#include "runtime.h"
#include "io/text.h"
#include <string.h>

static const char zlib_text[] =
    "This software is provided 'as-is', without any express or implied warranty. In no event will\n"
    "the authors be held liable for any damages arising from the use of this software. Permission\n"
    "is granted to anyone to use this software for any purpose, including commercial "
    "applications,\n"
    "and to alter it and redistribute it freely, subject to the following restrictions: 1. The\n"
    "origin of this software must not be misrepresented; you must not claim that you wrote the\n"
    "original software. If you use this software in a product, an acknowledgment in the product\n"
    "documentation would be appreciated but is not required. 2. Altered source versions must be\n"
    "plainly marked as such, and must not be misrepresented as being the original software. 3. "
    "This\n"
    "notice may not be removed or altered from any source distribution.\n";

static const char mit_text[] =
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this "
    "software\n"
    "and associated documentation files (the \"Software\"), to deal in the Software without\n"
    "restriction, including without limitation the rights to use, copy, modify, merge, publish,\n"
    "distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom "
    "the\n"
    "Software is furnished to do so, subject to the following conditions: The above copyright\n"
    "notice and this permission notice shall be included in all copies or substantial portions of\n"
    "the Software. THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR\n"
    "IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A\n"
    "PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS "
    "BE\n"
    "LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR\n"
    "OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER "
    "DEALINGS\n"
    "IN THE SOFTWARE.\n";

static const struct {
    const char *name, *license, *copyright, *text;
} libraries[] = {
    {"zlib", "zlib License", "Copyright (C) 1995-2022 Jean-loup Gailly and Mark Adler", zlib_text},
    {"jansson", "MIT License", "Copyright (c) 2009-2020 Petri Lehtinen <petri@digip.org>",
     mit_text},
    {"openssl", "Apache License 2.0", "Copyright 1998-2023 The OpenSSL Project Authors",
     "Licensed under the Apache License, Version 2.0 (the \"License\"); you may not use this file\n"
     "except in compliance with the License. You may obtain a copy of the License at\n"
     "https://www.apache.org/licenses/LICENSE-2.0\n"},
    {"openblas", "BSD 3-Clause License", "Copyright (c) 2011-2014, The OpenBLAS Project",
     "Linked dynamically; its full text comes with the library.\n"},
};

// Whether the list, separated by spaces, has the word.
static bool has_word(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += length)
        if ((at == list || at[-1] == ' ') && (!at[length] || at[length] == ' ')) return true;
    return false;
}

void licenses_print(const CnnModel *model, FILE *file) {
    char name[TEXT_NAME];
    fprintf(file, "%s: the cnnc runtime and the compiled model: 0BSD, no notice needed.\n",
            text_foreign(name, sizeof name, model->name));
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        if (has_word(model->libraries, libraries[i].name))
            fprintf(file, "\n%s: %s\n%s\n%s", libraries[i].name, libraries[i].license,
                    libraries[i].copyright, libraries[i].text);
}
