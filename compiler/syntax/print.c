// SPDX-License-Identifier: MIT
// The printed form of the syntax tree: a node a line, indented, with its place.
#include "support/text.h"
#include "syntax/ast.h"

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
    [AST_SET] = "set",
    [AST_DICT] = "dict",
    [AST_UNARY] = "unary",
    [AST_POWER] = "power",
    [AST_CHAIN] = "chain",
    [AST_COMPARE] = "compare",
    [AST_BOOLEAN] = "boolean",
    [AST_CONDITIONAL] = "conditional",
    [AST_SLICE] = "slice",
    [AST_STAR] = "star",
    [AST_LAMBDA] = "lambda",
    [AST_FORMATTED] = "formatted",
    [AST_FIELD] = "field",
    [AST_COMPREHENSION] = "comprehension",
};
static const char *const names[] = {
    [AST_ASSIGN] = "assign", [AST_UPDATE] = "update", [AST_EXPRESSION] = "expression",
    [AST_IMPORT] = "import", [AST_IF] = "if",         [AST_WHILE] = "while",
    [AST_FOR] = "for",       [AST_BREAK] = "break",   [AST_CONTINUE] = "continue",
    [AST_PASS] = "pass",     [AST_ASSERT] = "assert", [AST_DEL] = "del",
    [AST_DEF] = "def",       [AST_RETURN] = "return", [AST_RAISE] = "raise",
    [AST_CLASS] = "class",   [AST_WITH] = "with",     [AST_TRY] = "try",
};

static void put_text(FILE *out, const char *text) {
    Arena *a = arena_new();
    fprintf(out, " %s", text_line(a, text));
    arena_free(a);
}

static void print_node(const Ast *node, FILE *out, int indent, const char *label);

static void print_optional(const Ast *node, FILE *out, int indent, const char *label) {
    if (node) print_node(node, out, indent, label);
}

static void print_parts(const Ast *node, FILE *out, int indent) {
    for (int i = 0; i < node->nparam; i++) {
        static const char *const stars[] = {"", "*", "**", "*"};
        fprintf(out, "%*s%s", indent, "", stars[node->param[i].kind]);
        if (node->param[i].name) put_text(out, node->param[i].name);
        fputc('\n', out);
        print_optional(node->param[i].standard, out, indent + 2, "= ");
    }
    for (int i = 0; i < node->nclause; i++) {
        print_node(node->clause[i].target, out, indent, "for ");
        print_node(node->clause[i].source, out, indent, "in ");
        for (int k = 0; k < node->clause[i].ncondition; k++)
            print_node(node->clause[i].condition[k], out, indent, "if ");
    }
}

static void print_node(const Ast *node, FILE *out, int indent, const char *label) {
    fprintf(out, "%*s%s%s", indent, "", label, kinds[node->kind]);
    if (node->kind == AST_INT) fprintf(out, " %llu", (unsigned long long)node->integer);
    if (node->kind == AST_FLOAT) fprintf(out, " %.17g", node->real);
    if (node->kind == AST_UNARY || node->kind == AST_BOOLEAN)
        fprintf(out, " %s", ast_operators[node->op]);
    if (node->text) put_text(out, node->text);
    fprintf(out, "  @%d:%d\n", node->loc.line, node->loc.col);
    print_optional(node->left, out, indent + 2, "");
    print_optional(node->right, out, indent + 2, "");
    print_optional(node->third, out, indent + 2, "");
    for (int i = 0; i < node->n; i++) {
        const AstItem *item = &node->item[i];
        bool op = item->op && node->kind != AST_BOOLEAN;
        char mark[80];
        snprintf(mark, sizeof mark, "%.60s%s%s", item->keyword ? item->keyword : "",
                 item->keyword ? "= "
                 : op          ? ast_operators[item->op]
                               : "",
                 op ? " " : "");
        print_optional(item->key, out, indent + 2, "key ");
        print_node(item->value, out, indent + 2, mark);
    }
    print_parts(node, out, indent + 2);
}

static void print_block(const AstBlock *b, FILE *out, int indent, const char *label);

static void print_statement(const AstStatement *s, FILE *out, int indent) {
    fprintf(out, "%*s%s", indent, "", names[s->kind]);
    if (s->name) put_text(out, s->name);
    if (s->kind == AST_UPDATE) fprintf(out, " %s", ast_operators[s->op]);
    fprintf(out, "  @%d:%d\n", s->loc.line, s->loc.col);
    for (int i = 0; i < s->ntarget; i++) print_node(s->targets[i], out, indent + 2, "");
    print_optional(s->target, out, indent + 2, "");
    print_optional(s->value, out, indent + 2, "");
    print_optional(s->message, out, indent + 2, "");
    print_optional(s->def, out, indent + 2, "");
    for (int k = 0; k < s->nalias; k++)
        fprintf(out, "%*s%s%s%s\n", indent + 2, "", s->alias[k].path,
                s->alias[k].name ? " as " : "", s->alias[k].name ? s->alias[k].name : "");
    for (int i = 0; i < s->narm; i++) {
        print_optional(s->arm[i].test, out, indent + 2, "if ");
        print_block(&s->arm[i].body, out, indent + 2, "arm");
    }
    print_block(&s->body, out, indent + 2, "body");
    print_block(&s->other, out, indent + 2, "else");
    print_block(&s->last, out, indent + 2, "finally");
}

static void print_block(const AstBlock *b, FILE *out, int indent, const char *label) {
    if (b->n) fprintf(out, "%*s%s\n", indent, "", label);
    for (int i = 0; i < b->n; i++) print_statement(b->statement[i], out, indent + 2);
}

void ast_print(const AstFile *file, FILE *out) {
    for (int i = 0; i < file->block.n; i++) print_statement(file->block.statement[i], out, 0);
}
