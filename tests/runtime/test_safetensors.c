// SPDX-License-Identifier: 0BSD
// Safetensors: what is written reads back the same, and nothing malformed is taken.
#include "check.h"
#include "../../runtime/io/safetensors.h"
#include "write_tensors.h"
#include <sys/stat.h>

static const float floats[6] = {1, -2, 3.5f, 1e-40f, 0, 7};
static const int32_t ints[2] = {-1, 9};
static const StTensor tensors[] = {
    {.name = (char *)"b/kernel", .type = ST_F32, .rank = 2, .dim = {2, 3}, .data = floats},
    {.name = (char *)"a/y", .type = ST_I32, .rank = 1, .dim = {2}, .data = ints},
    {.name = (char *)"scalar", .type = ST_F32, .rank = 0, .data = floats},
    {.name = (char *)"none", .type = ST_F32, .rank = 2, .dim = {0, 3}, .data = floats},
};
static const StPair meta[] = {{(char *)"format", (char *)"té\"st"}};

static void round_trip(void **state) {
    CnnError error = {0};
    Safetensors file;
    (void)state;
    assert_true(write_tensors("a.st", tensors, 4, meta, 1, &error));
    assert_true(safetensors_read("a.st", &file, &error));
    assert_int_equal(file.ntensor, 4);
    const StTensor *t = safetensors_find(&file, "b/kernel");
    assert_non_null(t);
    assert_int_equal(t->rank, 2);
    assert_int_equal(t->dim[1], 3);
    assert_memory_equal(t->data, floats, sizeof floats);
    t = safetensors_find(&file, "a/y");
    assert_int_equal(t->type, ST_I32);
    assert_memory_equal(t->data, ints, sizeof ints);
    assert_int_equal(safetensors_find(&file, "scalar")->count, 1);
    assert_int_equal(safetensors_find(&file, "none")->bytes, 0);
    assert_null(safetensors_find(&file, "b"));
    safetensors_free(&file);
}

static void equal_tensors_give_equal_bytes(void **state) {
    CnnError error = {0};
    size_t n, m;
    (void)state;
    assert_true(write_tensors("a.st", tensors, 4, meta, 1, &error));
    assert_true(write_tensors("b.st", tensors, 4, meta, 1, &error));
    char *a = read_file("a.st", &n), *b = read_file("b.st", &m);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
}

static void a_failed_write_leaves_the_old_file(void **state) {
    CnnError error = {0};
    StTensor twice[2] = {tensors[0], tensors[0]};
    (void)state;
    write_file("old.st", "old", 3);
    assert_false(write_tensors("old.st", twice, 2, NULL, 0, &error));
    assert_int_equal(error.code, CNN_SYSTEM);
    char *old = read_file("old.st", NULL);
    assert_string_equal(old, "old");
    free(old);
    assert_false(write_tensors(".", tensors, 1, NULL, 0, &error));
    ASSERT_HAS(error.text, "cannot write .: a folder is not a file");
    assert_false(write_tensors("no/such/file", tensors, 1, NULL, 0, &error));
    ASSERT_HAS(error.text, "No such file");
}

