/* Layouts, flags, signals, siginfo: conversions whose guest side is written out by hand from the kernel's structures. */
#include "tests/unit/test_sys_fake.h"

#include <fcntl.h>

/* struct stat64 of a 32-bit big-endian guest: offsets of asm-generic's 32-bit layout (104 bytes). */
static void sys_layout_stat64_big_endian(void **state)
{
    (void)state;
    struct stat st = {.st_dev = 0x801, .st_ino = 0x123456789aull, .st_mode = 0100644, .st_nlink = 2, .st_size = 0x1122334455};
    st.st_mtim.tv_sec = 0x5a5b5c5d;
    st.st_mtim.tv_nsec = 7;
    u8 g[104];
    fake_start(4, true);
    assert_int_equal(sys_layout_size(SYS_LAYOUT_stat64), 104);
    assert_int_equal(sys_layout_to_guest(SYS_LAYOUT_stat64, g, &st), 0);
    static const u8 dev[] = {0, 0, 0, 0, 0, 0, 8, 1}, low_ino[] = {0x34, 0x56, 0x78, 0x9a}, mode[] = {0, 0, 0x81, 0xa4},
                    size[] = {0, 0, 0, 0x11, 0x22, 0x33, 0x44, 0x55}, mtime[] = {0x5a, 0x5b, 0x5c, 0x5d, 0, 0, 0, 7},
                    ino[] = {0, 0, 0, 0x12, 0x34, 0x56, 0x78, 0x9a};
    assert_memory_equal(g, dev, 8);
    assert_memory_equal(g + 12, low_ino, 4);
    assert_memory_equal(g + 16, mode, 4);
    assert_memory_equal(g + 48, size, 8);
    assert_memory_equal(g + 80, mtime, 8);
    assert_memory_equal(g + 96, ino, 8);
}

static void sys_layout_reports_what_does_not_fit(void **state)
{
    (void)state;
    struct stat st = {.st_size = 0x100000000};
    u8 g[128];
    fake_start(4, false);
    assert_int_equal(sys_layout_to_guest(SYS_LAYOUT_stat, g, &st), -EOVERFLOW);
    st = (struct stat){.st_uid = 70000, .st_ino = 0x100000001};
    assert_int_equal(sys_layout_to_guest(SYS_LAYOUT_stat, g, &st), 0);
    assert_int_equal(g[12] | g[13] << 8, 65534);                 /* the kernel's overflowuid */
    struct flock l = {.l_start = -1, .l_len = 0x80000000ll};
    assert_int_equal(sys_layout_to_guest(SYS_LAYOUT_flock, g, &l), -EOVERFLOW);
    l.l_len = 0x7fffffff;
    assert_int_equal(sys_layout_to_guest(SYS_LAYOUT_flock, g, &l), 0);
}

static void sys_layout_signs_and_padding(void **state)
{
    (void)state;
    fake_start(4, true);
    struct timespec ts;
    static const u8 minus_one[8] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 5};
    sys_layout_to_host(SYS_LAYOUT_timespec, &ts, minus_one);
    assert_int_equal(ts.tv_sec, -1);
    assert_int_equal(ts.tv_nsec, 5);
    /* __kernel_timespec of a 32-bit guest: the upper half of tv_nsec is padding */
    static const u8 padded[16] = {0, 0, 0, 0, 0, 0, 0, 1, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 9};
    sys_layout_to_host(SYS_LAYOUT_timespec64, &ts, padded);
    assert_int_equal(ts.tv_sec, 1);
    assert_int_equal(ts.tv_nsec, 9);
    fake_start(8, true);
    sys_layout_to_host(SYS_LAYOUT_timespec64, &ts, padded);
    assert_int_equal((u64)ts.tv_nsec, 0xdeadbeef00000009ull);
}

static void sys_layout_limits(void **state)
{
    (void)state;
    struct rlimit l = {RLIM_INFINITY, 0x100000000};
    u8 g[8];
    fake_start(4, false);
    assert_int_equal(sys_layout_to_guest(SYS_LAYOUT_rlimit, g, &l), 0);
    static const u8 infinite[8] = {255, 255, 255, 255, 255, 255, 255, 255};
    assert_memory_equal(g, infinite, 8);
    fake_abi.rlim_infinity = 0x7fffffff;
    fake_start(4, true);
    assert_int_equal(sys_layout_to_guest(SYS_LAYOUT_rlimit, g, &l), 0);
    static const u8 signed_infinite[8] = {0x7f, 255, 255, 255, 0x7f, 255, 255, 255};
    assert_memory_equal(g, signed_infinite, 8);
    sys_layout_to_host(SYS_LAYOUT_rlimit, &l, g);
    assert_true(l.rlim_cur == RLIM_INFINITY);
    fake_abi.rlim_infinity = 0;
}

/* A 64-bit little-endian guest with asm-generic's structures: what equals x86-64's is passed through, what does not is
 * converted. */
static void sys_layout_same_as_host(void **state)
{
    (void)state;
    fake_start(8, false);
    assert_true(sys_layout_same(SYS_LAYOUT_timespec));
    assert_true(sys_layout_same(SYS_LAYOUT_statfs));
    assert_false(sys_layout_same(SYS_LAYOUT_stat));
    assert_false(sys_layout_same(SYS_LAYOUT_epoll_event)); /* packed on x86-64 */
    fake_start(4, false);
    assert_false(sys_layout_same(SYS_LAYOUT_timespec));
    assert_true(sys_layout_same(SYS_LAYOUT_winsize));
    fake_start(4, true);
    assert_false(sys_layout_same(SYS_LAYOUT_winsize));
}

