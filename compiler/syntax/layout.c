// SPDX-License-Identifier: MIT
// The canonical layout of a script: its tokens, lines and comments as they are, with one rule for what stands
// between them. Four blanks a block and a bracket that goes on over lines; one blank around operators, none within
// brackets; at most two empty lines, within blocks and brackets one. Lines are not joined or broken.
#include "syntax/layout.h"
#include "syntax/lexer.h"
#include "parser.h"
#include <string.h>

int scan_token(CNN_STYPE *value, CNN_LTYPE *loc, void *scanner); // lexer.l

typedef struct Piece { // a token
    int kind;
    const char *text;
    size_t n;
    int width; // of the blanks in front of it on its line
} Piece;

typedef struct Comment { // on a line of its own
    const char *text;
    size_t n;
    int width, blank; // empty lines before it
} Comment;

typedef struct Bracket {
    int kind;
    int indent; // of the line in which it was opened
    int lambdas; // whose colon comes
    bool annotated; // a parameter: its default stands behind " = "
} Bracket;

typedef struct Layout {
    Arena *arena;
    int n;
    char *out;
    int last; // the token before in this statement, 0: none
    bool fresh; // none on this line
    bool tight; // no blank behind it
    int level, width[MAX_NESTING + 1]; // open blocks, and how far they are indented in the source
    int depth; // open brackets; brackets[0] is none
    Bracket brackets[MAX_NESTING + 1];
    int indent; // of this line
    int ends; // ends of lines since the token before
    bool joined; // a backslash was among them
    int ncomment;
    Comment *comment; // that wait for the token behind them
} Layout;

static void put(Layout *l, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) ARENA_PUSH(l->arena, l->out, l->n, text[i]);
}

static void put_times(Layout *l, const char *text, int times) {
    for (int i = 0; i < times; i++) put(l, text, strlen(text));
}

// ------------------------------------------------------------------------------ between tokens

static bool is_keyword(int kind) { // behind which an operand begins
    static const int words[] = {IMPORT, FROM,   AS,    IF,  ELIF, ELSE,   FOR,    WHILE,
                                RETURN, LAMBDA, CLASS, DEF, WITH, RAISE,  ASSERT, DEL,
                                NOT,    AND,    OR,    IN,  IS,   EXCEPT, TRY,    FINALLY};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i] == kind) return true;
    return false;
}

static bool opens(int kind) {
    return kind == '(' || kind == '[' || kind == '{';
}
static bool closes(int kind) {
    return kind == ')' || kind == ']' || kind == '}';
}
static bool ends_operand(int kind) {
    return closes(kind) || kind == NAME || kind == INTEGER || kind == FLOAT || kind == STRING ||
           kind == FIELDS || kind == TRUE_ || kind == FALSE_ || kind == NONE || kind == ELLIPSIS;
}

// f(a=1), lambda a=1: x; but f(a: int = 1).
static bool names_argument(const Layout *l, int kind) {
    const Bracket *b = &l->brackets[l->depth];
    return kind == '=' && (b->lambdas > 0 || (b->kind == '(' && !b->annotated));
}

static bool slices(const Layout *l, int kind) {
    const Bracket *b = &l->brackets[l->depth];
    return kind == ':' && b->kind == '[' && b->lambdas == 0;
}

static bool is_sign(const Layout *l, int kind) { // of what follows
    bool sign = kind == '+' || kind == '-' || kind == '~' || kind == '*' || kind == POWER;
    return sign && !ends_operand(l->last);
}

static bool blank_before(const Layout *l, int kind) {
    int last = l->last;
    if (l->fresh || l->tight || closes(kind) || kind == ',' || kind == ';') return false;
    if (last == ',' || last == ';') return true;
    if (kind == ':' || names_argument(l, kind)) return false;
    if (kind == '.') return is_keyword(last) || last == INTEGER;
    if (last == '.') return is_keyword(kind);
    if (kind == '(' || kind == '[') return !ends_operand(last);
    return true;
}

static void count(Layout *l, int kind) {
    Bracket *b = &l->brackets[l->depth];
    l->tight = opens(kind) || is_sign(l, kind) || slices(l, kind) || names_argument(l, kind);
    if (kind == LAMBDA) b->lambdas++;
    if (kind == ',') b->annotated = false;
    if (kind == ':' && b->lambdas > 0)
        b->lambdas--;
    else if (kind == ':')
        b->annotated = true;
    if (closes(kind) && l->depth > 0) l->depth--;
    if (opens(kind) && l->depth < MAX_NESTING)
        l->brackets[++l->depth] = (Bracket){.kind = kind, .indent = l->indent};
    l->last = kind;
    l->fresh = false;
}

