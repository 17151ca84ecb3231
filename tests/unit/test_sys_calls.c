/* Calls from the trap to the result, for made-up guests of both word sizes and byte orders: argument pairs, results and
 * errors, structures in memory, and bad addresses in every pointer of every row. */
#include "tests/unit/test_sys_fake.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

static int scratch_file(void)
{
    int fd = (int)syscall(SYS_memfd_create, "test", 0);
    assert_true(fd >= 0);
    return fd;
}

/* pwrite64(fd, buf, count, offset): the offset is words 3,4 or, aligned, 4,5; high word first in big endian. */
static void sys_pair_arguments(void **state)
{
    (void)state;
    const u64 offset = 0x100000010ull;
    for (u32 mode = 0; mode < 4; mode++) {
        bool be = mode & 1, aligned = mode & 2;
        fake_abi.pair_aligned = aligned;
        fake_start(4, be);
        int fd = scratch_file();
        memcpy(gmem_ptr(fake_page), "guest", 5);
        u64 hi = offset >> 32, lo = (u32)offset, a[7] = {(u64)fd, fake_page, 5};
        u32 at = 3 + aligned;
        a[at] = be ? hi : lo;
        a[at + 1] = be ? lo : hi;
        assert_int_equal(fake_call(SYS_CALL_pwrite64, a, 7), 5);
        char back[5];
        assert_int_equal(pread(fd, back, 5, (off_t)offset), 5);
        assert_memory_equal(back, "guest", 5);
        close(fd);
    }
    fake_abi.pair_aligned = false;
    fake_start(8, false);
    int fd = scratch_file();
    assert_int_equal(FAKE_CALL(pwrite64, (u64)fd, fake_page, 5, offset), 5);
    assert_int_equal(lseek(fd, 0, SEEK_END), (off_t)offset + 5);
    close(fd);
}

/* preadv's two halves come low first in every byte order. */
static void sys_vector_offsets(void **state)
{
    (void)state;
    for (u32 be = 0; be < 2; be++) {
        fake_start(4, be);
        int fd = scratch_file();
        assert_int_equal(pwrite(fd, "0123456789", 10, 0x100000000), 10);
        gmem_store_u32(fake_page, be, (u32)fake_page + 64);
        gmem_store_u32(fake_page + 4, be, 3);
        gmem_store_u32(fake_page + 8, be, (u32)fake_page + 128);
        gmem_store_u32(fake_page + 12, be, 4);
        assert_int_equal(FAKE_CALL(preadv, (u64)fd, fake_page, 2, 1, 1), 7);
        assert_memory_equal(gmem_ptr(fake_page + 64), "123", 3);
        assert_memory_equal(gmem_ptr(fake_page + 128), "4567", 4);
        assert_int_equal(FAKE_CALL(preadv, (u64)fd, fake_page, 2000, 0, 0), -EINVAL);
        gmem_store_u32(fake_page + 4, be, 0x80000000);
        assert_int_equal(FAKE_CALL(preadv, (u64)fd, fake_page, 2, 0, 0), -EINVAL);
        close(fd);
    }
}

static void sys_errors_are_the_guests(void **state)
{
    (void)state;
    static const u16 map[SYS_ERRNO_MAX] = {[ENOTSOCK] = 38, [ENOSYS] = 90};
    fake_abi.errno_map = map;
    fake_start(4, true);
    int fd = scratch_file();
    assert_int_equal(FAKE_CALL(listen, (u64)fd, 1), -38);
    assert_int_equal(FAKE_CALL(io_uring_setup, 1, 0), -90);      /* a TODO row */
    assert_int_equal(fake_call(SYS_CALL_COUNT + 5, NULL, 0), -90); /* no row */
    assert_int_equal(FAKE_CALL(close, (u64)fd), 0);
    assert_int_equal(FAKE_CALL(close, (u64)fd), -EBADF);
    fake_abi.errno_map = NULL;
}

