// SPDX-License-Identifier: 0BSD
// The arguments of `predict` as samples, one after the other. What a file is its first bytes say.
#include "cli/predict.h"
#include "data/array.h"
#include "data/reader.h"
#include "data/types.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 8 };

// ---- what the data are

static const CnnArray *source_of(const CnnRows *rows) {
    const CnnArray *of = rows->reader ? rows->x : NULL;
    while (of && of->ninput) of = of->input[0];
    return of;
}

bool inputs_open(Inputs *in, Session *s) {
    const CnnModel *model = s->model;
    const CnnArray *source = source_of(model->train);
    *in = (Inputs){.session = s, .source = source, .type = source ? source->type : CNN_U1};
    in->rank = source ? source->rank - 1 : model->input_rank;
    memcpy(in->dim, source ? source->dim + 1 : model->input_dim,
           (size_t)in->rank * sizeof *in->dim);
    in->values = 1;
    for (int64_t i = 0; i < in->rank; i++) in->values *= in->dim[i];
    if (model->train->reader) in->by = session_reads(s);
    in->is_image = model->images && picture_size(in->dim, in->rank, in->frame.size);
    in->frame.later = source && source->of->image; // by the rule of the training's
    in->raw = memory_new(in->values, sizeof *in->raw, "a sample", &s->error);
    in->x = memory_new(model->input_floats, sizeof *in->x, "a sample", &s->error);
    if (in->raw && in->x) return true;
    inputs_close(in);
    return false;
}

void inputs_close(Inputs *in) {
    free(in->raw);
    free(in->x);
    *in = (Inputs){0};
}

// ---- a sample

// Bytes take the one step that they can have.
static void from_bytes(Inputs *in) {
    const CnnModel *model = in->session->model;
    for (int64_t i = 0; i < in->values; i++) {
        uint8_t byte = (uint8_t)in->raw[i];
        if (model->train->table)
            in->x[i] = model->train->table[byte];
        else
            model->widen(&in->x[i], &byte, 1);
    }
}

static bool make_sample(Inputs *in, CnnError *error) {
    Session *s = in->session;
    const CnnRows *rows = s->model->train;
    if (!rows->reader) return from_bytes(in), true;
    s->reader = rows->reader; // which the session closes
    return rows->reader->given(&s->arrays, s->model, rows, in->by, in->raw, in->x, error);
}

static bool give(Inputs *in, Input *input, CnnError *error) {
    input->x = in->x;
    return make_sample(in, error) && in->take(in->context, input, error);
}

bool inputs_row(Inputs *in, const char *name, bool alone, CnnError *error) {
    Input input = {.name = name, .note = "", .alone = alone};
    for (int64_t i = 0; i < in->values; i++)
        if (type_round(in->type, in->raw[i]) != in->raw[i])
            return cnn_fail(
                error, CNN_REFUSED,
                "%s: value %lld is %g, which is no %s, as the training's data are before "
                "their steps",
                name, (long long)i, in->raw[i], type_rows[in->type].name);
    return give(in, &input, error);
}

bool inputs_image(Inputs *in, const char *name, Image *image, bool alone, CnnError *error) {
    char note[NOTE];
    Input input = {.name = name, .note = note, .image = image, .alone = alone};
    bool ok = prepare_image(&in->frame, name, image, note, error);
    if (ok && in->frame.later) ok = in->source->of->image(in->source, image, in->raw, error);
    for (int64_t i = 0; ok && !in->frame.later && i < in->values; i++) in->raw[i] = image->value[i];
    ok = ok && give(in, &input, error);
    image_free(image);
    return ok;
}

// The data are images.
static bool read_image(Inputs *in, const char *path, bool alone, CnnError *error) {
    Image image;
    if (type_rows[in->type].real && !in->frame.later)
        return cnn_fail(
            error, CNN_REFUSED,
            "%s: is an image, whose values are bytes, but the training's data are %s, of "
            "another scale: give an NPY file",
            path, type_rows[in->type].name);
    return in->session->model->images->read(path, &image, error) &&
           inputs_image(in, path, &image, alone, error);
}