/* Signal sets are arrays of words, low signals in the first, whatever the byte order (kernel: sigset_t). */
static void sys_sigset_words(void **state)
{
    (void)state;
    u64 mask = 1ull << (SIGINT - 1) | 1ull << (40 - 1);
    u8 g[8];
    static const u8 be32[8] = {0, 0, 0, 2, 0, 0, 0, 0x80}, be64[8] = {0, 0, 0, 0x80, 0, 0, 0, 2};
    fake_start(4, true);
    sys_sigset_pack(&fake_abi, g, mask);
    assert_memory_equal(g, be32, 8);
    assert_true(sys_sigset_unpack(&fake_abi, g) == mask);
    fake_start(8, true);
    sys_sigset_pack(&fake_abi, g, mask);
    assert_memory_equal(g, be64, 8);
}

static void sys_signals_renumbered(void **state)
{
    (void)state;
    static const u8 map[32] = {[SIGBUS] = 10, [SIGUSR1] = 30, [SIGPWR] = 7};
    fake_abi.signal_map = map;
    fake_start(4, true);
    assert_int_equal(sys_signal_to_guest(&fake_abi, SIGBUS), 10);
    assert_int_equal(sys_signal_to_host(&fake_abi, 10), SIGBUS);
    assert_int_equal(sys_signal_to_host(&fake_abi, 7), SIGPWR);
    assert_int_equal(sys_signal_to_guest(&fake_abi, SIGTERM), SIGTERM);
    assert_int_equal(sys_signal_to_guest(&fake_abi, 50), 50);
    assert_int_equal(sys_signal_to_host(&fake_abi, 65), -1);
    assert_true(sys_sigset_to_guest(&fake_abi, 1ull << (SIGUSR1 - 1)) == 1ull << 29);
    fake_abi.signal_map = NULL;
}

static void sys_flags_rows(void **state)
{
    (void)state;
    static const struct sys_flag rows[] = {
        SYS_FLAG_ROW(open, O_SYNC, 0x802000) SYS_FLAG_ROW(open, O_DSYNC, 0x2000) SYS_FLAG_ROW(open, O_CREAT, 0x200)
        SYS_FLAG_ROW(mlockall, MCL_CURRENT, 0x2000)
        SYS_VALUE_ROW(how, SIG_BLOCK, 1) SYS_VALUE_ROW(how, SIG_UNBLOCK, 2) SYS_VALUE_ROW(how, SIG_SETMASK, 4)};
    u64 rest;
    fake_abi.flags = rows;
    fake_abi.nflags = ARRAY_LEN(rows);
    fake_start(4, true);
    assert_int_equal(sys_flags_to_host(&fake_abi, SYS_FLAGS_open, 0x802000 | 0x200 | O_WRONLY, &rest), O_SYNC | O_CREAT | O_WRONLY);
    assert_int_equal(sys_flags_to_host(&fake_abi, SYS_FLAGS_open, 0x2000, &rest), O_DSYNC);
    assert_int_equal(sys_flags_to_guest(&fake_abi, SYS_FLAGS_open, O_SYNC), 0x802000);
    assert_int_equal(sys_flags_to_host(&fake_abi, SYS_FLAGS_how, 2, &rest), SIG_UNBLOCK);
    assert_int_equal(rest, 0);
    sys_flags_to_host(&fake_abi, SYS_FLAGS_how, 0, &rest); /* the host's SIG_BLOCK means nothing to this guest */
    assert_int_not_equal(rest, 0);
    sys_flags_to_host(&fake_abi, SYS_FLAGS_mlockall, MCL_CURRENT, &rest);
    assert_int_equal(rest, MCL_CURRENT);
    assert_int_equal(sys_flags_to_host(&fake_abi, SYS_FLAGS_prot, 5, &rest), 5); /* no rows: the same */
    fake_abi.flags = NULL;
    fake_abi.nflags = 0;
}

/* siginfo_t of 32-bit guests: signo, errno, code, then the union at 12 (kernel: include/uapi/asm-generic/siginfo.h). */
static void sys_siginfo_layout(void **state)
{
    (void)state;
    siginfo_t i = {.si_signo = SIGSEGV, .si_code = SEGV_ACCERR};
    i.si_addr = (void *)0x12345678;
    u8 g[SYS_SIGINFO_SIZE];
    static const u8 fault[16] = {0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 2, 0x12, 0x34, 0x56, 0x78};
    fake_start(4, true);
    sys_siginfo_to_guest(&fake_abi, &i, g);
    assert_memory_equal(g, fault, 16);
    i = (siginfo_t){.si_signo = SIGCHLD, .si_code = CLD_EXITED};
    i.si_pid = 1000;
    i.si_uid = 5;
    i.si_status = 3;
    static const u8 child[12] = {0, 0, 3, 0xe8, 0, 0, 0, 5, 0, 0, 0, 3};
    sys_siginfo_to_guest(&fake_abi, &i, g);
    assert_memory_equal(g + 12, child, 12);
    /* the same on 64 bits: the union begins at 16 */
    fake_start(8, true);
    sys_siginfo_to_guest(&fake_abi, &i, g);
    assert_memory_equal(g + 16, child, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sys_layout_stat64_big_endian), cmocka_unit_test(sys_layout_reports_what_does_not_fit),
        cmocka_unit_test(sys_layout_signs_and_padding), cmocka_unit_test(sys_layout_limits),
        cmocka_unit_test(sys_layout_same_as_host),      cmocka_unit_test(sys_sigset_words),
        cmocka_unit_test(sys_signals_renumbered),       cmocka_unit_test(sys_flags_rows),
        cmocka_unit_test(sys_siginfo_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
