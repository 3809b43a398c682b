// SPDX-License-Identifier: 0BSD
// See digest.h. The functions that are deprecated are the ones that do not bring in all of the library.
#include "io/digest.h"

#ifdef CNN_CRYPTO
#define OPENSSL_SUPPRESS_DEPRECATED
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool add_all(int fd, SHA256_CTX *sha) {
    char bytes[1 << 15];
    for (;;) {
        ssize_t n = read(fd, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n == 0;
        SHA256_Update(sha, bytes, (size_t)n);
    }
}

bool digest_file(const char *path, char text[DIGEST_TEXT]) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    struct stat info;
    SHA256_CTX sha;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    SHA256_Init(&sha);
    bool ok = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && add_all(fd, &sha);
    if (fd >= 0) close(fd);
    SHA256_Final(digest, &sha);
    for (int i = 0; i < SHA256_DIGEST_LENGTH; i++) snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return ok;
}
#else
bool digest_file(const char *path, char text[DIGEST_TEXT]) {
    (void)path, (void)text;
    return false;
}
#endif
