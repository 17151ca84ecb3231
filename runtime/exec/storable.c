/* -check-storable: proves of every unit that is made that its code could be kept on disk and used for the same file
 * loaded elsewhere. The unit is made a second time, which must give the same bytes, and a third time from the same guest
 * bytes at another guest address; relocated to each other's place, both must be equal in code and side tables. A test's
 * tool: a difference is a bug report. Called by translate.c, under the cache's lock. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "frontend/guest.h"
#include "runtime/base/error.h"
#include "runtime/base/gmem.h"
#include "runtime/base/heap.h"
#include "runtime/base/log.h"
#include "runtime/base/options.h"
#include "runtime/base/rawsys.h"
#include "runtime/debug/debug.h"
#include "runtime/exec/exec.h"
#include "runtime/exec/task_exec.h"
#include "runtime/exec/unit.h"

#define STEP 0x10000u         /* the bias is a multiple of it: more than any guest's page */
#define WINDOW (STEP + 0x4000) /* a unit ends with its page, and its lifter looks a word or two further */
#define HOST_PAGE 4096u
/* Far below the stack: LinuxThreads maps its threads' stacks there at fixed places, over whatever it finds. */
#define WINDOW_HINT 0x50000000u

static gaddr window; /* guest memory of our own; 0: not yet */
static struct arena arena;

void storable_prepare(struct task *t)
{
    if (window) return;
    s64 r = mm_map(t->mm, WINDOW_HINT, WINDOW + STEP, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (r < 0) die(STATUS_HOST, "-check-storable: no guest memory: %s", error_text((int)r));
    window = align_up((gaddr)r, STEP);
    arena_init(&arena, 0);
}

/* The pages from pc's on as they are, executable or not, at pc + delta. */
static void copy_pages(gaddr pc, u64 delta)
{
    gaddr page = pc & ~(u64)(HOST_PAGE - 1), end = page + process.guest->page_size + HOST_PAGE;
    for (; page < end; page += HOST_PAGE) {
        u8 *to = gmem_ptr(page + delta);
        raw_mprotect(to, HOST_PAGE, PROT_READ | PROT_WRITE);
        if (!cache_may_execute(page) || gmem_read(to, page, HOST_PAGE) != 0) raw_mprotect(to, HOST_PAGE, PROT_NONE);
    }
}

static void make(u64 key, u32 max, u64 no_passes, struct ir_unit *iu, struct jit_code *code)
{
    if (guest_lift(process.guest, key, max, iu, &arena) != 0)
        bug("storable: lifting the unit at 0x%llx again failed", (unsigned long long)key);
    ir_optimise(iu, no_passes);
    int e = jit_translate(iu, &exec_backend, &arena, code);
    if (e) bug("storable: translating the unit at 0x%llx again failed: %s", (unsigned long long)key, error_text(e));
}

static const char *different_rows(const struct jit_code *a, const struct jit_code *b, u64 delta)
{
    for (u32 i = 0; i < a->nfaults; i++) {
        const struct side_fault *f = &a->faults[i], *g = &b->faults[i];
        u64 key = f->rel & SIDE_REL_KEY ? delta : 0, aux = f->rel & SIDE_REL_AUX ? delta : 0;
        if (f->host_end != g->host_end || f->rel != g->rel || f->zeroed != g->zeroed) return "a fault row's place";
        if (f->key + key != g->key || f->aux + aux != g->aux) return "a fault row's key or aux";
    }
    for (u32 i = 0; i < a->nlinks; i++) {
        const struct side_link *f = &a->links[i], *g = &b->links[i];
        if (f->offset != g->offset || f->stub != g->stub || f->rel != g->rel) return "a link's place";
        if (f->key + (f->rel ? delta : 0) != g->key) return "a link's key";
    }
    for (u32 i = 0; i < a->nrelocs; i++) {
        const struct side_reloc *f = &a->relocs[i], *g = &b->relocs[i];
        bool key = f->kind == RELOC_GUEST_KEY || f->kind == RELOC_GUEST_KEY_HIGH;
        if (f->offset != g->offset || f->kind != g->kind || f->size != g->size) return "a relocation's place";
        if (f->addend + (key ? delta : 0) != g->addend) return "a relocation's addend";
    }
    if (a->nlandings == 0) return NULL; /* then there may be no array */
    return memcmp(a->landings, b->landings, a->nlandings * sizeof *a->landings) ? "a landing" : NULL;
}

/* What differs between b and a moved by delta, both placed at `at`; NULL: nothing. */
static const char *difference(const struct jit_code *a, const struct jit_code *b, u64 delta, u64 at)
{
    if (a->size != b->size) return "the size of the code";
    if (a->nfaults != b->nfaults || a->nlinks != b->nlinks || a->nrelocs != b->nrelocs ||
        a->nlandings != b->nlandings)
        return "the number of rows in a side table";
    u8 *x = arena_alloc(&arena, a->size, 16), *y = arena_alloc(&arena, a->size, 16);
    jit_place(a, &process.guest->layout, &cache.thunks, x, at, delta);
    jit_place(b, &process.guest->layout, &cache.thunks, y, at, 0);
    if (memcmp(x, y, a->size)) return "the relocated code";
    return different_rows(a, b, delta);
}

static void must_equal(const struct jit_code *a, const struct jit_code *b, u64 delta, u64 at, u64 key)
{
    const char *what = difference(a, b, delta, at);
    if (what)
        bug("storable: the unit at 0x%llx, made again %s, differs in %s", (unsigned long long)key,
            delta ? "from a copy of its bytes elsewhere" : "from the same bytes", what);
}

void storable_check(const struct ir_unit *iu, u32 max, u64 no_passes, const struct jit_code *code)
{
    struct ir_unit again;
    struct jit_code other;
    gaddr pc = process.guest->pc_of_key(iu->key);
    u64 delta = window - (pc & ~(u64)(STEP - 1));
    arena_reset(&arena);
    make(iu->key, max, no_passes, &again, &other);
    if (other.size != code->size || memcmp(other.code, code->code, code->size))
        bug("storable: the unit at 0x%llx, made again, has other bytes", (unsigned long long)iu->key);
    must_equal(code, &other, 0, (u64)cache.base, iu->key);
    if (code->fixed) {
        u64 *count = iu->rel ? &exec_stats.storable_fixed : &exec_stats.storable_fileless;
        ++*count;
        if (iu->rel)
            log_printf(LOG_unimp, "not storable: the unit at 0x%llx: %s", (unsigned long long)iu->key,
                       code->fixed);
        return;
    }
    copy_pages(pc, delta);
    make((iu->key ^ pc) | ((pc + delta) & gmem_mask), max, no_passes, &again, &other);
    /* 32-bit keys wrap: what is added is the difference of the keys */
    must_equal(code, &other, again.key - iu->key, (u64)cache.end - code->size, iu->key);
    exec_stats.storable++;
}
