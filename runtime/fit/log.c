// SPDX-License-Identifier: 0BSD
// The training log: a row (CSV) or a line of JSON (JSON Lines) an epoch. The first nine names are
// always there, empty or null where the model or the run has no such figure; other metrics follow.
// Numbers are the shortest decimals that read back the same.
#include "runtime.h"
#include "io/text.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct Log {
    FILE *file; // NULL: it could not be written any more
    const CnnModel *model;
    char *path;
    bool json;
    int fields; // written in this row
};

enum { ABSENT = -1 };

static int64_t metric_index(const CnnModel *model, const char *name) {
    for (int64_t i = 0; i < model->nmetric; i++)
        if (!strcmp(model->metric[i], name)) return 1 + i;
    return ABSENT;
}

static void put_name(Log *log, const char *prefix, const char *name) {
    if (log->json)
        fprintf(log->file, "%s\"%s%s\": ", log->fields ? ", " : "{", prefix, name);
    else if (log->fields)
        fputc(',', log->file);
    log->fields++;
}

static void put_number(Log *log, const char *prefix, const char *name, const double *value) {
    char text[TEXT_NUMBER];
    put_name(log, prefix, name);
    if (value && isfinite(*value))
        fputs(text_decimal(text, *value), log->file);
    else if (log->json)
        fputs("null", log->file);
}

static void put_mean(Log *log, const char *prefix, const char *name, const double *means,
                     int64_t index) {
    put_number(log, prefix, name, means && index != ABSENT ? &means[index] : NULL);
}

static void put_count(Log *log, const char *name, int64_t count) {
    put_name(log, "", name);
    fprintf(log->file, "%lld", (long long)count);
}

static void put_seconds(Log *log, const char *name, const double *seconds) {
    put_name(log, "", name);
    if (seconds)
        fprintf(log->file, "%.6f", *seconds);
    else if (log->json)
        fputs("null", log->file);
}

static bool is_written(const Log *log) {
    return fflush(log->file) == 0 && !ferror(log->file);
}

static void warn(const Log *log, const char *more) {
    char name[TEXT_NAME], path[TEXT_PATH];
    fprintf(stderr, "\n%s: warning: cannot write the log %s: %s%s\n",
            text_foreign(name, sizeof name, log->model->name),
            text_foreign(path, sizeof path, log->path), strerror(errno), more);
}

static void end(Log *log) {
    warn(log, "; the run goes on without it");
    fclose(log->file);
    log->file = NULL;
}

static void put_csv_header(Log *log) {
    fputs(
        "epoch,loss,accuracy,val_loss,val_accuracy,train_seconds,val_seconds,samples,learning_rate",
        log->file);
    for (int64_t i = 0; i < log->model->nmetric; i++)
        if (strcmp(log->model->metric[i], "accuracy"))
            fprintf(log->file, ",%s,val_%s", log->model->metric[i], log->model->metric[i]);
    fputc('\n', log->file);
}

// A log that is gone on with is cut behind so many bytes. False: there is nothing to go on with.
static bool cut(int fd, int64_t bytes) {
    struct stat info;
    bool there =
        bytes > 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size >= bytes;
    if (ftruncate(fd, there ? (off_t)bytes : 0) != 0) return false; // of what is no file
    return there && lseek(fd, 0, SEEK_END) == bytes;
}

int64_t log_bytes(const Log *log) {
    off_t at = log && log->file ? ftello(log->file) : 0;
    return at > 0 ? at : 0;
}

static bool ends_in(const char *path, const char *end) {
    const char *dot = strrchr(path, '.');
    return dot && !strcmp(dot, end);
}

bool log_is_named(const char *path, CnnError *error) {
    return ends_in(path, ".jsonl") || ends_in(path, ".csv") ||
           cnn_fail(error, CNN_USAGE, "--log %s: expected a name that ends in .csv or .jsonl",
                    path);
}

Log *log_open(const char *path, const CnnModel *model, int64_t bytes, CnnError *error) {
    if (!log_is_named(path, error)) return NULL;
    bool json = ends_in(path, ".jsonl");
    Log *log = calloc(1, sizeof *log);
    char *copy = strdup(path);
    int fd = log && copy ? outfile_descriptor(path, O_CREAT) : -1;
    bool goes_on = fd >= 0 && cut(fd, bytes);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file) {
        *log = (Log){.file = file, .model = model, .path = copy, .json = json};
        if (!json && !goes_on) put_csv_header(log);
        if (is_written(log)) return log;
    }
    cnn_fail(error, CNN_SYSTEM, "cannot write the log %s: %s", path, strerror(errno));
    if (file)
        fclose(file);
    else if (fd >= 0)
        close(fd);
    free(copy);
    free(log);
    return NULL;
}

void log_row(Log *log, const Epoch *row) {
    if (!log->file) return;
    int64_t accuracy = metric_index(log->model, "accuracy");
    log->fields = 0;
    put_count(log, "epoch", row->epoch);
    put_mean(log, "", "loss", row->train, 0);
    put_mean(log, "", "accuracy", row->train, accuracy);
    put_mean(log, "val_", "loss", row->val, 0);
    put_mean(log, "val_", "accuracy", row->val, accuracy);
    put_seconds(log, "train_seconds", &row->train_seconds);
    put_seconds(log, "val_seconds", row->val ? &row->val_seconds : NULL);
    put_count(log, "samples", row->samples);
    put_number(log, "", "learning_rate", &row->rate);
    for (int64_t i = 1; i <= log->model->nmetric; i++)
        if (i != accuracy) {
            put_mean(log, "", log->model->metric[i - 1], row->train, i);
            put_mean(log, "val_", log->model->metric[i - 1], row->val, i);
        }
    fputs(log->json ? "}\n" : "\n", log->file);
    if (!is_written(log)) end(log);
}

void log_close(Log *log) {
    if (!log) return;
    if (log->file && fclose(log->file) != 0) warn(log, "");
    free(log->path);
    free(log);
}
