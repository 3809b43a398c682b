// SPDX-License-Identifier: MIT
// See child.h. The signals are blocked and fetched one by one, so nothing needs a handler.
#include "driver/child.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static sigset_t awaited(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGCHLD);
    return set;
}

bool workshop_open(Workshop *w, Arena *a) {
    const char *parent = getenv("TMPDIR");
    char *folder = arena_printf(a, "%s/cnnc-XXXXXX", parent && *parent ? parent : "/tmp");
    *w = (Workshop){.a = a, .folder = mkdtemp(folder)};
    sigset_t set = awaited();
    signal(SIGCHLD, SIG_DFL);
    return w->folder && sigprocmask(SIG_BLOCK, &set, NULL) == 0;
}

void workshop_close(Workshop *w) {
    DIR *folder = opendir(w->folder);
    for (struct dirent *e; folder && (e = readdir(folder));)
        unlink(arena_printf(w->a, "%s/%s", w->folder, e->d_name));
    if (folder) closedir(folder);
    rmdir(w->folder);
    sigset_t set = awaited();
    if (w->stopped_by) raise(w->stopped_by); // delivered by the next line, as is one that came late
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static pid_t start(const char *const *argv, const char *out, bool loud) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none;
    pid_t pid = -1;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    if (!loud) posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&how, &none);
    char **words = (char **)(void *)argv; // posix_spawn leaves them alone
    if (posix_spawn(&pid, argv[0], &files, &how, words, environ) != 0) pid = -1;
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    return pid;
}

bool workshop_run(Workshop *w, const char *const *argv, const char *out, bool loud) {
    pid_t pid = w->stopped_by ? -1 : start(argv, out, loud), ended = 0;
    int status = -1;
    sigset_t set = awaited();
    while (pid > 0 && ended == 0) {
        int number = sigwaitinfo(&set, NULL);
        if (number == SIGINT || number == SIGTERM) {
            w->stopped_by = number;
            kill(-pid, SIGKILL); // and what it has started, a linker
        }
        if (number > 0) ended = waitpid(pid, &status, WNOHANG);
    }
    return ended > 0 && !w->stopped_by && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
