// SPDX-License-Identifier: 0BSD
// NPY, NPZ and CSV files, whole and damaged; numpy's permutation and its types.
#include "check.h"
#include "../../runtime/data/array.h"
#include "../../runtime/data/folder.h"
#include "../../runtime/data/legacy.h"
#include "../../runtime/io/csv.h"
#include "../../runtime/io/npy.h"
#include <math.h>
#include <sys/stat.h>
#include <zlib.h>

// ---- NPY

static size_t make_npy(uint8_t *to, int version, const char *dict, const void *value,
                       size_t bytes) {
    size_t n = strlen(dict), wide = version == 1 ? 2 : 4, start = 8 + wide;
    memcpy(to, "\x93NUMPY", 6);
    to[6] = (uint8_t)version;
    to[7] = 0;
    for (size_t i = 0; i < wide; i++) to[8 + i] = (uint8_t)(n >> (8 * i));
    memcpy(to + start, dict, n);
    memcpy(to + start + n, value, bytes);
    return start + n + bytes;
}

static const uint8_t six[] = {1, 2, 3, 4, 5, 255};
#define GOOD "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }   \n"

static void arrays_of_all_versions_are_read(void **state) {
    static const char *const dicts[] = {
        GOOD, "{'shape':(2,3,),\"fortran_order\":False,'descr':'u1'}\n",
        "{ 'fortran_order' : False , 'shape' : ( 2L , 3L ) , 'descr' : '|u1' }"};
    uint8_t bytes[512];
    (void)state;
    for (int i = 0; i < 9; i++) {
        CnnError error = {0};
        Npy npy;
        write_file("a.npy", bytes, make_npy(bytes, 1 + i / 3, dicts[i % 3], six, 6));
        assert_true(npy_open(&npy, "a.npy", NULL, false, &error));
        assert_int_equal(npy.header.type, CNN_U1);
        assert_int_equal(npy.header.rank, 2);
        assert_int_equal(npy.header.dim[0], 2);
        assert_int_equal(npy.header.dim[1], 3);
        assert_memory_equal(npy.value, six, 6);
        npy_close(&npy);
    }
}

static void other_arrays_are_refused(void **state) {
    static const struct {
        int version;
        const char *dict, *says;
    } cases[] = {
        {4, GOOD, "a.npy: is of NPY's version 4; expected 1, 2 or 3"},
        {1, "{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }",
         "a.npy: holds values of type '|O'; expected integers of 1 to 8 bytes, float32 or float64: "
         "save it with .astype(\"float32\")"},
        {1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }",
         "a.npy: holds a table of named columns; save the columns as arrays of numbers"},
        {1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }",
         "a.npy: is stored columns first; save it with np.ascontiguousarray(...)"},
        {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 4), }",
         "a.npy: its header says 8 values of uint8, but it has 6 bytes behind the header; get the "
         "file again"},
        {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }",
         "its header says 4 values of uint8, but it has 6 bytes"},
        {1, "{'descr': '|u1', 'shape': (2, 3), }",
         "a.npy: not a whole NPY file: its header lacks descr, fortran_order or shape"},
        {1, "{'descr': '|u1', 'fortran_order': 1, 'shape': (2, 3), }",
         "fortran_order is neither True nor False"},
        {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, -3), }",
         "its shape is no tuple of integers within 64 bits"},
        {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
         "its shape is no tuple of integers within 64 bits"},
        {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,1,1,1,1,2,3), }",
         "a.npy: has more than 6 dimensions"},
        {1, "{'descr': '|u1', 'colour': 'red'}", "its header has an unknown key"},
        {1, "[]", "its header is no dict"},
        {1, "{'descr' '|u1'}", "its header is no dict"},
        {1, "{'descr': '|u1' 'shape': (2, 3)}", "its header is no dict"},
        {1, "{'descr': '|u1', 'fortran_order': False, 'shape': [2, 3], }", "its shape is no tuple"},
        {1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2 3), }", "its shape is no tuple"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CnnError error = {0};
        Npy npy;
        uint8_t bytes[512];
        write_file("a.npy", bytes, make_npy(bytes, cases[i].version, cases[i].dict, six, 6));
        assert_false(npy_open(&npy, "a.npy", NULL, false, &error));
        ASSERT_HAS(error.text, cases[i].says);
        assert_int_equal(error.code, CNN_REFUSED);
    }
}

