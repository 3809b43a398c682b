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
    AstOp op;
    Ast *ast;
    AstItem item;
    AstParam param;
    AstClause clause;
    AstArm arm;
    AstStatement statement;
    AstBlock block;
}

%code {
#define A (lexer->arena)
#define YYLLOC_DEFAULT(to, from, n)                                                                \
    ((to) = (n) ? (Loc){YYRHSLOC(from, 1).line, YYRHSLOC(from, 1).col,                             \
                        YYRHSLOC(from, n).end_line, YYRHSLOC(from, n).end_col}                     \
                : (Loc){YYRHSLOC(from, 0).end_line, YYRHSLOC(from, 0).end_col,                     \
                        YYRHSLOC(from, 0).end_line, YYRHSLOC(from, 0).end_col})
#define NODE(kind, at, left, right) ast_node(A, kind, at, left, right)
#define ITEM(at, ast) ((AstItem){.loc = (at), .value = (ast)})
#define SIMPLE(kind_, at, ...) ((AstStatement){.kind = kind_, .loc = (at), __VA_ARGS__})

static void cnn_error(const Loc *loc, Lexer *lexer, const char *message);
static AstBlock add_statement(Lexer *lexer, AstBlock block, AstStatement s);
static Ast *with_callee(Ast *call, Ast *callee, Loc loc);
static Ast *join_strings(Lexer *lexer, Loc loc, Ast *left, Ast *right);
static Ast *constant(Lexer *lexer, Loc loc, const char *text);
static const char *join_path(Lexer *lexer, Loc loc, const char *path, const char *name);
static Loc until(Loc from, Loc to);
}

%token START_FILE START_FIELD
%token <text> NAME "name" STRING "string" REFUSED
%token <ast> FIELDS "formatted string"
%token <integer> INTEGER "number"
%token <real> FLOAT "float"
%token <op> UPDATE "update"
%token TRUE_ "True" FALSE_ "False" NONE "None" IMPORT "import" FROM "from" AS "as"
%token IF "if" ELIF "elif" ELSE "else" FOR "for" WHILE "while" BREAK "break" CONTINUE "continue"
%token PASS "pass" DEF "def" RETURN "return" LAMBDA "lambda" CLASS "class" WITH "with" TRY "try"
%token EXCEPT "except" FINALLY "finally" RAISE "raise" ASSERT "assert" DEL "del"
%token NOT "not" AND "and" OR "or" IN "in" IS "is"
%token POWER "**" FLOORDIV "//" EQUAL "==" NOT_EQUAL "!=" LESS_EQUAL "<=" GREATER_EQUAL ">="
%token LEFT "<<" RIGHT ">>" ARROW "->" ELLIPSIS "..."
%token NEWLINE "end of line" INDENT "indentation" DEDENT "end of the block"

%type <ast> value tuple star expr boolean_or boolean_and boolean_not comparison
%type <ast> bit_or bit_xor bit_and shift sum term factor power postfix atom strings
%type <ast> items arguments call_items subscript subscripts subscript_list slice_part bases
%type <ast> assigned target targets target_list dict set_items comprehension clauses clause_if
%type <ast> decorators params param_list lambda_params lambda_list message
%type <op> comparator
%type <item> argument pair with_item
%type <param> param lambda_param
%type <statement> imports import_list simple compound definition if_head try_head excepts with_items
%type <block> statements block simples other statement
%type <text> path import_from

%%

start: START_FILE statements { lexer->file->block = $2; (void)yynerrs; } // bison counts, we do not
    | START_FIELD value { lexer->result = $2; }
    | START_FIELD error { lexer->result = NULL; };

statements: %empty { $$ = (AstBlock){0}; }
    | statements statement { $$ = $1;
        for (int i = 0; i < $2.n; i++) ARENA_PUSH(A, $$.statement, $$.n, $2.statement[i]); };

statement: simples NEWLINE
    | simples ';' NEWLINE
    | compound { $$ = add_statement(lexer, (AstBlock){0}, $1); }
    | error NEWLINE { yyerrok; $$ = (AstBlock){0}; lexer->file->incomplete = true; };

