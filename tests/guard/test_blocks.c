// SPDX-License-Identifier: MIT
// The guards around an engine's blocks: who touches what is not his is ended. One byte each, in a child.
#include "../runtime/check.h"
#include "../../runtime/runtime.h"
#include <signal.h>
#include <sys/wait.h>

enum { BYTES = 1000, PIECES = 3 };

static char *piece, *single;
static int64_t stride;

static void *lay_out(void) {
    CnnError error = {0};
    const Block block[] = {{&piece, &stride, PIECES, BYTES / 4, 4, "pieces"},
                           {&single, NULL, 1, 1, 64, "one"}};
    void *memory = blocks_new(block, 2, &error);
    assert_non_null(memory);
    return memory;
}

// The signal that ends a child which writes there.
static int ended_by(ptrdiff_t at) {
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL); // cmocka has handlers of its own
        signal(SIGABRT, SIG_DFL);
        void *memory = lay_out();
        *(volatile char *)(piece + at) = 1;
        blocks_free(memory);
        _exit(0);
    }
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void pieces_are_apart_and_zero(void **state) {
    (void)state;
    void *memory = lay_out();
    for (int64_t i = 0; i < PIECES; i++) {
        assert_true((uintptr_t)(piece + i * stride) % CNN_ALIGN == 0);
        for (int k = 0; k < BYTES; k++) assert_int_equal(piece[i * stride + k], 0);
        memset(piece + i * stride, 1, BYTES);
    }
    blocks_free(memory);
}

static void others_memory_is_guarded(void **state) {
    (void)state;
    const ptrdiff_t end = 1024; // of BYTES in whole lines
    assert_int_equal(ended_by(0), 0);
    assert_int_equal(ended_by(BYTES - 1), 0);
    assert_int_equal(ended_by(end), SIGSEGV);
    assert_int_equal(ended_by(end + 30000), SIGSEGV);
    assert_int_equal(ended_by(stride + end), SIGSEGV);
    assert_int_equal(ended_by(-1), SIGABRT);
    assert_int_equal(ended_by(-100000), SIGSEGV);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_apart_and_zero),
        cmocka_unit_test(others_memory_is_guarded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
