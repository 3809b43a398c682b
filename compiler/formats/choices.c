// SPDX-License-Identifier: MIT
// See choices.h. Unknown keys are passed over, unknown names are refused: a choice that cannot be
// followed must not look as if it had been.
#include "formats/choices.h"
#include "report/describe.h"
#include "support/tell.h"
#include "support/text.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const tuned_names[TUNED] = {"training", "inference"};

// ---- writing

static json_t *choice_json(const Choice *c) {
    json_t *o = json_pack("{s:s, s:s, s:s}", "layer", c->layer, "pass", pass_names[c->pass], "row",
                          c->row->name);
    if (c->tiles[0]) json_object_set_new(o, "tiles", json_pack("[i, i]", c->tiles[0], c->tiles[1]));
    return o;
}

const char *tuning_text(Arena *a, const Tuning *t) {
    json_t *root = json_pack("{s:s, s:s, s:s, s:s}", "cnnc", t->version, "model",
                             text_utf8(a, t->model), "hash", t->hash, "cpu", t->cpu);
    for (int m = 0; m < TUNED; m++) {
        const Choices *c = &t->plan[m];
        if (!c->block) continue; // a model without compile() is not trained
        json_t *rows = json_array();
        for (int i = 0; i < c->n; i++) json_array_append_new(rows, choice_json(&c->of[i]));
        json_t *plan =
            json_pack("{s:i, s:f, s:f, s:o}", "samples_together", c->block, "us_a_sample_before",
                      t->us[m][0], "us_a_sample", t->us[m][1], "kernels", rows);
        json_object_set_new(root, tuned_names[m], plan);
    }
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(5));
    const char *copy = text ? arena_printf(a, "%s\n", text) : "";
    free(text);
    json_decref(root);
    return copy;
}

// ---- reading

typedef struct Reading {
    Arena *a;
    const char *path;
    bool refused;
} Reading;

__attribute__((format(printf, 2, 3))) static void refuse(Reading *r, const char *fmt, ...) {
    va_list ap;
    if (!r->refused) {
        va_start(ap, fmt);
        tell("error: %s: %s", r->path, arena_vprintf(r->a, fmt, ap));
        va_end(ap);
    }
    r->refused = true;
}

static const char *text_at(Reading *r, const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    if (!text) refuse(r, "not a file of choices: there is no text '%s'", key);
    return text ? arena_printf(r->a, "%s", text) : "";
}

static void read_tiles(Reading *r, const json_t *list, Choice *c) {
    for (int d = 0; list && d < 2; d++) {
        json_int_t m = json_integer_value(json_array_get(list, (size_t)d));
        if (json_array_size(list) != 2 || m < 1 || m > 64)
            refuse(r, "tiles of %s: expected two numbers from 1 to 64", c->layer);
        c->tiles[d] = (int)m;
    }
}

static Choice read_choice(Reading *r, const json_t *from) {
    Choice c = {.layer = text_at(r, from, "layer")};
    const char *pass = text_at(r, from, "pass"), *row = text_at(r, from, "row");
    enum { PASSES = PASS_PREPARE + 1 };
    int i = 0;
    while (i < PASSES && strcmp(pass_names[i], pass) != 0) i++;
    c.pass = (Pass)i;
    c.row = variant_find(row);
    if (i == PASSES) refuse(r, "no pass is called '%s'", pass);
    if (!c.row) refuse(r, "no kernels are called '%s'", row);
    read_tiles(r, json_object_get(from, "tiles"), &c);
    return c;
}

static void read_plan(Reading *r, const json_t *from, Choices *c) {
    json_int_t block = json_integer_value(json_object_get(from, "samples_together"));
    const json_t *rows = json_object_get(from, "kernels");
    if (block < 1 || block > MANY_TOGETHER)
        refuse(r, "samples_together: expected a number from 1 to %d", MANY_TOGETHER);
    if (!json_is_array(rows)) refuse(r, "not a file of choices: there is no list 'kernels'");
    c->block = (int)block;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        Choice choice = read_choice(r, json_array_get(rows, i));
        ARENA_PUSH(r->a, c->of, c->n, choice);
    }
}

bool tuning_read(Arena *a, const char *path, Tuning *t) {
    Reading r = {a, path, false};
    json_error_t error;
    struct stat info;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); // waits for no pipe
    bool plain = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    FILE *file = plain ? fdopen(fd, "rb") : NULL;
    json_t *root = file ? json_loadf(file, 0, &error) : NULL;
    *t = (Tuning){0};
    if (fd >= 0 && !plain)
        refuse(&r, "not a file that can be read (a folder, a pipe or a device)");
    else if (!file)
        refuse(&r, "%s", strerror(errno));
    else if (!root)
        refuse(&r, "line %d: %s", error.line, error.text);
    else {
        t->version = text_at(&r, root, "cnnc");
        t->model = text_at(&r, root, "model");
        t->hash = text_at(&r, root, "hash");
        t->cpu = text_at(&r, root, "cpu");
        for (int m = 0; m < TUNED; m++) {
            const json_t *plan = json_object_get(root, tuned_names[m]);
            if (plan) read_plan(&r, plan, &t->plan[m]);
        }
    }
    if (file)
        fclose(file);
    else if (fd >= 0)
        close(fd);
    json_decref(root);
    return !r.refused;
}