simples: simple { $$ = add_statement(lexer, (AstBlock){0}, $1); }
    | simples ';' simple { $$ = add_statement(lexer, $1, $3); };

block: NEWLINE INDENT statements DEDENT { $$ = $3; }
    | simples NEWLINE
    | simples ';' NEWLINE;

// ------------------------------------------------------------------------- simple statements

simple: value { $$ = SIMPLE(AST_EXPRESSION, @$, .value = $1); }
    | assigned '=' value { $$ = SIMPLE(AST_ASSIGN, @$, .value = $3);
        for (int i = 0; i < $1->n; i++) ARENA_PUSH(A, $$.targets, $$.ntarget, $1->item[i].value); }
    | value ':' expr { $$ = SIMPLE(AST_PASS, @$, .target = NULL);
        if ($3->kind <= AST_FLOAT) diag_error(lexer->diag, @2, 4, "expected '=', found ':'"); }
    | value ':' expr '=' value { $$ = SIMPLE(AST_ASSIGN, @$, .value = $5);
        ARENA_PUSH(A, $$.targets, $$.ntarget, $1); }
    | value UPDATE value { $$ = SIMPLE(AST_UPDATE, @$, .op = $2, .target = $1, .value = $3); }
    | IMPORT imports { $$ = $2; $$.loc = @$; }
    | import_from IMPORT import_list { $$ = $3;
        for (int i = 0; i < $$.nalias; i++)
            $$.alias[i].path = join_path(lexer, $$.alias[i].loc, $1, $$.alias[i].path);
        $$.from = true;
        $$.loc = @$; }
    | BREAK { $$ = SIMPLE(AST_BREAK, @$, .target = NULL); }
    | CONTINUE { $$ = SIMPLE(AST_CONTINUE, @$, .target = NULL); }
    | PASS { $$ = SIMPLE(AST_PASS, @$, .target = NULL); }
    | RETURN { $$ = SIMPLE(AST_RETURN, @$, .target = NULL); }
    | RETURN value { $$ = SIMPLE(AST_RETURN, @$, .value = $2); }
    | RAISE { $$ = SIMPLE(AST_RAISE, @$, .target = NULL); }
    | RAISE expr { $$ = SIMPLE(AST_RAISE, @$, .value = $2); }
    | RAISE expr FROM expr { $$ = SIMPLE(AST_RAISE, @$, .value = $2); }
    | ASSERT expr message { $$ = SIMPLE(AST_ASSERT, @$, .value = $2, .message = $3); }
    | DEL targets { $$ = SIMPLE(AST_DEL, @$, .target = $2); };

message: %empty { $$ = NULL; } | ',' expr { $$ = $2; };

assigned: value { $$ = ast_add(A, NODE(AST_LIST, @$, NULL, NULL), ITEM(@1, $1)); }
    | assigned '=' value { $$ = ast_add(A, $1, ITEM(@3, $3)); };

import_from: FROM path { $$ = $2; }
    | FROM '.' path { $$ = $3; }
    | FROM '.' { $$ = ""; };

imports: path { $$ = (AstStatement){.kind = AST_IMPORT};
        ARENA_PUSH(A, $$.alias, $$.nalias, ((AstAlias){$1, NULL, @$})); }
    | path AS NAME { $$ = (AstStatement){.kind = AST_IMPORT};
        ARENA_PUSH(A, $$.alias, $$.nalias, ((AstAlias){$1, $3, @$})); }
    | imports ',' path { $$ = $1;
        ARENA_PUSH(A, $$.alias, $$.nalias, ((AstAlias){$3, NULL, @3})); }
    | imports ',' path AS NAME { $$ = $1;
        ARENA_PUSH(A, $$.alias, $$.nalias, ((AstAlias){$3, $5, until(@3, @5)})); };

import_list: imports | '(' imports ')' { $$ = $2; } | '(' imports ',' ')' { $$ = $2; }
    | '*' { $$ = (AstStatement){.kind = AST_IMPORT};
        ARENA_PUSH(A, $$.alias, $$.nalias, ((AstAlias){"*", NULL, @$})); };

