// SPDX-License-Identifier: MIT
// See explain.h.
#include "driver/explain.h"
#include "support/tell.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// E0301, e301 and 301 are one code; 0: it is none.
static int code_of(const char *word) {
    const char *digits = word + (*word == 'E' || *word == 'e');
    size_t n = strlen(digits);
    return n && n <= 4 && strspn(digits, "0123456789") == n ? atoi(digits) : 0;
}

static const Explanation *find(const char *word) {
    const Explanation *x = explanations;
    int code = code_of(word);
    while (x->code && x->code != code) x++;
    return code && x->code ? x : NULL;
}

static void print_wrapped(const char *text) {
    enum { WIDTH = 80 };
    size_t column = 0;
    for (size_t n; *text; text += n + (text[n] != 0)) {
        n = strcspn(text, " ");
        bool fits = column + 1 + n <= WIDTH;
        column = column && fits ? column + 1 + n : n;
        printf("%s%.*s", column == n ? "\n" : " ", (int)n, text);
    }
    printf("\n");
}

static void print_script(const char *title, const char *text) {
    if (!text) return;
    printf("\n%s:\n", title);
    for (size_t n; *text; text += n + (text[n] != 0)) {
        n = strcspn(text, "\n");
        printf("    %.*s\n", (int)n, text);
    }
}

static void print_all(void) {
    for (const Explanation *x = explanations; x->code; x++) printf("E%04d  %s\n", x->code, x->what);
}

ExitCode explain_command(const Options *o) {
    ExitCode code = EXIT_OK;
    if (!o->nfile) print_all();
    for (int i = 0; i < o->nfile; i++) {
        const Explanation *x = find(o->file[i]);
        if (!x) {
            tell("error: '%s' is no code of an error; cnnc explain lists them", o->file[i]);
            code = EXIT_USAGE;
            continue;
        }
        printf("%sE%04d: %s\n", i ? "\n" : "", x->code, x->what);
        print_wrapped(x->text);
        print_script("Wrong", x->wrong);
        print_script("Right", x->right);
    }
    return code;
}
