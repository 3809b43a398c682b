// SPDX-License-Identifier: MIT
#ifndef CNNC_LANGUAGE_H
#define CNNC_LANGUAGE_H
#include <stdio.h>

void language_print(FILE *out); // every name a file may use, with its arguments, as Markdown
#endif
