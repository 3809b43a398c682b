// SPDX-License-Identifier: MIT
// A fuzzer's target without the fuzzer: each file of its corpus once, so that what was found stays
// found wherever the tests run, with any compiler.
//     replay FOLDER
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Feeds the file; its memory is as large as the file, so that ASan sees any step beyond it.
static int feed(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return 0;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
    int ok = size >= 0 && data && fread(data, 1, (size_t)size, file) == (size_t)size;
    if (ok) LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
    fclose(file);
    return ok;
}

int main(int argc, char **argv) {
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    int seen = 0;
    if (!folder) {
        fprintf(stderr, "usage: replay FOLDER\n");
        return 2;
    }
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[4096];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        printf("%s\n", entry->d_name); // the last one, if it ends the test
        fflush(stdout);
        if (!feed(path)) {
            fprintf(stderr, "replay: cannot read %s\n", path);
            return 1;
        }
        seen++;
    }
    closedir(folder);
    printf("%d files\n", seen);
    return seen ? 0 : 1;
}
