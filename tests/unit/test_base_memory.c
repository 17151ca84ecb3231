// test_base_memory.c: arena and heap in one thread (test_base_thread.c has them contended), error ends, byte
// order.
#include "runtime/base/arena.h"
#include "runtime/base/endian.h"
#include "runtime/base/error.h"
#include "runtime/base/heap.h"
#include "runtime/base/lock.h"
#include "test_base_capture.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static u32 rng = 0x9e3779b9;
static u32 next(void)
{
    rng ^= rng << 13;
    rng ^= rng >> 17;
    return rng ^= rng << 5;
}

static bool all_bytes(const void *p, u8 byte, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (((const u8 *)p)[i] != byte) return false;
    return true;
}

// ---- arena ----

static void arena_objects_are_zero_aligned_and_apart(void **state)
{
    (void)state;
    struct arena a;
    static struct {
        u8 *p;
        size_t n;
    } got[2000];
    arena_init(&a, 4096);
    for (int round = 0; round < 3; round++) {
        for (u32 i = 0; i < ARRAY_LEN(got); i++) {
            size_t align = (size_t)1 << next() % 7;
            got[i].n = next() % (i % 100 == 0 ? 20000 : 200);
            got[i].p = arena_alloc(&a, got[i].n, align);
            assert_true(is_aligned((u64)got[i].p, align));
            assert_true(all_bytes(got[i].p, 0, got[i].n)); // also after a reset has left old bytes behind
            memset(got[i].p, (int)(i % 255 + 1), got[i].n);
        }
        for (u32 i = 0; i < ARRAY_LEN(got); i++)
            assert_true(all_bytes(got[i].p, (u8)(i % 255 + 1), got[i].n));
        arena_reset(&a);
        assert_int_equal(arena_used(&a), 0);
    }
    arena_free(&a);
}

static void arena_release_drops_only_what_came_after(void **state)
{
    (void)state;
    struct arena a = {0};
    struct arena_mark empty = arena_mark(&a);
    char *kept = arena_strdup(&a, "kept");
    struct arena_mark mark = arena_mark(&a);
    size_t used = arena_used(&a);
    for (int i = 0; i < 100; i++) memset(arena_alloc(&a, 5000, 8), 0xff, 5000);
    arena_release(&a, mark);
    assert_int_equal(arena_used(&a), used);
    assert_string_equal(kept, "kept");
    u64 *fresh = arena_array(&a, u64, 3000);
    assert_true(all_bytes(fresh, 0, 3000 * sizeof *fresh));
    assert_string_equal(kept, "kept");
    arena_release(&a, empty);
    assert_int_equal(arena_used(&a), 0);
    arena_free(&a);
}

static void arena_large_alignment_and_empty_objects(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    for (size_t align = 1; align <= 4096; align *= 2) {
        assert_true(is_aligned((u64)arena_alloc(&a, 1, align), align));
        assert_non_null(arena_alloc(&a, 0, align));
        assert_true(is_aligned((u64)arena_alloc(&a, 100000, align), align));
    }
    arena_free(&a);
}

// ---- heap ----

struct slot {
    u8 *p;
    size_t n;
    u8 fill;
};

static size_t random_size(void)
{
    return next() % ((size_t)16 << next() % 14);
}

static void slot_change(struct slot *s)
{
    u32 what = next() % 4;
    if (s->p) assert_true(all_bytes(s->p, s->fill, s->n));
    if (what == 0) {
        heap_free(s->p);
        s->p = NULL;
        s->n = 0;
        return;
    }
    size_t n = random_size();
    if (what == 1 || !s->p) {
        heap_free(s->p);
        s->p = what == 1 ? heap_calloc(n, 1) : heap_alloc(n);
        if (what == 1) assert_true(all_bytes(s->p, 0, n));
    } else {
        s->p = heap_realloc(s->p, n);
        assert_true(all_bytes(s->p, s->fill, MIN(n, s->n)));
    }
    assert_true(is_aligned((u64)s->p, 16));
    s->n = n;
    s->fill = (u8)next();
    memset(s->p, s->fill, n);
}

static void heap_random_use_keeps_every_object_intact(void **state)
{
    (void)state;
    static struct slot slots[300];
    for (int i = 0; i < 30000; i++) slot_change(&slots[next() % ARRAY_LEN(slots)]);
    for (u32 i = 0; i < ARRAY_LEN(slots); i++) {
        if (slots[i].p) assert_true(all_bytes(slots[i].p, slots[i].fill, slots[i].n));
        heap_free(slots[i].p);
    }
}

static void heap_every_size_can_be_filled(void **state)
{
    (void)state;
    static u8 *p[3];
    for (size_t n = 0; n < 40000; n += n < 2000 ? 1 : 37) {
        for (int i = 0; i < 3; i++) memset(p[i] = heap_alloc(n), i + 1, n);
        for (int i = 0; i < 3; i++) assert_true(all_bytes(p[i], (u8)(i + 1), n));
        for (int i = 0; i < 3; i++) heap_free(p[i]);
    }
}

