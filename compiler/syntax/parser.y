// SPDX-License-Identifier: MIT
// Tokens to syntax tree. The grammar knows no layer: a call is a name with arguments.
%{
#include "syntax/lexer.h"
#include <string.h>
%}

%code requires {
#include "syntax/lexer.h"
}
%code provides {
int cnn_lex(CNN_STYPE *value, CNN_LTYPE *loc, Lexer *lexer);
}

%define api.prefix {cnn_}
%define api.pure full
%define api.location.type {Loc}
%define parse.error custom
%locations
%param {Lexer *lexer}
%expect 0 // precedence is in the rules, so a conflict is a mistake in the grammar

%union {
    const char *text;
    uint64_t integer;
    double real;
    Ast *ast;
    AstItem item;
    AstStatement statement;
}

%code {
#define A (lexer->arena)
#define YYLLOC_DEFAULT(to, from, n)                                                                \
    ((to) = (n) ? (Loc){YYRHSLOC(from, 1).line, YYRHSLOC(from, 1).col,                             \
                        YYRHSLOC(from, n).end_line, YYRHSLOC(from, n).end_col}                     \
                : (Loc){YYRHSLOC(from, 0).end_line, YYRHSLOC(from, 0).end_col,                     \
                        YYRHSLOC(from, 0).end_line, YYRHSLOC(from, 0).end_col})

static void cnn_error(const Loc *loc, Lexer *lexer, const char *message);
static void add_statement(Lexer *lexer, AstStatement s);
static void write_equals(Lexer *lexer, Loc loc, const char *found);
static Ast *constant(Lexer *lexer, Loc loc, const char *text);
static const char *join_path(Lexer *lexer, Loc loc, const char *path, const char *name);
}

%token <text> NAME "name" STRING "string" REFUSED
%token <integer> INTEGER "number"
%token <real> FLOAT "float"
%token TRUE_ "True" FALSE_ "False" NONE "None" IMPORT "import" FROM "from" AS "as"
%token POWER "**" FLOORDIV "//" EQUAL "==" NEWLINE "end of line"

%type <ast> value tuple expr sum term factor power postfix atom items arguments
%type <item> argument
%type <statement> imports import_list
%type <text> path

%%

file: %empty { (void)yynerrs; } // bison counts, we do not
    | file statement;

statement: value '=' value NEWLINE {
        add_statement(lexer, (AstStatement){AST_ASSIGN, @$, $1, $3, 0, NULL}); }
    | value EQUAL value NEWLINE {
        write_equals(lexer, @2, "==");
        add_statement(lexer, (AstStatement){AST_ASSIGN, @$, $1, $3, 0, NULL}); }
    | value ':' value NEWLINE {
        write_equals(lexer, @2, ":");
        add_statement(lexer, (AstStatement){AST_ASSIGN, @$, $1, $3, 0, NULL}); }
    | value NEWLINE {
        add_statement(lexer, (AstStatement){AST_EXPRESSION, @$, NULL, $1, 0, NULL}); }
    | IMPORT imports NEWLINE { $2.loc = @$; add_statement(lexer, $2); }
    | FROM path IMPORT import_list NEWLINE {
        for (int i = 0; i < $4.nalias; i++)
            $4.alias[i].path = join_path(lexer, $4.alias[i].loc, $2, $4.alias[i].path);
        $4.loc = @$;
        add_statement(lexer, $4); }
    | error NEWLINE { yyerrok; lexer->file->incomplete = true; };

imports: path { $$ = (AstStatement){.kind = AST_IMPORT};
        ARENA_PUSH(A, $$.alias, $$.nalias, ((AstAlias){$1, NULL, @$})); }
    | path AS NAME { $$ = (AstStatement){.kind = AST_IMPORT};
        ARENA_PUSH(A, $$.alias, $$.nalias, ((AstAlias){$1, $3, @$})); }
    | imports ',' path { $$ = $1;
        ARENA_PUSH(A, $$.alias, $$.nalias, ((AstAlias){$3, NULL, @3})); }
    | imports ',' path AS NAME { $$ = $1;
        ARENA_PUSH(A, $$.alias, $$.nalias, ((AstAlias){$3, $5, @3})); };