// ---- files and folders

// The first bytes of a file, as many as there are; what is no regular file has none.
static size_t read_head(const char *path, uint8_t head[HEAD]) {
    struct stat info;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t n =
        fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? read(fd, head, HEAD) : 0;
    if (fd >= 0) close(fd);
    return n > 0 ? (size_t)n : 0;
}

static bool is_idx(const uint8_t *head, size_t n) {
    return n >= 4 && ((!head[0] && !head[1]) || (head[0] == 0x1f && head[1] == 0x8b));
}

static bool is_table(const char *path) {
    const char *end = strrchr(path, '.');
    return end && (!strcmp(end, ".csv") || !strcmp(end, ".tsv"));
}

static bool read_file(Inputs *in, const char *path, int64_t index, bool alone, CnnError *error) {
    uint8_t head[HEAD];
    size_t n = read_head(path, head);
    if (is_idx(head, n)) return rows_idx(in, path, index, error);
    if (n >= 6 && !memcmp(head, "\x93NUMPY", 6)) return rows_npy(in, path, index, error);
    if (!in->is_image || is_table(path)) return rows_csv(in, path, index, error);
    if (index == INPUT_ALL) return read_image(in, path, alone, error);
    return cnn_fail(error, CNN_REFUSED, "%s:%lld: a place is for rows of IDX, NPY and CSV files",
                    path, (long long)index);
}

static bool read_folder(Inputs *in, const char *path, CnnError *error);

static int is_seen(const struct dirent *entry) {
    return *entry->d_name != '.';
}

// Of what is in a folder, images and folders are looked at.
static bool read_entry(Inputs *in, const char *path, CnnError *error) {
    struct stat info;
    uint8_t head[HEAD];
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) return read_folder(in, path, error);
    if (!in->is_image || !in->session->model->images->knows(head, read_head(path, head)))
        return true;
    return read_image(in, path, false, error);
}

static bool read_folder(Inputs *in, const char *path, CnnError *error) {
    struct dirent **entry;
    int n = scandir(path, &entry, is_seen, alphasort);
    if (n < 0)
        return cnn_fail(error, cnn_errno_code(errno), "cannot read %s: %s", path, strerror(errno));
    bool ok = true;
    for (int i = 0; i < n; i++) {
        char *name = ok ? malloc(strlen(path) + strlen(entry[i]->d_name) + 2) : NULL;
        if (ok && !name) ok = cnn_fail(error, CNN_SYSTEM, "out of memory");
        if (ok) {
            sprintf(name, "%s/%s", path, entry[i]->d_name);
            ok = read_entry(in, name, error);
        }
        free(name);
        free(entry[i]);
    }
    free(entry);
    return ok;
}

// "FILE:7" where there is no file of that name. Returns FILE, from malloc, or NULL.
static char *split(const char *argument, int64_t *index) {
    const char *colon = strrchr(argument, ':');
    if (!colon || !colon[1] || strlen(colon + 1) > 10) return NULL;
    if (colon[1 + strspn(colon + 1, "0123456789")]) return NULL;
    *index = strtoll(colon + 1, NULL, 10);
    return strndup(argument, (size_t)(colon - argument));
}

bool inputs_each(Inputs *in, const char *argument, CnnError *error) {
    struct stat info;
    int64_t index = INPUT_ALL;
    bool there = stat(argument, &info) == 0;
    int number = errno;
    if (there && S_ISDIR(info.st_mode)) return read_folder(in, argument, error);
    if (there) return read_file(in, argument, INPUT_ALL, true, error);
    char *path = split(argument, &index);
    bool part = path && stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
    bool ok = part ? read_file(in, path, index, true, error)
                   : cnn_fail(error, CNN_REFUSED, "cannot read %s: %s", argument, strerror(number));
    free(path);
    return ok;
}
