// SPDX-License-Identifier: MIT
// One command on one model, as the files of the driver pass it on.
#ifndef CNNC_JOB_H
#define CNNC_JOB_H
#include "driver/options.h"
#include "driver/progress.h"
#include "codegen/module.h"
#include "formats/choices.h"
#include "formats/output.h"
#include "formats/summary.h"
#include "model/model.h"

typedef struct Job {
    const Options *o;
    Arena *a;
    Diag *d;
    Model *m;
    int nlevel; // CPUs to make code for: one, or with --cpu-dispatch several
    const Target *level[DISPATCH_LEVELS];
    struct {
        int64_t flash, ram, stack; // bytes that an object may take at most
    } budget;
    bool small; // plans keep memory small
    const char *stem, *hash;
    const StepWatch *watch; // of every Step that is made; or NULL
    const Tuning *tuning; // of --kernels=@FILE or --tune; or NULL
    Loaded loaded; // of run: the program's descriptor, in this process
    OutFile out, tuned; // the result's place, and --tune's
    const char *stage; // that it is in; or NULL
    ProgressLine line; // of the stage
} Job;

// A stage begins; it ends before anything is told.
void job_enter(Job *j, const char *stage);
void job_leave(Job *j);
const char *job_prefix(const Job *j); // of the C names; given by a user it may be none
ModuleOptions job_module_options(const Job *j, const char *prefix);
OutputKind job_form(const Job *j); // as --as or --dump says
int job_finish(Job *j, Module *m, OutputKind kind); // writes that form of the module, and frees it
int emit_object(Job *j); // emit: see driver/emit.c
int emit_needs(Job *j, ObjectNeeds *needs); // what emit's object takes
bool training_possible(const Job *j); // is there an object that trains?
int training_needs(Job *j, ObjectNeeds *needs); // and what it takes
int emit_training_object(Job *j, const char *prefix); // emit --train: see driver/training.c
Step *job_step(const Job *j, StepMode mode);
Plan *job_plan(const Job *j, StepMode mode, const Target *target);
// Tries what a file of choices can hold on this machine, fills *best and writes it to j->tuned; or reads
// the file that --kernels=@FILE names and holds it to the model. Return the exit code.
int tune_write(const Job *j, Tuning *best);
int tune_read(const Job *j, Tuning *t);
int verify_passes(Job *j); // see driver/verify.c; returns the exit code
#endif
