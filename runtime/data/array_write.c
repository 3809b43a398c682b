// SPDX-License-Identifier: 0BSD
// Arrays to files: as numpy.save writes them (NPY 1.0), as text by numpy.savetxt, and as columns of a table by
// pandas's to_csv.
#include "data/types.h"
#include "data/values.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 512, LINE = 64, SPEC = 32 };

static int64_t count_of(const CnnArray *of) {
    int64_t n = 1;
    for (int64_t d = 0; d < of->rank; d++) n *= of->dim[d];
    return n;
}

// ---- NPY

// "\x93NUMPY", the version, the length of a Python dict that ends on a full line, and the dict.
static size_t put_header(char to[HEADER], const CnnArray *of) {
    char shape[TEXT_SHAPE];
    text_shape(shape, of->dim + of->one, of->rank - of->one);
    const char *code = type_rows[of->type].code, *order = type_rows[of->type].bytes > 1 ? "<" : "|";
    memcpy(to, "\x93NUMPY\x01", 8); // and a 0
    int n =
        snprintf(to + 10, HEADER - 10, "{'descr': '%s%s', 'fortran_order': False, 'shape': %s, }",
                 order, code, shape);
    size_t all = ((size_t)n + 10 + LINE) / LINE * LINE;
    memset(to + 10 + n, ' ', all - 11 - (size_t)n);
    to[all - 1] = '\n';
    to[8] = (char)((all - 10) & 0xff), to[9] = (char)((all - 10) >> 8);
    return all;
}

static void put_value(unsigned char *to, int64_t type, double value) {
    float single = (float)value;
    uint64_t bits = 0;
    if (type == CNN_F4)
        memcpy(&bits, &single, sizeof single);
    else if (type == CNN_F8)
        memcpy(&bits, &value, sizeof value);
    else
        bits = value < 0 ? (uint64_t)(int64_t)value : (uint64_t)value;
    for (int64_t i = 0; i < type_rows[type].bytes; i++) to[i] = (unsigned char)(bits >> (8 * i));
}

static bool write_npy(const OutFile *out, const CnnArray *of, const double *value,
                      CnnError *error) {
    char header[HEADER];
    int64_t n = count_of(of), bytes = type_rows[of->type].bytes;
    size_t head = put_header(header, of);
    unsigned char *data = memory_new(n, bytes, "predictions", error);
    for (int64_t i = 0; data && i < n; i++) put_value(data + i * bytes, of->type, value[i]);
    const OutPart part[] = {{header, head}, {data, (size_t)(n * bytes)}};
    bool ok = data && outfile_write(out, part, 2, error);
    free(data);
    return ok;
}

// ---- text

// spec is like %.18e or %d, which the compiler has checked. An integer may have more digits than 64 bits.
static void put_number(FILE *file, const char *spec, double value) {
    const double most = 0x1p63;
    size_t n = strlen(spec) - 1;
    bool integer = spec[n] == 'd', fits = fabs(value) < most;
    char form[SPEC];
    if (integer && !fits) n = n < strcspn(spec, ".") ? n : strcspn(spec, ".");
    if (integer) snprintf(form, sizeof form, fits ? "%.*slld" : "%.*s.0f", (int)n, spec);
    if (integer && fits)
        fprintf(file, form, (long long)value);
    else
        fprintf(file, integer ? form : spec, isnan(value) ? NAN : value);
}

// As Python refuses it.
static bool are_integers(const CnnStatement *s, const double *value, int64_t n, CnnError *error) {
    const char *spec = s->item[0].text;
    for (int64_t i = 0; i < n && spec[strlen(spec) - 1] == 'd'; i++)
        if (!isfinite(value[i]))
            return cnn_fail(error, CNN_REFUSED,
                            "%s: value %lld is %s, which fmt=\"%s\" cannot write", s->path,
                            (long long)i, isnan(value[i]) ? "nan" : "infinite", spec);
    return true;
}

// What was written to a file in memory.
static bool write_memory(const OutFile *out, FILE *file, char *const *text, const size_t *size,
                         CnnError *error) {
    bool ok = fclose(file) == 0 && *text;
    const OutPart part = {*text, *size};
    ok = ok ? outfile_write(out, &part, 1, error)
            : cnn_fail(error, CNN_SYSTEM, "out of memory for predictions");
    free(*text);
    return ok;
}

static bool write_text(const OutFile *out, const CnnStatement *s, const double *value,
                       CnnError *error) {
    const CnnArray *of = s->array[0];
    int64_t rank = of->rank - of->one, columns = rank == 2 ? of->dim[of->rank - 1] : 1;
    int64_t n = count_of(of);
    if (!are_integers(s, value, n, error)) return false;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file) return cnn_fail(error, CNN_SYSTEM, "out of memory for predictions");
    fputs(s->item[1].text, file);
    for (int64_t i = 0; i < n; i++) {
        put_number(file, s->item[0].text, value[i]);
        fputs((i + 1) % columns ? s->end : "\n", file);
    }
    return write_memory(out, file, &text, &size, error);
}

// ---- a table: item 0 is the line of its names, each other one a column, an array or a line for each row

static void put_cell(FILE *file, const CnnStatement *s, const CnnPrintItem *item, double value) {
    int64_t type = s->array[item->array - 1]->type;
    if (isnan(value)) return;
    if (type_rows[type].real && *item->text)
        put_number(file, item->text, value);
    else
        value_print(file, type, value);
}

static void put_line(FILE *file, const char **at) {
    size_t n = strcspn(*at, "\n");
    fwrite(*at, 1, n, file);
    *at += n + ((*at)[n] == '\n');
}

static bool write_table(const OutFile *out, const CnnStatement *s, double *const *value,
                        CnnError *error) {
    char *text = NULL;
    size_t size = 0;
    const char **at = memory_new(s->nitem, sizeof *at, "predictions", error);
    FILE *file = at ? open_memstream(&text, &size) : NULL;
    if (at && !file) cnn_fail(error, CNN_SYSTEM, "out of memory for predictions");
    if (!file) return free(at), false;
    for (int64_t k = 1; k < s->nitem; k++) at[k] = s->item[k].text;
    fputs(s->item[0].text, file);
    for (int64_t row = 0; row < s->array[0]->dim[0]; row++)
        for (int64_t k = 1; k < s->nitem; k++) {
            const CnnPrintItem *item = &s->item[k];
            if (item->array)
                put_cell(file, s, item, value[item->array - 1][row]);
            else
                put_line(file, &at[k]);
            fputs(k + 1 < s->nitem ? s->end : "\n", file);
        }
    free(at);
    return write_memory(out, file, &text, &size, error);
}

bool array_write(const OutFile *out, const CnnStatement *s, double *const *value, CnnError *error) {
    if (s->nitem == 1) return write_npy(out, s->array[0], value[0], error);
    return s->item[0].array ? write_text(out, s, value[0], error)
                            : write_table(out, s, value, error);
}
