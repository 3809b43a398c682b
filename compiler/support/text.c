// SPDX-License-Identifier: MIT
// Helpers on text: did-you-mean, printable and JSON forms, thousands; checked arithmetic.
#include "support/text.h"
#include "../runtime/io/text.h"
#include <ctype.h>
#include <string.h>

bool mul64(int64_t a, int64_t b, int64_t *out) {
    int64_t r;
    if (__builtin_mul_overflow(a, b, &r)) return false;
    *out = r;
    return true;
}

bool add64(int64_t a, int64_t b, int64_t *out) {
    int64_t r;
    if (__builtin_add_overflow(a, b, &r)) return false;
    *out = r;
    return true;
}

const char *text_last_part(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *text_tuple(Arena *a, int64_t n, const int64_t *number) {
    const char *text = "(";
    for (int64_t i = 0; i < n; i++)
        text = arena_printf(a, "%s%s%lld", text, i ? ", " : "", (long long)number[i]);
    return arena_printf(a, "%s%s)", text, n == 1 ? "," : "");
}

bool text_ends(const char *s, const char *end) {
    size_t n = strlen(s), tail = strlen(end);
    return n >= tail && strcmp(s + n - tail, end) == 0;
}

enum { LONGEST_WORD = 64 };

static int min2(int a, int b) {
    return a < b ? a : b;
}

// Insertions, deletions, changes and swaps of neighbours that lead from a to b; case is ignored.
static int edit_distance(const char *a, int na, const char *b, int nb) {
    int row[3][LONGEST_WORD + 1]; // the last three rows of the table; cur is i % 3
    for (int j = 0; j <= nb; j++) row[0][j] = j;
    for (int i = 1; i <= na; i++) {
        int *cur = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];
        cur[0] = i;
        for (int j = 1; j <= nb; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            cur[j] = min2(min2(up[j], cur[j - 1]) + 1, up[j - 1] + (x != y));
            bool swap = i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                        y == tolower((unsigned char)a[i - 2]);
            if (swap) cur[j] = min2(cur[j], up2[j - 2] + 1);
        }
    }
    return row[na % 3][nb];
}

const char *text_nearest(const char *word, const char *const *candidates, int n) {
    size_t length = strlen(word);
    if (length < 2 || length > LONGEST_WORD) return NULL;
    int best = length <= 3 ? 2 : (int)length / 3 + 2; // one more than is still near
    const char *nearest = NULL;
    for (int i = 0; i < n; i++) {
        size_t nb = strlen(candidates[i]);
        if (nb > LONGEST_WORD) continue;
        int distance = edit_distance(word, (int)length, candidates[i], (int)nb);
        if (distance >= best) continue;
        best = distance;
        nearest = candidates[i];
    }
    return nearest;
}

const char *text_thousands(Arena *a, int64_t n) {
    const char *plain = arena_printf(a, "%lld", (long long)n);
    size_t length = strlen(plain), sign = n < 0;
    char *text = arena_alloc(a, 2 * length + 1), *out = text;
    for (size_t i = 0; i < length; i++) {
        if (i > sign && (length - i) % 3 == 0) *out++ = ',';
        *out++ = plain[i];
    }
    return text;
}

int utf8_sequence(const char *s, size_t n) {
    const unsigned char *u = (const unsigned char *)s;
    if (u[0] < 0x80) return 1;
    int length = u[0] >= 0xF0 ? 4 : u[0] >= 0xE0 ? 3 : 2;
    if (u[0] < 0xC2 || u[0] > 0xF4 || (size_t)length > n) return 0;
    for (int i = 1; i < length; i++)
        if ((u[i] & 0xC0) != 0x80) return 0;
    bool overlong = (u[0] == 0xE0 && u[1] < 0xA0) || (u[0] == 0xF0 && u[1] < 0x90);
    bool surrogate = u[0] == 0xED && u[1] >= 0xA0, beyond = u[0] == 0xF4 && u[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

// U+0080 to U+009F are control characters too.
static bool is_control(const unsigned char *u, int length) {
    return length == 1 ? u[0] < 0x20 || u[0] == 0x7F : length == 2 && u[0] == 0xC2 && u[1] < 0xA0;
}

const char *text_printable(Arena *a, const char *s, size_t n, int most) {
    static const char hex[] = "0123456789ABCDEF";
    char *text = arena_alloc(a, 4 * (n < (size_t)most ? n : (size_t)most) + 8), *out = text;
    int columns = 0;
    for (size_t i = 0; i < n;) {
        if (columns >= most) return strcpy(out, "..."), text;
        const unsigned char *u = (const unsigned char *)s + i;
        int length = utf8_sequence(s + i, n - i);
        if (length && !is_control(u, length)) {
            memcpy(out, u, (size_t)length);
            out += length;
            columns++;
        } else if (u[0] == '\t') {
            *out++ = ' ';
            columns++;
            length = 1;
        } else {
            *out++ = '\\', *out++ = 'x', *out++ = hex[u[0] >> 4], *out++ = hex[u[0] & 15];
            columns += 4;
            length = 1;
        }
        i += (size_t)length;
    }
    return text;
}

const char *text_line(Arena *a, const char *s) {
    enum { LONGEST = 1200 };
    return text_foreign(arena_alloc(a, LONGEST), LONGEST, s);
}

bool text_has_control(const char *s) {
    for (size_t n = strlen(s); n > 0;) {
        int length = utf8_sequence(s, n);
        if (length == 0 || is_control((const unsigned char *)s, length)) return true;
        s += length;
        n -= (size_t)length;
    }
    return false;
}

const char *text_utf8(Arena *a, const char *s) {
    size_t n = strlen(s);
    char *text = arena_alloc(a, 3 * n + 1), *out = text;
    while (n > 0) {
        int length = utf8_sequence(s, n), taken = length ? length : 1;
        memcpy(out, length ? s : "\xEF\xBF\xBD", length ? (size_t)length : 3); // else U+FFFD
        out += length ? length : 3;
        s += taken;
        n -= (size_t)taken;
    }
    return text;
}

const char *text_json(Arena *a, const char *s, size_t n) {
    static const char hex[] = "0123456789abcdef";
    char *text = arena_alloc(a, 6 * n + 3), *out = text;
    *out++ = '"';
    for (size_t i = 0; i < n;) {
        int length = utf8_sequence(s + i, n - i);
        if (length == 0) {
            memcpy(out, "\xEF\xBF\xBD", 3); // U+FFFD
            out += 3;
        } else if (is_control((const unsigned char *)s + i, length)) { // below U+0100
            unsigned char code = (unsigned char)s[i + (size_t)length - 1];
            memcpy(out, "\\u00", 4);
            out += 4;
            *out++ = hex[code >> 4], *out++ = hex[code & 15];
        } else {
            if (s[i] == '"' || s[i] == '\\') *out++ = '\\';
            memcpy(out, s + i, (size_t)length);
            out += length;
        }
        i += length ? (size_t)length : 1;
    }
    *out = '"';
    return text;
}

bool text_size(const char **text, int64_t *bytes) {
    static const char letters[] = "KMG";
    size_t digits = strspn(*text, "0123456789");
    if (digits < 1 || digits > 9) return false;
    *bytes = 0;
    for (size_t i = 0; i < digits; i++) *bytes = *bytes * 10 + (*(*text)++ - '0');
    const char *letter = **text ? strchr(letters, **text) : NULL;
    if (!letter) return true;
    *bytes <<= 10 * (letter - letters + 1);
    ++*text;
    return true;
}
