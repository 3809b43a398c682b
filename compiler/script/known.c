// SPDX-License-Identifier: MIT
// What functions of modules that are foreign make of constants alone: paths of os.path, as POSIX has them.
#include "data/data.h"
#include "support/text.h"
#include <string.h>

// A part that begins with a slash starts anew.
static Value join(Eval *e, Loc loc, const char *const *part, int n) {
    const char *path = part[0];
    for (int i = 1; i < n; i++) {
        size_t length = strlen(path);
        bool alone = *part[i] == '/' || length == 0;
        if (!alone && !eval_bytes(e, loc, (int64_t)(length + 1 + strlen(part[i]))))
            return eval_error();
        path =
            alone ? part[i]
                  : arena_printf(e->a, "%s%s%s", path, path[length - 1] == '/' ? "" : "/", part[i]);
    }
    return eval_text(e, loc, path);
}

static Value base_name(Eval *e, Loc loc, const char *const *part, int n) {
    (void)n;
    return eval_text(e, loc, text_last_part(part[0]));
}

// Without the slashes at its end, unless it is nothing else.
static Value folder_name(Eval *e, Loc loc, const char *const *part, int n) {
    size_t length = (size_t)(text_last_part(part[0]) - part[0]), end = length;
    (void)n;
    while (end > 0 && part[0][end - 1] == '/') end--;
    return eval_text(e, loc, arena_strndup(e->a, part[0], end ? end : length));
}

// The last dot parts it, unless only dots stand before it.
static Value split_end(Eval *e, Loc loc, const char *const *part, int n) {
    const char *base = text_last_part(part[0]), *dot = strrchr(base, '.');
    (void)n;
    if (dot && strspn(base, ".") >= (size_t)(dot - base)) dot = NULL;
    size_t stem = dot ? (size_t)(dot - part[0]) : strlen(part[0]);
    Value pair = value_sequence(e->a, VALUE_TUPLE, 0);
    value_append(e->a, &pair, eval_text(e, loc, arena_strndup(e->a, part[0], stem)));
    value_append(e->a, &pair, eval_text(e, loc, dot ? dot : ""));
    return pair;
}

static const struct {
    const char *what;
    int most; // arguments; 0: any number
    Value (*run)(Eval *e, Loc loc, const char *const *part, int n);
} paths[] = {{"os.path.join", 0, join},
             {"os.path.basename", 1, base_name},
             {"os.path.dirname", 1, folder_name},
             {"os.path.splitext", 1, split_end}};

static bool path_made(Eval *e, const char *what, const Call *call, Value *out) {
    enum { N = sizeof paths / sizeof *paths };
    int known = 0;
    while (known < N && strcmp(paths[known].what, what) != 0) known++;
    if (known == N || call->n < 1 || (paths[known].most && call->n > paths[known].most))
        return false;
    const char **part = ARENA_ARRAY(e->a, const char *, call->n);
    for (int i = 0; i < call->n; i++) {
        if (call->arg[i].keyword || call->arg[i].value.kind != VALUE_STRING) return false;
        part[i] = call->arg[i].value.text;
    }
    *out = paths[known].run(e, call->loc, part, call->n);
    out->loc = call->loc;
    return true;
}

bool foreign_known(Eval *e, const char *what, const Call *call, Value *out) {
    if (strcmp(what, "tf.data.Dataset.from_tensor_slices") == 0) {
        *out = data_slices(e, call);
        return true;
    }
    return path_made(e, what, call, out);
}
