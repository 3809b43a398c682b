// SPDX-License-Identifier: 0BSD
// Signals that end a run. While it trains the first one is noted, and the run ends after the step under
// way; a second one of the kind ends the program at once. While weights are saved all of them wait.
#include "runtime.h"

static volatile sig_atomic_t stop_signal; // set by the handler only

static void on_signal(int number) {
    stop_signal = number;
}

static const int caught[STOP_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

// What began with HUP ignored (nohup) goes on ignoring it.
static bool is_wanted(const Stop *stop, int i) {
    return caught[i] != SIGHUP || stop->old[i].sa_handler != SIG_IGN;
}

static void handle(const Stop *stop, int flags) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | flags};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < STOP_SIGNALS; i++)
        if (is_wanted(stop, i)) sigaction(caught[i], &action, NULL);
}

void stop_catch(Stop *stop) {
    for (int i = 0; i < STOP_SIGNALS; i++) sigaction(caught[i], NULL, &stop->old[i]);
    stop_signal = 0;
    handle(stop, (int)SA_RESETHAND);
    signal(SIGPIPE, SIG_IGN);
}

int stop_seen(void) {
    return stop_signal;
}

void stop_hold(const Stop *stop) {
    handle(stop, 0);
}

void stop_release(const Stop *stop) {
    for (int i = 0; i < STOP_SIGNALS; i++)
        if (is_wanted(stop, i)) sigaction(caught[i], &stop->old[i], NULL);
}
