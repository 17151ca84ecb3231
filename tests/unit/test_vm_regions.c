// test_vm_regions.c: the table of mappings against a naive model that keeps one record a page.
#include "runtime/vm/regions.h"
#include "runtime/base/thread.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <cmocka.h>

#define PAGE  4096ull
#define PAGES 400u
#define KEPT  150u

struct cell {
    bool mapped;
    int prot, flags;
    u64 offset, ino;
    const char *name;
};

static struct cell model[PAGES];
static struct mm mm;
static u64 state;
static unsigned seed;

static u32 pick(u32 n) // xorshift, 0 to n - 1
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (u32)(state >> 11) % n;
}

static void check_failed(const char *what, u32 i)
{
    fail_msg("seed %u: %s at page %u", seed, what, i);
}

static bool same_kind(const struct cell *a, const struct cell *b)
{
    return a->mapped && b->mapped && a->prot == b->prot && a->flags == b->flags && a->ino == b->ino &&
           a->name == b->name && (!a->ino || a->offset + PAGE == b->offset);
}

// Every page says the same, the table is sorted and disjoint, and neighbours that could be one are one.
static void compare(void)
{
    u32 n = 0;
    for (const struct mm_region *r = regions_first(&mm, 0), *below = NULL; r; below = r, r = regions_first(&mm, r->end), n++) {
        if (r->start >= r->end || (below && below->end > r->start)) check_failed("order", n);
        if (regions_below(&mm, r->start) != below) check_failed("below", n);
        u32 last = (u32)(r->end / PAGE - 1);
        if (last + 1 < PAGES && same_kind(&model[last], &model[last + 1])) check_failed("not joined", last);
    }
    if (n != mm_count(&mm)) check_failed("count", n);
    for (u32 p = 0; p < PAGES; p++) {
        const struct mm_region *r = regions_at(&mm, p * PAGE);
        if ((r != NULL) != model[p].mapped) check_failed("mapped", p);
        if (!r) continue;
        if (r->prot != model[p].prot || r->flags != model[p].flags || r->ino != model[p].ino ||
            r->name != model[p].name)
            check_failed("content", p);
        if (r->ino && r->offset + (p * PAGE - r->start) != model[p].offset) check_failed("offset", p);
    }
}

static gaddr model_gap_below(u32 top, u32 len, u32 bottom)
{
    for (u32 start = top - len; len <= top && start >= bottom && start < PAGES; start--) {
        u32 n = 0;
        while (n < len && !model[start + n].mapped) n++;
        if (n == len) return start * PAGE;
    }
    return 0;
}

static void add(u32 from, u32 to)
{
    static const char *const names[] = {NULL, NULL, "[heap]"};
    struct mm_region r = {.start = from * PAGE, .end = to * PAGE, .prot = (int)pick(3)};
    r.flags = pick(2) ? MAP_PRIVATE : MAP_SHARED;
    r.ino = pick(3);
    r.offset = r.ino ? (pick(2) ? from : pick(4)) * PAGE : 0; // often what joins to a neighbour
    r.name = names[pick(3)];
    regions_add(&mm, &r);
    for (u32 p = from; p < to; p++)
        model[p] = (struct cell){true, r.prot, r.flags, r.offset + (p - from) * PAGE, r.ino, r.name};
}

static void one_operation(void)
{
    u32 from = 1 + pick(PAGES - 1), to = from + 1 + pick(PAGES - from);
    if (to > PAGES) to = PAGES;
    if (to <= from) return;
    u32 few = from + 1 + pick(8);
    switch (pick(6)) {
    case 0:
    case 1: add(from, MIN(to, few)); break;
    case 2:
        regions_remove(&mm, from * PAGE, to * PAGE);
        for (u32 p = from; p < to; p++) model[p].mapped = false;
        break;
    case 3: {
        int prot = (int)pick(3);
        regions_protect(&mm, from * PAGE, to * PAGE, prot);
        for (u32 p = from; p < to; p++) model[p].prot = prot;
        break;
    }
    case 4: {
        bool covered = true, unused = true;
        for (u32 p = from; p < to; p++) {
            covered = covered && model[p].mapped;
            unused = unused && !model[p].mapped;
        }
        if (regions_covered(&mm, from * PAGE, to * PAGE) != covered) check_failed("covered", from);
        if (regions_free(&mm, from * PAGE, to * PAGE) != unused) check_failed("free", from);
        break;
    }
    default: {
        u32 len = 1 + pick(12), bottom = 1 + pick(20);
        if (regions_gap_below(&mm, to * PAGE, len * PAGE, bottom * PAGE) != model_gap_below(to, len, bottom))
            check_failed("gap", to);
    }
    }
}

