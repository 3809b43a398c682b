// SPDX-License-Identifier: MIT
#ifndef CNNC_REPORT_RANKS_H
#define CNNC_REPORT_RANKS_H
#include "plan/plan.h"

typedef struct Network {
    double bits, latency; // a second, each way; seconds of a message
} Network;
// "1G", "100M" or "10G/20us". False: it is none.
bool network_parse(const char *text, Network *network);
bool seconds_parse(const char *text, double *seconds); // "12ms", "80us", "1.5s"
enum { MOST_RANKS = 4096 };
// When up to so many ranks pay, by a model of a training step's time. step: what it takes in one process, in seconds;
// 0: as the plan expects of one thread.
const char *plan_ranks(Arena *a, const Plan *p, int ranks, const Network *network, double step);
#endif
