// SPDX-License-Identifier: MIT
// The syntax tree of a script. Nodes live in the arena; a node knows how deeply it nests, so that
// what walks the tree may recurse.
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
    AST_CONSTANT, // text: True, False, None or ...
    AST_NAME, // text
    AST_ATTRIBUTE, // left.text
    AST_SUBSCRIPT, // left[right]
    AST_CALL, // left(items)
    AST_TUPLE, // items
    AST_LIST, // items
    AST_SET, // items
    AST_DICT, // items with keys; a key NULL: **value
    AST_UNARY, // op left
    AST_POWER, // left ** right
    AST_CHAIN, // 1 + 2 - 3: operators of one precedence; items with their ops, first op 0
    AST_COMPARE, // 1 < x <= 3: the same
    AST_BOOLEAN, // x and y and z: op, items
    AST_CONDITIONAL, // left if third else right
    AST_SLICE, // left:right:third, each may be NULL
    AST_STAR, // *left, in a target, a display or a call; op POWER: **left
    AST_LAMBDA, // lambda parameters: left
    AST_FORMATTED, // f"...": items, texts and fields
    AST_FIELD, // {left!text:right}
    AST_COMPREHENSION, // of: [left for ...], right: {left: right for ...}; clauses
} AstKind;

typedef enum {
    OP_NONE,
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_FLOORDIV,
    OP_MOD,
    OP_MATMUL,
    OP_LEFT,
    OP_RIGHT,
    OP_BITAND,
    OP_BITXOR,
    OP_BITOR,
    OP_POWER,
    OP_INVERT,
    OP_NOT,
    OP_AND,
    OP_OR,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_GREATER,
    OP_GREATER_EQUAL,
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_IN,
    OP_NOT_IN,
    OP_IS,
    OP_IS_NOT,
} AstOp;

typedef struct Ast Ast;
typedef struct AstItem {
    const char *keyword; // CALL: the name before '=', or NULL
    AstOp op; // CHAIN, COMPARE: the operator before it
    Loc loc; // with its keyword
    Ast *key; // DICT
    Ast *value;
} AstItem;

typedef struct AstParam { // of def and lambda
    const char *name;
    Loc loc;
    Ast *standard; // its default, or NULL
    enum { PARAM_PLAIN, PARAM_REST, PARAM_KEYWORDS, PARAM_BARE } kind; // x, *x, **x, *
} AstParam;

typedef struct AstClause { // for target in source if conditions
    Ast *target, *source;
    int ncondition;
    Ast **condition;
} AstClause;

struct Ast {
    AstKind kind;
    Loc loc;
    int depth;
    bool closed; // in parentheses: a chain that is not continued
    const char *text;
    uint64_t integer;
    double real;
    AstOp op;
    AstKind of; // COMPREHENSION: AST_LIST, AST_SET, AST_DICT, or AST_TUPLE for a generator
    Ast *left, *right, *third;
    int n;
    AstItem *item;
    int nparam;
    AstParam *param;
    int nclause;
    AstClause *clause;
};

typedef struct AstAlias { // import path as name
    const char *path, *name; // name NULL without `as`
    Loc loc;
} AstAlias;

typedef struct AstStatement AstStatement;
typedef struct AstBlock {
    int n;
    AstStatement **statement;
} AstBlock;
typedef struct AstArm { // if, elif; except
    Loc loc;
    Ast *test; // EXCEPT: what is caught, or NULL
    const char *name; // EXCEPT: as
    AstBlock body;
} AstArm;

struct AstStatement {
    enum {
        AST_ASSIGN, // targets = value
        AST_UPDATE, // target op= value
        AST_EXPRESSION, // value
        AST_IMPORT, // aliases; from: names of a module
        AST_IF, // arms, other
        AST_WHILE, // value, body, other
        AST_FOR, // target in value, body, other
        AST_BREAK,
        AST_CONTINUE,
        AST_PASS,
        AST_ASSERT, // value, message
        AST_DEL, // target
        AST_DEF, // name, params, body
        AST_RETURN, // value or NULL
        AST_RAISE, // value or NULL
        AST_CLASS, // name, bases, body
        AST_WITH, // items: value as key, body
        AST_TRY, // body, arms, other, last
    } kind;
    Loc loc; // of a compound statement: its first line
    const char *name;
    Ast *target, *value, *message;
    int ntarget; // ASSIGN: one or more
    Ast **targets;
    AstOp op; // UPDATE
    int nalias;
    AstAlias *alias; // IMPORT
    bool from; // IMPORT
    int narm;
    AstArm *arm;
    Ast *def; // DEF: an AST_LAMBDA with the parameters; CLASS: an AST_CALL with the bases
    AstBlock body, other, last;
};

typedef struct AstFile {
    AstBlock block;
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
Ast *ast_third(Ast *node, Ast *third);
// Appends to what left is if its operators have the same precedence, else makes a new node.
Ast *ast_chain(Arena *a, Loc loc, Ast *left, AstOp op, Ast *right);
Ast *ast_close(Ast *inner, Loc loc); // (inner)
Ast *ast_add(Arena *a, Ast *node, AstItem item); // appends to a call, tuple or list; returns it
Ast *ast_clause(Arena *a, Ast *node, AstClause clause);
Ast *ast_param(Arena *a, Ast *node, AstParam param);
extern const char *const ast_operators[]; // by AstOp: "+"
#endif
