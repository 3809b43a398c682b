// SPDX-License-Identifier: 0BSD
// Programs that start one program several times, as one run, tell each process how many it is of. A
// process that shares nothing with the others would train what they train and write the files they write.
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

bool launch_is_alone(CnnError *error) {
    Launch launch = launch_of();
    if (launch.processes == 1) return true;
    return cnn_fail(
        error, CNN_USAGE,
        "started as one of %lld processes (%s), but it was built to run alone: each would "
        "do the same work and write the same files; start it once or, where copies are "
        "wanted that differ in their options, unset %s for each",
        (long long)launch.processes, launch.variable, launch.variable);
}
