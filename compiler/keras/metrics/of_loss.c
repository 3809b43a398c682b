// SPDX-License-Identifier: MIT
// A loss in the place of a metric: of a function the mean over samples; of a class or an object, as Keras has it, the
// mean of what the loss makes of each batch, also of a short last one.
#include "keras/metrics/of_loss.h"
#include "keras/losses/loss.h"
#include "script/eval.h"

static const Arg none[] = {{0}};

static void math(RowMath *m) {
    const OfLossArgs *o = m->args;
    m->args = o->args;
    o->cls->math(m);
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
    .by_batch = true,
};

bool of_loss_same(const Metric *a, const Metric *b) {
    const OfLossArgs *x = a->args, *y = b->args;
    return x->cls == y->cls && args_equal(x->cls->object.args, x->args, y->args, NULL);
}

bool is_of_loss(const Metric *metric) {
    return metric->cls == &metric_of_loss || metric->cls == &metric_of_batches;
}

const char *of_loss_refuse(Arena *a, const OfLossArgs *o, const Shape *output, bool class_numbers,
                           bool of_batches) {
    int reduction = ((const LossArgs *)o->args)->reduction;
    const char *name = o->cls->object.name;
    if (o->cls->logits_of)
        return arena_printf(a, "%s is no metric here: of crossentropies those of keras.metrics are",
                            name);
    if (o->cls->rows && o->cls->rows(o->args, output->rank) != ROWS_OF_LAST)
        return arena_printf(a, "%s over other axes than the last is no metric here", name);
    if ((o->cls->labels == LABELS_CLASS_NUMBER) != class_numbers)
        return arena_printf(a, "%s does not go with labels that are %s", name,
                            class_numbers ? "class numbers" : "one value an output");
    if (of_batches && reduction != LOSS_SUM_OVER_BATCH_SIZE && reduction != LOSS_MEAN)
        return arena_printf(a, "as a metric %s takes no other reduction than a mean", name);
    return NULL;
}
