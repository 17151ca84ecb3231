/* Running a unit both ways. See lockstep.h. */
#include "runtime/exec/lockstep.h"

#include <errno.h>
#include <string.h>

#include "frontend/guest.h"
#include "runtime/base/error.h"
#include "runtime/base/fmt.h"
#include "runtime/base/gmem.h"
#include "runtime/base/heap.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"
#include "runtime/debug/debug.h"
#include "runtime/exec/exec.h"
#include "runtime/exec/task_exec.h"
#include "runtime/vm/task_hooks.h"

#include <sys/mman.h>

#define PAGE 4096u
#define STORED_MAX 16
#define ATTEMPTS 3

/* A store that is about to be made: what was there. */
struct stored {
    gaddr addr;
    u32 size;
    u8 old[STORED_MAX];
};

/* A page that the interpreter stored to, and how it left it. */
struct page_image {
    gaddr page;
    u8 bytes[PAGE];
};

struct lockstep {
    enum { IDLE, INTERPRETS, TRANSLATED } phase;
    bool dropped;            /* a store to shared memory was not made */
    bool strayed;            /* a helper of the translated unit wrote where the interpreter's did not: */
    gaddr stray;
    struct stored *stored;
    u32 nstored, stored_cap;
    struct page_image *pages;
    u32 npages, pages_cap;
    u8 *before, *interp;     /* state blocks */
};

struct lockstep_stats lockstep_stats;
static u32 running; /* thread id of the task that runs a unit; 0 for none */

struct lockstep *lockstep_new(void)
{
    struct lockstep *l = heap_calloc(1, sizeof *l);
    l->before = heap_alloc(process.guest->layout.size);
    l->interp = heap_alloc(process.guest->layout.size);
    return l;
}

void lockstep_free(struct lockstep *l)
{
    heap_free(l->stored);
    heap_free(l->pages);
    heap_free(l->before);
    heap_free(l->interp);
    heap_free(l);
}

bool lockstep_varies(const struct ir_unit *iu)
{
    for (u32 i = 0; i < iu->ninsns; i++)
        if (iu->insns[i].op == IR_OP_call && iu->layout->helpers[iu->insns[i].a].reads & IR_HELP_VARIES) return true;
    return false;
}

/* --- the journal of stores --- */

static bool is_shared(struct task *t, gaddr page)
{
    struct mm_region r;
    return mm_find(t->mm, page, &r) && r.flags & MAP_SHARED;
}

static bool knows_page(const struct lockstep *l, gaddr page)
{
    for (u32 i = l->npages; i-- > 0;)
        if (l->pages[i].page == page) return true;
    return false;
}

/* False if the page is shared with other processes. */
static bool add_page(struct task *t, struct lockstep *l, gaddr page)
{
    if (knows_page(l, page)) return true;
    if (is_shared(t, page)) return false;
    if (l->npages == l->pages_cap) {
        l->pages_cap = l->pages_cap ? 2 * l->pages_cap : 4;
        l->pages = heap_realloc(l->pages, l->pages_cap * sizeof *l->pages);
    }
    l->pages[l->npages++].page = page;
    return true;
}

static void add_stored(struct lockstep *l, gaddr addr, u32 n)
{
    if (l->nstored == l->stored_cap) {
        l->stored_cap = l->stored_cap ? 2 * l->stored_cap : 64;
        l->stored = heap_realloc(l->stored, l->stored_cap * sizeof *l->stored);
    }
    struct stored *s = &l->stored[l->nstored];
    s->addr = addr;
    s->size = n;
    if (gmem_read(s->old, addr, n) == 0) l->nstored++; /* else the store will fault, too */
}

static bool record(struct task *t, struct lockstep *l, gaddr addr, size_t n)
{
    while (n) {
        u32 size = (u32)MIN(n, (size_t)STORED_MAX), left = PAGE - (u32)(addr % PAGE);
        size = MIN(size, left);
        if (!add_page(t, l, addr - addr % PAGE)) {
            l->dropped = true;
            return false;
        }
        add_stored(l, addr, size);
        addr += size;
        n -= size;
    }
    return true;
}

