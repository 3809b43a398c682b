// SPDX-License-Identifier: 0BSD
// What `predict` is given and what it says. inputs.c and rows.c make samples of files, prepare.c makes an image what the
// model was trained with, answers.c says what the model makes of it, and predict.c holds them together: so many
// samples at a time, whatever there are in all.
#ifndef CNN_PREDICT_H
#define CNN_PREDICT_H
#include "cli/session.h"
#include "io/image.h"

enum { NOTE = 400 }; // a buffer for what was done to an image

typedef enum Invert { INVERT_AUTO, INVERT_YES, INVERT_NO, INVERTS } Invert;

// ---- prepare.c
typedef struct Frame { // what an image is to be
    int64_t size[IMAGE_DIMS];
    bool exact; // it must have that size, as it is
    bool later; // it is resized, but not here
    Invert invert;
    Background trained; // what was behind the images of the training
} Frame;
// note: what was done, or "".
bool prepare_image(const Frame *frame, const char *name, Image *image, char note[NOTE],
                   CnnError *error);

// ---- inputs.c: arguments as samples
typedef struct Input { // a sample as it was given
    const char *name; // "digit.png", "t10k-images-idx3-ubyte:7"
    const char *note;
    const Image *image; // as the network gets it, but for its bytes' meaning; NULL: it is none
    const float *x; // as the network gets it
    bool alone; // it was named by itself, not as one of a folder's or of a file's
} Input;
typedef bool InputTake(void *context, const Input *input, CnnError *error);

typedef struct Inputs {
    Session *session;
    Frame frame;
    const CnnArray *source; // of the training's samples; NULL: bytes of a data set
    bool is_image; // they can be images
    int64_t type, rank, dim[CNN_ARRAY_RANK],
        values; // of a row of the data, as it is before their steps
    ReadBy by; // how the data are read that the steps of a row need
    double *raw; // room for one
    float *x; // and for a sample
    InputTake *take; // is given each
    void *context;
} Inputs;
// Finds out what the data are. take and context are the caller's to set. False: out of memory.
bool inputs_open(Inputs *in, Session *s);
void inputs_close(Inputs *in);
// All that an argument names: a file, FILE:INDEX or a folder.
bool inputs_each(Inputs *in, const char *argument, CnnError *error);
// Takes the image over, to be prepared and given.
bool inputs_image(Inputs *in, const char *name, Image *image, bool alone, CnnError *error);
bool inputs_row(Inputs *in, const char *name, bool alone, CnnError *error); // in->raw

// ---- rows.c: files of rows; index: of one, or INPUT_ALL
enum { INPUT_ALL = -1 };
bool rows_idx(Inputs *in, const char *path, int64_t index, CnnError *error);
bool rows_csv(Inputs *in, const char *path, int64_t index, CnnError *error);
bool rows_npy(Inputs *in, const char *path, int64_t index, CnnError *error);

// ---- answers.c
typedef enum AnswerForm { ANSWER_TEXT, ANSWER_JSON, ANSWER_CSV } AnswerForm;
typedef struct Answers {
    const CnnModel *model;
    FILE *file;
    AnswerForm form;
    int64_t top, count; // classes to name; answers so far
} Answers;
void answers_begin(const Answers *a);
void answers_add(Answers *a, const Input *input, const float *output); // an image is drawn, as text
void answers_end(const Answers *a);
#endif
