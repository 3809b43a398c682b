// SPDX-License-Identifier: 0BSD
// The arguments of `predict` as samples, one after the other. What a file is its first bytes say.
#include "cli/predict.h"
#include "io/text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALL = -1, HEAD = 8 };

// ---- a sample of bytes or of an image

static void from_bytes(const Inputs *in, const uint8_t *byte) {
    const CnnModel *model = in->model;
    const float *table = model->train->table;
    if (!table) model->widen(in->x, byte, model->input_floats);
    for (int64_t i = 0; table && i < model->input_floats; i++) in->x[i] = table[byte[i]];
}

// Takes the image over.
static bool give_image(Inputs *in, const char *name, Image *image, bool alone, CnnError *error) {
    char note[NOTE];
    Input input = {.name = name, .note = note, .image = image, .x = in->x, .alone = alone};
    bool ok = prepare_image(&in->frame, name, image, note, error);
    if (ok) {
        from_bytes(in, image->value);
        ok = in->take(in->context, &input, error);
    }
    image_free(image);
    return ok;
}

static bool read_image(Inputs *in, const char *path, bool alone, CnnError *error) {
    Image image;
    if (!in->is_image) {
        char shape[TEXT_SHAPE];
        text_shape(shape, in->model->input_dim, in->model->input_rank);
        return cnn_fail(error, CNN_REFUSED, "%s: is an image, but the model's Input is %s", path,
                        shape);
    }
    return in->model->images->read(path, &image, error) &&
           give_image(in, path, &image, alone, error);
}

// ---- IDX files

static bool is_of_images(const Inputs *in, const Idx *idx) {
    int64_t channels = idx->rank == 4 ? idx->dim[3] : 1;
    return in->is_image && (idx->rank == 3 || idx->rank == 4) && channels >= 1 && channels <= 4;
}

static bool fits(const void *context, const char *path, const Idx *idx, CnnError *error) {
    const Inputs *in = context;
    const CnnModel *model = in->model;
    char seen[TEXT_SHAPE], wanted[TEXT_SHAPE];
    int64_t n = idx->dim[0];
    bool same = idx->rank > 1 && n > 0 && idx->count / n == model->input_floats &&
                data_same_order(idx->dim + 1, idx->rank - 1, model->input_dim, model->input_rank);
    if (same || (n > 0 && is_of_images(in, idx))) return true;
    return cnn_fail(error, CNN_REFUSED, "%s: is %s, but the model's Input is %s", path,
                    text_shape(seen, idx->dim, idx->rank),
                    text_shape(wanted, model->input_dim, model->input_rank));
}

static bool give_row(Inputs *in, const char *path, const Idx *idx, int64_t i, bool alone,
                     CnnError *error) {
    int64_t size = idx->count / idx->dim[0];
    const uint8_t *value = idx->value + i * size;
    char name[TEXT_PATH];
    snprintf(name, sizeof name, "%.1000s:%lld", path, (long long)i);
    if (!is_of_images(in, idx)) {
        const Input input = {.name = name, .note = "", .x = in->x, .alone = alone};
        from_bytes(in, value);
        return in->take(in->context, &input, error);
    }
    Image image = {.height = idx->dim[1], .width = idx->dim[2], .turned = 1};
    image.channels = idx->rank == 4 ? idx->dim[3] : 1;
    image.value = malloc((size_t)size + 1);
    if (!image.value) return cnn_fail(error, CNN_SYSTEM, "%s: out of memory", path);
    memcpy(image.value, value, (size_t)size);
    return give_image(in, name, &image, alone, error);
}

static bool read_idx(Inputs *in, const char *path, int64_t index, CnnError *error) {
    Idx idx;
    if (!idx_read(path, &idx, NULL, NULL, error)) return false;
    bool ok = fits(in, path, &idx, error);
    if (ok && index >= idx.dim[0])
        ok = cnn_fail(error, CNN_REFUSED, "%s:%lld: it has %lld samples, 0 to %lld", path,
                      (long long)index, (long long)idx.dim[0], (long long)idx.dim[0] - 1);
    int64_t first = index == ALL ? 0 : index, end = index == ALL ? idx.dim[0] : index + 1;
    for (int64_t i = first; ok && i < end; i++)
        ok = give_row(in, path, &idx, i, index != ALL, error);
    free(idx.value);
    return ok;
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

static bool read_file(Inputs *in, const char *path, int64_t index, bool alone, CnnError *error) {
    uint8_t head[HEAD];
    size_t n = read_head(path, head);
    if (is_idx(head, n)) return read_idx(in, path, index, error);
    if (index == ALL) return read_image(in, path, alone, error);
    return cnn_fail(error, CNN_REFUSED, "%s:%lld: a place in a file is for IDX files", path,
                    (long long)index);
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
    if (!in->is_image || !in->model->images->knows(head, read_head(path, head))) return true;
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
    int64_t index = ALL;
    bool there = stat(argument, &info) == 0;
    int number = errno;
    if (there && S_ISDIR(info.st_mode)) return read_folder(in, argument, error);
    if (there) return read_file(in, argument, ALL, true, error);
    char *path = split(argument, &index);
    bool part = path && stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
    bool ok = part ? read_file(in, path, index, true, error)
                   : cnn_fail(error, CNN_REFUSED, "cannot read %s: %s", argument, strerror(number));
    free(path);
    return ok;
}
