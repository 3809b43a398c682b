// SPDX-License-Identifier: MIT
// A loss in the place of a metric: of a function the mean over samples; of a class or an object, as Keras has it, the
// mean of what the loss makes of each batch, also of a short last one; so of a function that makes one loss of a batch.
#include "keras/metrics/of_loss.h"
#include "keras/losses/loss.h"
#include "keras/rows.h"
#include "script/eval.h"

static const Arg none[] = {{0}};

static void math(RowMath *m) {
    const OfLossArgs *o = m->args;
    m->args = o->args;
    o->cls->math(m);
    if (o->one) row_add_steps(m);
}

static const Expr *of_batch(RowMath *m, int64_t nsum) {
    if (m->nsum) return row_of_sums(m, m->value);
    return DIV(IN(ROW_SUMS), IN(ROW_SUMS + (int)nsum - 1));
}

const MetricClass metric_of_loss = {
    .object = {"Loss", "loss", {0}, none, sizeof(OfLossArgs), NULL},
    .labels = METRIC_OF_EITHER,
    .math = math,
};
const MetricClass metric_of_batches = {
    .object = {"Loss", "loss of batches", {0}, none, sizeof(OfLossArgs), NULL},
    .labels = METRIC_OF_EITHER,
    .math = math,
    .of_batch = of_batch,
};

bool of_loss_same(const Metric *a, const Metric *b) {
    const OfLossArgs *x = a->args, *y = b->args;
    return x->cls == y->cls && args_equal(x->cls->object.args, x->args, y->args, NULL);
}

bool is_of_loss(const Metric *metric) {
    return metric->cls == &metric_of_loss || metric->cls == &metric_of_batches;
}

const char *of_loss_refuse(Arena *a, const OfLossArgs *o, const Shape *output, bool class_numbers,
                           bool function, bool weighted) {
    int reduction = ((const LossArgs *)o->args)->reduction;
    const char *name = o->cls->object.name;
    if (o->cls->logits_of)
        return arena_printf(a, "%s is no metric here: of crossentropies those of keras.metrics are",
                            name);
    LossRows rows = o->cls->rows ? o->cls->rows(o->args, output->rank) : ROWS_OF_LAST;
    if (rows != ROWS_OF_LAST && rows != ROWS_OF_BATCH)
        return arena_printf(a,
                            "%s over these axes of outputs %s is no metric here: over the last "
                            "one, -1, or over all of them",
                            name, shape_text(a, output));
    if ((o->cls->labels == LABELS_CLASS_NUMBER) != class_numbers)
        return arena_printf(a, "%s does not go with labels that are %s", name,
                            class_numbers ? "class numbers" : "one value an output");
    if (weighted && !function)
        return "Keras weighs no loss in the place of a metric: write keras.metrics's own";
    if (weighted && o->one)
        return arena_printf(a, "Keras gives no weights to %s, which is one for the whole batch",
                            o->cls->object.function);
    if (!function && !o->one && reduction != LOSS_SUM_OVER_BATCH_SIZE && reduction != LOSS_MEAN)
        return arena_printf(a, "as a metric %s takes no other reduction than a mean", name);
    return NULL;
}
