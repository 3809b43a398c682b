// SPDX-License-Identifier: 0BSD
// Ranks by MPI, which moves bytes and the largest of whole numbers, both of which are exact in any order. Programs of
// `cnnc build --mpi` alone are linked with it. Items become a type of MPI, since its counts are ints. An error
// of MPI's ends all ranks with its own message, which is what MPI does where it is told nothing else.
#define _GNU_SOURCE // cpu_set_t
#include "engine/pin.h"
#include "engine/ranks.h"
#include "runtime.h"
#include <mpi.h>
#include <string.h>

extern const CnnRanks cnn_mpi;

static const char *implementation(char *buffer, int room) {
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    MPI_Get_library_version(text, &length);
    text[strcspn(text, ",\n")] = 0; // "Open MPI v4.1.4"; MPICH's is a table
    for (char *c = text; *c; c++)
        if (*c == '\t') *c = ' ';
    snprintf(buffer, (size_t)room, "%s", text);
    return buffer;
}

// Ranks of one machine that may use the same CPUs share them. Where each has CPUs of its own, none is before it there.
static void share_cpus(Ranks *r) {
    CpuSet own = {0}, all;
    MPI_Comm machine;
    int ranks, count = cpus_default();
    r->threads = count;
    if (!cpus_allowed(&own)) return;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    MPI_Comm_size(machine, &ranks);
    MPI_Comm_rank(machine, &r->place);
    MPI_Allreduce(&own, &all, sizeof all, MPI_BYTE, MPI_BOR, machine);
    MPI_Comm_free(&machine);
    int share = CPU_COUNT_S(sizeof all.of, all.of) / ranks;
    r->threads = share < 1 ? 1 : share < count ? share : count;
    if (!CPU_EQUAL_S(sizeof all.of, all.of, own.of)) r->place = 0;
}

static bool start(Ranks *r, CnnError *error) {
    int level;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level) != MPI_SUCCESS ||
        level < MPI_THREAD_FUNNELED)
        return cnn_fail(error, CNN_SYSTEM, "MPI does not start in a program with threads");
    MPI_Comm_size(MPI_COMM_WORLD, &r->n);
    MPI_Comm_rank(MPI_COMM_WORLD, &r->own);
    share_cpus(r);
    return true;
}

static void stop(void) {
    MPI_Finalize();
}

static MPI_Datatype type_of(int64_t item) {
    MPI_Datatype type;
    MPI_Type_contiguous((int)item, MPI_BYTE, &type);
    MPI_Type_commit(&type);
    return type;
}

static void swap(const Ranks *r, const void *from, void *to, int64_t item, const int64_t *at,
                 const int64_t *count, int senders) {
    int *sent = r->count, *sent_at = sent + r->n, *got = sent_at + r->n, *got_at = got + r->n;
    MPI_Datatype type = type_of(item);
    for (int q = 0; q < r->n; q++) {
        sent[q] = r->own < senders ? (int)count[q] : 0;
        sent_at[q] = (int)at[q];
        got[q] = q < senders ? (int)count[r->own] : 0;
        got_at[q] = q < senders ? q * (int)count[r->own] : 0;
    }
    MPI_Alltoallv(from, sent, sent_at, type, to, got, got_at, type, MPI_COMM_WORLD);
    MPI_Type_free(&type);
}

static void collect(const Ranks *r, void *all, int64_t item, const int64_t *at,
                    const int64_t *count) {
    int *n = r->count, *place = n + r->n;
    MPI_Datatype type = type_of(item);
    for (int q = 0; q < r->n; q++) {
        n[q] = (int)count[q];
        place[q] = (int)at[q];
    }
    MPI_Allgatherv(MPI_IN_PLACE, 0, type, all, n, place, type, MPI_COMM_WORLD);
    MPI_Type_free(&type);
}

static void largest(int64_t *value) {
    MPI_Allreduce(MPI_IN_PLACE, value, 1, MPI_INT64_T, MPI_MAX, MPI_COMM_WORLD);
}

static void spread(void *at, int64_t item, int64_t count, int from) {
    MPI_Datatype type = type_of(item);
    MPI_Bcast(at, (int)count, type, from, MPI_COMM_WORLD);
    MPI_Type_free(&type);
}

const CnnRanks cnn_mpi = {.implementation = implementation,
                          .start = start,
                          .stop = stop,
                          .swap = swap,
                          .collect = collect,
                          .largest = largest,
                          .spread = spread};