static void heap_free_of_null_and_strings(void **state)
{
    (void)state;
    heap_free(NULL);
    char *s = heap_strdup("text"), *t = heap_strndup("text", 2), *e = heap_realloc(NULL, 0);
    assert_string_equal(s, "text");
    assert_string_equal(t, "te");
    assert_non_null(e);
    heap_free(s);
    heap_free(t);
    heap_free(e);
}

// ---- the ends ----

static struct capture cap;
static struct lock lock;

static void end_die(void)
{
    die(STATUS_NOT_FOUND, "no '%s' here", "program");
}
static void end_warn(void)
{
    warn("%d of %d", 1, 2);
}
static void hook(struct out *o)
{
    out_puts(o, "the state\n");
}
static void end_bug(void)
{
    bug_set_hook(hook);
    bug("pc %#lx", 0x1234ul);
}
static void hook_with_bug(struct out *o)
{
    (void)o;
    bug("again");
}
static void end_bug_in_hook(void)
{
    bug_set_hook(hook_with_bug);
    bug("first");
}
static void end_double_free(void)
{
    void *p = heap_alloc(40);
    heap_free(p);
    heap_free(p);
}
static void end_calloc_overflow(void)
{
    heap_calloc((size_t)1 << 33, (size_t)1 << 33);
}
static void end_no_memory(void)
{
    struct arena a = {0};
    arena_alloc(&a, (size_t)1 << 60, 8);
}
static void end_lock_twice(void)
{
    lock_acquire(&lock);
    lock_acquire(&lock);
}
static void end_release_of_free_lock(void)
{
    lock_release(&lock);
}

static void expect_end(void (*fn)(void), int status, const char *text)
{
    int got = capture_child(&cap, fn);
    if (!strstr(cap.text, text)) print_error("stderr: '%s', wanted '%s'\n", cap.text, text);
    assert_non_null(strstr(cap.text, text));
    assert_int_equal(got, status);
}

static void error_ends_with_one_line_and_status(void **state)
{
    (void)state;
    expect_end(end_die, 127, "calque: no 'program' here\n");
    expect_end(end_warn, 0, "calque: warning: 1 of 2\n");
    expect_end(end_bug, 70, "calque: internal error: pc 0x1234\nthe state\n");
    expect_end(end_bug_in_hook, 70, "calque: internal error: first\ncalque: internal error: again\n");
}

static void misuse_and_exhaustion_end_clearly(void **state)
{
    (void)state;
    expect_end(end_double_free, 70, "freed before");
    expect_end(end_calloc_overflow, 71, "out of memory");
    expect_end(end_no_memory, 71,
               "out of memory: cannot map 1152921504606851072 bytes: Cannot allocate memory");
    expect_end(end_lock_twice, 70, "taken twice");
    expect_end(end_release_of_free_lock, 70, "owner is 0");
}

static void error_text_equals_host(void **state)
{
    (void)state;
    for (int e = 0; e < 134; e++) {
        if (!strerrordesc_np(e)) continue;
        assert_string_equal(error_text(e), strerror(e)); // the program runs in the C locale
        assert_string_equal(error_text(-e), strerror(e));
    }
    assert_string_equal(error_name(-ENOENT), "ENOENT");
    assert_string_equal(error_text(100000), "unknown error");
    assert_null(error_name(100000));
}

static void endian_access_by_bytes(void **state)
{
    (void)state;
    const u8 b[9] = {0xff, 1, 2, 3, 4, 5, 6, 7, 8};
    u8 w[9];
    assert_int_equal(load_be16(b + 1), 0x0102);
    assert_int_equal(load_le16(b + 1), 0x0201);
    assert_int_equal(load_be32(b + 1), 0x01020304);
    assert_int_equal(load_le32(b + 1), 0x04030201);
    assert_int_equal(load_be64(b + 1), 0x0102030405060708);
    assert_int_equal(load_le64(b + 1), 0x0807060504030201);
    assert_int_equal(load_u32(b + 1, true), 0x01020304);
    w[0] = 0xff;
    store_be64(w + 1, 0x0102030405060708);
    assert_memory_equal(w, b, 9);
    store_u32(w + 1, 0x04030201, false);
    store_le16(w + 5, 0x0605);
    store_be16(w + 7, 0x0708);
    assert_memory_equal(w, b, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_objects_are_zero_aligned_and_apart),
        cmocka_unit_test(arena_release_drops_only_what_came_after),
        cmocka_unit_test(arena_large_alignment_and_empty_objects),
        cmocka_unit_test(heap_random_use_keeps_every_object_intact),
        cmocka_unit_test(heap_every_size_can_be_filled),
        cmocka_unit_test(heap_free_of_null_and_strings),
        cmocka_unit_test(error_ends_with_one_line_and_status),
        cmocka_unit_test(misuse_and_exhaustion_end_clearly),
        cmocka_unit_test(error_text_equals_host),
        cmocka_unit_test(endian_access_by_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
