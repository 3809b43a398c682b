// SPDX-License-Identifier: MIT
// See rounding.h. Predictions are the interpreter's, in double, on the Step that the object was made of: once with the
// weights as they are, which must give what the case has, and once with its constants as the object keeps them.
#include "driver/rounding.h"
#include "driver/batch.h"
#include "support/tell.h"
#include "support/text.h"
#include <math.h>
#include <string.h>

static const double tolerance =
    1e-5; // of what these weights make of the case, as PROGRAM verify has it

typedef struct Errors { // of predictions, relative to the largest of them
    double largest, rms;
} Errors;

static Errors errors_of(const double *value, const float *wanted, int64_t n) {
    double most = 1e-6, off = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) {
        double d = fabs(value[i] - (double)wanted[i]);
        most = fmax(most, fabs((double)wanted[i]));
        off = isnan(d) ? INFINITY : fmax(off, d);
        squares += d * d;
    }
    return (Errors){off / most, sqrt(squares / (double)n) / most};
}

// Samples whose largest number is not where it was.
static int64_t moved(const double *value, const float *wanted, int64_t n, int64_t each) {
    int64_t count = 0;
    for (int64_t s = 0; s < n; s++) {
        int64_t a = 0, b = 0;
        for (int64_t i = 1; i < each; i++) {
            if (value[s * each + i] > value[s * each + a]) a = i;
            if (wanted[s * each + i] > wanted[s * each + b]) b = i;
        }
        count += a != b;
    }
    return count;
}

// Constants become what the object has of them.
static void round_constants(Interpreter *r, const Plan *p) {
    for (int i = 0; i < p->step->ntensor; i++) {
        Narrow as = plan_narrows(p, i);
        int64_t count = as ? interpreter_count(&p->step->tensor[i]) : 0;
        for (int64_t k = 0; k < count; k++) {
            uint16_t bits;
            double *x = &r->value[i][k];
            if (narrow_from(as, (float)*x, &bits)) *x = (double)narrow_value(as, bits);
        }
    }
}

static const double *predict(Arena *a, const Plan *p, const Batch *b, bool rounded) {
    Interpreter *r = batch_interpreter(a, p->step, b);
    interpret_those(r, false);
    if (rounded) round_constants(r, p);
    interpret_those(r, true);
    return r->value[p->step->output];
}

static Batch with_weights(Arena *a, const Plan *p, Batch b, const float *weights) {
    for (int i = 0; i < p->step->nweight; i++) {
        const Tensor *t = &p->step->tensor[p->step->weight_tensor[i]];
        int64_t count = interpreter_count(t);
        b.weight[i] = ARENA_ARRAY(a, double, count + 1);
        for (int64_t k = 0; k < count; k++) b.weight[i][k] = (double)weights[t->offset / 4 + k];
    }
    return b;
}

static int measure(const Job *j, const Plan *p, const Safetensors *file, const float *weights) {
    const char *path = j->o->test_case;
    const Tensor *out = &p->step->tensor[p->step->output];
    Batch b;
    if (!batch_read(j->a, p->step, file, path, &b)) return EXIT_REFUSED;
    b = with_weights(j->a, p, b, weights);
    int64_t each = interpreter_count(out), count = b.n * each;
    const StTensor *stored = safetensors_find(file, "predict");
    if (!stored || stored->type != ST_F32 || stored->count != count)
        return tell("error: %s: 'predict' is missing, or not of %lld numbers", path,
                    (long long)count),
               EXIT_REFUSED;
    float *wanted = arena_copy(j->a, stored->data, (size_t)stored->bytes);
    Errors as_floats = errors_of(predict(j->a, p, &b, false), wanted, count);
    if (!(as_floats.largest <= tolerance))
        return tell("error: %s: its predictions are not those of %s, by %.1e of the largest: is it "
                    "a case of other weights?",
                    path, j->o->weights, as_floats.largest),
               EXIT_REFUSED;
    const double *value = predict(j->a, p, &b, true);
    Errors off = errors_of(value, wanted, count);
    const char *others = "";
    if (each > 1)
        others = arena_printf(j->a, ", the largest output another one in %lld",
                              (long long)moved(value, wanted, b.n, each));
    tell("note: %s: with weights in %s, predictions of %lld samples are off by %.2e of the "
         "largest, %.2e RMS (as floats by %.1e)%s",
         path, narrow_name[option_narrow(j->o)], (long long)b.n, off.largest, off.rms,
         as_floats.largest, others);
    return EXIT_OK;
}

int check_rounding(const Job *j, const Level *level, const float *weights) {
    Rounded r = object_rounded(j->a, level, j->nlevel, weights);
    Narrow as = option_narrow(j->o);
    if (r.refused) {
        tell("error: --weights=%s: %s", narrow_name[as], r.refused);
        if (as == NARROW_F16) tell("help: up to 65,504 there are; bf16 has the range of floats");
        return EXIT_REFUSED;
    }
    if (j->o->verbose && r.name)
        tell("note: %s bytes of weights in %s; the largest change is %.1e of the largest of '%s'",
             text_thousands(j->a, r.bytes), narrow_name[as], r.worst, r.name);
    if (!j->o->test_case) return EXIT_OK;
    Safetensors file;
    CnnError error = {0};
    if (!safetensors_read(j->o->test_case, &file, &error))
        return tell("error: %s", error.text), (int)error.code;
    int code = measure(j, level->plan, &file, weights);
    safetensors_free(&file);
    return code;
}
