// SPDX-License-Identifier: 0BSD
// Writes a data set in MNIST's format, where MNIST isn't at hand: the ten digits as 5 x 7
// glyphs, enlarged, at a random place, with random strength, slant and noise. A small network
// learns it within an epoch or two. The files depend on the arguments alone.
//     make_digits DIR TRAIN TEST [SEED]
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 28, ROWS = 7, COLUMNS = 5, CLASSES = 10, SCALE = 3, NOISE = 60 };

static const char *const glyph[CLASSES][ROWS] = {
    {" ### ", "#   #", "#  ##", "# # #", "##  #", "#   #", " ### "},
    {"  #  ", " ##  ", "  #  ", "  #  ", "  #  ", "  #  ", " ### "},
    {" ### ", "#   #", "    #", "   # ", "  #  ", " #   ", "#####"},
    {" ### ", "#   #", "    #", "  ## ", "    #", "#   #", " ### "},
    {"   # ", "  ## ", " # # ", "#  # ", "#####", "   # ", "   # "},
    {"#####", "#    ", "#### ", "    #", "    #", "#   #", " ### "},
    {" ### ", "#    ", "#    ", "#### ", "#   #", "#   #", " ### "},
    {"#####", "    #", "   # ", "  #  ", "  #  ", " #   ", " #   "},
    {" ### ", "#   #", "#   #", " ### ", "#   #", "#   #", " ### "},
    {" ### ", "#   #", "#   #", " ####", "    #", "    #", " ### "},
};

// Uniform in [0, n): a linear congruential generator does for pictures.
static int draw(uint64_t *state, int n) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (int)((*state >> 33) % (uint64_t)n);
}

static void paint(uint8_t image[SIDE][SIDE], int digit, uint64_t *state) {
    int top = 1 + draw(state, SIDE - ROWS * SCALE - 1), slant = draw(state, 5) - 2;
    int left = 3 + draw(state, SIDE - COLUMNS * SCALE - 6), strength = 140 + draw(state, 116);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) image[y][x] = (uint8_t)draw(state, NOISE);
    for (int y = 0; y < ROWS * SCALE; y++)
        for (int x = 0; x < COLUMNS * SCALE; x++)
            if (glyph[digit][y / SCALE][x / SCALE] == '#')
                image[top + y][left + x + 2 * slant * (ROWS * SCALE / 2 - y) / (ROWS * SCALE)] =
                    (uint8_t)(strength - draw(state, NOISE));
}

static FILE *create(const char *folder, const char *name, int rank, uint32_t n) {
    const uint32_t dim[] = {n, SIDE, SIDE};
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        exit(1);
    }
    fwrite((uint8_t[]){0, 0, 8, (uint8_t)rank}, 1, 4, file);
    for (int i = 0; i < rank; i++)
        for (int shift = 24; shift >= 0; shift -= 8) fputc((int)(dim[i] >> shift & 255), file);
    return file;
}

static void finish(FILE *file) {
    int bad = ferror(file);
    if (!fclose(file) && !bad) return;
    perror("make_digits");
    exit(1);
}

static void write_half(const char *folder, const char *images, const char *labels, uint32_t n,
                       uint64_t state) {
    FILE *image_file = create(folder, images, 3, n), *label_file = create(folder, labels, 1, n);
    for (uint32_t i = 0; i < n; i++) {
        uint8_t image[SIDE][SIDE];
        int digit = draw(&state, CLASSES);
        paint(image, digit, &state);
        fwrite(image, 1, sizeof image, image_file);
        fputc(digit, label_file);
    }
    finish(image_file);
    finish(label_file);
}

int main(int argc, char **argv) {
    long train = argc > 3 ? strtol(argv[2], NULL, 10) : 0;
    long test = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    uint64_t seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 1;
    if (argc < 4 || argc > 5 || train < 1 || test < 1 || train > 10000000 || test > 10000000) {
        fprintf(stderr, "usage: make_digits DIR TRAIN TEST [SEED]\n");
        return 2;
    }
    write_half(argv[1], "train-images-idx3-ubyte", "train-labels-idx1-ubyte", (uint32_t)train,
               seed);
    write_half(argv[1], "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", (uint32_t)test, ~seed);
    return 0;
}