static void a_link_is_written_through(void **state) {
    CnnError error = {0};
    struct stat info;
    (void)state;
    write_file("target.st", "old", 3);
    assert_int_equal(symlink("target.st", "link.st"), 0);
    assert_true(write_tensors("link.st", tensors, 1, NULL, 0, &error));
    assert_int_equal(lstat("link.st", &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(stat("target.st", &info), 0);
    assert_true(info.st_size > 3);
}

static bool parse(const char *header, size_t data, CnnError *error) {
    Safetensors file;
    size_t length = strlen(header);
    unsigned char *bytes = calloc(1, 8 + length + data + 1);
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)((uint64_t)length >> (8 * i));
    memcpy(bytes + 8, header, length);
    bool ok = safetensors_parse("f", bytes, (int64_t)(8 + length + data), &file, error);
    if (ok) safetensors_free(&file);
    return ok;
}

#define ONE(dtype, shape, offsets)                                                                 \
    "{\"a\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define TWO(first, second)                                                                         \
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" first "},"                          \
    "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" second "}}"

#define U8(offsets) "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[" offsets "]}"

static void well_formed_headers_are_taken(void **state) {
    CnnError error = {0};
    (void)state;
    assert_true(parse(ONE("\"F32\"", "[2]", "[0,8]"), 8, &error));
    assert_true(parse(ONE("\"F64\"", "[]", "[0,8]") "   ", 8, &error));
    assert_true(parse(TWO("[4,8]", "[0,4]"), 8, &error));
    assert_true(parse("{}", 0, &error));
    assert_true(parse(" { \"a\" : " U8("0,4") "\n,\t\"b}\\\"\" :" U8("4,8") " } ", 8, &error));
    assert_true(parse("{\"__metadata__\":{\"a\":\"b\", \"c\\u00e9\" : \"}{\"}}", 0, &error));
    assert_true(parse("{\"__metadata__\":{}}", 0, &error));
}

static void malformed_files_are_refused(void **state) {
    static const struct {
        const char *header;
        size_t data;
        const char *says;
    } cases[] = {
        {"", 0, "f: the header is not a JSON object: byte 0: '{' is expected"},
        {"[]", 0, "f: the header is not a JSON object: byte 0: '{' is expected"},
        {"{", 0, "not a JSON object: byte 1: a name in quotes is expected"},
        {"{} x", 0, "not a JSON object: byte 3: something follows the object"},
        {"{\"a\":1}", 0, "f: the entry of 'a' is not exactly dtype, shape and data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 0,
         "f: the entry of 'a' is not exactly dtype, shape and data_offsets"},
        {ONE("\"F31\"", "[2]", "[0,8]"), 8, "f: tensor 'a' has dtype F31, which is not known"},
        {ONE("32", "[2]", "[0,8]"), 8, "f: tensor 'a' has dtype (none), which is not known"},
        {ONE("\"F32\"", "2", "[0,8]"), 8, "f: the shape of 'a' is not a list of at most 8 sizes"},
        {ONE("\"F32\"", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), 8,
         "f: the shape of 'a' is not a list of at most 8 sizes"},
        {ONE("\"F32\"", "[2.0]", "[0,8]"), 8,
         "f: size 0 in the shape of 'a' is not a whole number >= 0"},
        {ONE("\"F32\"", "[-2]", "[0,8]"), 8,
         "f: size 0 in the shape of 'a' is not a whole number >= 0"},
        {ONE("\"F32\"", "[4294967296,4294967296]", "[0,8]"), 8,
         "f: the shape of 'a' overflows 64 bits"},
        {ONE("\"F32\"", "[4611686018427387904]", "[0,0]"), 0,
         "f: 'a' has 4611686018427387904 values of F32, which do not fill its 0 bytes"},
        {ONE("\"F32\"", "[99999999999999999999]", "[0,8]"), 8,
         "not a JSON object: byte 72: too big integer"},
        {ONE("\"F32\"", "[2]", "[0]"), 8, "f: the data_offsets of 'a' are not two whole numbers"},
        {ONE("\"F32\"", "[2]", "[0,\"8\"]"), 8,
         "f: the data_offsets of 'a' are not two whole numbers"},
        {ONE("\"F32\"", "[2]", "[0,9]"), 8, "f: 'a' is said to be bytes 0 to 9 of 8"},
        {ONE("\"F32\"", "[2]", "[-8,0]"), 8, "f: 'a' is said to be bytes -8 to 0 of 8"},
        {ONE("\"F32\"", "[2]", "[8,0]"), 8, "f: 'a' is said to be bytes 8 to 0 of 8"},
        {ONE("\"F32\"", "[2]", "[0,4]"), 4,
         "f: 'a' has 2 values of F32, which do not fill its 4 bytes"},
        {ONE("\"F32\"", "[2]", "[0,8]"), 9,
         "f: 1 bytes after the last tensor belong to none of them"},
        {ONE("\"F32\"", "[2]", "[1,9]"), 9, "f: 'a' begins at byte 1, leaving a gap after byte 0"},
        {TWO("[0,4]", "[0,4]"), 4, "f: 'b' begins at byte 0, inside a tensor that ends at byte 4"},
        {TWO("[0,4]", "[2,6]"), 6, "f: 'b' begins at byte 2, inside a tensor that ends at byte 4"},
        {TWO("[0,4]", "[5,9]"), 9, "f: 'b' begins at byte 5, leaving a gap after byte 4"},
        {"{\"a\":" U8("0,4") ",\"a\":" U8("4,8") "}", 8, "f: the header has a duplicate of 'a'"},
        {ONE("\"U8\"", "[4]", "[0,4],\"dtype\":\"U8\""), 4,
         "not a JSON object: byte 65: duplicate object key"},
        {"{\"a\":{},\"b\"", 0, "f: the entry of 'a' is not exactly dtype, shape and data_offsets"},
        {"{\"a\" " U8("0,4") "}", 4, "not a JSON object: byte 5: ':' is expected"},
        {"{\"a\":}", 0, "not a JSON object: byte 5: a value is missing"},
        {"{\"a\":" U8("0,4") "\"b\":" U8("0,4") "}", 4,
         "not a JSON object: byte 103: end of file expected"},
        {"{\"a\":" U8("0,4") " \"b\":" U8("0,4") "}", 4, "byte 53: ',' or '}' is expected"},
        {"{\"a\":" U8("0,4") ",}", 4, "not a JSON object: byte 53: a name in quotes is expected"},
        {"{a:" U8("0,4") "}", 4, "not a JSON object: byte 1: a name in quotes is expected"},
        {"{\"a\":" U8("0,4"), 4, "not a JSON object: byte 52: a value is missing"},
        {"{\"a\":[", 0, "not a JSON object: byte 6: a bracket is not closed"},
        {"{\"a\":\"", 0, "not a JSON object: byte 6: a string does not end"},
        {"{\"a\\", 0, "not a JSON object: byte 4: a string does not end"},
        {"{\"__metadata__\":{\"a\":\"b\",}}", 0,
         "not a JSON object: byte 25: a name in quotes is expected"},
        {"{\"__metadata__\":{\"a\":\"\\q\"}}", 0, "not a JSON object: byte 25: invalid escape"},
        {"{\"__metadata__\":3}", 0, "f: __metadata__ is not an object"},
        {"{\"__metadata__\":{\"a\":3}}", 0, "f: metadata 'a' is not a string"},
        {"{\"\xff\":3}", 0, "not a JSON object: byte 6: unable to decode byte 0xff"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CnnError error = {0};
        if (parse(cases[i].header, cases[i].data, &error)) fail_msg("taken: %s", cases[i].header);
        assert_int_equal(error.code, CNN_REFUSED);
        ASSERT_HAS(error.text, cases[i].says);
    }
}

static void long_entries_are_refused(void **state) {
    char header[5000 + 16];
    CnnError error = {0};
    (void)state;
    snprintf(header, sizeof header, "{\"a\":{%5000s}}", "");
    assert_false(parse(header, 0, &error));
    ASSERT_HAS(
        error.text,
        "f: the entry of 'a' has 5002 bytes, more than a dtype, a shape and data_offsets need");
}

// A file whose header is `part` again and again between two ends.
static void write_header(const char *path, const char *first, const char *part, size_t parts,
                         const char *last) {
    size_t length = strlen(first) + parts * strlen(part) + strlen(last);
    unsigned char size[8];
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (int i = 0; i < 8; i++) size[i] = (unsigned char)((uint64_t)length >> (8 * i));
    fwrite(size, 1, sizeof size, file);
    fputs(first, file);
    for (size_t i = 0; i < parts; i++) fputs(part, file);
    fputs(last, file);
    fclose(file);
}

static void headers_take_a_few_times_their_size(void **state) {
    enum { BYTES = 8 << 20, TIMES = 12 };
    static const char *const cases[][3] = {
        {"[", "{},", "{}]"},
        {"{\"a\":[", "{},", "{}]}"},
        {"{\"a\":[", "[", ""},
        {"", "[", ""},
        {"{", "\"a\":{},", "\"b\":{}}"},
        {"{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,0],\"shape\":[", "0,", "0]}}"},
        {"{\"__metadata__\":{", "\"\":\"\",", "\"\":\"\"}}"},
        {"{\"__metadata__\":{\"a\":\"", "\\n", "\"}}"},
        {"{\"", "\\n", "\":1}"},
        {"{", "\"\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]},", "\"b\":1}"},
        {"{", "\"\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},", "\"b\":1}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CnnError error = {0};
        Safetensors file;
        const char *const *c = cases[i];
        write_header("large.st", c[0], c[1], BYTES / strlen(c[1]), c[2]);
        if (safetensors_open("large.st", &file, &error)) safetensors_free(&file);
    }
    if (most_memory() >= (int64_t)BYTES * TIMES)
        fail_msg("%lld bytes for %d", (long long)most_memory(), BYTES);
}

static void data_are_read_when_they_are_asked_for(void **state) {
    enum { GIGABYTES = 3 };
    static const char header[] = "{\"a\":{\"dtype\":\"F32\",\"shape\":[805306368],"
                                 "\"data_offsets\":[0,3221225472]}}";
    CnnError error = {0};
    Safetensors file;
    float values[6];
    (void)state;
    int64_t before = most_memory();
    write_header("sparse.st", header, "", 0, "");
    assert_int_equal(truncate("sparse.st", 8 + sizeof header - 1 + ((int64_t)GIGABYTES << 30)), 0);
    assert_true(safetensors_open("sparse.st", &file, &error));
    assert_null(safetensors_find(&file, "a")->data);
    safetensors_free(&file);
    assert_true(most_memory() < before + (64 << 20));

    assert_true(write_tensors("a.st", tensors, 4, NULL, 0, &error));
    assert_true(safetensors_open("a.st", &file, &error));
    const StTensor *t = safetensors_find(&file, "b/kernel");
    assert_true(safetensors_copy(&file, t, values, &error));
    assert_memory_equal(values, floats, sizeof floats);
    assert_true(safetensors_load(&file, t, &error));
    assert_memory_equal(t->data, floats, sizeof floats);
    assert_int_equal(truncate("a.st", 100), 0); // by somebody else, meanwhile
    assert_false(safetensors_copy(&file, t, values, &error));
    ASSERT_HAS(error.text, "a.st");
    safetensors_free(&file);
}

static void cut_files_are_refused(void **state) {
    CnnError error = {0};
    Safetensors file;
    size_t size;
    (void)state;
    assert_true(write_tensors("a.st", tensors, 4, meta, 1, &error));
    char *whole = read_file("a.st", &size);
    size_t data = 8 + (size_t)((unsigned char)whole[0] | (unsigned char)whole[1] << 8);
    for (size_t n = 0; n < size; n++) {
        write_file("cut.st", whole, n);
        assert_false(safetensors_read("cut.st", &file, &error));
        ASSERT_HAS(
            error.text,
            n < 8 ? "cut.st: not a safetensors file: it has "
            : n < data
                ? "cut.st: not a safetensors file, or cut short: it begins with a header length of "
                : "' is said to be bytes ");
        if (n < 8) ASSERT_HAS(error.text, " bytes, fewer than the 8 of the header's length");
        assert_int_equal(error.code, CNN_REFUSED);
    }
    free(whole);
    assert_false(safetensors_read("none.st", &file, &error));
    assert_false(safetensors_read(".", &file, &error));
    ASSERT_HAS(error.text, ".: not a file that can be read (a folder, a pipe or a device)");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_entries_are_refused),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(equal_tensors_give_equal_bytes),
        cmocka_unit_test(a_failed_write_leaves_the_old_file),
        cmocka_unit_test(a_link_is_written_through),
        cmocka_unit_test(well_formed_headers_are_taken),
        cmocka_unit_test(malformed_files_are_refused),
        cmocka_unit_test(headers_take_a_few_times_their_size),
        cmocka_unit_test(data_are_read_when_they_are_asked_for),
        cmocka_unit_test(cut_files_are_refused),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
