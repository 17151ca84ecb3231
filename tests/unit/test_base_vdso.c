// test_base_vdso.c: the clocks without a system call beside the system call.
#include "runtime/base/x86_64/vdso.h"
#include "runtime/base/rawsys.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <cmocka.h>

static s64 ns(const struct timespec *t)
{
    return t->tv_sec * 1000000000 + t->tv_nsec;
}

static void base_vdso_clocks_lie_between_two_calls(void **unused)
{
    (void)unused;
    const int clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_TAI,
                          CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
    for (u32 i = 0; i < ARRAY_LEN(clocks); i++) {
        struct timespec before, t, after;
        assert_int_equal(raw_clock_gettime(clocks[i], &before), 0);
        assert_int_equal(vdso_clock_gettime(clocks[i], &t), 0);
        assert_int_equal(raw_clock_gettime(clocks[i], &after), 0);
        if (ns(&t) < ns(&before) || ns(&t) > ns(&after)) fail_msg("clock %d", clocks[i]);
        assert_true(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
    }
}

static void base_vdso_unknown_clocks_are_refused(void **unused)
{
    (void)unused;
    struct timespec t;
    assert_int_equal(vdso_clock_gettime(12345, &t), -EINVAL);
    assert_int_equal(vdso_clock_gettime(-100, &t), raw_clock_gettime(-100, &t));
}

// A coarse clock is a memory read: it works where the system call is forbidden.
static void base_vdso_makes_no_system_call(void **unused)
{
    (void)unused;
    if (!getauxval(AT_SYSINFO_EHDR)) skip(); // under valgrind
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog prog = {ARRAY_LEN(code), code};
    pid_t p = fork();
    if (p == 0) {
        struct timespec t;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) != 0) _exit(77);
        if (raw_clock_gettime(CLOCK_MONOTONIC_COARSE, &t) != -EACCES) _exit(1);
        _exit(vdso_clock_gettime(CLOCK_MONOTONIC_COARSE, &t) == 0 ? 0 : 2);
    }
    int st;
    assert_int_equal(waitpid(p, &st, 0), p);
    if (WIFEXITED(st) && WEXITSTATUS(st) == 77) skip(); // a kernel without seccomp
    assert_int_equal(st, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_vdso_clocks_lie_between_two_calls),
        cmocka_unit_test(base_vdso_unknown_clocks_are_refused),
        cmocka_unit_test(base_vdso_makes_no_system_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