static void watch(struct lockstep *l, gaddr addr, size_t n)
{
    gaddr last = addr + n - 1;
    for (gaddr page = addr - addr % PAGE; page <= last && !l->strayed; page += PAGE) {
        if (knows_page(l, page)) continue;
        l->strayed = true;
        l->stray = addr;
    }
}

static bool on_write(gaddr addr, size_t n)
{
    struct task *t = task_self();
    struct lockstep *l = t && t->exec ? exec_of(t)->lockstep : NULL;
    if (!l || l->phase == IDLE) return true;
    if (l->phase == INTERPRETS) return record(t, l, addr, n);
    watch(l, addr, n);
    return true;
}

static void undo(struct lockstep *l)
{
    while (l->nstored) {
        const struct stored *s = &l->stored[--l->nstored];
        gmem_write(s->addr, s->old, s->size);
    }
}

/* The pages as the interpreter left them. One that cannot be read was not stored to. */
static void keep_pages(struct lockstep *l)
{
    u32 kept = 0;
    for (u32 i = 0; i < l->npages; i++) {
        struct page_image *p = &l->pages[kept];
        p->page = l->pages[i].page;
        kept += gmem_read(p->bytes, p->page, PAGE) == 0;
    }
    l->npages = kept;
}

/* --- the pair --- */

static void take_state(u8 *to, const struct cpu_head *cpu) { memcpy(to, cpu, process.guest->layout.size); }

/* The guest's part; the rest of the head is the runtime's, and the poll flag may have been raised meanwhile. */
static void put_state(struct cpu_head *to, const u8 *state)
{
    const struct cpu_head *from = (const void *)state;
    to->key = from->key;
    to->aux = from->aux;
    to->exit_info = from->exit_info;
    to->exit_detail = from->exit_detail;
    to->fp_flags = from->fp_flags;
    to->fp_control = from->fp_control;
    to->mxcsr = from->mxcsr;
    to->excl_valid = from->excl_valid;
    to->excl_addr = from->excl_addr;
    memcpy(to->excl_value, from->excl_value, sizeof to->excl_value);
    memcpy((u8 *)to + sizeof *to, state + sizeof *to, process.guest->layout.size - sizeof *to);
}

/* Without the lock of the list: who holds it may be waiting for this task to reach a safe point. So nothing but the task
 * itself is looked into. */
static bool without_company(void)
{
    const struct task *first = __atomic_load_n(&tasks, __ATOMIC_ACQUIRE), *self = task_self();
    return !first || (first == self && !__atomic_load_n(&self->next, __ATOMIC_RELAXED));
}

/* With company, others may write beside what the unit stored: only its own bytes count. */
static u32 compare_stored(struct out *o, const struct lockstep *l)
{
    u32 n = 0;
    bool alone = without_company();
    u8 now[PAGE];
    for (u32 i = 0; alone && i < l->npages; i++) {
        const struct page_image *p = &l->pages[i];
        struct memory_pair m = {p->page, p->bytes, now, PAGE};
        n += gmem_read(now, p->page, PAGE) ? 1 : compare_memory(o, &m);
    }
    for (u32 i = 0; !alone && i < l->nstored; i++) {
        const struct stored *s = &l->stored[i];
        const struct page_image *p = l->pages;
        while (p->page != s->addr - s->addr % PAGE) p++;
        struct memory_pair m = {s->addr, p->bytes + s->addr % PAGE, now, s->size};
        n += gmem_read(now, s->addr, s->size) ? 1 : compare_memory(o, &m);
    }
    if (l->strayed && o) out_printf(o, "  0x%08llx  written by the translated unit only\n", (unsigned long long)l->stray);
    return n + l->strayed;
}

static u32 compare(struct out *o, const struct lockstep *l, const struct outcome *interp, const struct outcome *jit)
{
    return compare_states(o, &process.guest->layout, interp, jit) + compare_stored(o, l);
}

