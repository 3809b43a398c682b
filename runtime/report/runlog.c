// SPDX-License-Identifier: 0BSD
// A log in JSON Lines: an object a line, whose members are numbers or null. The first line says which there are.
#include "report/report.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COLUMNS = 64, ROWS = 1 << 20 };

static bool is_blank(const char *line) {
    return line[strspn(line, " \t\r\n")] == 0;
}

static bool take_names(RunLog *log, json_t *row) {
    const char *name;
    json_t *value;
    log->name = calloc(COLUMNS, sizeof *log->name);
    json_object_foreach(row, name, value) {
        if (!log->name || log->columns == COLUMNS) break;
        if (!json_is_number(value) && !json_is_null(value)) continue;
        log->name[log->columns] = strdup(name);
        if (!log->name[log->columns++]) return false;
    }
    return log->name;
}

// Row after row at first; turned round at the end.
static bool take_row(RunLog *log, json_t *row) {
    int64_t columns = log->columns;
    double *more = realloc(log->value, (size_t)((log->rows + 1) * columns + 1) * sizeof *more);
    if (!more) return false;
    log->value = more;
    for (int64_t c = 0; c < columns; c++) {
        const json_t *value = json_object_get(row, log->name[c]);
        more[log->rows * columns + c] = json_is_number(value) ? json_number_value(value) : NAN;
    }
    log->rows++;
    return true;
}

static bool turn(RunLog *log) {
    double *value = malloc((size_t)(log->rows * log->columns + 1) * sizeof *value);
    for (int64_t i = 0; value && i < log->rows * log->columns; i++)
        value[i % log->columns * log->rows + i / log->columns] = log->value[i];
    free(log->value);
    log->value = value;
    return value;
}

static bool is_epoch(const json_t *value) { // a double has each of these
    enum { MANTISSA = 53 };
    json_int_t epoch = json_integer_value(value); // of something else: 0
    return epoch > 0 && epoch < (json_int_t)1 << MANTISSA;
}

static bool take_line(const char *path, RunLog *log, const char *line, int64_t number,
                      CnnError *error) {
    json_error_t where;
    errno = 0;
    json_t *row = json_loads(line, JSON_REJECT_DUPLICATES, &where);
    bool ok = json_is_object(row) && is_epoch(json_object_get(row, "epoch"));
    if (!row && errno == ENOMEM)
        cnn_fail(error, CNN_SYSTEM, "%s: out of memory", path);
    else if (!ok)
        cnn_fail(error, CNN_REFUSED,
                 "%s: line %lld is no row of a log: expected what train --log %s writes, as "
                 "{\"epoch\": 1, \"loss\": ...}",
                 path, (long long)number, "RUN.jsonl");
    else if (log->rows == ROWS)
        ok = cnn_fail(error, CNN_REFUSED, "%s: has more than %d rows", path, ROWS);
    else if ((!log->name && !take_names(log, row)) || !take_row(log, row))
        ok = cnn_fail(error, CNN_SYSTEM, "%s: out of memory", path);
    json_decref(row);
    return ok;
}

static bool read_lines(const char *path, FILE *file, RunLog *log, CnnError *error) {
    char *line = NULL;
    size_t room = 0;
    bool ok = true;
    for (int64_t number = 1; ok && getline(&line, &room, file) > 0; number++)
        if (!is_blank(line)) ok = take_line(path, log, line, number, error);
    free(line);
    if (ok && ferror(file))
        ok = cnn_fail(error, CNN_SYSTEM, "cannot read %s: %s", path, strerror(errno));
    if (ok && !log->rows) ok = cnn_fail(error, CNN_REFUSED, "%s: has no row", path);
    if (ok && !turn(log)) ok = cnn_fail(error, CNN_SYSTEM, "%s: out of memory", path);
    return ok;
}

bool runlog_read(const char *path, RunLog *log, CnnError *error) {
    struct stat info;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    *log = (RunLog){0};
    if (fd < 0)
        return cnn_fail(error, cnn_errno_code(errno), "cannot read %s: %s", path, strerror(errno));
    bool regular = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    FILE *file = regular ? fdopen(fd, "r") : NULL;
    if (!file) {
        close(fd);
        return cnn_fail(error, regular ? CNN_SYSTEM : CNN_REFUSED,
                        regular ? "%s: out of memory" : "%s: not a file that can be read", path);
    }
    bool ok = read_lines(path, file, log, error);
    fclose(file);
    if (!ok) runlog_free(log);
    return ok;
}

void runlog_free(RunLog *log) {
    for (int64_t i = 0; i < log->columns; i++) free(log->name[i]);
    free(log->name);
    free(log->value);
    *log = (RunLog){0};
}

const double *runlog_find(const RunLog *log, const char *name) {
    for (int64_t i = 0; i < log->columns; i++)
        if (!strcmp(log->name[i], name)) return log->value + i * log->rows;
    return NULL;
}