path: NAME | path '.' NAME { $$ = join_path(lexer, @$, $1, $3); };

// ----------------------------------------------------------------------- compound statements

compound: if_head other { $$ = $1; $$.other = $2; }
    | WHILE expr ':' block other {
        $$ = SIMPLE(AST_WHILE, until(@1, @3), .value = $2, .body = $4, .other = $5); }
    | FOR targets IN value ':' block other {
        $$ = SIMPLE(AST_FOR, until(@1, @5), .target = $2, .value = $4, .body = $6, .other = $7); }
    | definition
    | decorators definition { $$ = $2; $$.value = $1; $$.loc = until(@1, $2.loc); }
    | WITH with_items ':' block { $$ = $2; $$.loc = until(@1, @3); $$.body = $4; }
    | try_head excepts other { $$ = $1; $$.arm = $2.arm, $$.narm = $2.narm, $$.other = $3; }
    | try_head excepts other FINALLY ':' block {
        $$ = $1; $$.arm = $2.arm, $$.narm = $2.narm, $$.other = $3, $$.last = $6; }
    | try_head FINALLY ':' block { $$ = $1; $$.last = $4; };

decorators: '@' value NEWLINE { $$ = $2; }
    | decorators '@' value NEWLINE { $$ = $1; }; // the first one says what becomes of it

definition: DEF NAME '(' params ')' ':' block {
        $$ = SIMPLE(AST_DEF, until(@1, @6), .name = $2, .def = $4, .body = $7); }
    | DEF NAME '(' params ')' ARROW expr ':' block {
        $$ = SIMPLE(AST_DEF, until(@1, @8), .name = $2, .def = $4, .body = $9); }
    | CLASS NAME bases ':' block {
        $$ = SIMPLE(AST_CLASS, until(@1, @4), .name = $2, .def = $3, .body = $5); };

if_head: IF expr ':' block { $$ = SIMPLE(AST_IF, until(@1, @3), .value = NULL);
        ARENA_PUSH(A, $$.arm, $$.narm, ((AstArm){until(@1, @3), $2, NULL, $4})); }
    | if_head ELIF expr ':' block { $$ = $1;
        ARENA_PUSH(A, $$.arm, $$.narm, ((AstArm){until(@2, @4), $3, NULL, $5})); };

other: %empty { $$ = (AstBlock){0}; } | ELSE ':' block { $$ = $3; };

bases: %empty { $$ = NODE(AST_CALL, @$, NULL, NULL); }
    | '(' ')' { $$ = NODE(AST_CALL, @$, NULL, NULL); }
    | '(' call_items ')' { $$ = $2; $$->loc = @$; };

with_items: with_item { $$ = SIMPLE(AST_WITH, @$, .def = NODE(AST_LIST, @$, NULL, NULL));
        ast_add(A, $$.def, $1); }
    | with_items ',' with_item { $$ = $1; ast_add(A, $$.def, $3); };

with_item: expr { $$ = ITEM(@1, $1); } | expr AS target { $$ = ITEM(@1, $1); $$.key = $3; };

try_head: TRY ':' block { $$ = SIMPLE(AST_TRY, until(@1, @2), .body = $3); };

excepts: EXCEPT ':' block { $$ = (AstStatement){.kind = AST_TRY};
        ARENA_PUSH(A, $$.arm, $$.narm, ((AstArm){@1, NULL, NULL, $3})); }
    | EXCEPT expr ':' block { $$ = (AstStatement){.kind = AST_TRY};
        ARENA_PUSH(A, $$.arm, $$.narm, ((AstArm){@1, $2, NULL, $4})); }
    | EXCEPT expr AS NAME ':' block { $$ = (AstStatement){.kind = AST_TRY};
        ARENA_PUSH(A, $$.arm, $$.narm, ((AstArm){@1, $2, $4, $6})); }
    | excepts EXCEPT ':' block { $$ = $1;
        ARENA_PUSH(A, $$.arm, $$.narm, ((AstArm){@2, NULL, NULL, $4})); }
    | excepts EXCEPT expr ':' block { $$ = $1;
        ARENA_PUSH(A, $$.arm, $$.narm, ((AstArm){@2, $3, NULL, $5})); }
    | excepts EXCEPT expr AS NAME ':' block { $$ = $1;
        ARENA_PUSH(A, $$.arm, $$.narm, ((AstArm){@2, $3, $5, $7})); };

