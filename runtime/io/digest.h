// SPDX-License-Identifier: 0BSD
// SHA-256 of files, where the runtime was built with OpenSSL's libcrypto.
#ifndef CNN_DIGEST_H
#define CNN_DIGEST_H
#include <stdbool.h>

enum { DIGEST_TEXT = 65 };
// Of the regular file at path, as sha256sum prints it. False: there is none, or no library.
bool digest_file(const char *path, char text[DIGEST_TEXT]);
#endif
