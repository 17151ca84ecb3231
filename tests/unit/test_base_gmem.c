// test_base_gmem.c: guarded access to guest memory with real faults: every size at the edge of an unmapped
// page, SIGBUS behind a file's end, read-only pages, the 4 GiB wrap of a 32-bit guest. The oracle is the
// memory itself.
#include "runtime/base/gmem.h"
#include "runtime/base/rawsys.h"
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <cmocka.h>

#define PAGE 4096u

static unsigned faults; // that gmem_fixup took

static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)info;
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    u64 pc = (u64)regs[REG_RIP], rax = (u64)regs[REG_RAX];
    if (!gmem_fixup(&pc, &rax)) {
        signal(sig, SIG_DFL); // a fault of calque's own: happens again, and kills
        return;
    }
    regs[REG_RIP] = (greg_t)pc;
    regs[REG_RAX] = (greg_t)rax;
    faults++;
}

static u8 *area; // no access | two pages | no access | one read-only page | no access
static u8 *data, *hole, *readonly;

static int set_up(void **state)
{
    (void)state;
    area = mmap(NULL, 6 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED) return -1;
    data = area + PAGE;
    hole = area + 3 * PAGE;
    readonly = area + 4 * PAGE;
    mprotect(data, 2 * PAGE, PROT_READ | PROT_WRITE);
    mprotect(readonly, PAGE, PROT_READ);
    for (u32 i = 0; i < 2 * PAGE; i++) data[i] = (u8)(i * 7 + i / 251);
    gmem_setup(0, ~(u64)0, 0);
    faults = 0;
    return 0;
}

// By every test itself: cmocka installs handlers of its own before it calls the test.
static void catch_faults(void)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    assert_int_equal(sigaction(SIGSEGV, &sa, NULL), 0);
    assert_int_equal(sigaction(SIGBUS, &sa, NULL), 0);
}

static int tear_down(void **state)
{
    (void)state;
    gmem_setup(0, ~(u64)0, 0);
    return munmap(area, 6 * PAGE);
}

// ---- blocks ----

static size_t step(size_t n)
{
    return n < 80 ? 1 : n < 700 ? 13 : 211;
}

static void gmem_read_every_size_up_to_the_edge(void **state)
{
    (void)state;
    catch_faults();
    static u8 buf[2 * PAGE + 16];
    for (size_t n = 0; n <= 2 * PAGE; n += step(n)) {
        memset(buf, 0xaa, sizeof buf);
        assert_int_equal(gmem_read(buf + 8, (gaddr)(hole - n), n), 0); // ends at the hole
        assert_memory_equal(buf + 8, hole - n, n);
        assert_int_equal(buf[7], 0xaa);
        assert_int_equal(buf[8 + n], 0xaa);
        assert_int_equal(gmem_read(buf + 8, (gaddr)data, n), 0); // begins behind one
        assert_memory_equal(buf + 8, data, n);
    }
    assert_int_equal(faults, 0);
}

static void gmem_read_across_an_edge_is_efault(void **state)
{
    (void)state;
    catch_faults();
    static u8 buf[2 * PAGE + 16];
    unsigned calls = 0;
    for (size_t n = 1; n <= 2 * PAGE; n += step(n), calls += 3) {
        assert_int_equal(gmem_read(buf, (gaddr)(hole - n + 1), n), -EFAULT);
        assert_int_equal(gmem_read(buf, (gaddr)(data - 1), n), -EFAULT);
        assert_int_equal(gmem_read(buf, (gaddr)hole, n), -EFAULT);
    }
    assert_int_equal(faults, calls);
}

static void gmem_write_every_size(void **state)
{
    (void)state;
    catch_faults();
    static u8 buf[2 * PAGE];
    for (size_t n = 0; n <= 2 * PAGE - 2; n += step(n)) {
        for (size_t i = 0; i < n; i++) buf[i] = (u8)(i * 3 + n);
        memset(data, 0x55, 2 * PAGE);
        assert_int_equal(gmem_write((gaddr)(data + 1), buf, n), 0);
        assert_int_equal(data[0], 0x55);
        assert_memory_equal(data + 1, buf, n);
        assert_int_equal(data[1 + n], 0x55);
        assert_int_equal(gmem_write((gaddr)(hole - n), buf, n), 0);
        assert_memory_equal(hole - n, buf, n);
        if (n == 0) continue;
        assert_int_equal(gmem_write((gaddr)(hole - n + 1), buf, n), -EFAULT);
        assert_int_equal(gmem_write((gaddr)readonly, buf, MIN(n, PAGE)), -EFAULT);
    }
}