static void every_cut_of_an_array_is_refused(void **state) {
    uint8_t bytes[512];
    size_t size = make_npy(bytes, 1, GOOD, six, 6);
    (void)state;
    for (size_t n = 0; n < size; n++) {
        CnnError error = {0};
        Npy npy;
        write_file("cut.npy", bytes, n);
        assert_false(npy_open(&npy, "cut.npy", NULL, false, &error));
        ASSERT_HAS(error.text, "cut.npy");
        ASSERT_HAS(error.text, n < 8          ? "not an NPY file: it does not begin with \\x93NUMPY"
                               : n < 10       ? "it ends within its header"
                               : n < size - 6 ? "it ends within its header, or that is too long"
                                              : "get the file again");
    }
}

static void values_of_all_types_are_read(void **state) {
    static const uint8_t bytes[] = {0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0x40};
    static const uint8_t wide[] = {0, 0, 0, 0, 0, 0, 0, 0x40};
    double value;
    int64_t at;
    (void)state;
    assert_true(type_read(CNN_I1, false, bytes, 1, &value, &at) && value == -1);
    assert_true(type_read(CNN_U2, false, bytes, 1, &value, &at) && value == 0xfeff);
    assert_true(type_read(CNN_I2, true, bytes, 1, &value, &at) && value == (int16_t)0xfffe);
    assert_true(type_read(CNN_U4, true, bytes, 1, &value, &at) && value == 0xfffefdfc);
    assert_true(type_read(CNN_I4, false, bytes, 1, &value, &at) && value == (int32_t)0xfcfdfeff);
    assert_true(
        type_read(CNN_F8, true, (const uint8_t[]){0x3f, 0xf8, 0, 0, 0, 0, 0, 0}, 1, &value, &at) &&
        value == 1.5);
    assert_true(type_read(CNN_F4, false, (const uint8_t[]){0, 0, 0xc0, 0x3f}, 1, &value, &at) &&
                value == 1.5);
    assert_false(type_read(CNN_I8, false, wide, 1, &value, &at)); // beyond 2^53
    static const int64_t near[] = {1LL << 53, -(1LL << 53), (1LL << 53) + 1, -(1LL << 53) - 1};
    for (int i = 0; i < 4; i++)
        assert_int_equal(type_read(CNN_I8, false, near + i, 1, &value, &at), i < 2);
    assert_false(type_read(CNN_U8, false, near + 2, 1, &value, &at));
    assert_false(type_read(CNN_U8, false, bytes, 1, &value, &at));
}

static void results_wrap_round_as_numpys(void **state) {
    (void)state;
    assert_true(type_round(CNN_U1, 300) == 44 && type_round(CNN_U1, -1) == 255);
    assert_true(type_round(CNN_I1, 130) == -126 && type_round(CNN_I1, -1.9) == -1);
    assert_true(type_round(CNN_I4, 2147483648.0) == -2147483648.0);
    assert_true(type_round(CNN_F4, 0.1) == (double)0.1f && type_round(CNN_F8, 0.1) == 0.1);
}

// ---- NPZ: a zip of one member, as numpy writes it

static void put(uint8_t *to, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> (8 * i));
}

static size_t make_npz(uint8_t *to, int method) {
    static const char name[] = "x.npy";
    uint8_t npy[512], packed[1024];
    size_t size = make_npy(npy, 1, GOOD, six, 6), n = 5, at;
    uint32_t crc = (uint32_t)crc32(0, npy, (uInt)size);
    z_stream z = {
        .next_in = npy, .avail_in = (uInt)size, .next_out = packed, .avail_out = sizeof packed};
    deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t stored = method ? z.total_out : size;
    deflateEnd(&z);
    memset(to, 0, 30 + n + stored + 46 + n + 22);
    put(to, 0x04034b50, 4);
    put(to + 26, (uint32_t)n, 2);
    memcpy(to + 30, name, n);
    memcpy(to + 30 + n, method ? packed : npy, stored);
    at = 30 + n + stored;
    put(to + at, 0x02014b50, 4);
    put(to + at + 10, (uint32_t)method, 2);
    put(to + at + 16, crc, 4);
    put(to + at + 20, (uint32_t)stored, 4);
    put(to + at + 24, (uint32_t)size, 4);
    put(to + at + 28, (uint32_t)n, 2);
    memcpy(to + at + 46, name, n);
    put(to + at + 46 + n, 0x06054b50, 4);
    put(to + at + 46 + n + 10, 1, 2);
    put(to + at + 46 + n + 16, (uint32_t)at, 4);
    return at + 46 + n + 22;
}