params: %empty { $$ = NODE(AST_LAMBDA, @$, NULL, NULL); } | param_list | param_list ',';

param_list: param { $$ = ast_param(A, NODE(AST_LAMBDA, @$, NULL, NULL), $1); }
    | param_list ',' param { $$ = ast_param(A, $1, $3); };

param: lambda_param
    | NAME ':' expr { $$ = (AstParam){.name = $1, .loc = @1}; }
    | NAME ':' expr '=' expr { $$ = (AstParam){.name = $1, .loc = @1, .standard = $5}; }
    | '*' NAME ':' expr { $$ = (AstParam){$2, @2, NULL, PARAM_REST}; }
    | POWER NAME ':' expr { $$ = (AstParam){$2, @2, NULL, PARAM_KEYWORDS}; };

lambda_params: %empty { $$ = NODE(AST_LAMBDA, @$, NULL, NULL); } | lambda_list | lambda_list ',';

lambda_list: lambda_param { $$ = ast_param(A, NODE(AST_LAMBDA, @$, NULL, NULL), $1); }
    | lambda_list ',' lambda_param { $$ = ast_param(A, $1, $3); };

lambda_param: NAME { $$ = (AstParam){.name = $1, .loc = @1}; }
    | NAME '=' expr { $$ = (AstParam){.name = $1, .loc = @1, .standard = $3}; }
    | '*' { $$ = (AstParam){NULL, @1, NULL, PARAM_BARE}; }
    | '*' NAME { $$ = (AstParam){$2, @2, NULL, PARAM_REST}; }
    | POWER NAME { $$ = (AstParam){$2, @2, NULL, PARAM_KEYWORDS}; };

// -------------------------------------------------------------------------------- expressions

value: star | tuple | tuple ',' | star ',' {
        $$ = ast_add(A, NODE(AST_TUPLE, @$, NULL, NULL), ITEM(@1, $1)); };

tuple: star ',' star {
        $$ = NODE(AST_TUPLE, @$, NULL, NULL);
        ast_add(A, $$, ITEM(@1, $1));
        ast_add(A, $$, ITEM(@3, $3)); }
    | tuple ',' star { $$ = ast_add(A, $1, ITEM(@3, $3)); $$->loc = @$; };

star: expr | '*' bit_or { $$ = NODE(AST_STAR, @$, $2, NULL); };

targets: target
    | target ',' { $$ = ast_add(A, NODE(AST_TUPLE, @$, NULL, NULL), ITEM(@1, $1)); }
    | target_list
    | target_list ',';

target_list: target ',' target {
        $$ = NODE(AST_TUPLE, @$, NULL, NULL);
        ast_add(A, $$, ITEM(@1, $1));
        ast_add(A, $$, ITEM(@3, $3)); }
    | target_list ',' target { $$ = ast_add(A, $1, ITEM(@3, $3)); $$->loc = @$; };

target: bit_or | '*' bit_or { $$ = NODE(AST_STAR, @$, $2, NULL); };

expr: boolean_or
    | boolean_or IF boolean_or ELSE expr {
        $$ = ast_third(NODE(AST_CONDITIONAL, @$, $1, $5), $3); }
    | LAMBDA lambda_params ':' expr { $$ = $2; $$->loc = @$; $$->left = $4;
        if ($4->depth >= $$->depth) $$->depth = $4->depth + 1; };

boolean_or: boolean_and | boolean_or OR boolean_and { $$ = ast_chain(A, @$, $1, OP_OR, $3); };

boolean_and: boolean_not | boolean_and AND boolean_not { $$ = ast_chain(A, @$, $1, OP_AND, $3); };

boolean_not: comparison | NOT boolean_not { $$ = ast_unary(A, @$, OP_NOT, $2); };

comparison: bit_or | comparison comparator bit_or { $$ = ast_chain(A, @$, $1, $2, $3); };

