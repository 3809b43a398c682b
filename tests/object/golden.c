// SPDX-License-Identifier: MIT
// Holds an object to a case's `predict`, within the tolerance that PROGRAM verify has for it.
//     golden X PREDICT SLACK      raw float32 files
#include "net.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static float *read_floats(const char *path, size_t *n) {
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END)) return perror(path), exit(2), NULL;
    *n = (size_t)ftell(f) / sizeof(float);
    rewind(f);
    float *x = malloc(*n * sizeof *x + 1);
    if (!x || fread(x, sizeof *x, *n, f) != *n) return perror(path), exit(2), NULL;
    fclose(f);
    return x;
}

int main(int argc, char **argv) {
    if (argc != 4) return fprintf(stderr, "usage: golden X PREDICT SLACK\n"), 2;
    size_t nx, ny, nslack;
    float *x = read_floats(argv[1], &nx), *wanted = read_floats(argv[2], &ny);
    float *slack = read_floats(argv[3], &nslack);
    size_t samples = nx / NET_INPUT_SIZE;
    float *y = malloc(ny * sizeof *y);
    void *workspace = aligned_alloc(64, (NET_WORKSPACE_BYTES + 63) / 64 * 64);
    if (ny != samples * NET_OUTPUT_SIZE || ny == 0 || !y || !workspace) return 2;
    net_predict_batch(x, y, samples, workspace);
    double off = 0, size = 1e-6;
    for (size_t i = 0; i < ny; i++) {
        double d = fabs((double)y[i] - (double)wanted[i]);
        off = isnan(d) ? INFINITY : fmax(off, d);
        size = fmax(size, fabs((double)wanted[i]));
    }
    double tolerance = fmax(1e-5, 3 * (double)slack[0] / size);
    printf("%.1e off, tolerance %.1e\n", off / size, tolerance);
    free(x), free(wanted), free(slack), free(y), free(workspace);
    return off / size <= tolerance ? 0 : 1;
}
