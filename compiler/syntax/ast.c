// SPDX-License-Identifier: MIT
// Constructors of the syntax tree, and its printed form: a node a line, indented, with its place.
#include "syntax/ast.h"
#include "support/text.h"

const char *const ast_operators[] = {"", "+", "-", "*", "/", "//", "%"};

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

Ast *ast_add(Arena *a, Ast *node, AstItem item) {
    ARENA_PUSH(a, node->item, node->n, item);
    deepen(node, item.value);
    return node;
}

static bool is_product(AstOp op) {
    return op >= OP_MUL;
}

Ast *ast_chain(Arena *a, Loc loc, Ast *left, AstOp op, Ast *right) {
    bool grows =
        left->kind == AST_CHAIN && !left->closed && is_product(left->item[1].op) == is_product(op);
    Ast *node = left;
    if (!grows) {
        node = ast_node(a, AST_CHAIN, loc, NULL, NULL);
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

// --------------------------------------------------------------------------------- printing

static const char *const kinds[] = {
    [AST_INT] = "int",
    [AST_FLOAT] = "float",
    [AST_STRING] = "string",
    [AST_CONSTANT] = "constant",
    [AST_NAME] = "name",
    [AST_ATTRIBUTE] = "attribute",
    [AST_SUBSCRIPT] = "subscript",
    [AST_CALL] = "call",
    [AST_TUPLE] = "tuple",
    [AST_LIST] = "list",
    [AST_UNARY] = "unary",
    [AST_POWER] = "power",
    [AST_CHAIN] = "chain",
};

static void put_text(FILE *out, const char *text) {
    Arena *a = arena_new();
    fprintf(out, " %s", text_line(a, text));
    arena_free(a);
}

static void print_node(const Ast *node, FILE *out, int indent, const char *label) {
    fprintf(out, "%*s%s%s", indent, "", label, kinds[node->kind]);
    if (node->kind == AST_INT) fprintf(out, " %llu", (unsigned long long)node->integer);
    if (node->kind == AST_FLOAT) fprintf(out, " %.17g", node->real);
    if (node->kind == AST_UNARY) fprintf(out, " %s", ast_operators[node->op]);
    if (node->text) put_text(out, node->text);
    fprintf(out, "  @%d:%d\n", node->loc.line, node->loc.col);
    if (node->left) print_node(node->left, out, indent + 2, "");
    if (node->right) print_node(node->right, out, indent + 2, "");
    for (int i = 0; i < node->n; i++) {
        const AstItem *item = &node->item[i];
        char mark[80];
        snprintf(mark, sizeof mark, "%.60s%s%s", item->keyword ? item->keyword : "",
                 item->keyword ? "= " : ast_operators[item->op], item->op ? " " : "");
        print_node(item->value, out, indent + 2, mark);
    }
}

void ast_print(const AstFile *file, FILE *out) {
    for (int i = 0; i < file->n; i++) {
        const AstStatement *s = &file->statement[i];
        static const char *const names[] = {"assign", "expression", "import"};
        fprintf(out, "%s  @%d:%d\n", names[s->kind], s->loc.line, s->loc.col);
        if (s->target) print_node(s->target, out, 2, "");
        if (s->value) print_node(s->value, out, 2, "");
        for (int k = 0; k < s->nalias; k++)
            fprintf(out, "  %s%s%s\n", s->alias[k].path, s->alias[k].name ? " as " : "",
                    s->alias[k].name ? s->alias[k].name : "");
    }
}