comparator: '<' { $$ = OP_LESS; } | '>' { $$ = OP_GREATER; } | LESS_EQUAL { $$ = OP_LESS_EQUAL; }
    | GREATER_EQUAL { $$ = OP_GREATER_EQUAL; } | EQUAL { $$ = OP_EQUAL; }
    | NOT_EQUAL { $$ = OP_NOT_EQUAL; } | IN { $$ = OP_IN; } | NOT IN { $$ = OP_NOT_IN; }
    | IS { $$ = OP_IS; } | IS NOT { $$ = OP_IS_NOT; };

bit_or: bit_xor | bit_or '|' bit_xor { $$ = ast_chain(A, @$, $1, OP_BITOR, $3); };
bit_xor: bit_and | bit_xor '^' bit_and { $$ = ast_chain(A, @$, $1, OP_BITXOR, $3); };
bit_and: shift | bit_and '&' shift { $$ = ast_chain(A, @$, $1, OP_BITAND, $3); };
shift: sum
    | shift LEFT sum { $$ = ast_chain(A, @$, $1, OP_LEFT, $3); }
    | shift RIGHT sum { $$ = ast_chain(A, @$, $1, OP_RIGHT, $3); };

sum: term
    | sum '+' term { $$ = ast_chain(A, @$, $1, OP_ADD, $3); }
    | sum '-' term { $$ = ast_chain(A, @$, $1, OP_SUB, $3); };

term: factor
    | term '*' factor { $$ = ast_chain(A, @$, $1, OP_MUL, $3); }
    | term '/' factor { $$ = ast_chain(A, @$, $1, OP_DIV, $3); }
    | term FLOORDIV factor { $$ = ast_chain(A, @$, $1, OP_FLOORDIV, $3); }
    | term '%' factor { $$ = ast_chain(A, @$, $1, OP_MOD, $3); }
    | term '@' factor { $$ = ast_chain(A, @$, $1, OP_MATMUL, $3); };

factor: power
    | '-' factor { $$ = ast_unary(A, @$, OP_SUB, $2); }
    | '+' factor { $$ = ast_unary(A, @$, OP_ADD, $2); }
    | '~' factor { $$ = ast_unary(A, @$, OP_INVERT, $2); };

power: postfix | postfix POWER factor { $$ = NODE(AST_POWER, @$, $1, $3); };

postfix: atom
    | postfix '.' NAME { $$ = ast_attribute(A, @$, $1, $3); }
    | postfix '[' subscripts ']' { $$ = NODE(AST_SUBSCRIPT, @$, $1, $3); }
    | postfix '(' ')' { $$ = NODE(AST_CALL, @$, $1, NULL); }
    | postfix '(' call_items ')' { $$ = with_callee($3, $1, @$); };

call_items: arguments | arguments ',' | comprehension {
        $$ = ast_add(A, NODE(AST_CALL, @$, NULL, NULL), ITEM(@1, $1)); $1->of = AST_TUPLE; };

arguments: argument { $$ = ast_add(A, NODE(AST_CALL, @$, NULL, NULL), $1); }
    | arguments ',' argument { $$ = ast_add(A, $1, $3); };

argument: star { $$ = ITEM(@$, $1); }
    | POWER bit_or { $$ = ITEM(@$, ast_node(A, AST_STAR, @$, $2, NULL)); $$.value->op = OP_POWER; }
    | NAME '=' expr { $$ = (AstItem){.keyword = $1, .loc = @$, .value = $3}; }
    | NAME ':' expr {
        diag_error(lexer->diag, @2, 4, "expected '=', found ':'");
        $$ = (AstItem){.keyword = $1, .loc = @$, .value = $3}; };

subscripts: subscript
    | subscript ',' { $$ = ast_add(A, NODE(AST_TUPLE, @$, NULL, NULL), ITEM(@1, $1)); }
    | subscript_list
    | subscript_list ',';

subscript_list: subscript ',' subscript {
        $$ = NODE(AST_TUPLE, @$, NULL, NULL);
        ast_add(A, $$, ITEM(@1, $1));
        ast_add(A, $$, ITEM(@3, $3)); }
    | subscript_list ',' subscript { $$ = ast_add(A, $1, ITEM(@3, $3)); $$->loc = @$; };

