// SPDX-License-Identifier: MIT
// Which node writes a tensor, and which read it. The index follows the nodes as they come, go and move, so
// that a pass that changes each of n nodes takes n steps and not n^2. Who changes accesses of a node that is
// there takes it out of the index first (step_edit); it comes back at the next question.
//
// A node that comes or goes moves all nodes behind it. Their numbers are not written anew: the index has a gap, as
// an editor's buffer has one at the cursor, and nodes behind it are noted by a number which stays what it is,
//   before the gap: its place        behind it: its place - moved + BEHIND
// where `moved` is what has come less what has gone. Only the nodes between one change and the next one are
// noted anew, and passes walk in one direction.
#include "step/step.h"
#include "support/limit.h"
#include <assert.h>
#include <string.h>

enum { BEHIND = 1 << 30 }; // more than half of it is a node behind the gap

// Of what was indexed before: nodes and tensors that were appended since are added at the next question.
// Nodes stand as the gap has them.
struct Use {
    int def, writers; // the first node that writes it, or -1; how many do
    int n, *reader; // nodes that read it, in order, each once
};

static Use *indexed(Step *s, int tensor) {
    assert(tensor < s->indexed_tensors); // a node is in the index only when its tensors are
    return &s->use[tensor];
}

static int noted(const Step *s, int node) {
    return node < s->gap ? node : node - s->moved + BEHIND;
}

static int place(const Step *s, int note) {
    return note < BEHIND / 2 ? note : note - BEHIND + s->moved;
}

void step_touch(Step *s) {
    s->indexed_nodes = s->indexed_tensors = s->nedited = s->gap = s->moved = 0;
}

static void add_reader(Step *s, Use *u, int node) {
    int at = u->n;
    while (at > 0 && u->reader[at - 1] >= node) at--;
    if (at < u->n && u->reader[at] == node) return; // it reads it twice
    ARENA_PUSH(s->arena, u->reader, u->n, node);
    memmove(&u->reader[at + 1], &u->reader[at], sizeof *u->reader * (size_t)(u->n - 1 - at));
    u->reader[at] = node;
}

static void drop_reader(Use *u, int node) {
    int at = 0;
    while (at < u->n && u->reader[at] != node) at++;
    if (at == u->n) return; // the second time
    memmove(&u->reader[at], &u->reader[at + 1], sizeof *u->reader * (size_t)(u->n - 1 - at));
    u->n--;
}

static void enter(Step *s, int node) {
    const Node *n = s->node[node];
    int note = noted(s, node);
    for (int k = 0; k < n->nout; k++) {
        Use *u = indexed(s, n->out[k].tensor);
        if (u->def < 0 || note < u->def) u->def = note;
        u->writers++;
    }
    for (int k = 0; k < n->nin; k++) add_reader(s, indexed(s, n->in[k].tensor), note);
}

// False: who writes one of its tensors first is not known any more.
static bool leave(Step *s, int node) {
    const Node *n = s->node[node];
    bool known = true;
    for (int k = 0; k < n->nout; k++) {
        Use *u = indexed(s, n->out[k].tensor);
        known &= --u->writers == 0;
        u->def = -1;
    }
    for (int k = 0; k < n->nin; k++) drop_reader(indexed(s, n->in[k].tensor), noted(s, node));
    return known;
}

// What stands for the node in the index is to be another number, which keeps its place among the others.
static void renumber(Step *s, const Node *n, int from, int to) {
    s->renumbered++;
    for (int k = 0; k < s->nedited; k++)
        if (s->edited[k] == from) { // it is not in the index
            s->edited[k] = to;
            return;
        }
    for (int k = 0; k < n->nout; k++) {
        Use *u = indexed(s, n->out[k].tensor);
        if (u->def == from) u->def = to;
    }
    for (int k = 0; k < n->nin; k++) {
        Use *u = indexed(s, n->in[k].tensor);
        int at = u->n;
        while (at > 0 && u->reader[at - 1] > from) at--;
        if (at > 0 && u->reader[at - 1] == from) u->reader[at - 1] = to;
    }
}