import_list: imports | '(' imports ')' { $$ = $2; } | '(' imports ',' ')' { $$ = $2; }
    | '*' { $$ = (AstStatement){.kind = AST_IMPORT};
        ARENA_PUSH(A, $$.alias, $$.nalias, ((AstAlias){"*", NULL, @$})); };

path: NAME | path '.' NAME { $$ = join_path(lexer, @$, $1, $3); };

value: expr | tuple | tuple ',';
tuple: expr ',' expr {
        $$ = ast_node(A, AST_TUPLE, @$, NULL, NULL);
        ast_add(A, $$, (AstItem){.loc = @1, .value = $1});
        ast_add(A, $$, (AstItem){.loc = @3, .value = $3}); }
    | tuple ',' expr {
        $$ = ast_add(A, $1, (AstItem){.loc = @3, .value = $3});
        $$->loc = @$; };

expr: sum;

sum: term
    | sum '+' term { $$ = ast_chain(A, @$, $1, OP_ADD, $3); }
    | sum '-' term { $$ = ast_chain(A, @$, $1, OP_SUB, $3); };

term: factor
    | term '*' factor { $$ = ast_chain(A, @$, $1, OP_MUL, $3); }
    | term '/' factor { $$ = ast_chain(A, @$, $1, OP_DIV, $3); }
    | term FLOORDIV factor { $$ = ast_chain(A, @$, $1, OP_FLOORDIV, $3); }
    | term '%' factor { $$ = ast_chain(A, @$, $1, OP_MOD, $3); };

factor: power
    | '-' factor { $$ = ast_unary(A, @$, OP_SUB, $2); }
    | '+' factor { $$ = ast_unary(A, @$, OP_ADD, $2); };

power: postfix | postfix POWER factor { $$ = ast_node(A, AST_POWER, @$, $1, $3); };

postfix: atom
    | postfix '.' NAME { $$ = ast_attribute(A, @$, $1, $3); }
    | postfix '[' value ']' { $$ = ast_node(A, AST_SUBSCRIPT, @$, $1, $3); }
    | postfix '(' ')' { $$ = ast_node(A, AST_CALL, @$, $1, NULL); }
    | postfix '(' arguments ')' { $$ = $3; $$->loc = @$; $$->left = $1;
        if ($1->depth >= $$->depth) $$->depth = $1->depth + 1; }
    | postfix '(' arguments ',' ')' { $$ = $3; $$->loc = @$; $$->left = $1;
        if ($1->depth >= $$->depth) $$->depth = $1->depth + 1; };

arguments: argument { $$ = ast_add(A, ast_node(A, AST_CALL, @$, NULL, NULL), $1); }
    | arguments ',' argument { $$ = ast_add(A, $1, $3); };

argument: expr { $$ = (AstItem){.loc = @$, .value = $1}; }
    | NAME '=' expr { $$ = (AstItem){.keyword = $1, .loc = @$, .value = $3}; }
    | NAME EQUAL expr { write_equals(lexer, @2, "==");
        $$ = (AstItem){.keyword = $1, .loc = @$, .value = $3}; }
    | NAME ':' expr { write_equals(lexer, @2, ":");
        $$ = (AstItem){.keyword = $1, .loc = @$, .value = $3}; };

atom: NAME { $$ = ast_leaf(A, AST_NAME, @$, $1); }
    | INTEGER { $$ = ast_leaf(A, AST_INT, @$, NULL); $$->integer = $1; }
    | FLOAT { $$ = ast_leaf(A, AST_FLOAT, @$, NULL); $$->real = $1; }
    | STRING { $$ = ast_leaf(A, AST_STRING, @$, $1); }
    | TRUE_ { $$ = constant(lexer, @$, "True"); }
    | FALSE_ { $$ = constant(lexer, @$, "False"); }
    | NONE { $$ = constant(lexer, @$, "None"); }
    | '(' ')' { $$ = ast_node(A, AST_TUPLE, @$, NULL, NULL); }
    | '(' expr ',' ')' {
        $$ = ast_node(A, AST_TUPLE, @$, NULL, NULL);
        ast_add(A, $$, (AstItem){.loc = @2, .value = $2}); }
    | '(' value ')' { $$ = ast_close($2, @$); }
    | '[' ']' { $$ = ast_node(A, AST_LIST, @$, NULL, NULL); }
    | '[' items ']' { $$ = $2; $$->loc = @$; }
    | '[' items ',' ']' { $$ = $2; $$->loc = @$; };