subscript: star
    | slice_part ':' slice_part { $$ = NODE(AST_SLICE, @$, $1, $3); }
    | slice_part ':' slice_part ':' slice_part {
        $$ = ast_third(NODE(AST_SLICE, @$, $1, $3), $5); };

slice_part: %empty { $$ = NULL; } | expr;

strings: STRING { $$ = ast_leaf(A, AST_STRING, @$, $1); }
    | FIELDS
    | strings STRING { $$ = join_strings(lexer, @$, $1, ast_leaf(A, AST_STRING, @2, $2)); }
    | strings FIELDS { $$ = join_strings(lexer, @$, $1, $2); };

atom: NAME { $$ = ast_leaf(A, AST_NAME, @$, $1); }
    | INTEGER { $$ = ast_leaf(A, AST_INT, @$, NULL); $$->integer = $1; }
    | FLOAT { $$ = ast_leaf(A, AST_FLOAT, @$, NULL); $$->real = $1; }
    | strings
    | TRUE_ { $$ = constant(lexer, @$, "True"); }
    | FALSE_ { $$ = constant(lexer, @$, "False"); }
    | NONE { $$ = constant(lexer, @$, "None"); }
    | ELLIPSIS { $$ = constant(lexer, @$, "..."); }
    | '(' ')' { $$ = NODE(AST_TUPLE, @$, NULL, NULL); $$->closed = true; }
    | '(' value ')' { $$ = ast_close($2, @$); }
    | '(' comprehension ')' { $$ = ast_close($2, @$); $$->of = AST_TUPLE; }
    | '[' ']' { $$ = NODE(AST_LIST, @$, NULL, NULL); }
    | '[' items ']' { $$ = $2; $$->loc = @$; }
    | '[' items ',' ']' { $$ = $2; $$->loc = @$; }
    | '[' comprehension ']' { $$ = $2; $$->loc = @$; $$->of = AST_LIST; }
    | '{' '}' { $$ = NODE(AST_DICT, @$, NULL, NULL); }
    | '{' dict '}' { $$ = $2; $$->loc = @$; }
    | '{' dict ',' '}' { $$ = $2; $$->loc = @$; }
    | '{' set_items '}' { $$ = $2; $$->loc = @$; }
    | '{' set_items ',' '}' { $$ = $2; $$->loc = @$; }
    | '{' comprehension '}' { $$ = $2; $$->loc = @$; $$->of = AST_SET; }
    | '{' expr ':' expr clauses '}' { $$ = $5; $$->loc = @$; $$->of = AST_DICT;
        const Ast *pair = NODE(AST_SLICE, @$, $2, $4);
        $$->left = $2, $$->right = $4;
        if (pair->depth > $$->depth) $$->depth = pair->depth; };

items: star { $$ = ast_add(A, NODE(AST_LIST, @$, NULL, NULL), ITEM(@1, $1)); }
    | items ',' star { $$ = ast_add(A, $1, ITEM(@3, $3)); };

set_items: star { $$ = ast_add(A, NODE(AST_SET, @$, NULL, NULL), ITEM(@1, $1)); }
    | set_items ',' star { $$ = ast_add(A, $1, ITEM(@3, $3)); };

dict: pair { $$ = ast_add(A, NODE(AST_DICT, @$, NULL, NULL), $1); }
    | dict ',' pair { $$ = ast_add(A, $1, $3); };

pair: expr ':' expr { $$ = (AstItem){.loc = @$, .key = $1, .value = $3}; }
    | POWER bit_or { $$ = ITEM(@$, $2); };

comprehension: expr clauses { $$ = $2; $$->left = $1; $$->loc = @$;
        if ($1->depth >= $$->depth) $$->depth = $1->depth + 1; };

