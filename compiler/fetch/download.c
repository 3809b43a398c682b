// SPDX-License-Identifier: MIT
// Over libcurl. A server that knows no ranges sends all anew; one that is silent for long is given up. Only http
// and https, also where it redirects to; no more is stored than the file may have.
#include "fetch/download.h"
#include "driver/progress.h"
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_SECONDS = 15, SILENT_SECONDS = 30, REDIRECTIONS = 5 };

typedef struct Transfer {
    const Download *d;
    int fd;
    int64_t have; // bytes of the file that are there
    bool full; // the disk, errno says why
    bool too_long;
    ProgressLine line;
} Transfer;

static size_t store(char *bytes, size_t size, size_t n, void *transfer) {
    Transfer *t = transfer;
    size_t left = size * n;
    t->too_long = left > (uint64_t)(t->d->most - t->have);
    while (left > 0 && !t->too_long) {
        ssize_t wrote = write(t->fd, bytes, left);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return t->full = true, 0;
        bytes += wrote, left -= (size_t)wrote, t->have += wrote;
    }
    return t->too_long ? 0 : size * n;
}

static int tell_progress(void *transfer, curl_off_t total, curl_off_t now, curl_off_t up_total,
                         curl_off_t up) {
    (void)up_total, (void)up;
    if (total > 0) line_show(&((Transfer *)transfer)->line, (double)now / (double)total);
    return 0;
}

static void set_up(CURL *c, Transfer *t, char *why) {
    curl_easy_setopt(c, CURLOPT_URL, t->d->url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTIONS);
    curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SILENT_SECONDS);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "cnnc");
    curl_easy_setopt(c, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->have);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, store);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, tell_progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
}

// From where the file ends.
static CURLcode transfer(Transfer *t, char *why) {
    CURL *c = curl_easy_init();
    if (!c) return CURLE_OUT_OF_MEMORY;
    set_up(c, t, why);
    CURLcode code = curl_easy_perform(c);
    long status = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    // The start does not fit what the server has (416): as if it knew no ranges.
    if (code == CURLE_HTTP_RETURNED_ERROR && status == 416 && t->have > 0) code = CURLE_RANGE_ERROR;
    curl_easy_cleanup(c);
    return code;
}

static bool open_part(Arena *a, const Download *d, Transfer *t, const char **trouble) {
    struct stat s;
    t->fd = open(d->part, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (t->fd < 0 || fstat(t->fd, &s) != 0) {
        *trouble = arena_printf(a, "cannot write '%s': %s", d->part, strerror(errno));
    } else if (!S_ISREG(s.st_mode)) {
        *trouble = arena_printf(a, "'%s' is no regular file", d->part);
    } else if (flock(t->fd, LOCK_EX | LOCK_NB) != 0) {
        *trouble = arena_printf(a, "another process is fetching '%s'", d->part);
    } else {
        t->have = lseek(t->fd, 0, SEEK_END);
        return true;
    }
    if (t->fd >= 0) close(t->fd);
    return false;
}

bool download(Arena *a, const Download *d, bool *resumed, const char **trouble) {
    Transfer t = {.d = d};
    char why[CURL_ERROR_SIZE] = "";
    if (!open_part(a, d, &t, trouble)) return false;
    *resumed = t.have > 0;
    line_begin(&t.line, d->what);
    CURLcode code = transfer(&t, why);
    if (code == CURLE_RANGE_ERROR && ftruncate(t.fd, 0) == 0 && lseek(t.fd, 0, SEEK_SET) == 0) {
        t.have = 0;
        *resumed = false;
        code = transfer(&t, why);
    }
    line_end(&t.line);
    if (t.full)
        *trouble = arena_printf(a, "cannot write '%s': %s", d->part, strerror(errno));
    else if (t.too_long)
        *trouble = "it is longer than the file can be";
    else if (code != CURLE_OK)
        *trouble = arena_printf(a, "%s", *why ? why : curl_easy_strerror(code));
    bool whole = close(t.fd) == 0 && code == CURLE_OK;
    if (t.too_long || t.have == 0) unlink(d->part);
    return whole;
}