_Noreturn static void tell(struct task *t, const struct unit *u, const struct outcome *interp, const struct outcome *jit)
{
    struct lockstep *l = exec_of(t)->lockstep;
    struct out o;
    char buf[1024];
    out_init_fd(&o, 2, buf, sizeof buf);
    l->phase = IDLE;
    debug_begin_difference(&o, u->key);
    out_puts(&o, "differences:\n");
    compare(&o, l, interp, jit);
    out_puts(&o, "registers before it:\n");
    debug_print_cpu(&o, (const void *)l->before);
    out_flush(&o);
    debug_end_difference(&o, u->key);
    raw_exit_group(STATUS_BUG);
}

static enum cpu_exit interpret(struct task *t, const struct unit *u)
{
    struct lockstep *l = exec_of(t)->lockstep;
    l->npages = l->nstored = 0;
    l->dropped = l->strayed = false;
    l->phase = INTERPRETS;
    enum cpu_exit why = interp_run(u->interp, t->cpu);
    l->phase = IDLE;
    return why;
}

/* Takes the interpreter's stores back but keeps the journal of where they were. */
static void rewind_stores(struct task *t)
{
    struct lockstep *l = exec_of(t)->lockstep;
    u32 n = l->nstored;
    undo(l);
    l->nstored = n;
    put_state(t->cpu, l->before);
}

enum cpu_exit lockstep_run(struct task *t, struct unit *u, enum cpu_exit (*enter)(struct task *, struct unit *))
{
    struct lockstep *l = exec_of(t)->lockstep;
    if (!u->host || u->varies) {
        u->host ? lockstep_stats.varying++ : lockstep_stats.untranslated++;
        return u->host ? enter(t, u) : interp_run(u->interp, t->cpu);
    }
    take_state(l->before, t->cpu);
    for (u32 attempt = 1;; attempt++) {
        const u32 poll = __atomic_load_n(&t->cpu->poll, __ATOMIC_ACQUIRE);
        struct outcome a = {(const void *)l->interp, interpret(t, u)}, b = {t->cpu, CPU_EXIT_LOOKUP};
        take_state(l->interp, t->cpu);
        if (!l->dropped) keep_pages(l);
        rewind_stores(t);
        if (!l->dropped) l->phase = TRANSLATED;
        b.why = enter(t, u);
        l->phase = IDLE;
        if (l->dropped) {
            lockstep_stats.shared++;
            return b.why;
        }
        if (likely(compare(NULL, l, &a, &b) == 0)) {
            lockstep_stats.compared++;
            return b.why;
        }
        /* Polls see the same flag in both, or it does not count. */
        if (attempt >= ATTEMPTS && poll == __atomic_load_n(&t->cpu->poll, __ATOMIC_ACQUIRE)) tell(t, u, &a, &b);
        lockstep_stats.repeated++;
        rewind_stores(t);
    }
}

/* --- one at a time --- */

#define YIELDS 1000 /* a unit run twice takes some microseconds */

void lockstep_init(void) { gmem_write_hook = on_write; }

/* A process that shares our memory may be killed while it runs a unit, and is not waited for yet perhaps. */
void lockstep_begin(struct task *t)
{
    const struct timespec pause = {.tv_nsec = 50000};
    for (u32 spins = 0;; spins++) {
        u32 other = 0;
        if (__atomic_compare_exchange_n(&running, &other, (u32)t->tid, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
        if (spins < YIELDS) {
            raw_sched_yield();
            continue;
        }
        raw_nanosleep(&pause, NULL);
        if (thread_gone(other))
            __atomic_compare_exchange_n(&running, &other, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    }
}

void lockstep_end(struct task *t)
{
    u32 self = (u32)t->tid;
    __atomic_compare_exchange_n(&running, &self, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

void lockstep_after_fork(void) { __atomic_store_n(&running, 0, __ATOMIC_RELAXED); }
