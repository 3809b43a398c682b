// SPDX-License-Identifier: 0BSD
// Where a training's state is saved, and how often. A checkpoint is locked by a file beside it, FILE.lock, which
// the system unlocks however a run ends; one that is still there from a run that was killed is taken over.
#define _DEFAULT_SOURCE // flock
#include "fit/checkpoint.h"
#include "io/text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool every_parse(const char *text, Every *every, CnnError *error) {
    static const char *const units[] = {"s", "steps", "epochs", ""};
    char *end, shown[TEXT_NAME];
    errno = 0;
    long long n = strtoll(text, &end, 10);
    bool good = *text >= '0' && *text <= '9' && !errno && n > 0;
    int unit = 0;
    while (good && unit < 4 && strcmp(end, units[unit]) != 0) unit++;
    if (!good || unit == 4)
        return cnn_fail(error, CNN_USAGE, "--every: expected 60s, 100steps or 2epochs, seen '%s'",
                        text_foreign(shown, sizeof shown, text));
    *every = (Every){.seconds = unit == 0 ? (double)n : 0,
                     .steps = unit == 1 ? n : 0,
                     .epochs = unit > 1 ? n : 0};
    return true;
}

// ---- the lock

static bool is_at(int fd, const char *path) { // else the run that had it has just removed it
    struct stat a, b;
    return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino &&
           a.st_dev == b.st_dev;
}

static bool lock(Checkpoints *c, CnnError *error) {
    for (;;) {
        c->lock = open(c->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (c->lock < 0)
            return cnn_fail(error, CNN_SYSTEM, "cannot write %s: %s", c->lock_path,
                            strerror(errno));
        if (flock(c->lock, LOCK_EX | LOCK_NB) != 0) break;
        if (is_at(c->lock, c->lock_path)) return true;
        close(c->lock);
    }
    int number = errno;
    close(c->lock);
    c->lock = -1;
    if (number != EWOULDBLOCK)
        return cnn_fail(error, CNN_SYSTEM, "cannot lock %s: %s", c->lock_path, strerror(number));
    return cnn_fail(error, CNN_REFUSED,
                    "%s is another run's checkpoint, which is under way; name another file, or end "
                    "that run",
                    c->out.path);
}

bool checkpoints_open(Checkpoints *c, const CnnModel *model, const char *path, const Every *every,
                      const Kept *kept, CnnError *error) {
    *c = (Checkpoints){.lock = -1, .every = *every, .saved_at = clock_seconds()};
    if (!outfile_open(&c->out, path, kept, checkpoint_bytes(model), error)) return false;
    bool ok = c->out.target;
    if (!ok) cnn_fail(error, CNN_REFUSED, "%s: a checkpoint must be a regular file", path);
    c->lock_path = ok ? malloc(strlen(c->out.target) + sizeof ".lock") : NULL;
    if (c->lock_path) {
        sprintf(c->lock_path, "%s.lock", c->out.target);
        ok = lock(c, error);
    } else if (ok) {
        ok = cnn_fail(error, CNN_SYSTEM, "out of memory");
    }
    if (!ok) checkpoints_close(c);
    return ok;
}

void checkpoints_close(Checkpoints *c) {
    if (c->lock_path && c->lock >= 0) {
        unlink(c->lock_path);
        close(c->lock);
    }
    free(c->lock_path);
    outfile_close(&c->out);
    *c = (Checkpoints){.lock = -1, .out.fd = -1};
}

// ---- saving

static void warn(const Checkpoints *c, const Training *t) {
    char name[TEXT_NAME];
    fprintf(stderr, "\n%s: warning: %s\n", text_foreign(name, sizeof name, t->engine->model->name),
            c->error.text);
}

// A new checkpoint takes the name of the old one, which so has another name before; never none.
static bool keep_previous(Checkpoints *c) {
    if (!c->previous || access(c->out.target, F_OK) != 0) return true;
    bool free = unlink(c->previous) == 0 || errno == ENOENT;
    if (free && (link(c->out.target, c->previous) == 0 || rename(c->out.target, c->previous) == 0))
        return true;
    return cnn_fail(&c->error, CNN_SYSTEM, "cannot write %s: %s", c->previous, strerror(errno));
}

void checkpoints_save(Checkpoints *c, const Training *t) {
    bool failed = c->error.code != CNN_OK;
    c->error.code = CNN_OK;
    c->steps = c->epochs = 0;
    c->saved_at = clock_seconds();
    bool kept = keep_previous(c);
    if ((!kept || !checkpoint_save(&c->out, t, &c->error)) && !failed) warn(c, t);
}

void checkpoints_settled(Checkpoints *c, const Training *t) {
    const Every *every = &c->every;
    bool epoch = t->step == 0;
    c->epochs += epoch;
    c->steps++;
    bool due = (every->steps && c->steps >= every->steps) ||
               (every->epochs && c->epochs >= every->epochs) ||
               (every->seconds > 0 && clock_seconds() - c->saved_at >= every->seconds);
    if (due) checkpoints_save(c, t);
}
