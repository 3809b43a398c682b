// SPDX-License-Identifier: 0BSD
// EarlyStopping, as Keras has it: training ends when a figure has not improved for `patience` epochs.
#include "fit/early_stopping.h"
#include "fit/callback.h"
#include <math.h>
#include <string.h>

typedef struct Stopping {
    const double *setting;
    size_t weights; // bytes of them
    bool seen, kept; // a best figure; weights
    int64_t wait, best_epoch, stopped_epoch; // epochs count from 0; stopped_epoch 0: it was not
    double best;
    float *weight; // of best_epoch; after this struct
} Stopping;

static void *start(const CnnModel *model, const double *setting, CnnError *error) {
    int64_t head = (int64_t)sizeof(Stopping) + CNN_ALIGN - (int64_t)sizeof(Stopping) % CNN_ALIGN;
    int64_t bytes = setting[STOP_RESTORE] != 0 ? model->param_floats * (int64_t)sizeof(float) : 0;
    char *memory = memory_new(head + bytes, 1, "the best weights", error);
    if (!memory) return NULL;
    Stopping *s = (Stopping *)(void *)memory;
    *s = (Stopping){.setting = setting, .weights = (size_t)bytes};
    s->weight = (float *)(void *)(memory + head);
    return s;
}

static void keep(Stopping *s, const Engine *engine, int64_t epoch) {
    s->best_epoch = epoch;
    s->kept = true;
    if (s->weights) memcpy(s->weight, engine->run.params, s->weights);
}

static bool improves(const Stopping *s, double figure, double on) {
    double delta = s->setting[STOP_MIN_DELTA];
    return s->setting[STOP_UP] != 0 ? figure - delta > on : figure + delta < on;
}

static void epoch_end(void *self, Engine *engine, const Epoch *row, bool *stop) {
    Stopping *s = self;
    const double *setting = s->setting,
                 *figures = setting[STOP_VALIDATION] != 0 ? row->val : row->train;
    double figure = figures[(int64_t)setting[STOP_FIGURE]];
    int64_t epoch = row->epoch - 1;
    if ((double)epoch < setting[STOP_FROM]) return;
    s->wait++;
    if (!s->seen || improves(s, figure, s->best)) {
        s->seen = true;
        s->best = figure;
        keep(s, engine, epoch);
        double baseline = setting[STOP_BASELINE];
        if (isnan(baseline) || improves(s, figure, baseline)) s->wait = 0;
    } else if ((double)s->wait >= setting[STOP_PATIENCE] && epoch > 0) {
        s->stopped_epoch = epoch;
        *stop = true;
    }
}

static void train_end(void *self, Engine *engine) {
    Stopping *s = self;
    bool says = s->setting[STOP_VERBOSE] > 0, restores = s->setting[STOP_RESTORE] != 0 && s->kept;
    if (s->stopped_epoch > 0 && says)
        printf("Epoch %lld: early stopping\n", (long long)s->stopped_epoch + 1);
    if (!restores) return;
    if (says)
        printf("Restoring model weights from the end of the best epoch: %lld.\n",
               (long long)s->best_epoch + 1);
    memcpy(engine->run.params, s->weight, s->weights);
}

const CnnCallbackClass cnn_early_stopping = {start, epoch_end, train_end};