clauses: FOR targets IN boolean_or clause_if {
        AstClause clause = {$2, $4, 0, NULL};
        for (int i = 0; i < $5->n; i++)
            ARENA_PUSH(A, clause.condition, clause.ncondition, $5->item[i].value);
        $$ = ast_clause(A, NODE(AST_COMPREHENSION, @$, NULL, NULL), clause); }
    | clauses FOR targets IN boolean_or clause_if {
        AstClause clause = {$3, $5, 0, NULL};
        for (int i = 0; i < $6->n; i++)
            ARENA_PUSH(A, clause.condition, clause.ncondition, $6->item[i].value);
        $$ = ast_clause(A, $1, clause); };

clause_if: %empty { $$ = NODE(AST_LIST, @$, NULL, NULL); }
    | clause_if IF boolean_or { $$ = ast_add(A, $1, ITEM(@3, $3)); };

%%

static Ast *constant(Lexer *lexer, Loc loc, const char *text) {
    return ast_leaf(lexer->arena, AST_CONSTANT, loc, text);
}

static Loc until(Loc from, Loc to) {
    return (Loc){from.line, from.col, to.end_line, to.end_col};
}

static Ast *with_callee(Ast *call, Ast *callee, Loc loc) {
    call->loc = loc;
    call->left = callee;
    if (callee->depth >= call->depth) call->depth = callee->depth + 1;
    return call;
}

// "a" "b": one string; with fields, the pieces of both.
static Ast *join_strings(Lexer *lexer, Loc loc, Ast *left, Ast *right) {
    Arena *a = lexer->arena;
    Ast *both = left;
    if (left->kind != AST_FORMATTED)
        both = ast_add(a, ast_node(a, AST_FORMATTED, loc, NULL, NULL), ITEM(left->loc, left));
    both->loc = loc;
    if (right->kind != AST_FORMATTED) return ast_add(a, both, ITEM(right->loc, right));
    for (int i = 0; i < right->n; i++) ast_add(a, both, right->item[i]);
    return both;
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

static bool too_deep(const AstStatement *s) {
    const Ast *parts[] = {s->target, s->value, s->message, s->def};
    bool deep = false;
    for (int i = 0; i < 4; i++) deep |= parts[i] && parts[i]->depth > MAX_NESTING;
    for (int i = 0; i < s->ntarget; i++) deep |= s->targets[i]->depth > MAX_NESTING;
    for (int i = 0; i < s->narm; i++)
        deep |= s->arm[i].test && s->arm[i].test->depth > MAX_NESTING;
    return deep;
}

static AstBlock add_statement(Lexer *lexer, AstBlock block, AstStatement s) {
    if (too_deep(&s)) {
        lexer->file->incomplete = true;
        diag_error(lexer->diag, s.loc, 7, "nested deeper than %d", MAX_NESTING);
    } else {
        AstStatement *kept = ARENA_NEW(lexer->arena, AstStatement);
        *kept = s;
        ARENA_PUSH(lexer->arena, block.statement, block.n, kept);
    }
    return block;
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
    lexer->file->incomplete = lexer->skipping = true;
    if (found == YYSYMBOL_REFUSED) return 0; // the lexer has reported it
    int n = yypcontext_expected_tokens(context, expected, YYNTOKENS);
    const char *text = yysymbol_name(found), *quote = text[0] == '\'' ? "" : "'";
    if (found == YYSYMBOL_NAME) text = arena_printf(lexer->arena, "'%s'", lexer->last.text);
    if (found == YYSYMBOL_NAME || found == YYSYMBOL_NEWLINE || found == YYSYMBOL_STRING) quote = "";
    if (found == YYSYMBOL_INDENT || found == YYSYMBOL_DEDENT || found == YYSYMBOL_FIELDS) quote = "";
    if (found == YYSYMBOL_YYEOF) text = "end of the string", quote = "";
    if (n < 1 || n > FEW) {
        diag_error(lexer->diag, *loc, 1, "unexpected %s%s%s", quote, text, quote);
        return 0;
    }
    const char *list = "";
    for (int i = 0; i < n; i++)
        list = arena_printf(lexer->arena, "%s%s%s", list,
                            i == 0      ? ""
                            : i < n - 1 ? ", "
                                        : " or ",
                            yysymbol_name(expected[i]));
    diag_error(lexer->diag, *loc, 1, "expected %s, found %s%s%s", list, quote, text, quote);
    return 0;
}