static void members_are_read_stored_and_packed(void **state) {
    uint8_t bytes[2048];
    (void)state;
    for (int method = 0; method <= 8; method += 8) {
        CnnError error = {0};
        Npy npy;
        write_file("a.npz", bytes, make_npz(bytes, method));
        for (int header = 0; header < 2; header++) {
            assert_true(npy_open(&npy, "a.npz", "x", header, &error));
            assert_int_equal(npy.header.count, 6);
            if (!header) assert_memory_equal(npy.value, six, 6);
            npy_close(&npy);
        }
        assert_false(npy_open(&npy, "a.npz", "y", false, &error));
        ASSERT_HAS(error.text, "has no array 'y'; it has x");
    }
}

// Any bit that is wrong is noticed, or changes nothing that is read.
static void damaged_members_are_refused(void **state) {
    uint8_t bytes[2048];
    (void)state;
    for (int method = 0; method <= 8; method += 8) {
        size_t size = make_npz(bytes, method), read = 0;
        for (size_t bit = 0; bit < 8 * size; bit++) {
            CnnError error = {0};
            Npy npy;
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            write_file("bad.npz", bytes, size);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (!npy_open(&npy, "bad.npz", "x", false, &error)) continue;
            assert_memory_equal(npy.value, six, 6);
            npy_close(&npy);
            read++;
        }
        assert_true(read < 8 * size / 2);
        for (size_t n = 0; n < size; n++) {
            CnnError error = {0};
            Npy npy;
            write_file("cut.npz", bytes, n);
            assert_false(npy_open(&npy, "cut.npz", "x", false, &error));
        }
    }
}

