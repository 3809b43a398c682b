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

static const char png_text[] =
    "The software is supplied \"as is\", without warranty of any kind, express or implied, "
    "including,\n"
    "without limitation, the warranties of merchantability, fitness for a particular purpose, "
    "title,\n"
    "and non-infringement. In no event shall the Copyright owners, or anyone distributing the\n"
    "software, be liable for any damages or other liability, whether in contract, tort or "
    "otherwise,\n"
    "arising from, out of, or in connection with the software, or the use or other dealings in "
    "the\n"
    "software, even if advised of the possibility of such damage.\n";

static const char jpeg_text[] =
    "This software is based in part on the work of the Independent JPEG Group.\n"
    "\n"
    "Redistribution and use in source and binary forms, with or without modification, are "
    "permitted\n"
    "provided that the following conditions are met:\n"
    "- Redistributions of source code must retain the above copyright notice, this list of "
    "conditions\n"
    "  and the following disclaimer.\n"
    "- Redistributions in binary form must reproduce the above copyright notice, this list of\n"
    "  conditions and the following disclaimer in the documentation and/or other materials "
    "provided\n"
    "  with the distribution.\n"
    "- Neither the name of the libjpeg-turbo Project nor the names of its contributors may be used "
    "to\n"
    "  endorse or promote products derived from this software without specific prior written\n"
    "  permission.\n"
    "THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS \"AS IS\", AND ANY "
    "EXPRESS OR\n"
    "IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY "
    "AND\n"
    "FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDERS OR\n"
    "CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR "
    "CONSEQUENTIAL\n"
    "DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF "
    "USE,\n"
    "DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, "
    "WHETHER\n"
    "IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY "
    "OUT\n"
    "OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.\n";

static const struct {
    const char *name, *license, *copyright, *text;
} libraries[] = {
    {"zlib", "zlib License", "Copyright (C) 1995-2022 Jean-loup Gailly and Mark Adler", zlib_text},
    {"jansson", "MIT License", "Copyright (c) 2009-2020 Petri Lehtinen <petri@digip.org>",
     mit_text},
    {"libpng", "PNG Reference Library License",
     "Copyright (c) 1995-2022 The PNG Reference Library Authors.\n"
     "Copyright (c) 2018-2022 Cosmin Truta.\n"
     "Copyright (c) 2000-2002, 2004, 2006-2018 Glenn Randers-Pehrson.\n"
     "Copyright (c) 1996-1997 Andreas Dilger.\n"
     "Copyright (c) 1995-1996 Guy Eric Schalnat, Group 42, Inc.",
     png_text},
    {"libjpeg", "IJG License and Modified BSD License (libjpeg-turbo)",
     "Copyright (C) 1991-2020, Thomas G. Lane, Guido Vollbeding.\n"
     "Copyright (C) 2009-2023 D. R. Commander. All Rights Reserved.\n"
     "Copyright (C) 2015 Viktor Szathmary. All Rights Reserved.",
     jpeg_text},
    {"openssl", "Apache License 2.0", "Copyright 1998-2023 The OpenSSL Project Authors",
     "Licensed under the Apache License, Version 2.0 (the \"License\"); you may not use this file\n"
     "except in compliance with the License. You may obtain a copy of the License at\n"
     "https://www.apache.org/licenses/LICENSE-2.0\n"},
    {"openblas", "BSD 3-Clause License", "Copyright (c) 2011-2014, The OpenBLAS Project",
     "Linked dynamically; its full text comes with the library.\n"},
    {"mpi", "BSD 3-Clause License (Open MPI), MPICH License (MPICH)",
     "The authors of the MPI library that this program was built with",
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
