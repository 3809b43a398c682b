// SPDX-License-Identifier: MIT
// See heavy.h.
#include "report/heavy.h"
#include "support/text.h"
#include <string.h>

static int64_t bytes_of(const Plan *p, const Tensor *t) {
    return tensor_count(t) * (p->options.narrow && t->rank > 1 ? 2 : 4);
}

const char *heavy_weights(const Plan *p) {
    const Step *s = p->step;
    const char *most = "";
    int64_t all = 0, largest = 0;
    for (int i = 0; i < s->nweight; i++) {
        int64_t own = 0;
        const Tensor *t = &s->tensor[s->weight_tensor[i]];
        for (int k = 0; k < s->nweight; k++) {
            const Tensor *other = &s->tensor[s->weight_tensor[k]];
            if (!strcmp(other->layer, t->layer)) own += bytes_of(p, other);
        }
        all += bytes_of(p, t);
        if (own <= largest) continue;
        largest = own;
        most = t->layer;
    }
    return arena_printf(p->arena, "%s bytes are weights, of which '%s' has %s",
                        text_thousands(p->arena, all), most, text_thousands(p->arena, largest));
}

// Bytes of scratch that tensor t has while kernel k runs.
static int64_t live(const Tensor *t, int k) {
    bool there = t->owner == O_SAMPLE && t->alias < 0 && t->first >= 0 && t->first <= k;
    return there && k <= t->last ? t->bytes * t->held : 0;
}

// The largest tensors, two of them at most, that are there while kernel k runs.
static const char *largest(const Plan *p, int k) {
    const Step *s = p->step;
    const char *text = "";
    int64_t below = INT64_MAX;
    for (int n = 0, last = -1; n < 2; n++) {
        int at = -1;
        for (int i = 0; i < s->ntensor; i++) {
            int64_t bytes = live(&s->tensor[i], k);
            if (bytes == 0 || bytes > below || i == last) continue;
            if (at < 0 || bytes > live(&s->tensor[at], k)) at = i;
        }
        if (at < 0) break;
        below = live(&s->tensor[at], k);
        text = arena_printf(p->arena, "%s%s%s of '%s'", text, n ? " and " : "",
                            text_thousands(p->arena, below), s->tensor[at].name);
        last = at;
    }
    return text;
}

const char *heavy_activations(const Plan *p) {
    int64_t most = -1;
    int at = 0;
    for (int k = 0; k < p->nkernel; k++) {
        int64_t bytes = 0;
        for (int i = 0; i < p->step->ntensor; i++) bytes += live(&p->step->tensor[i], k);
        if (bytes <= most) continue;
        most = bytes;
        at = k;
    }
    const char *layer = p->step->node[p->kernel[at].node[0]]->layer;
    return arena_printf(p->arena, "most of it is there while '%s' is computed, %s",
                        layer ? layer : p->kernel[at].name, largest(p, at));
}
