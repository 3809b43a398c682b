// SPDX-License-Identifier: MIT
// What stands before '=': names, items, attributes, and tuples of these with one *star.
#include "data/data.h"

// True: there is nothing to set here. What it is set of may be a part of a table.
static bool of_elsewhere(Eval *e, const Ast *target, const Value *given) {
    bool part = given->kind == VALUE_ARRAY && given->n == TABLE_LOC; // df.loc[...] = 1
    const Value foreign = part ? array_foreign_view(e, given, "loc", target->loc) : *given;
    const Value *of = &foreign;
    if (of->kind == VALUE_FOREIGN && array_part_forget(e, target->left, of->foreign))
        foreign_left_out(e, target->loc, of->foreign);
    return of->kind == VALUE_ERROR || of->kind == VALUE_FOREIGN;
}

static void assign_item(Eval *e, const Ast *target, Value v) {
    Value of = eval(e, target->left), key = eval(e, target->right);
    if (of_elsewhere(e, target, &of) || key.kind == VALUE_ERROR) return;
    if (of.kind == VALUE_DICT) {
        if (!value_hashable(&key))
            diag_error(e->d, target->right->loc, 103, "%s cannot be a key",
                       value_describe(e->a, &key));
        else if (eval_items(e, target->loc, 1))
            dict_put(of.dict, key, v);
        return;
    }
    if (of.kind == VALUE_ARRAY && frame_assign(e, &of, &key, &v, target->loc)) return;
    if (of.kind == VALUE_ARRAY && counts_assign(&of, &key, &v)) return;
    if (of.kind == VALUE_ARRAY) {
        array_forget(e, &of, target->loc);
        array_part_forget(e, target->left, foreign_unknown(e, &of));
        return;
    }
    if (of.kind != VALUE_LIST || !value_is_int(&key)) {
        diag_error(e->d, target->loc, 410, "an item of %s cannot be set",
                   value_describe(e->a, &of));
        return;
    }
    int64_t n = of.list->n, i = key.integer < 0 ? key.integer + n : key.integer;
    if (i >= 0 && i < n)
        of.list->item[i] = v;
    else
        diag_error(e->d, target->right->loc, 107, "index %lld is outside %s",
                   (long long)key.integer, value_describe(e->a, &of));
}

static void assign_attribute(Eval *e, const Ast *target, Value v) {
    Value of = eval(e, target->left);
    if (of_elsewhere(e, target, &of)) return;
    if (attribute_set(e, &of, target->text, target->loc, &v) ||
        names_assign(e, &of, target->text, &v, target->loc) || frame_forget(e, &of, target->loc))
        return;
    if (of.kind != VALUE_INSTANCE && of.kind != VALUE_CLASS) {
        diag_error(e->d, target->loc, 410, "attributes of %s cannot be set",
                   value_describe(e->a, &of));
        return;
    }
    *map_slot(of.record->names, target->text) = arena_copy(e->a, &v, sizeof v);
}

static int stars(const Ast *target) {
    int n = 0;
    for (int i = 0; i < target->n; i++) n += target->item[i].value->kind == AST_STAR;
    return n;
}

static void assign_list(Eval *e, const Ast *target, const List *list) {
    int star = stars(target), fixed = target->n - star, rest = list->n - fixed, at = 0;
    if (star > 1) {
        diag_error(e->d, target->loc, 410, "only one name before '=' has a '*'");
        return;
    }
    if (rest < 0 || (rest > 0 && !star)) {
        diag_error(e->d, target->loc, 410, "%d name%s for %d value%s", fixed, fixed == 1 ? "" : "s",
                   list->n, list->n == 1 ? "" : "s");
        assign_names(e, target, eval_error());
        return;
    }
    for (int i = 0; i < target->n; i++) {
        const Ast *part = target->item[i].value;
        if (part->kind != AST_STAR) {
            assign(e, part, list->item[at++]);
            continue;
        }
        Value v = value_sequence(e->a, VALUE_LIST, 0);
        for (int k = 0; k < rest; k++) value_append(e->a, &v, list->item[at++]);
        assign(e, part->left, v);
    }
}

static void assign_parts(Eval *e, const Ast *target, Value v) {
    if (v.kind == VALUE_ERROR || v.kind == VALUE_FOREIGN) {
        assign_names(e, target, v);
        return;
    }
    const List *list = eval_iterate(e, &v, target->loc);
    if (!list || !eval_items(e, target->loc, list->n)) {
        assign_names(e, target, eval_error());
        return;
    }
    List before = *list; // as it is now: a[0], a[1] = a
    before.item = arena_copy(e->a, list->item, sizeof *list->item * (size_t)list->n);
    assign_list(e, target, &before);
}

void assign(Eval *e, const Ast *target, Value v) {
    switch (target->kind) {
    case AST_NAME: scope_bind(e, target->text, v); return;
    case AST_SUBSCRIPT: assign_item(e, target, v); return;
    case AST_ATTRIBUTE: assign_attribute(e, target, v); return;
    case AST_TUPLE:
    case AST_LIST: assign_parts(e, target, v); return;
    default: break;
    }
    diag_error(e->d, target->loc, 410, "only names, items and attributes can stand before '='");
}

void assign_names(Eval *e, const Ast *target, Value v) {
    if (target->kind == AST_NAME) scope_bind(e, target->text, v);
    if (target->kind == AST_STAR) assign_names(e, target->left, v);
    if (target->kind != AST_TUPLE && target->kind != AST_LIST) return;
    for (int i = 0; i < target->n; i++) assign_names(e, target->item[i].value, v);
}

void delete_target(Eval *e, const Ast *target) {
    if (target->kind == AST_TUPLE || target->kind == AST_LIST) {
        for (int i = 0; i < target->n; i++) delete_target(e, target->item[i].value);
        return;
    }
    if (target->kind == AST_NAME) {
        if (map_get(e->scope->names, target->text))
            *map_slot(e->scope->names, target->text) = NULL;
        else
            diag_error(e->d, target->loc, 101, "unknown name '%s'", target->text);
        return;
    }
    Value of = target->left ? eval(e, target->left) : eval_error();
    Value key = target->kind == AST_SUBSCRIPT ? eval(e, target->right) : eval_error();
    if (of.kind == VALUE_ERROR || key.kind == VALUE_ERROR || of.kind == VALUE_FOREIGN) return;
    if (frame_forget(e, &of, target->loc)) return;
    int64_t n = of.kind == VALUE_LIST ? of.list->n : 0;
    int64_t i = value_is_int(&key) && key.integer < 0 ? key.integer + n : key.integer;
    if (of.kind == VALUE_DICT && value_hashable(&key) && dict_remove(of.dict, &key)) return;
    if (of.kind == VALUE_LIST && value_is_int(&key) && i >= 0 && i < n) {
        for (of.list->n--; i < of.list->n; i++) of.list->item[i] = of.list->item[i + 1];
        return;
    }
    diag_error(e->d, target->loc, 107, "%s has no such item to delete", value_describe(e->a, &of));
}
