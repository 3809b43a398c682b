// SPDX-License-Identifier: MIT
// As much of jansson as safetensors files ask for, where that library is not there for AArch64: objects, arrays,
// strings without marks and whole numbers, read and written. What is made stays: a program of tests runs once.
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Value Value;
struct Value {
    json_t head;
    json_int_t number;
    char *text; // a string's
    size_t n;
    char **key; // an object's
    Value **item; // its, or an array's
};

static json_t *make(json_type type) {
    Value *v = calloc(1, sizeof *v);
    if (!v) abort();
    v->head = (json_t){type, 1};
    return &v->head;
}

static Value *of(const json_t *json, json_type type) {
    return json && json->type == type ? (Value *)(uintptr_t)json : NULL;
}

static int append(Value *v, char *key, json_t *item) {
    if (!v || !item) return -1;
    v->key = realloc(v->key, (v->n + 1) * sizeof *v->key);
    v->item = realloc(v->item, (v->n + 1) * sizeof *v->item);
    if (!v->key || !v->item) abort();
    v->key[v->n] = key;
    v->item[v->n++] = (Value *)(void *)item;
    return 0;
}

void json_delete(json_t *json) {
    (void)json;
}

json_t *json_object(void) {
    return make(JSON_OBJECT);
}

json_t *json_array(void) {
    return make(JSON_ARRAY);
}

json_t *json_integer(json_int_t number) {
    json_t *json = make(JSON_INTEGER);
    of(json, JSON_INTEGER)->number = number;
    return json;
}

static json_t *string_of(const char *from, size_t n) {
    json_t *json = make(JSON_STRING);
    char *text = of(json, JSON_STRING)->text = calloc(n + 1, 1);
    if (!text) abort();
    memcpy(text, from, n);
    return json;
}

json_t *json_string(const char *text) {
    return string_of(text, strlen(text));
}

int json_array_append_new(json_t *array, json_t *item) {
    return append(of(array, JSON_ARRAY), NULL, item);
}

int json_object_set_new(json_t *object, const char *key, json_t *item) {
    return append(of(object, JSON_OBJECT), strdup(key), item);
}

json_t *json_object_get(const json_t *object, const char *key) {
    const Value *v = of(object, JSON_OBJECT);
    for (size_t i = 0; v && i < v->n; i++)
        if (!strcmp(v->key[i], key)) return &v->item[i]->head;
    return NULL;
}

size_t json_object_size(const json_t *object) {
    return of(object, JSON_OBJECT) ? of(object, JSON_OBJECT)->n : 0;
}

size_t json_array_size(const json_t *array) {
    return of(array, JSON_ARRAY) ? of(array, JSON_ARRAY)->n : 0;
}

json_t *json_array_get(const json_t *array, size_t i) {
    return i < json_array_size(array) ? &of(array, JSON_ARRAY)->item[i]->head : NULL;
}

json_int_t json_integer_value(const json_t *json) {
    return of(json, JSON_INTEGER) ? of(json, JSON_INTEGER)->number : 0;
}

const char *json_string_value(const json_t *json) {
    return of(json, JSON_STRING) ? of(json, JSON_STRING)->text : NULL;
}

// A tensor's entry: "{s:s, s:o, s:[I, I]}".
json_t *json_pack(const char *format, ...) {
    (void)format;
    va_list args;
    va_start(args, format);
    json_t *entry = json_object(), *range = json_array();
    const char *name = va_arg(args, const char *);
    json_object_set_new(entry, name, json_string(va_arg(args, const char *)));
    name = va_arg(args, const char *);
    json_object_set_new(entry, name, va_arg(args, json_t *));
    name = va_arg(args, const char *);
    for (int i = 0; i < 2; i++)
        json_array_append_new(range, json_integer(va_arg(args, json_int_t)));
    json_object_set_new(entry, name, range);
    va_end(args);
    return entry;
}

// ---- texts

typedef struct Text {
    const char *at, *end;
} Text;

static char next(Text *t) { // what stands there, behind blanks; 0 at the end
    while (t->at < t->end && strchr(" \t\r\n", *t->at)) t->at++;
    return t->at < t->end ? *t->at : 0;
}

static json_t *parse(Text *t) {
    char first = next(t);
    if (first == '"') {
        const char *from = ++t->at;
        while (t->at < t->end && *t->at != '"') t->at++;
        return string_of(from, (size_t)(t->at++ - from));
    }
    if (first != '{' && first != '[') return json_integer(strtoll(t->at, (char **)&t->at, 10));
    json_t *json = first == '{' ? json_object() : json_array();
    t->at++;
    while (next(t) && *t->at != '}' && *t->at != ']') {
        json_t *key = first == '{' ? parse(t) : NULL;
        if (key && next(t) == ':') t->at++;
        append((Value *)(void *)json, key ? of(key, JSON_STRING)->text : NULL, parse(t));
        if (next(t) == ',') t->at++;
    }
    t->at++;
    return json;
}

json_t *json_loadb(const char *text, size_t size, size_t flags, json_error_t *error) {
    (void)flags, (void)error;
    Text t = {text, text + size};
    return parse(&t);
}

static void put(FILE *out, const Value *v) {
    bool object = v->head.type == JSON_OBJECT;
    if (v->head.type == JSON_INTEGER) fprintf(out, "%lld", (long long)v->number);
    if (v->head.type == JSON_STRING) fprintf(out, "\"%s\"", v->text);
    if (!object && v->head.type != JSON_ARRAY) return;
    putc(object ? '{' : '[', out);
    for (size_t i = 0; i < v->n; i++) {
        if (i) putc(',', out);
        if (object) fprintf(out, "\"%s\":", v->key[i]);
        put(out, v->item[i]);
    }
    putc(object ? '}' : ']', out);
}

char *json_dumps(const json_t *json, size_t flags) {
    (void)flags;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out) return NULL;
    put(out, (const Value *)(const void *)json);
    fclose(out);
    return text;
}
