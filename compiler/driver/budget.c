// SPDX-License-Identifier: MIT
// See budget.h.
#include "driver/budget.h"
#include "report/heavy.h"
#include "support/tell.h"
#include "support/text.h"
#include <string.h>

static int read_one(const char *option, const char *text, int64_t *bytes) {
    *bytes = INT64_MAX;
    const char *end = text;
    if (!text || (text_size(&end, bytes) && !*end)) return EXIT_OK;
    Arena *a = arena_new();
    tell("error: %s: expected bytes, as 3000, 64K or 1M, not '%s'", option, text_line(a, text));
    arena_free(a);
    return EXIT_USAGE;
}

int budget_read(Job *j) {
    const Options *o = j->o;
    int code = read_one("--max-flash", o->max_flash, &j->budget.flash);
    if (code == EXIT_OK) code = read_one("--max-ram", o->max_ram, &j->budget.ram);
    if (code == EXIT_OK) code = read_one("--max-stack", o->max_stack, &j->budget.stack);
    return code;
}

bool budget_given(const Job *j) {
    return j->o->max_flash || j->o->max_ram || j->o->max_stack;
}

bool budget_allows(const Job *j, const Needs *n) {
    return n->flash <= j->budget.flash && n->ram <= j->budget.ram && n->stack <= j->budget.stack;
}

bool budget_try_small(Job *j) {
    if (j->small || j->level[0]->small) return false;
    if (j->o->verbose) tell("note: over budget, so kernels that take little memory are chosen");
    return j->small = true;
}

static void refuse(const Job *j, const char *option, int64_t most, const char *what,
                   int64_t bytes) {
    tell("error: %s: %s %s bytes, %s too many", option, what, text_thousands(j->a, bytes),
         text_thousands(j->a, bytes - most));
}

static int unreached(const Job *j, const char *what, int64_t bytes, const char *help) {
    const Target *t = j->level[0];
    tell("error: %s %s bytes, and offsets of %s reach %s", what, text_thousands(j->a, bytes),
         t->triple, text_thousands(j->a, target_reach(t)));
    tell("help: %s", help);
    return EXIT_REFUSED;
}

int budget_reach(const Job *j, const Plan *p, int64_t ram, int64_t constants, const char *help) {
    int64_t most = target_reach(j->level[0]);
    if (constants > most)
        return unreached(j, "code and constants take", constants, heavy_weights(p));
    return ram > most ? unreached(j, "the caller's memory takes", ram, help) : EXIT_OK;
}

static const char *plain_name(const char *function) { // of a layer's code, as the model calls it
    return !strncmp(function, "cnn.", 4) ? function + 4 : function;
}

static const char *less_flash(const Job *j, const Plan *p, const Needs *n) {
    if (option_apart(j->o))
        return "weights are apart already: -O1 or --kernels=plain may take less";
    if (!n->largest)
        return arena_printf(j->a, "%s: fewer units or channels there, or a pool before it",
                            heavy_weights(p));
    return arena_printf(j->a,
                        "the largest kernel is '%s', %s bytes: --kernels=plain or another -O may "
                        "take less, and layers with trainable=False have none for gradients",
                        plain_name(n->largest), text_thousands(j->a, n->largest_bytes));
}

int budget_refuse(const Job *j, const Plan *p, const Needs *n, const char *ram_help) {
    const Options *o = j->o;
    if (n->flash > j->budget.flash) {
        refuse(j, arena_printf(j->a, "--max-flash=%s", o->max_flash), j->budget.flash,
               "code and constants take", n->flash);
        tell("help: %s", less_flash(j, p, n));
    }
    if (n->ram > j->budget.ram) {
        refuse(j, arena_printf(j->a, "--max-ram=%s", o->max_ram), j->budget.ram,
               "the caller's memory takes", n->ram);
        tell("help: %s", ram_help);
    }
    if (n->stack > j->budget.stack) {
        refuse(j, arena_printf(j->a, "--max-stack=%s", o->max_stack), j->budget.stack,
               "a call takes up to", n->stack);
        tell("help: most of it has the code of '%s': another -O, or --kernels=plain, may take less",
             plain_name(n->deepest));
    }
    return EXIT_REFUSED;
}
