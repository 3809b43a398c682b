// SPDX-License-Identifier: 0BSD
// The sources and steps that there are, and their settings as the compiler writes them into CnnArray.number.
#ifndef CNN_STEPS_H
#define CNN_STEPS_H
#include "abi.h"
#include "error.h"

typedef enum { // what a step makes of a value and another one
    EACH_CAST, // of the value alone, in the array's type
    EACH_ADD,
    EACH_SUB,
    EACH_SUB_FROM, // the other one less it
    EACH_MUL,
    EACH_DIV,
    EACH_DIV_BY, // the other one through it
    EACH_POWER,
    EACH_EQUAL, // 1 where it is so, else 0
    EACH_NOT_EQUAL,
    EACH_LESS,
    EACH_LESS_EQUAL,
    EACH_GREATER,
    EACH_GREATER_EQUAL,
    EACH_AT_LEAST,
    EACH_AT_MOST,
    EACH_NEAREST, // this and what follows: of the value alone
    EACH_SIZE, // |x|
    EACH_ROOT,
    EACH_EXP,
    EACH_LOG,
    EACH_SIN,
    EACH_COS,
    EACH_TANH,
} EachOp;
typedef enum {
    REDUCE_SUM,
    REDUCE_MEAN,
    REDUCE_DEVIATION,
    REDUCE_SAMPLE_DEVIATION,
    REDUCE_LEAST,
    REDUCE_MOST
} ReducedOp;

typedef enum { // what becomes of a value that stands for a category
    ENCODE_NUMBER, // its number among them
    ENCODE_ROW, // 1 at that place of a row of 0
    ENCODE_IF_KNOWN, // likewise, and 0 everywhere if it is none
} EncodeOp;

typedef enum { // what numpy's RandomState draws; numbers are:
    RANDOM_ORDER, // a permutation of so many
    RANDOM_NORMAL, // of mean 0 and deviation 1
    RANDOM_UNIFORM, // from 0 to below 1
    RANDOM_BELOW, // integers from 0 to the most
} RandomKind;
// Where it stands: its seed, how many draws were made since, and of each the RandomKind, how many numbers, and the most.
enum { STATE_SEED, STATE_DRAWS, STATE_DRAWN };
enum { DRAWN_KIND, DRAWN_COUNT, DRAWN_MOST, DRAWN_NUMBERS };

typedef enum { FIT_STANDARD, FIT_RANGE, FIT_LARGEST, FIT_ROBUST } FitOp; // scaled.c
typedef enum { NORM_LENGTH, NORM_SUM, NORM_MOST } NormOp; // of squares, of |x|, of those

// What that is in an array of this type.
double each_value(EachOp op, int64_t type, double value, double other);

extern const CnnArrayClass array_same; // input 0 in another shape of as many rows
extern const CnnArrayClass array_each; // EachOp, the other value
// EachOp; 1: input 1 has a row for each row, 0: one row for all; its stride by dimension of a row.
extern const CnnArrayClass array_with;
extern const CnnArrayClass array_view; // offset; stride in the input's row by dimension of a row
// A border around each row: its value, and by dimension of a row how wide it is before.
enum { PADDED_VALUE, PADDED_WIDTHS };
extern const CnnArrayClass array_padded;
extern const CnnArrayClass array_slice; // the first row; from each row to the next
extern const CnnArrayClass array_join; // the rows of input 0, then those of input 1
// Side by side: input 0 and, behind its values, input 1. (0; 1, since it takes more than one row of one source.)
extern const CnnArrayClass array_beside;
// What a scaler finds of the columns of rows, in two rows: FitOp, whether it centres, whether it divides; a range's
// ends, or percentages.
enum { FIT_OP, FIT_CENTRES, FIT_DIVIDES, FIT_LOW, FIT_HIGH, FIT_SETTINGS };
extern const CnnArrayClass array_fitted;
// Rows by that, which is input 1: whether it multiplies and adds; whether that is of the rows' type first; whether the
// result is kept within a range, and that.
enum { SCALE_MULTIPLIES, SCALE_ROUNDS, SCALE_CLIPS, SCALE_LOW, SCALE_HIGH };
extern const CnnArrayClass array_scaled;
extern const CnnArrayClass array_normalized; // rows through their NormOp
extern const CnnArrayClass array_one_hot; // of class numbers
extern const CnnArrayClass array_categories; // the different values of a column, in their order
extern const CnnArrayClass
    array_encoded; // EncodeOp, of a column by the categories that input 1 has
extern const CnnArrayClass array_argmax; // over the last dimension
// Rows in the order of a permutation, from the first one on: that place, and the generator's state.
enum { SHUFFLED_FIRST, SHUFFLED_STATE };
extern const CnnArrayClass array_shuffled;
// Numbers drawn at random, or a permutation: the RandomKind; what is added to each; what it is multiplied by, or the most
// of integers; and the generator's state.
enum { RANDOM_KIND, RANDOM_FIRST, RANDOM_SPAN, RANDOM_STATE };
extern const CnnArrayClass array_random;
// Rows of input 0, drawn by the classes in input 1: whether the tests, the seed, how many for training and tests.
extern const CnnArrayClass array_stratified;
// ReducedOp; 1: over all rows, which leaves one; then by dimension of the input's row, 1: over that.
extern const CnnArrayClass array_reduced;
extern const CnnArrayClass array_dataset; // half; 1 for labels. Text: of the data set's folder
extern const CnnArrayClass array_predicted; // what the program's prediction of this number gave
extern const CnnArrayClass array_constant; // the values of each row
extern const CnnArrayClass array_listed; // the values of all rows, row by row
extern const CnnArrayClass array_where; // rows of input 0 where input 1 is not 0
extern const CnnArrayClass array_places_where; // the numbers of the rows where input 0 is not 0
extern const CnnArrayClass array_picked; // rows of input 0: their numbers
// Input 0, which the compiler has made of what it has read in a file: the text. CRC-32 of its bytes, and how many.
enum { UNCHANGED_SUM, UNCHANGED_BYTES };
extern const CnnArrayClass array_unchanged;
extern const CnnArrayClass array_table; // what each of the values 0 to 255 becomes
extern const CnnArrayClass array_npy; // texts: file, and the key in it or NULL
// Text: file. The form of the file, how many columns it has, and the numbers of those that are taken.
enum { CSV_SEPARATOR, CSV_HEADER, CSV_COMMENT, CSV_SKIP, CSV_ALL, CSV_COLUMNS };
extern const CnnArrayClass array_csv;
// Texts: folder, and the names of its classes. How they are resized, how many classes there are, and the share of
// each class's files, from and to.
enum { FOLDER_PIL_NEAREST, FOLDER_NEAREST, FOLDER_BILINEAR };
enum { FOLDER_METHOD, FOLDER_CLASSES, FOLDER_FROM, FOLDER_TO };
extern const CnnArrayClass array_images, array_folder_labels;
extern const CnnArrayClass
    array_pictures; // the method. Texts: folder or "", and the file of each row
// For the compiler: all values of an array that is read without a model. to: room for them.
bool array_values(const CnnArray *of, const char *folder, double *to, CnnError *error);
extern const CnnReader data_reader; // of them all
extern const CnnValues cnn_values; // what predictions become
#endif
