// SPDX-License-Identifier: 0BSD
// IDX files, plain and gzipped, whole and damaged, and data sets that fit a model or don't.
#include "check.h"
#include "../../runtime/runtime.h"
#include "mock_model.h"
#include <zlib.h>

static const uint8_t good[] = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255};

static void write_gz(const char *path, const void *bytes, size_t size) {
    gzFile file = gzopen(path, "wb");
    assert_int_equal(gzwrite(file, bytes, (unsigned)size), size);
    assert_int_equal(gzclose(file), Z_OK);
}

static void check_good(const char *path) {
    CnnError error = {0};
    Idx idx;
    assert_true(idx_read(path, &idx, NULL, NULL, &error));
    assert_int_equal(idx.rank, 2);
    assert_int_equal(idx.dim[0], 2);
    assert_int_equal(idx.dim[1], 3);
    assert_int_equal(idx.count, 6);
    assert_memory_equal(idx.value, good + 12, 6);
    free(idx.value);
}

static void check_refused(const char *path, const char *says) {
    CnnError error = {0};
    Idx idx;
    assert_false(idx_read(path, &idx, NULL, NULL, &error));
    assert_int_equal(error.code, CNN_REFUSED);
    ASSERT_HAS(error.text, path);
    ASSERT_HAS(error.text, says);
}

static void plain_and_gzipped_are_read(void **state) {
    (void)state;
    write_file("a", good, sizeof good);
    check_good("a");
    write_gz("a.gz", good, sizeof good);
    check_good("a.gz");
}