// -------------------------------------------------------------------------------------- lines

// The blocks that a line is in; the line before it may have opened one.
static void enter(Layout *l, int width) {
    while (l->level > 0 && width < l->width[l->level]) l->level--;
    if (width > l->width[l->level] && l->level < MAX_NESTING) l->width[++l->level] = width;
}

// A comment belongs to the block that it is indented as, between those before and behind it.
static int comment_level(const Layout *l, int width, int least, int most) {
    int level = most;
    while (level > least && width < l->width[level]) level--;
    return level;
}

static int empty_lines(const Layout *l, int n) {
    int most = l->depth || l->level ? 1 : 2;
    return n < most ? n < 0 ? 0 : n : most;
}

static void put_comments(Layout *l, int least, int most) {
    for (int i = 0; i < l->ncomment; i++) {
        const Comment *c = &l->comment[i];
        int level = comment_level(l, c->width, least, most);
        if (l->n) put_times(l, "\n", 1 + empty_lines(l, c->blank));
        put_times(l, "    ", level);
        put(l, c->text, c->n);
    }
    l->ncomment = 0;
}

static void new_line(Layout *l, const Piece *p) {
    int old = l->level, blank = l->ends - 1, head = l->brackets[l->depth].indent;
    bool joined = l->joined && l->ends == 0 && l->depth == 0;
    if (l->depth > 0) {
        l->indent = head + !closes(p->kind);
        put_comments(l, head + 1, head + 1);
    } else if (joined) {
        put_times(l, " \\", 1);
        l->indent = l->level + 1;
    } else {
        enter(l, p->width);
        put_comments(l, l->level, old > l->level ? old : l->level);
        l->indent = l->level;
        l->last = 0;
        l->brackets[0] = (Bracket){.kind = 0};
    }
    if (l->n) put_times(l, "\n", 1 + empty_lines(l, joined ? 0 : blank));
    put_times(l, "    ", l->indent);
    l->fresh = true;
}

// What stands between two tokens: blanks, a comment, or a backslash and the end of a line.
static void see_gap(Layout *l, const char *gap, size_t n, int width) {
    const char *hash = memchr(gap, '#', n);
    l->joined |= !hash && memchr(gap, '\\', n) != NULL;
    if (!hash) return;
    size_t length = n - (size_t)(hash - gap);
    while (length && strchr(" \t\r\f", hash[length - 1])) length--;
    if (l->ends == 0 && l->n) {
        put_times(l, "  ", 1);
        put(l, hash, length);
        return;
    }
    Comment c = {hash, length, width, l->ends - 1};
    ARENA_PUSH(l->arena, l->comment, l->ncomment, c);
    l->ends = 0; // and one behind it
}

// How far a place is from the start of its line, tabs to 8.
static int width_at(const char *text, size_t at) {
    enum { TAB = 8 };
    size_t start = at;
    int width = 0;
    while (start > 0 && text[start - 1] != '\n') start--;
    for (; start < at; start++)
        width = text[start] == '\t' ? (width / TAB + 1) * TAB : text[start] == '\f' ? 0 : width + 1;
    return width;
}

static void put_token(Layout *l, const Piece *p) {
    if (l->ends > 0 || l->joined || !l->n)
        new_line(l, p);
    else if (blank_before(l, p->kind))
        put_times(l, " ", 1);
    put(l, p->text, p->n);
    count(l, p->kind);
    l->ends = 0;
    l->joined = false;
}

const char *layout_text(Arena *a, const char *text, size_t length, size_t *n) {
    Layout *l = ARENA_NEW(a, Layout);
    Lexer *lexer = ARENA_NEW(a, Lexer);
    size_t end = 0;
    l->arena = a;
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3, length -= 3;
    lexer_start(lexer, a, diag_new(a, "", text, length), ARENA_NEW(a, AstFile), text, length);
    for (;;) {
        CNN_STYPE value = {0};
        Loc loc;
        int kind = scan_token(&value, &loc, lexer->scanner);
        size_t at = kind ? lexer->token_at : length;
        const char *hash = memchr(text + end, '#', at - end);
        see_gap(l, text + end, at - end, hash ? width_at(text, (size_t)(hash - text)) : 0);
        Piece p = {kind, text + at, lexer->at - at, width_at(text, at)};
        if (!kind) break;
        end = lexer->at;
        if (kind == NEWLINE)
            l->ends++;
        else
            put_token(l, &p);
    }
    lexer_close(lexer);
    put_comments(l, 0, l->level);
    if (l->n) put_times(l, "\n", 1);
    *n = (size_t)l->n;
    put(l, "", 1);
    return l->out;
}