static void move_gap(Step *s, int to) {
    while (s->gap < to) { // downwards and upwards, no two nodes have one number on the way
        int at = s->gap++;
        renumber(s, s->node[at], at - s->moved + BEHIND, at);
    }
    while (s->gap > to) {
        int at = --s->gap;
        renumber(s, s->node[at], at, at - s->moved + BEHIND);
    }
}

static void catch_up(Step *s) {
    while (s->indexed_tensors < s->ntensor) {
        Use none = {.def = -1};
        ARENA_PUSH(s->arena, s->use, s->indexed_tensors, none);
    }
    while (s->nedited) enter(s, place(s, s->edited[--s->nedited]));
    while (s->indexed_nodes < s->nnode) enter(s, s->indexed_nodes++);
}

// Is the node among those that are changed? It is then no more.
static bool was_edited(Step *s, int node) {
    for (int i = 0; i < s->nedited; i++)
        if (s->edited[i] == noted(s, node)) return s->edited[i] = s->edited[--s->nedited], true;
    return false;
}

// Takes the node out of the index; false: there is none any more.
static bool take_out(Step *s, int node) {
    if (was_edited(s, node) || leave(s, node)) return true;
    step_touch(s);
    return false;
}

Node *step_edit(Step *s, int node) {
    bool in = node < s->indexed_nodes;
    if (in && take_out(s, node)) ARENA_PUSH(s->arena, s->edited, s->nedited, noted(s, node));
    return s->node[node];
}

// The index is a cache: it changes nothing that can be seen, so a const Step may be indexed.
static const Use *use(const Step *s, int tensor) {
    catch_up((Step *)(uintptr_t)s);
    return &s->use[tensor];
}

bool step_index_holds(const Step *s) {
    Step now = *s;
    now.use = NULL;
    step_touch(&now);
    catch_up(&now);
    for (int t = 0; s->indexed_nodes && t < s->ntensor; t++) {
        const Use *u = use(s, t), *is = &now.use[t];
        if (step_def(s, t) != step_def(&now, t) || u->n != is->n) return false;
        for (int k = 0; k < u->n; k++)
            if (place(s, u->reader[k]) != place(&now, is->reader[k])) return false;
    }
    return true;
}

// The node gives place to n others, which are in `by`.
static void put(Step *s, int node, Node *const *by, int n) {
    bool follows = node < s->indexed_nodes && take_out(s, node);
    if (follows && n != 1) // not over the node, which is in the index no more
        move_gap(s, s->gap <= node ? node : node + 1);
    for (int k = 1; k < n; k++) ARENA_PUSH(s->arena, s->node, s->nnode, NULL); // room
    Node **rest = &s->node[node + 1];
    int behind = s->nnode - node - (n ? n : 1);
    memmove(&s->node[node + n], rest, sizeof *rest * (size_t)behind);
    if (n) memcpy(&s->node[node], by, sizeof *by * (size_t)n);
    if (!n) s->nnode--;
    if (!follows) return;
    if (n != 1) {
        s->gap = node + n;
        s->moved += n - 1;
    }
    s->indexed_nodes += n - 1;
    for (int k = 0; k < n; k++) ARENA_PUSH(s->arena, s->edited, s->nedited, noted(s, node + k));
}

void step_remove(Step *s, int node) {
    put(s, node, NULL, 0);
}

void step_bring(Step *s, int node) {
    Node *two[2] = {s->node[s->nnode - 1], s->node[node]};
    step_remove(s, s->nnode - 1);
    put(s, node, two, 2);
}

void step_replace(Step *s, int node, const Node *by, int n) {
    Node *made = arena_copy(s->arena, by, sizeof *by * (size_t)n), *list[MAX_REPLACED];
    for (int k = 0; k < WITHIN(n, MAX_REPLACED, "nodes in the place of one"); k++)
        list[k] = &made[k];
    put(s, node, list, n);
}

int step_def(const Step *s, int tensor) {
    int def = use(s, tensor)->def;
    return def < 0 ? -1 : place(s, def);
}

int step_readers(const Step *s, int tensor) {
    return use(s, tensor)->n;
}

int step_reader(const Step *s, int tensor, int k) {
    return place(s, use(s, tensor)->reader[k]);
}

int step_only_reader(const Step *s, int tensor) {
    const Use *u = use(s, tensor);
    return u->n == 1 ? place(s, u->reader[0]) : -1;
}