/* socketcall(SYS_SOCKETPAIR, {AF_UNIX, SOCK_STREAM, 0, fds}) and messages with a descriptor in them. */
static void sys_socketcall_and_rights(void **state)
{
    (void)state;
    fake_start(4, true);
    const bool be = true;
    u32 w[4] = {AF_UNIX, SOCK_STREAM, 0, (u32)fake_page + 512};
    for (u32 i = 0; i < 4; i++) gmem_store_u32(fake_page + 4 * i, be, w[i]);
    assert_int_equal(FAKE_CALL(socketcall, 8, fake_page), 0);
    u32 fd[2];
    gmem_load_u32(fake_page + 512, be, &fd[0]);
    gmem_load_u32(fake_page + 516, be, &fd[1]);
    /* msghdr {0,0,iov,1,control,16,0}, iov {data,2}, cmsghdr {16, SOL_SOCKET, SCM_RIGHTS}, descriptor */
    u32 msg[7] = {0, 0, (u32)fake_page + 100, 1, (u32)fake_page + 200, 16, 0};
    u32 iov[2] = {(u32)fake_page + 300, 2}, control[4] = {16, SOL_SOCKET, SCM_RIGHTS, fd[0]};
    for (u32 i = 0; i < 7; i++) gmem_store_u32(fake_page + 4 * i, be, msg[i]);
    for (u32 i = 0; i < 2; i++) gmem_store_u32(fake_page + 100 + 4 * i, be, iov[i]);
    for (u32 i = 0; i < 4; i++) gmem_store_u32(fake_page + 200 + 4 * i, be, control[i]);
    memcpy(gmem_ptr(fake_page + 300), "hi", 2);
    assert_int_equal(FAKE_CALL(sendmsg, fd[0], fake_page, 0), 2);
    memset(gmem_ptr(fake_page + 200), 0xaa, 100);
    memset(gmem_ptr(fake_page + 300), 0, 2);
    assert_int_equal(FAKE_CALL(recvmsg, fd[1], fake_page, 0), 2);
    assert_memory_equal(gmem_ptr(fake_page + 300), "hi", 2);
    static const u8 header[12] = {0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 1};
    assert_memory_equal(gmem_ptr(fake_page + 200), header, 12);
    u32 got, length;
    gmem_load_u32(fake_page + 212, be, &got);
    gmem_load_u32(fake_page + 20, be, &length);
    assert_int_equal(length, 16);
    assert_int_equal(fcntl((int)got, F_GETFD), 0);
    close((int)got);
    close((int)fd[0]);
    close((int)fd[1]);
}

/* FUTEX_WAKE_OP by hand in big endian: the word is changed and compared in the guest's order (futex(2)). */
static void sys_futex_wake_op_big_endian(void **state)
{
    (void)state;
    fake_start(4, true);
    u32 v;
    gmem_store_u32(fake_page + 8, true, 255);
    /* FUTEX_OP(ADD, 1, EQ, 255): a carry into the next byte shows the order */
    assert_int_equal(FAKE_CALL(futex, fake_page, 5 /* WAKE_OP */, 1, 1, fake_page + 8, 1u << 28 | 1 << 12 | 255), 0);
    gmem_load_u32(fake_page + 8, true, &v);
    assert_int_equal(v, 256);
    gmem_store_u32(fake_page, true, 5);
    assert_int_equal(FAKE_CALL(futex, fake_page, 0 /* WAIT */, 6, 0, 0, 0), -EAGAIN);
}

/* A descriptor whose data is a number: eventfd counts in the guest's byte order. */
static void sys_eventfd_big_endian(void **state)
{
    (void)state;
    fake_start(4, true);
    s64 fd = FAKE_CALL(eventfd2, 3, 0);
    assert_true(fd >= 0);
    gmem_store_u64(fake_page, true, 4);
    assert_int_equal(FAKE_CALL(write, (u64)fd, fake_page, 8), 8);
    assert_int_equal(FAKE_CALL(read, (u64)fd, fake_page + 16, 8), 8);
    u64 v;
    gmem_load_u64(fake_page + 16, true, &v);
    assert_int_equal(v, 7);
    assert_int_equal(FAKE_CALL(close, (u64)fd), 0);
}

/* ---- bad addresses ---- */

#define BAD 0xff400000u /* nothing there */

/* Calls that must not be made with made-up arguments, whatever their pointers. */
static bool is_unsafe(const char *name)
{
    static const char *const unsafe[] = {"exit", "exit_group", "fork", "vfork", "clone", "clone_backwards", "sigreturn",
        "rt_sigreturn", "brk", "mmap", "mmap2", "munmap", "mprotect", "mremap", "shmat", "shmdt", "alarm", "pause", "setsid"};
    for (u32 i = 0; i < ARRAY_LEN(unsafe); i++)
        if (strcmp(name, unsafe[i]) == 0) return true;
    return false;
}

/* Addresses that are only remembered, and lists that may be empty. */
static bool may_succeed(const char *name)
{
    return strcmp(name, "set_tid_address") == 0 || strcmp(name, "signal") == 0 || strncmp(name, "getgroups", 9) == 0;
}