items: expr { $$ = ast_add(A, ast_node(A, AST_LIST, @$, NULL, NULL),
                           (AstItem){.loc = @1, .value = $1}); }
    | items ',' expr { $$ = ast_add(A, $1, (AstItem){.loc = @3, .value = $3}); };

%%

static Ast *constant(Lexer *lexer, Loc loc, const char *text) {
    return ast_leaf(lexer->arena, AST_CONSTANT, loc, text);
}

// No module that can be imported has so long a path; a limit, as each part makes a longer text.
static const char *join_path(Lexer *lexer, Loc loc, const char *path, const char *name) {
    enum { LONGEST = 200 };
    if (strlen(path) + strlen(name) < LONGEST) return arena_printf(lexer->arena, "%s.%s", path, name);
    if (!lexer->file->incomplete)
        diag_error(lexer->diag, loc, 1, "the path of an import is longer than %d bytes", LONGEST);
    lexer->file->incomplete = true;
    return path;
}

static void write_equals(Lexer *lexer, Loc loc, const char *found) {
    diag_error(lexer->diag, loc, 4, "expected '=', found '%s'", found);
}

static void add_statement(Lexer *lexer, AstStatement s) {
    if (s.value) // without the end of the line
        s.loc.end_line = s.value->loc.end_line, s.loc.end_col = s.value->loc.end_col;
    bool deep = (s.value && s.value->depth > MAX_NESTING) ||
                (s.target && s.target->depth > MAX_NESTING);
    lexer->file->incomplete |= deep;
    if (deep) diag_error(lexer->diag, s.loc, 7, "nested deeper than %d", MAX_NESTING);
    else ARENA_PUSH(lexer->arena, lexer->file->statement, lexer->file->n, s);
}

// What bison reports by itself: its stack is full.
static void cnn_error(const Loc *loc, Lexer *lexer, const char *message) {
    (void)message;
    lexer->file->incomplete = true;
    diag_error(lexer->diag, *loc, 7, "nested deeper than %d", MAX_NESTING);
}

// "unexpected 'x'" or, where few tokens would do, "expected ',' or ')', found 'x'".
static int yyreport_syntax_error(const yypcontext_t *context, Lexer *lexer) {
    enum { FEW = 3 };
    yysymbol_kind_t found = yypcontext_token(context), expected[YYNTOKENS];
    const Loc *loc = yypcontext_location(context);
    if (found == YYSYMBOL_REFUSED) return 0; // the lexer has reported it
    int n = yypcontext_expected_tokens(context, expected, YYNTOKENS);
    const char *text = yysymbol_name(found), *quote = text[0] == '\'' ? "" : "'";
    if (found == YYSYMBOL_NAME) text = arena_printf(lexer->arena, "'%s'", lexer->last.text);
    if (found == YYSYMBOL_NAME || found == YYSYMBOL_NEWLINE || found == YYSYMBOL_STRING) quote = "";
    if (found == YYSYMBOL_EQUAL || lexer->last.kind == ':')
        diag_error(lexer->diag, *loc, 5, "%s are not part of the language",
                   found == YYSYMBOL_EQUAL ? "'==': comparisons" : "':': slices and blocks");
    else if (n < 1 || n > FEW)
        diag_error(lexer->diag, *loc, 1, "unexpected %s%s%s", quote, text, quote);
    else {
        const char *list = "";
        for (int i = 0; i < n; i++)
            list = arena_printf(lexer->arena, "%s%s%s", list,
                                i == 0 ? "" : i < n - 1 ? ", " : " or ",
                                yysymbol_name(expected[i]));
        diag_error(lexer->diag, *loc, 1, "expected %s, found %s%s%s", list, quote, text, quote);
    }
    return 0;
}
