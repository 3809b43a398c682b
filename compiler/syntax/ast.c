// SPDX-License-Identifier: MIT
// Constructors of the syntax tree.
#include "syntax/ast.h"

const char *const ast_operators[] = {
    "",  "+",   "-",   "*",  "/", "//", "%", "@",  "<<", ">>", "&",  "^",      "|",  "**",
    "~", "not", "and", "or", "<", "<=", ">", ">=", "==", "!=", "in", "not in", "is", "is not"};

static void deepen(Ast *node, const Ast *child) {
    if (child && child->depth >= node->depth) node->depth = child->depth + 1;
}

Ast *ast_node(Arena *a, AstKind kind, Loc loc, Ast *left, Ast *right) {
    Ast *node = ARENA_NEW(a, Ast);
    *node = (Ast){.kind = kind, .loc = loc, .left = left, .right = right};
    deepen(node, left);
    deepen(node, right);
    return node;
}

Ast *ast_leaf(Arena *a, AstKind kind, Loc loc, const char *text) {
    Ast *node = ast_node(a, kind, loc, NULL, NULL);
    node->text = text;
    return node;
}

Ast *ast_attribute(Arena *a, Loc loc, Ast *left, const char *name) {
    Ast *node = ast_node(a, AST_ATTRIBUTE, loc, left, NULL);
    node->text = name;
    return node;
}

Ast *ast_unary(Arena *a, Loc loc, AstOp op, Ast *left) {
    Ast *node = ast_node(a, AST_UNARY, loc, left, NULL);
    node->op = op;
    return node;
}

Ast *ast_third(Ast *node, Ast *third) {
    node->third = third;
    deepen(node, third);
    return node;
}

Ast *ast_add(Arena *a, Ast *node, AstItem item) {
    ARENA_PUSH(a, node->item, node->n, item);
    deepen(node, item.key);
    deepen(node, item.value);
    return node;
}

Ast *ast_clause(Arena *a, Ast *node, AstClause clause) {
    ARENA_PUSH(a, node->clause, node->nclause, clause);
    deepen(node, clause.target);
    deepen(node, clause.source);
    for (int i = 0; i < clause.ncondition; i++) deepen(node, clause.condition[i]);
    return node;
}

Ast *ast_param(Arena *a, Ast *node, AstParam param) {
    ARENA_PUSH(a, node->param, node->nparam, param);
    deepen(node, param.standard);
    return node;
}

// Which operators go on in one chain, and in which kind of node.
static int precedence(AstOp op) {
    return op <= OP_SUB ? 1 : op <= OP_MATMUL ? 2 : op <= OP_RIGHT ? 3 : op >= OP_LESS ? 0 : op;
}
static AstKind kind_of(AstOp op) {
    if (op == OP_AND || op == OP_OR) return AST_BOOLEAN;
    return op >= OP_LESS ? AST_COMPARE : AST_CHAIN;
}

Ast *ast_chain(Arena *a, Loc loc, Ast *left, AstOp op, Ast *right) {
    bool grows = left->kind == kind_of(op) && !left->closed &&
                 precedence(left->item[1].op) == precedence(op);
    Ast *node = left;
    if (!grows) {
        node = ast_node(a, kind_of(op), loc, NULL, NULL);
        node->op = op;
        ast_add(a, node, (AstItem){.loc = left->loc, .value = left});
    }
    node->loc = loc;
    return ast_add(a, node, (AstItem){.op = op, .loc = right->loc, .value = right});
}

Ast *ast_close(Ast *inner, Loc loc) {
    inner->loc = loc;
    inner->closed = true;
    return inner;
}
