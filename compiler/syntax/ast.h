// SPDX-License-Identifier: MIT
// The syntax tree of a .cnn file. Nodes live in the arena; a node knows how deeply it nests, so
// that what walks the tree may recurse.
#ifndef CNNC_AST_H
#define CNNC_AST_H
#include "support/arena.h"
#include "support/diag.h"
#include <stdint.h>

enum { MAX_NESTING = 200 };

typedef enum {
    AST_INT, // integer: its magnitude, UINT64_MAX also for all above
    AST_FLOAT, // real
    AST_STRING, // text
    AST_CONSTANT, // text: True, False or None
    AST_NAME, // text
    AST_ATTRIBUTE, // left.text
    AST_SUBSCRIPT, // left[right]
    AST_CALL, // left(items)
    AST_TUPLE, // items
    AST_LIST, // items
    AST_UNARY, // op left
    AST_POWER, // left ** right
    AST_CHAIN, // 1 + 2 - 3: operators of one precedence; items with their ops, first op 0
} AstKind;

typedef enum { OP_NONE, OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_FLOORDIV, OP_MOD } AstOp;

typedef struct Ast Ast;
typedef struct AstItem {
    const char *keyword; // CALL: the name before '=', or NULL
    AstOp op; // CHAIN: the operator before it
    Loc loc; // with its keyword
    Ast *value;
} AstItem;

struct Ast {
    AstKind kind;
    Loc loc;
    int depth;
    bool closed; // in parentheses: a chain that is not continued
    const char *text;
    uint64_t integer;
    double real;
    AstOp op;
    Ast *left, *right;
    int n;
    AstItem *item;
};

typedef struct AstAlias { // import path as name
    const char *path, *name; // name NULL without `as`
    Loc loc;
} AstAlias;

typedef struct AstStatement {
    enum { AST_ASSIGN, AST_EXPRESSION, AST_IMPORT } kind;
    Loc loc;
    Ast *target, *value; // ASSIGN both, EXPRESSION value
    int nalias;
    AstAlias *alias; // IMPORT
} AstStatement;

typedef struct AstFile {
    int n;
    AstStatement *statement;
    bool incomplete; // a statement was left out or its brackets guessed: what follows may not hold
} AstFile;

// No text of more bytes is read: a model of ten thousands of layers is shorter, and what the compiler
// keeps of a text is up to 300 times as long.
enum { MOST_TEXT = 1 << 20 };

// Never NULL; what could not be understood was reported and is left out.
AstFile *syntax_parse(Arena *a, Diag *d, const char *text, size_t length);
void ast_print(const AstFile *file, FILE *out); // --dump=ast

Ast *ast_leaf(Arena *a, AstKind kind, Loc loc, const char *text);
Ast *ast_node(Arena *a, AstKind kind, Loc loc, Ast *left, Ast *right);
Ast *ast_attribute(Arena *a, Loc loc, Ast *left, const char *name);
Ast *ast_unary(Arena *a, Loc loc, AstOp op, Ast *left);
Ast *ast_chain(Arena *a, Loc loc, Ast *left, AstOp op, Ast *right);
Ast *ast_close(Ast *inner, Loc loc); // (inner)
Ast *ast_add(Arena *a, Ast *node, AstItem item); // appends to a call, tuple or list; returns it
extern const char *const ast_operators[]; // by AstOp: "+"
#endif