static void whole_archives_that_cannot_be_are_refused(void **state) {
    enum { LOCAL = 0, ENTRY = 1, END = 2 };
    static const struct {
        int part, at; // of which part's bytes, from its start
        int bytes;
        uint32_t value;
        const char *says;
    } cases[] = {
        {END, 0, 4, 0, "bad.npz: not a whole NPZ file: it has no directory"},
        {END, 16, 4, 1 << 20, "its directory is not where it says"},
        {END, 10, 2, 5000, "it has more than 4096 members"},
        {ENTRY, 0, 4, 0, "its directory ends early"},
        {ENTRY, 28, 2, 500, "its directory ends early"},
        {ENTRY, 8, 2, 1, "a member is encrypted"},
        {ENTRY, 10, 2, 12, "a member is packed, but not by deflate"},
        {ENTRY, 30, 2, 10, "its directory is damaged"},
        {ENTRY, 42, 4, 1, "a member is not where the directory says"},
        {ENTRY, 20, 4, 1 << 20, "a member reaches beyond the end"},
        {ENTRY, 24, 4, 1 << 30, "a member cannot have the size that it says"},
        {ENTRY, 16, 4, 0, "the checksum of a member is wrong"},
        {LOCAL, 35, 4, 0, "a member is cut short or damaged"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[2048];
        CnnError error = {0};
        Npy npy;
        size_t size = make_npz(bytes, 8);
        const size_t start[] = {0, size - 22 - 51, size - 22};
        put(bytes + start[cases[i].part] + cases[i].at, cases[i].value, cases[i].bytes);
        write_file("bad.npz", bytes, size);
        assert_false(npy_open(&npy, "bad.npz", "x", false, &error));
        ASSERT_HAS(error.text, cases[i].says);
    }
}

// What stands where a file is larger than 32 bits count: a record of the directory, and a place of that.
static void wide_archives_are_held_to_their_size(void **state) {
    static const struct {
        uint64_t record, members;
        const char *says;
    } cases[] = {{0, 1, "bad.npz: not a whole NPZ file: its directory is not where it says"},
                 {56, 1 << 20, "bad.npz: not a whole NPZ file: its directory is too long"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[56 + 56 + 20 + 22] = {0};
        CnnError error = {0};
        Npy npy;
        put(bytes + 56, 0x06064b50, 4);
        put(bytes + 56 + 32, (uint32_t)cases[i].members, 4);
        put(bytes + 112, 0x07064b50, 4);
        put(bytes + 112 + 8, (uint32_t)cases[i].record, 4);
        put(bytes + 132, 0x06054b50, 4);
        write_file("bad.npz", bytes, sizeof bytes);
        assert_false(npy_open(&npy, "bad.npz", "x", false, &error));
        ASSERT_HAS(error.text, cases[i].says);
    }
}

// ---- CSV

typedef struct Rows {
    int64_t n, columns;
    double value[8][4];
} Rows;

static void keep(void *context, int64_t row, const double *value) {
    Rows *rows = context;
    memcpy(rows->value[row], value, (size_t)rows->columns * sizeof *value);
    rows->n = row + 1;
}

static void tables_are_read(void **state) {
    static const char text[] =
        "\xef\xbb\xbf"
        "a,\"b, \"\"c\"\"\" , d\r\n1,2.5,x\r\n\r\n  \n-3, +4e2 ,\"y\nz\"\n5,6,w";
    const CsvFormat format = {.separator = ',', .header = true};
    CnnError error = {0};
    Csv csv;
    (void)state;
    write_file("a.csv", text, sizeof text - 1);
    assert_true(csv_open(&csv, "a.csv", &format, &error));
    assert_int_equal(csv.rows, 3);
    assert_int_equal(csv.columns, 3);
    assert_string_equal(csv.column[0].name, "a");
    assert_string_equal(csv.column[1].name, "b, \"c\"");
    assert_string_equal(csv.column[2].name, "d");
    assert_int_equal(csv.column[0].kind, CSV_INTEGERS);
    assert_int_equal(csv.column[1].kind, CSV_NUMBERS);
    assert_int_equal(csv.column[2].kind, CSV_TEXT);
    assert_true(csv.column[0].least == -3 && csv.column[0].most == 5);
    Rows rows = {.columns = 3};
    assert_true(csv_read(&csv, (int64_t[]){1, 0, 1}, 3, keep, &rows, &error));
    assert_int_equal(rows.n, 3);
    assert_true(rows.value[0][0] == 2.5 && rows.value[1][0] == 400 && rows.value[1][1] == -3 &&
                rows.value[1][2] == 400);
    rows.columns = 1;
    assert_false(csv_read(&csv, (int64_t[]){2}, 1, keep, &rows, &error));
    ASSERT_HAS(error.text, "row 0 of the column 'd' holds a text");
    csv_close(&csv);
}

static void append_packed(const char *text) {
    gzFile file = gzopen("a.csv.gz", "ab");
    assert_int_equal(gzwrite(file, text, (unsigned)strlen(text)), (int)strlen(text));
    assert_int_equal(gzclose(file), Z_OK);
}

// In two parts, each with a sum of its own.
static void packed_tables_are_read_whole_or_refused(void **state) {
    const CsvFormat format = {.separator = ','};
    CnnError error = {0};
    Rows rows = {.columns = 2};
    Csv csv;
    (void)state;
    append_packed("1,2\n3,");
    struct stat first, all;
    assert_int_equal(stat("a.csv.gz", &first), 0);
    append_packed("4\n5,6\n");
    assert_int_equal(stat("a.csv.gz", &all), 0);
    assert_true(csv_open(&csv, "a.csv.gz", &format, &error));
    assert_true(csv_read(&csv, (int64_t[]){0, 1}, 2, keep, &rows, &error));
    assert_int_equal(csv.rows, 3);
    for (int i = 0; i < 6; i++) assert_true(rows.value[i / 2][i % 2] == i + 1);
    csv_close(&csv);
    for (off_t size = all.st_size - 1; size > 2; size--) {
        assert_int_equal(truncate("a.csv.gz", size), 0);
        if (size == first.st_size) continue;
        error = (CnnError){0};
        assert_false(csv_open(&csv, "a.csv.gz", &format, &error));
        ASSERT_HAS(error.text, "a.csv.gz: is no whole gzip file; get it again");
    }
}

static void blanks_separate_and_comments_are_left_out(void **state) {
    static const char text[] = "first\n# all\n 1\t2 \n3   4 # four\n#\n5 6\n";
    CnnError error = {0};
    Csv csv;
    Rows rows = {.columns = 2};
    (void)state;
    write_file("a.txt", text, sizeof text - 1);
    assert_true(csv_open(&csv, "a.txt", &(CsvFormat){.comment = '#', .skip = 1}, &error));
    assert_true(csv_read(&csv, (int64_t[]){0, 1}, 2, keep, &rows, &error));
    assert_int_equal(rows.n, 3);
    assert_true(rows.value[0][1] == 2 && rows.value[1][0] == 3 && rows.value[2][1] == 6);
    assert_string_equal(csv.column[1].name, "1");
    csv_close(&csv);
}

static void damaged_tables_are_refused(void **state) {
    static const struct {
        const char *text, *says;
    } cases[] = {{"a,b\n1,2\n3\n", "a.csv: row 1 has fewer values than the 2 of the first line"},
                 {"a,b\n1,2\n3,4,5\n", "a.csv: row 1 has more values than the 2 of the first line"},
                 {"a,b\n\"1,2\n", "line 2 begins a value in quotes that does not end"},
                 {"a,b\n\"1\"x,2\n", "line 2 goes on behind a value in quotes"},
                 {"a,b\n", "a.csv: has no rows"},
                 {"\n \n", "a.csv: has no rows"},
                 {"", "a.csv: is empty"}};
    const CsvFormat format = {.separator = ',', .header = true};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CnnError error = {0};
        Csv csv;
        write_file("a.csv", cases[i].text, strlen(cases[i].text));
        assert_false(csv_open(&csv, "a.csv", &format, &error));
        ASSERT_HAS(error.text, cases[i].says);
    }
}

static void tables_of_a_million_columns_are_refused(void **state) {
    enum { COLUMNS = (1 << 20) + 1 };
    char *text = malloc(2 * COLUMNS);
    const CsvFormat format = {.separator = ','};
    CnnError error = {0};
    Csv csv;
    (void)state;
    for (int i = 0; i < COLUMNS; i++) memcpy(text + 2 * i, "1,", 2);
    write_file("wide.csv", text, 2 * COLUMNS - 1);
    free(text);
    assert_false(csv_open(&csv, "wide.csv", &format, &error));
    ASSERT_HAS(error.text, "wide.csv: has more than 1048576 columns");
}

static bool take_text(void *context, int64_t row, const char *text, bool missing, CnnError *error) {
    (void)row, (void)missing, (void)error;
    return strcmp(text, context) == 0;
}

static void quoted_texts_stand_alone(void **state) {
    static const char text[] = "k\n\"a \"\n\"b\" \n";
    const CsvFormat format = {.separator = ',', .header = true};
    char first[] = "a ";
    CnnError error = {0};
    Csv csv;
    (void)state;
    write_file("a.csv", text, sizeof text - 1);
    assert_true(csv_open(&csv, "a.csv", &format, &error));
    assert_false(csv_texts(&csv, 0, take_text, first, &error));
    ASSERT_HAS(error.text, "a.csv: row 1 has blanks around a text in quotes");
    csv_close(&csv);
}

static void what_is_missing_is_known(void **state) {
    static const char text[] = "a,b\n1,NA\n,3\n2,nan\n";
    const CsvFormat format = {.separator = ',', .header = true};
    CnnError error = {0};
    Csv csv;
    Rows rows = {.columns = 1};
    (void)state;
    write_file("a.csv", text, sizeof text - 1);
    assert_true(csv_open(&csv, "a.csv", &format, &error));
    assert_int_equal(csv.column[0].missing, 1);
    assert_int_equal(csv.column[1].missing, 0);
    assert_int_equal(csv.column[0].kind, CSV_NUMBERS);
    assert_false(csv_read(&csv, (int64_t[]){0}, 1, keep, &rows, &error));
    ASSERT_HAS(error.text, "row 1 of the column 'a' has no value");
    csv_close(&csv);
}

// ---- folders of images

static void touch(const char *path) {
    write_file(path, "x", 1);
}

static void folders_are_listed_in_keras_order(void **state) {
    static const char *const classes[] = {"b", "a"};
    static const char *const wanted[] = {"./b/2.PNG", "./b/10.jpg", "./a/z.bmp", "./a/in/a.ppm"};
    CnnError error = {0};
    Folder f;
    (void)state;
    assert_int_equal(system("mkdir -p a/in b c"), 0);
    touch("a/z.bmp"), touch("a/in/a.ppm"), touch("a/notes.txt"), touch("b/2.PNG"),
        touch("b/10.jpg");
    touch("b/.hidden.png");
    assert_true(folder_list(&f, ".", classes, 2, 0, 1, &error));
    assert_int_equal(f.n, 4);
    for (int i = 0; i < 4; i++) assert_int_equal(f.file[i].class, i / 2);
    assert_string_equal(f.file[0].path, wanted[1]); // by bytes
    assert_string_equal(f.file[1].path, wanted[0]);
    assert_string_equal(f.file[2].path, wanted[2]);
    assert_string_equal(f.file[3].path, wanted[3]);
    folder_free(&f);
    assert_true(folder_list(&f, ".", classes, 2, 0.5, 1, &error)); // the second half of each
    assert_int_equal(f.n, 2);
    assert_string_equal(f.file[1].path, wanted[3]);
    folder_free(&f);
    assert_false(folder_list(&f, ".", (const char *const[]){"c"}, 1, 0, 1, &error));
    ASSERT_HAS(error.text, ".: has no images, of PNG, JPEG, BMP, PGM or PPM");
    assert_false(folder_list(&f, ".", (const char *const[]){"d"}, 1, 0, 1, &error));
    ASSERT_HAS(error.text, "cannot read the folder ./d");
    touch("c/moving.gif");
    assert_false(folder_list(&f, ".", (const char *const[]){"c"}, 1, 0, 1, &error));
    ASSERT_HAS(error.text,
               "./c/moving.gif: images of this form are not read; convert it to PNG or JPEG");
    char **found = folder_classes(".", &error);
    assert_string_equal(found[0], "a");
    assert_string_equal(found[2], "c");
    assert_null(found[3]);
    for (int i = 0; i < 3; i++) free(found[i]);
    free(found);
}

// ---- numpy.random.RandomState(seed).permutation(n), as numpy 2 gives it

static void permutations_are_numpys(void **state) {
    static const int64_t first[] = {2, 8, 4, 9, 1, 6, 7, 3, 0, 5}; // of 10, from 0
    static const int64_t second[] = {3, 5, 1, 2, 9, 8, 0, 6, 7, 4}; // and the next one
    (void)state;
    int64_t *order = legacy_permutation((double[]){0, 0}, 10);
    assert_memory_equal(order, first, sizeof first);
    free(order);
    order = legacy_permutation((double[]){0, 1, RANDOM_ORDER, 10, 0}, 10);
    assert_memory_equal(order, second, sizeof second);
    free(order);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_of_all_versions_are_read),
        cmocka_unit_test(other_arrays_are_refused),
        cmocka_unit_test(every_cut_of_an_array_is_refused),
        cmocka_unit_test(values_of_all_types_are_read),
        cmocka_unit_test(results_wrap_round_as_numpys),
        cmocka_unit_test(members_are_read_stored_and_packed),
        cmocka_unit_test(damaged_members_are_refused),
        cmocka_unit_test(whole_archives_that_cannot_be_are_refused),
        cmocka_unit_test(wide_archives_are_held_to_their_size),
        cmocka_unit_test(tables_are_read),
        cmocka_unit_test(packed_tables_are_read_whole_or_refused),
        cmocka_unit_test(blanks_separate_and_comments_are_left_out),
        cmocka_unit_test(damaged_tables_are_refused),
        cmocka_unit_test(tables_of_a_million_columns_are_refused),
        cmocka_unit_test(quoted_texts_stand_alone),
        cmocka_unit_test(what_is_missing_is_known),
        cmocka_unit_test(folders_are_listed_in_keras_order),
        cmocka_unit_test(permutations_are_numpys),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
