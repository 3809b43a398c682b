// SPDX-License-Identifier: MIT
// Letters, `.`, `*`, `+`, `?`, `|`, groups, sets and anchors are the same in both notations where it matters only
// whether there is a match. Refused are: a backslash before a letter or digit or in a set (classes and references in
// Python), `(?` and two repetitions in a row (Python's own), braces and sets within sets (POSIX's own).
#include "support/pattern.h"
#include "support/limit.h"
#include <ctype.h>
#include <regex.h>
#include <string.h>

static const char *
past_set(const char *p) { // p: at its '['; NULL: what is in it is not the same in both
    p += 1 + (p[1] == '^');
    if (*p == ']') p++;
    for (; *p && *p != ']'; p++)
        if (*p == '[' || *p == '\\') return NULL;
    return *p ? p : NULL;
}

static bool is_common(const char *pattern) {
    bool repeats = true; // may nothing be repeated here? At the start there is nothing
    int open = 0;
    for (const char *p = pattern; *p; p++) {
        bool is_repetition = strchr("*+?", *p);
        if ((is_repetition && repeats) || strchr("{}", *p)) return false;
        repeats = is_repetition || strchr("(|^", *p);
        if (*p == '\\') {
            p++; // what is taken as it is
            if (!*p || isalnum((unsigned char)*p)) return false;
            continue;
        }
        if (*p == '(' && strchr("?)|", p[1])) return false;
        open += (*p == '(') - (*p == ')');
        if (open < 0 || (*p == '[' && !(p = past_set(p)))) return false;
    }
    return open == 0;
}

static int compile(regex_t *to, const char *pattern) {
    return regcomp(to, pattern, REG_EXTENDED | REG_NOSUB);
}

const char *pattern_refuse(Arena *a, const char *pattern) {
    regex_t found;
    bool good = is_common(pattern) && compile(&found, pattern) == 0;
    if (good) regfree(&found);
    return good ? NULL
                : arena_printf(a,
                               "the pattern \"%.60s\" is not supported: letters, . * + ? | ( ) [ ] "
                               "^ $ are",
                               pattern);
}

bool pattern_finds(const char *pattern, const char *text) {
    regex_t of;
    if (compile(&of, pattern) != 0) internal_error("a pattern that was not checked");
    bool found = regexec(&of, text, 0, NULL, 0) == 0;
    regfree(&of);
    return found;
}