static void vm_regions_random_operations_match_a_page_table(void **unused)
{
    (void)unused;
    unsigned rounds = getenv("CALQUE_LONG") ? 2000 : 60;
    for (seed = 1; seed <= rounds; seed++) {
        state = seed * 0x9e3779b97f4a7c15ull;
        memset(model, 0, sizeof model);
        mm_init(&mm, 32, PAGE);
        for (u32 i = 0; i < 1000; i++) {
            one_operation();
            compare();
        }
    }
}

static void vm_regions_many_small_ones_join_into_one(void **unused)
{
    (void)unused;
    mm_init(&mm, 32, PAGE);
    for (u32 p = 1; p < 2000; p += 2) {
        struct mm_region r = {.start = p * PAGE, .end = (p + 1) * PAGE, .prot = PROT_READ, .flags = MAP_PRIVATE};
        regions_add(&mm, &r);
    }
    assert_int_equal(mm_count(&mm), 1000);
    for (u32 p = 2; p < 1999; p += 2) {
        struct mm_region r = {.start = p * PAGE, .end = (p + 1) * PAGE, .prot = PROT_READ, .flags = MAP_PRIVATE};
        regions_add(&mm, &r);
    }
    assert_int_equal(mm_count(&mm), 1);
    for (u32 p = 1; p < 2000; p++) regions_protect(&mm, p * PAGE, (p + 1) * PAGE, PROT_WRITE);
    assert_int_equal(mm_count(&mm), 1);
}

// Changes what lies between regions that stay, as a process does that shares our memory.
static int change_for_ever(void *unused)
{
    (void)unused;
    for (u32 i = 0;; i = (i + 1) % (KEPT - 1)) {
        const gaddr at = (2 * i + 1) * PAGE;
        struct mm_region r = {.start = at, .end = at + PAGE, .prot = PROT_READ | PROT_WRITE, .flags = MAP_PRIVATE};
        regions_add(&mm, &r);
        regions_protect(&mm, at, at + PAGE, PROT_EXEC); // what its neighbours have: three become one
        regions_remove(&mm, at, at + PAGE);
    }
    return 0;
}

// Killed with SIGKILL at any moment, it leaves a whole table: the next one to take the lock works with it.
static void vm_regions_killed_process_leaves_whole_table(void **unused)
{
    (void)unused;
    if (THREAD_BY_PTHREAD) skip(); // a sanitizer's library knows only threads that libc made
    struct thread_block block; // the child's own: locks know their owner by it
    assert_int_equal(thread_block_map(&block, 64 * 1024), 0);
    const int rounds = getenv("CALQUE_LONG") ? 4000 : 200;
    state = 4711;
    mm_init(&mm, 32, PAGE);
    for (u32 i = 0; i < KEPT; i++) {
        struct mm_region r = {.start = 2 * i * PAGE, .end = (2 * i + 1) * PAGE, .prot = PROT_EXEC, .flags = MAP_PRIVATE};
        regions_add(&mm, &r);
    }
    for (int i = 0; i < rounds; i++) {
        int st;
        pid_t p = (pid_t)thread_clone(CLONE_VM | SIGCHLD, block.stack_top, &block.tls, change_for_ever, NULL, NULL, NULL);
        assert_true(p > 0);
        nanosleep(&(struct timespec){.tv_nsec = 50000 + pick(100000)}, NULL);
        kill(p, SIGKILL);
        assert_int_equal(waitpid(p, &st, 0), p);
        assert_true(WIFSIGNALED(st));
        for (u32 k = 0; k + 1 < KEPT; k++) { // and takes what the killed one may have left
            const gaddr at = (2 * k + 1) * PAGE;
            if (!regions_free(&mm, at, at + PAGE)) regions_remove(&mm, at, at + PAGE);
        }
        assert_int_equal(mm_count(&mm), KEPT);
        for (u32 k = 0; k < KEPT; k++) {
            const struct mm_region *r = regions_first(&mm, 2 * k * PAGE);
            assert_true(r->start == 2 * k * PAGE && r->end == r->start + PAGE && r->prot == PROT_EXEC);
            assert_true(r->flags == MAP_PRIVATE && !r->ino && !r->name);
        }
    }
    thread_block_unmap(&block);
}

// Holes filled in any order: neighbours join across the ends of the table's chunks too.
static void vm_regions_fill_up_in_any_order(void **unused)
{
    (void)unused;
    mm_init(&mm, 32, PAGE);
    for (u32 step = 0; step < 2; step++) {
        for (u32 i = 0; i < 1000; i++) {
            const gaddr at = (2 + 2 * (i * 379 % 1000) + step) * PAGE;
            struct mm_region r = {.start = at, .end = at + PAGE, .prot = PROT_READ, .flags = MAP_PRIVATE};
            regions_add(&mm, &r);
        }
        assert_int_equal(mm_count(&mm), step ? 1 : 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vm_regions_random_operations_match_a_page_table),
        cmocka_unit_test(vm_regions_killed_process_leaves_whole_table),
        cmocka_unit_test(vm_regions_fill_up_in_any_order),
        cmocka_unit_test(vm_regions_many_small_ones_join_into_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
