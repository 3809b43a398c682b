// SPDX-License-Identifier: MIT
// See child.h. The signals are blocked and fetched one by one, so nothing needs a handler.
#include "driver/child.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
enum { NSTOP = sizeof stops / sizeof *stops, PATIENCE = 5 /* seconds */ };

// A signal that is ignored waits all the same once it is blocked, so it must not be asked for.
static sigset_t awaited(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    for (int i = 0; i < NSTOP; i++) {
        struct sigaction is;
        if (sigaction(stops[i], NULL, &is) == 0 && is.sa_handler != SIG_IGN)
            sigaddset(&set, stops[i]);
    }
    return set;
}

const char *temporary_folder(void) {
    const char *set = getenv("TMPDIR");
    return set && *set ? set : "/tmp";
}

bool workshop_open(Workshop *w, Arena *a) {
    char *folder = arena_printf(a, "%s/cnnc-XXXXXX", temporary_folder());
    *w = (Workshop){.a = a, .awaited = awaited()};
    signal(SIGCHLD, SIG_DFL); // ignored, a child's end would not be told
    if (sigprocmask(SIG_BLOCK, &w->awaited, &w->before) != 0) return false;
    bool made = mkdtemp(folder) != NULL;
    char *whole = made ? realpath(folder, NULL) : NULL;
    if (made && !whole) rmdir(folder);
    if (whole) w->folder = arena_printf(a, "%s", whole);
    if (whole && *temporary_folder() != '/') // for those who are started, too
        setenv("TMPDIR", dirname(arena_printf(a, "%s", whole)), 1);
    free(whole);
    int error = errno;
    if (!w->folder) sigprocmask(SIG_SETMASK, &w->before, NULL);
    errno = error;
    return w->folder != NULL;
}

void workshop_close(Workshop *w) {
    DIR *folder = opendir(w->folder);
    for (struct dirent *e; folder && (e = readdir(folder));) unlink(workshop_path(w, e->d_name));
    if (folder) closedir(folder);
    rmdir(w->folder);
    if (w->stopped_by) raise(w->stopped_by); // delivered by the next line, as is one that came late
    sigprocmask(SIG_SETMASK, &w->before, NULL);
}

const char *workshop_path(const Workshop *w, const char *name) {
    return arena_printf(w->a, "%s/%s", w->folder, name);
}

const char *path_word(Arena *a, const char *path) {
    return *path == '/' ? path : arena_printf(a, "./%s", path);
}

static void send_to(posix_spawn_file_actions_t *files, int fd, const char *path) {
    posix_spawn_file_actions_addopen(files, fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND,
                                     0600);
}

static int start(const Workshop *w, const Child *child, pid_t *pid) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    posix_spawn_file_actions_init(&files);
    send_to(&files, STDOUT_FILENO, child->out);
    bool shared = child->err && !strcmp(child->err, child->out);
    if (shared) posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    if (child->err && !shared) send_to(&files, STDERR_FILENO, child->err);
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&how, &w->before);
    char **words = (char **)(void *)child->argv; // posix_spawn leaves them alone
    int error = posix_spawnp(pid, words[0], &files, &how, words, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    return error;
}

// Ends it and what it has started: it may tidy up first, but not for ever, and not if we are asked again.
static void stop(const Workshop *w, pid_t pid, int number) {
    const struct timespec patience = {.tv_sec = PATIENCE};
    siginfo_t info;
    kill(-pid, number);
    while (sigtimedwait(&w->awaited, &info, &patience) == SIGCHLD)
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid) break;
    kill(-pid, SIGKILL);
}

int workshop_run(Workshop *w, const Child *child) {
    pid_t pid = -1;
    int status = 0, error = w->stopped_by ? EINTR : start(w, child, &pid);
    if (error) return -error;
    for (pid_t ended = 0; ended == 0;) {
        int number = sigwaitinfo(&w->awaited, NULL);
        if (number > 0 && number != SIGCHLD) {
            w->stopped_by = number;
            stop(w, pid, number);
            waitpid(pid, &status, 0);
            return -EINTR;
        }
        if (number > 0) ended = waitpid(pid, &status, WNOHANG);
        if (ended < 0) return -errno;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
