// SPDX-License-Identifier: 0BSD
// Programs that start one program several times, as one run, tell each process how many it is of. A
// process that shares nothing with the others would train what they train and write the files they write. So a
// program that was not built to share refuses to be one of several.
#include "cli/launch.h"
#include <errno.h>
#include <stdlib.h>

// Set for each process that mpirun of Open MPI, mpiexec of MPICH and its kind, or srun of Slurm starts, but
// not for the script of a Slurm job, which runs once.
static const char *const variables[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};

static int64_t number(const char *text) { // 0: it is none
    char *end;
    errno = 0;
    long long n = text ? strtoll(text, &end, 10) : 0;
    return text && *text && !*end && !errno ? n : 0;
}

Launch launch_of(void) {
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        int64_t n = number(getenv(variables[i]));
        if (n > 1) return (Launch){n, variables[i]};
    }
    return (Launch){.processes = 1};
}

static bool refuse(const Launch *launch, CnnError *error) {
    return cnn_fail(
        error, CNN_USAGE,
        "started as one of %lld processes (%s), but it was built to run alone: each would "
        "do the same work and write the same files; build it with --mpi, start it once or, where "
        "copies are "
        "wanted that differ in their options, unset %s for each",
        (long long)launch->processes, launch->variable, launch->variable);
}

// The libraries of MPI do not know each other's programs.
static bool is_complete(const Ranks *ranks, const Launch *launch, CnnError *error) {
    char name[64];
    if (ranks->n == launch->processes) return true;
    return cnn_fail(error, CNN_USAGE,
                    "started as one of %lld processes (%s), but its MPI library, %s, finds %d: it "
                    "was built for "
                    "another MPI than the one that starts it",
                    (long long)launch->processes, launch->variable,
                    ranks->of->implementation(name, sizeof name), ranks->n);
}

bool launch_join(Ranks *ranks, const CnnRanks *of, CnnError *error) {
    Launch launch = launch_of();
    *ranks = ranks_alone;
    if (launch.processes == 1) return true;
    if (!of) return refuse(&launch, error);
    return ranks_start(ranks, of, error) && is_complete(ranks, &launch, error);
}