static bool is_pointer(u32 kind)
{
    switch (kind & 0xff) {
    case SYS_KIND_ptr:
    case SYS_KIND_path:
    case SYS_KIND_str:
    case SYS_KIND_strv:
    case SYS_KIND_inbuf:
    case SYS_KIND_outbuf:
    case SYS_KIND_in:
    case SYS_KIND_out:
    case SYS_KIND_inout:
    case SYS_KIND_outu32:
    case SYS_KIND_outu64:
    case SYS_KIND_inoutu64: return true;
    default: return false;
    }
}

/* Every pointer of every row bad: the call fails; a path, which the kernel looks at first, is EFAULT. */
static void sys_bad_pointers(void **state)
{
    (void)state;
    u32 tried = 0;
    fake_start(4, false);
    for (u32 id = 1; id < SYS_CALL_COUNT; id++) {
        const struct sys_call *row = sys_call_row(&fake_abi, id);
        u64 a[8] = {0};
        bool any = false, path = false;
        u32 slot = 0;
        for (u32 i = 0; row->args[i].kind != SYS_KIND_end; i++) {
            u32 kind = row->args[i].kind;
            path |= !any && (kind & 0xff) == SYS_KIND_path;
            any |= is_pointer(kind);
            u64 v = is_pointer(kind) ? BAD : (kind & 0xff) == SYS_KIND_flags ? 0 : 16;
            if ((kind & 0xff) == SYS_KIND_size) v = 8;
            a[slot++ & 7] = v;
            if ((kind & 0xff) == SYS_KIND_off64 || (kind & 0xff) == SYS_KIND_lohi) a[slot++ & 7] = 0;
        }
        if (!any || is_unsafe(row->name) || (row->host < 0 && !row->fn)) continue;
        s64 r = fake_call(id, a, 8);
        tried++;
        if (path && row->host >= 0 && r != -EFAULT) fail_msg("%s with a bad path gives %ld", row->name, (long)r);
        if (r >= 0 && !may_succeed(row->name)) fail_msg("%s with bad pointers gives %ld", row->name, (long)r);
    }
    assert_true(tried > 200);
}

/* A structure that ends beyond the last mapped page, and one that begins at the very end of the address space. */
static void sys_structures_at_the_edge(void **state)
{
    (void)state;
    fake_start(4, true);
    memcpy(gmem_ptr(fake_page), "/", 2);
    assert_int_equal(FAKE_CALL(stat64, fake_page, fake_page + 4096 - 104), 0);
    assert_int_equal(FAKE_CALL(stat64, fake_page, fake_page + 4096 - 103), -EFAULT);
    assert_int_equal(FAKE_CALL(stat64, fake_page, 0xffffffff), -EFAULT);
    assert_int_equal(FAKE_CALL(read, 0, 0xfffffff0, 0x100), -EFAULT);
    /* a name that runs to the end of its page without a NUL */
    memset(gmem_ptr(fake_page + 4000), 'a', 96);
    assert_int_equal(FAKE_CALL(open, fake_page + 4000, 0, 0), -EFAULT);
}

/* A signal that came first: nothing is stored, and sys_restart takes the program back to its trap. */
static void sys_restart_rewinds(void **state)
{
    (void)state;
    fake_start(4, false);
    fake_cpu.head.key = 0x1000;
    fake_cpu.head.exit_info = 2;
    fake_cpu.head.poll = POLL_SIGNAL;
    u32 sets = fake_cpu.sets;
    fake_cpu.nr = SYS_CALL_getpid;
    assert_false(sys_dispatch(&fake_task, 2));
    assert_int_equal(fake_cpu.sets, sets);
    sys_restart(&fake_task, true);
    assert_int_equal(fake_cpu.head.key, 0x1000 - 6); /* fake_rewind: 4 and the trap's number */
    fake_cpu.head.poll = 0;
    assert_true(sys_dispatch(&fake_task, 2));
    assert_int_equal(fake_cpu.result, getpid());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sys_pair_arguments),        cmocka_unit_test(sys_vector_offsets),
        cmocka_unit_test(sys_errors_are_the_guests), cmocka_unit_test(sys_socketcall_and_rights),
        cmocka_unit_test(sys_futex_wake_op_big_endian), cmocka_unit_test(sys_eventfd_big_endian),
        cmocka_unit_test(sys_bad_pointers),          cmocka_unit_test(sys_structures_at_the_edge),
        cmocka_unit_test(sys_restart_rewinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