static void gmem_set_and_copy(void **state)
{
    (void)state;
    catch_faults();
    assert_int_equal(gmem_set((gaddr)data, 0xc3, PAGE), 0);
    for (u32 i = 0; i < PAGE; i++) assert_int_equal(data[i], 0xc3);
    assert_int_equal(gmem_copy((gaddr)data + PAGE, (gaddr)data, PAGE), 0);
    assert_memory_equal(data, data + PAGE, PAGE);
    assert_int_equal(gmem_set((gaddr)hole - 5, 0, 6), -EFAULT);
    assert_int_equal(gmem_set((gaddr)readonly, 0, 1), -EFAULT);
    assert_int_equal(gmem_copy((gaddr)data, (gaddr)hole - 40, 41), -EFAULT);
    assert_int_equal(gmem_copy((gaddr)hole - 40, (gaddr)data, 41), -EFAULT);
    assert_int_equal(gmem_set((gaddr)hole, 1, 0), 0);
    assert_int_equal(faults, 4);
}

static void gmem_sigbus_behind_the_end_of_a_file(void **state)
{
    (void)state;
    catch_faults();
    int fd = memfd_create("short", 0);
    assert_int_equal(ftruncate(fd, PAGE), 0);
    u8 *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), buf[64];
    assert_int_equal(gmem_read(buf, (gaddr)p + PAGE - 32, 32), 0);
    assert_int_equal(gmem_read(buf, (gaddr)p + PAGE - 32, 64), -EFAULT);
    assert_int_equal(gmem_store_u32((gaddr)p + PAGE, false, 1), -EFAULT);
    assert_int_equal(faults, 2);
    munmap(p, 2 * PAGE);
    close(fd);
}

// ---- strings ----

static void gmem_strings_end_fault_or_are_too_long(void **state)
{
    (void)state;
    catch_faults();
    char buf[64];
    gaddr at = (gaddr)hole - 6;
    memcpy(hole - 6, "hello", 6);
    assert_int_equal(gmem_strncpy(buf, at, sizeof buf), 5);
    assert_string_equal(buf, "hello");
    assert_int_equal(gmem_strncpy(buf, at, 6), 5);
    assert_int_equal(gmem_strncpy(buf, at, 5), -ENAMETOOLONG);
    assert_int_equal(gmem_strncpy(buf, at, 0), -ENAMETOOLONG);
    assert_int_equal(gmem_strncpy(buf, at + 5, 1), 0);
    assert_int_equal(gmem_strnlen(at, 64), 5);
    assert_int_equal(gmem_strnlen(at, 3), 3);
    assert_int_equal(gmem_strnlen(at, 0), 0);
    assert_int_equal(faults, 0);
    hole[-1] = '!';
    assert_int_equal(gmem_strncpy(buf, at, sizeof buf), -EFAULT);
    assert_int_equal(gmem_strnlen(at, 64), -EFAULT);
    assert_int_equal(gmem_strncpy(buf, at, 6), -ENAMETOOLONG);
    assert_int_equal(gmem_strnlen(at, 6), 6);
    assert_int_equal(gmem_strncpy(buf, 0, 8), -EFAULT);
    assert_int_equal(faults, 3);
}

// ---- single accesses ----