static void damaged_headers_are_refused(void **state) {
    static const struct {
        int at;
        uint8_t value;
        const char *says;
    } cases[] = {{0, 1, "bad: not an IDX file: expected two zero bytes first, seen 01 00"},
                 {1, 1, "expected two zero bytes first, seen 00 01"},
                 {2, 13, "bad: holds values of IDX type 0x0d; expected 0x08, unsigned bytes"},
                 {3, 0, "bad: has 0 dimensions; expected 1 to 5"},
                 {3, 6, "bad: has 6 dimensions; expected 1 to 5"},
                 {7, 1,
                  "bad: its header says (1, 3), 15 bytes with the header, but the file has 18; get "
                  "it again"},
                 {7, 3, "but the file has 18"},
                 {4, 255, "but the file has 18"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[sizeof good];
        memcpy(bytes, good, sizeof good);
        bytes[cases[i].at] = cases[i].value;
        write_file("bad", bytes, sizeof bytes);
        check_refused("bad", cases[i].says);
    }
}

static void huge_dimensions_are_refused(void **state) {
    static const uint8_t huge[] = {0,   0,   8,   5,   255, 255, 255, 255, 255, 255, 255, 255,
                                   255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    static const uint8_t large[] = {0, 0, 8, 2, 255, 255, 255, 255, 127, 255, 255, 255, 1};
    (void)state;
    write_file("huge", huge, sizeof huge);
    check_refused("huge", "huge: its dimensions overflow 64 bits");
    write_gz("huge.gz", huge, sizeof huge);
    check_refused("huge.gz", "overflow");
    write_file("large", large, sizeof large);
    check_refused("large", "but the file has 13");
    write_gz("large.gz", large, sizeof large);
    check_refused("large.gz", "large.gz: its header says (4294967295, 2147483647), more than 30 "
                              "gzipped bytes can hold; get it again");
}

static void every_cut_is_refused(void **state) {
    CnnError error = {0};
    Idx idx;
    size_t size;
    (void)state;
    write_gz("a.gz", good, sizeof good);
    char *gzipped = read_file("a.gz", &size);
    if (size <= 6) { // said so that the compiler knows it too
        fail();
        return;
    }
    for (size_t n = 0; n < size; n++) {
        write_file("cut.gz", gzipped, n);
        assert_false(idx_read("cut.gz", &idx, NULL, NULL, &error));
    }
    gzipped[size - 6] ^= 1; // of the checksum
    write_file("cut.gz", gzipped, size);
    check_refused("cut.gz",
                  "cut.gz: cut short or damaged: the IDX header should be 4 bytes, but after "
                  "0 reading fails (incorrect data check); get the file again");
    free(gzipped);
    for (size_t n = 0; n < sizeof good; n++) {
        write_file("cut", good, n);
        check_refused("cut", n < 4    ? "the IDX header should be 4 bytes, but after"
                             : n < 12 ? "a dimension in the IDX header should be 4 bytes, but after"
                                      : "its header says (2, 3), 18 bytes with the header");
    }
}

static void nothing_is_inflated_beyond_the_header(void **state) {
    uint8_t longer[sizeof good + 1] = {0};
    (void)state;
    memcpy(longer, good, sizeof good);
    write_gz("long.gz", longer, sizeof longer);
    check_refused("long.gz", "long.gz: has bytes beyond those its header says; get the file again");
    write_gz("short.gz", good, sizeof good - 3);
    check_refused("short.gz", "short.gz: cut short or damaged: the values should be 6 bytes, but "
                              "after 3 the file ends; get the file again");
    write_file("long", longer, sizeof longer);
    check_refused("long", "has 19");
    check_refused("missing", "No such file");
    check_refused(".", ".: not a file that can be read (a folder, a pipe or a device)");
}

static void put_idx(const char *path, int rank, const uint32_t *dim, uint8_t value) {
    FILE *file = fopen(path, "wb");
    size_t count = 1;
    assert_non_null(file);
    fwrite((uint8_t[]){0, 0, 8, (uint8_t)rank}, 1, 4, file);
    for (int i = 0; i < rank; i++) {
        uint32_t d = dim[i];
        fwrite((uint8_t[]){(uint8_t)(d >> 24), (uint8_t)(d >> 16), (uint8_t)(d >> 8), (uint8_t)d},
               1, 4, file);
        count *= d;
    }
    for (size_t i = 0; i < count; i++) fputc(value, file);
    fclose(file);
}

static void data_must_fit_the_model(void **state) {
    CnnError error = {0};
    Data data;
    (void)state;
    unsetenv("CNNC_DATA");
    assert_false(data_load(&data, NULL, DATA_TEST, ".", &mock_model, &error));
    ASSERT_HAS(error.text,
               "no data: neither t10k-images-idx3-ubyte nor t10k-images-idx3-ubyte.gz is in .; "
               "name the folder of the four IDX files with --data DIR or $CNNC_DATA");

    put_idx("t10k-images-idx3-ubyte", 3, (uint32_t[]){5, 28, 28}, 7);
    put_idx("t10k-labels-idx1-ubyte", 1, (uint32_t[]){5}, 9);
    assert_true(data_load(&data, NULL, DATA_TEST, ".", &mock_model, &error));
    Samples samples = data_samples(&data, &mock_model, 2, 3);
    assert_int_equal(samples.n, 3);
    assert_ptr_equal(samples.label, data.label.value + 2);
    assert_ptr_equal(samples.pixel, data.image.value + 2 * 784);
    float table[256] = {[7] = 0.5f};
    CnnRows rows = {.half = DATA_TEST, .first = 1, .count = 3, .table = table};
    assert_true(data_rows(&data, &mock_model, &rows, &samples, &error));
    assert_int_equal(samples.n, 3);
    assert_ptr_equal(samples.label, data.label.value + 1);
    assert_ptr_equal(samples.table, table);
    rows.count = 0;
    rows.first = 0;
    assert_true(data_rows(&data, &mock_model, &rows, &samples, &error));
    assert_int_equal(samples.n, 5);
    rows = (CnnRows){.half = DATA_TEST, .first = 3, .count = 3};
    assert_false(data_rows(&data, &mock_model, &rows, &samples, &error));
    ASSERT_HAS(error.text, ".: has 5 samples, but mock.cnn takes those from 3 to 6");
    data_free(&data);
    setenv("CNNC_DATA", ".", 1);
    assert_true(data_load(&data, NULL, DATA_TEST, NULL, &mock_model, &error));
    data_free(&data);

    put_idx("t10k-labels-idx1-ubyte", 1, (uint32_t[]){5}, 10);
    assert_false(data_load(&data, NULL, DATA_TEST, ".", &mock_model, &error));
    ASSERT_HAS(error.text, "label 0 is 10, but the model tells 10 classes apart, 0 to 9");
    put_idx("t10k-labels-idx1-ubyte", 1, (uint32_t[]){4}, 0);
    assert_false(data_load(&data, NULL, DATA_TEST, ".", &mock_model, &error));
    ASSERT_HAS(error.text, "./t10k-labels-idx1-ubyte: has 1 dimensions and 4 labels; expected 1 "
                           "and 5, a label for each image");
    put_idx("t10k-images-idx3-ubyte", 3, (uint32_t[]){5, 28, 27}, 7);
    assert_false(data_load(&data, NULL, DATA_TEST, ".", &mock_model, &error));
    ASSERT_HAS(error.text, "./t10k-images-idx3-ubyte: a sample is (28, 27), 756 values, but the "
                           "model's Input is (28, 28), 784 values; use other data or change Input");
    put_idx("t10k-images-idx3-ubyte", 1, (uint32_t[]){784}, 7);
    assert_false(data_load(&data, NULL, DATA_TEST, ".", &mock_model, &error));
    ASSERT_HAS(error.text, "./t10k-images-idx3-ubyte: expected images, seen 1 dimensions (784,)");
    put_idx("t10k-images-idx3-ubyte", 3, (uint32_t[]){0, 28, 28}, 7);
    assert_false(data_load(&data, NULL, DATA_TEST, ".", &mock_model, &error));
    ASSERT_HAS(error.text, "./t10k-images-idx3-ubyte: has no samples: its shape is (0, 28, 28)");
}

static void what_does_not_fit_is_not_read(void **state) {
    static const uint8_t header[] = {0, 0, 8, 3, 0, 48, 0, 0, 0, 0, 0, 32, 0, 0, 0, 32};
    int64_t before = most_memory();
    CnnError error = {0};
    Data data;
    (void)state;
    write_file("t10k-images-idx3-ubyte", header, sizeof header);
    assert_int_equal(truncate("t10k-images-idx3-ubyte", 16 + (48LL << 26)), 0);
    assert_false(data_load(&data, NULL, DATA_TEST, ".", &mock_model, &error));
    ASSERT_HAS(error.text, "a sample is (32, 32), 1024 values");
    assert_true(most_memory() < before + (64 << 20));
}

static void shapes_of_another_reading_order_are_refused(void **state) {
    static const struct {
        int rank; // of a sample
        uint32_t dim[5];
        int64_t input_rank, input_dim[5];
        bool fits;
    } cases[] = {
        {2, {2, 3, 4}, 2, {3, 4}, true},        {2, {2, 3, 4}, 3, {3, 4, 1}, true},
        {2, {2, 3, 4}, 1, {12}, true},          {2, {2, 3, 4}, 2, {12, 1}, true},
        {3, {2, 3, 4, 1}, 2, {3, 4}, true},     {3, {2, 3, 4, 2}, 3, {3, 4, 2}, true},
        {3, {2, 3, 4, 2}, 1, {24}, true},       {1, {2, 12}, 3, {3, 4, 1}, true},
        {2, {2, 3, 1}, 2, {3, 1}, true},        {2, {2, 3, 4}, 3, {1, 3, 4}, false},
        {2, {2, 3, 4}, 2, {4, 3}, false},       {2, {2, 3, 4}, 3, {6, 2, 1}, false},
        {2, {2, 3, 4}, 2, {1, 12}, false},      {2, {2, 3, 4}, 3, {3, 2, 2}, false},
        {3, {2, 3, 4, 2}, 3, {2, 3, 4}, false}, {3, {2, 3, 4, 2}, 2, {3, 8}, false},
        {3, {2, 1, 3, 4}, 2, {3, 4}, false},
    };
    (void)state;
    put_idx("t10k-labels-idx1-ubyte", 1, (uint32_t[]){2}, 9);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CnnModel model = mock_model;
        CnnError error = {0};
        Data data;
        char seen[TEXT_SHAPE], wanted[TEXT_SHAPE];
        int64_t sample[5];
        model.input_rank = cases[i].input_rank;
        model.input_floats = 1;
        for (int d = 0; d < cases[i].rank; d++) sample[d] = cases[i].dim[1 + d];
        for (int d = 0; d < 5; d++) {
            model.input_dim[d] = cases[i].input_dim[d];
            if (d < model.input_rank) model.input_floats *= model.input_dim[d];
        }
        put_idx("t10k-images-idx3-ubyte", 1 + cases[i].rank, cases[i].dim, 7);
        assert_int_equal(data_load(&data, NULL, DATA_TEST, ".", &model, &error), cases[i].fits);
        if (cases[i].fits) {
            data_free(&data);
            continue;
        }
        assert_int_equal(error.code, CNN_REFUSED);
        ASSERT_HAS(error.text, text_shape(seen, sample, cases[i].rank));
        ASSERT_HAS(error.text, text_shape(wanted, model.input_dim, model.input_rank));
        ASSERT_HAS(error.text, ": as many values in another order; change Input to ");
        ASSERT_HAS(error.text, ", or with a dimension of 1 behind it, or flat");
    }
}

static void the_split_is_as_keras_has_it(void **state) {
    (void)state;
    assert_int_equal(data_split(60000, 0.1), 54000);
    assert_int_equal(data_split(10, 0.25), 7);
    assert_int_equal(data_split(3, 0.5), 1);
    assert_int_equal(data_split(1, 0.1), 0);
    assert_int_equal(data_split(100, 0.3), 70);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_and_gzipped_are_read),
        cmocka_unit_test(damaged_headers_are_refused),
        cmocka_unit_test(huge_dimensions_are_refused),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(nothing_is_inflated_beyond_the_header),
        cmocka_unit_test(data_must_fit_the_model),
        cmocka_unit_test(what_does_not_fit_is_not_read),
        cmocka_unit_test(shapes_of_another_reading_order_are_refused),
        cmocka_unit_test(the_split_is_as_keras_has_it),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
