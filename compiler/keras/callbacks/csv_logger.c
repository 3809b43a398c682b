// SPDX-License-Identifier: MIT
// CSVLogger: a row an epoch in a file.
#include "keras/callbacks/callback.h"
#include "support/text.h"
#include "../runtime/fit/csv_logger.h"
#include <string.h>

typedef struct CSVLogger {
    const char *filename, *separator;
    bool append;
} CSVLogger;

#define AT(field) offsetof(CSVLogger, field)
static const Arg args[] = {
    {"filename", ARG_TEXT, AT(filename)},
    {"separator", ARG_TEXT, AT(separator), .standard = "\",\""},
    {"append", ARG_BOOL, AT(append), .standard = "False"},
    {0},
};
enum { FILENAME, SEPARATOR };

static bool settings(Eval *e, const Object *object, const Fit *fit, Callback *made) {
    const CSVLogger *o = object->args;
    (void)fit;
    if (!o->filename || !*o->filename) {
        diag_error(e->d, callback_arg_loc(object, FILENAME), 207, "'filename' must name a file");
        return false;
    }
    bool one = o->separator && strlen(o->separator) == 1 && !strchr("\"\r\n", *o->separator);
    if (!one) {
        diag_error(e->d, callback_arg_loc(object, SEPARATOR), 207,
                   "'separator' must be one ASCII character, and no quote or end of line");
        return false;
    }
    made->setting[CSV_APPEND] = o->append;
    made->text[CSV_FILE] = o->filename;
    made->text[CSV_SEPARATOR] = o->separator;
    return true;
}

const CallbackClass callback_csv_logger = {
    .object = {.name = "CSVLogger", .args = args, .size = sizeof(CSVLogger)},
    CALLBACK_RUNTIME(cnn_csv_logger),
    .nsetting = CSV_SETTINGS,
    .ntext = CSV_TEXTS,
    .settings = settings,
};
