// SPDX-License-Identifier: 0BSD
// What the commands and statements of a program work on. A session makes what they need at first use: the
// summary is printed before data is looked for, and evaluate doesn't read the training data. What can fail
// returns false, with the session's error.
#ifndef CNN_SESSION_H
#define CNN_SESSION_H
#include "data/reader.h"
#include "runtime.h"

enum { SESSION_DATA = 16 }; // more than a program has data sets and halves

typedef struct Session {
    const CnnModel *model;
    CnnModel own; // it, where --set changes figures of it; with these:
    CnnFormula figure[CNN_SCALARS];
    CnnTerm rate;
    Options options;
    Ranks ranks; // that this process is one of
    bool alone; // and yet it works for itself
    int ndata;
    Data data[SESSION_DATA]; // halves of data sets, in the order in which they were needed
    const CnnReader *reader; // of rows that are arrays, once it was needed
    Reading *arrays; // what it has made
    Engine engine;
    bool adapted; // its weights have what layers measure
    double *score; // [evaluate statements, 1 + nmetric], or NULL
    int64_t evaluations; // so many rows of it are there
    float **predicted; // [predict statements], or NULL
    int64_t predictions; // so many of them are there
    Series *history; // [fits, history_series()], or NULL
    Kept kept; // files that no output may be
    bool trained;
    int stopped_by;
    int place; // of runs at a time, which one it is
    CnnError error;
} Session;

// The samples that a script names, of data that are read at first use.
bool session_rows(Session *s, const CnnRows *rows, Samples *samples);
bool session_tests(Session *s,
                   CnnRows *tests); // that the file evaluates first, or else validates with
void session_close_arrays(Session *s);
bool session_compiled(Session *s,
                      const char *what); // false: no model.compile(), which `what` needs
bool session_engine(Session *s, int64_t capacity);
bool session_adapt(Session *s); // lets layers measure their data; before the first step
int session_threads(const Session *s);
Threads session_pool(const Session *s); // these, pinned if it is asked for
ReadBy session_reads(const Session *s); // how it reads data
int64_t session_batch_size(const Session *s);
uint32_t session_seed(const Session *s);
int64_t session_run(const Session *s); // its seed, where it is one of several runs; or -1
int64_t session_fits(const Session *s);
// What fit number `index` works on.
bool session_prepare_fit(Session *s, int64_t index, Fit *fit);
bool session_fit(Session *s, int64_t index, Fit *fit);
bool session_one_fit(Session *s);
bool session_keep_history(Session *s, int64_t index, Fit *fit); // of its epochs, to be printed
void session_free_history(Session *s);
void session_rescue(Session *s);
// Before ranks evaluate or predict: false where what may fail in one has failed in any. They then have the first
// one's weights.
bool session_together(Session *s, bool ok);
// Of ranks the first one prints, and alone reads and writes the files that are no data.
bool session_is_first(const Session *s);

// --- predict.c ---
bool session_predict(Session *s);

// --- report.c ---
bool session_report(Session *s);

// --- statements.c ---
bool session_statements(Session *s); // runs those of the file
// Does the script write this file itself, by a callback or a save?
bool session_writes(const CnnModel *model, const char *path);
// What stands between the fit before and this one, or the last evaluate after the last fit, and changes the
// weights: what is loaded, and saved to be loaded later.
bool session_load(Session *s, int64_t fit);
bool session_flush(Session *s); // standard output
#endif