static void gmem_loads_and_stores_in_both_byte_orders(void **state)
{
    (void)state;
    catch_faults();
    static const u8 bytes[8] = {0x81, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
    u8 v8;
    u16 v16;
    u32 v32;
    u64 v64;
    memcpy(hole - 8, bytes, 8);
    gaddr at = (gaddr)hole - 8;
    assert_int_equal(gmem_load_u8(at, &v8), 0);
    assert_int_equal(v8, 0x81);
    assert_int_equal(gmem_load_u16(at, true, &v16), 0);
    assert_int_equal(v16, 0x8102);
    assert_int_equal(gmem_load_u16(at, false, &v16), 0);
    assert_int_equal(v16, 0x0281);
    assert_int_equal(gmem_load_u32(at, true, &v32), 0);
    assert_int_equal(v32, 0x81020304);
    assert_int_equal(gmem_load_u32(at, false, &v32), 0);
    assert_int_equal(v32, 0x04030281);
    assert_int_equal(gmem_load_u64(at, true, &v64), 0);
    assert_true(v64 == 0x8102030405060708);
    assert_int_equal(gmem_load_u64(at, false, &v64), 0);
    assert_true(v64 == 0x0807060504030281);
    memset(hole - 8, 0, 8);
    assert_int_equal(gmem_store_u64(at, true, 0x8102030405060708), 0);
    assert_memory_equal(hole - 8, bytes, 8);
    assert_int_equal(gmem_store_u32(at, false, 0x04030281), 0);
    assert_int_equal(gmem_store_u16(at + 4, true, 0x0506), 0);
    assert_int_equal(gmem_store_u8(at + 6, 7), 0);
    assert_memory_equal(hole - 8, bytes, 8);
}

static void gmem_single_accesses_fault(void **state)
{
    (void)state;
    catch_faults();
    u8 v8 = 1;
    u16 v16 = 1;
    u32 v32 = 1;
    u64 v64 = 1;
    gaddr end = (gaddr)hole;
    assert_int_equal(gmem_load_u8(end, &v8), -EFAULT);
    assert_int_equal(gmem_load_u16(end - 1, false, &v16), -EFAULT);
    assert_int_equal(gmem_load_u32(end - 3, true, &v32), -EFAULT);
    assert_int_equal(gmem_load_u64(end - 7, false, &v64), -EFAULT);
    assert_true(v8 == 1 && v16 == 1 && v32 == 1 && v64 == 1);
    assert_int_equal(gmem_store_u8((gaddr)readonly, 0), -EFAULT);
    assert_int_equal(gmem_store_u16((gaddr)readonly, true, 0), -EFAULT);
    assert_int_equal(gmem_store_u32(end - 1, true, 0), -EFAULT);
    assert_int_equal(gmem_store_u64(end - 1, false, 0), -EFAULT);
    assert_int_equal(faults, 8);
}

static void gmem_kernel_addresses_are_efault_without_a_fault(void **state)
{
    (void)state;
    catch_faults();
    static const gaddr bad[] = {0x7ffffffff000, 0x800000000000, 0xffff800000000000, ~(gaddr)0, ~(gaddr)7};
    u8 buf[16];
    u64 v;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(gmem_read(buf, bad[i], 8), -EFAULT);
        assert_int_equal(gmem_write(bad[i], buf, 8), -EFAULT);
        assert_int_equal(gmem_load_u64(bad[i], false, &v), -EFAULT);
        assert_int_equal(gmem_strncpy((char *)buf, bad[i], 8), -EFAULT);
        assert_int_equal(gmem_read(buf, bad[i], 0), 0);
    }
    assert_int_equal(gmem_read(buf, (gaddr)data, ~(size_t)0), -EFAULT); // a length that wraps
    assert_int_equal(faults, 0);
}

static void check_cmpxchg(unsigned size, bool be, u64 was, u64 desired)
{
    u64 mask = size == 8 ? ~(u64)0 : ((u64)1 << 8 * size) - 1, old = 0;
    u8 *p = data + 64;
    was &= mask;
    desired &= mask;
    memset(p - 8, 0xee, 24);
    for (unsigned i = 0; i < size; i++) p[be ? size - 1 - i : i] = (u8)(was >> 8 * i);
    assert_int_equal(gmem_cmpxchg((gaddr)p, size, be, was ^ 1, desired, &old), 0);
    assert_true(old == was); // and nothing stored:
    assert_int_equal(gmem_cmpxchg((gaddr)p, size, be, was, desired, &old), 0);
    assert_true(old == was);
    for (unsigned i = 0; i < size; i++) assert_int_equal(p[be ? size - 1 - i : i], (u8)(desired >> 8 * i));
    assert_int_equal(p[-1], 0xee);
    assert_int_equal(p[size], 0xee);
}

static void gmem_cmpxchg_every_size_and_order(void **state)
{
    (void)state;
    catch_faults();
    for (unsigned size = 1; size <= 8; size *= 2)
        for (int be = 0; be < 2; be++) check_cmpxchg(size, be, 0x8192a3b4c5d6e7f8, 0x1021324354657687);
    u64 old = 7;
    for (unsigned size = 1; size <= 8; size *= 2) {
        assert_int_equal(gmem_cmpxchg((gaddr)readonly, size, false, 1, 2, &old), -EFAULT);
        assert_int_equal(gmem_cmpxchg((gaddr)hole, size, true, 1, 2, &old), -EFAULT);
    }
    assert_int_equal(gmem_cmpxchg((gaddr)data, 3, false, 0, 0, &old), -EINVAL);
    assert_int_equal(gmem_cmpxchg((gaddr)data, 16, false, 0, 0, &old), -EINVAL);
    assert_int_equal(gmem_cmpxchg((gaddr)data, 0, false, 0, 0, &old), -EINVAL);
    assert_int_equal(gmem_cmpxchg((gaddr)data + 2, 4, false, 0, 0, &old), -EINVAL);
    assert_int_equal(old, 7);
}

// ---- 32-bit guests ----

static void gmem_32_bit_guest_wraps_addresses_and_not_ranges(void **state)
{
    (void)state;
    catch_faults();
    u64 span = (u64)4 << 30;
    u8 *base = mmap(NULL, span + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) skip();
    mprotect(base, PAGE, PROT_READ | PROT_WRITE);
    mprotect(base + span - PAGE, 2 * PAGE, PROT_READ | PROT_WRITE); // the second page is not the guest's
    gmem_setup((u64)base, 0xffffffff, 0);
    assert_true(gmem_limit == span);
    u32 v;
    u8 buf[16];
    assert_ptr_equal(gmem_ptr(0x100000010), base + 0x10);
    assert_int_equal(gmem_store_u32(0x10, true, 0x01020304), 0);
    assert_int_equal(gmem_load_u32(0xffffffff00000010, true, &v), 0);
    assert_int_equal(v, 0x01020304);
    assert_int_equal(gmem_store_u32(0xfffffffc, false, 5), 0);
    assert_int_equal(gmem_load_u32(0xfffffffd, false, &v), -EFAULT);
    assert_int_equal(gmem_read(buf, 0xfffffff8, 8), 0);
    assert_int_equal(gmem_read(buf, 0xfffffff8, 9), -EFAULT);
    memset(base + span - 4, 'x', 8);
    assert_int_equal(gmem_strncpy((char *)buf, 0xfffffffc, 16), -EFAULT);
    assert_int_equal(gmem_strnlen(0xfffffffc, 16), -EFAULT);
    assert_int_equal(faults, 0);
    assert_int_equal(gmem_read(buf, 0x8000, 1), -EFAULT);
    assert_int_equal(faults, 1);
    assert_true(gmem_host_is_guest(base + span - 1) && !gmem_host_is_guest(base + span));
    munmap(base, span + PAGE);
}

static void gmem_fixup_leaves_other_code_alone(void **state)
{
    (void)state;
    catch_faults();
    u64 pc = (u64)(uintptr_t)&gmem_read, rax = 5;
    assert_false(gmem_fixup(&pc, &rax));
    assert_true(pc == (u64)(uintptr_t)&gmem_read && rax == 5);
    pc = 0;
    assert_false(gmem_fixup(&pc, &rax));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gmem_read_every_size_up_to_the_edge),
        TEST(gmem_read_across_an_edge_is_efault),
        TEST(gmem_write_every_size),
        TEST(gmem_set_and_copy),
        TEST(gmem_sigbus_behind_the_end_of_a_file),
        TEST(gmem_strings_end_fault_or_are_too_long),
        TEST(gmem_loads_and_stores_in_both_byte_orders),
        TEST(gmem_single_accesses_fault),
        TEST(gmem_kernel_addresses_are_efault_without_a_fault),
        TEST(gmem_cmpxchg_every_size_and_order),
        TEST(gmem_32_bit_guest_wraps_addresses_and_not_ranges),
        TEST(gmem_fixup_leaves_other_code_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
