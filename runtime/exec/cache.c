/* The code cache: its memory and its tables. See unit.h. */
#include "runtime/exec/unit.h"

#include <string.h>
#include <sys/mman.h>

#include "runtime/base/error.h"
#include "runtime/base/heap.h"
#include "runtime/base/options.h"
#include "runtime/base/rawsys.h"
#include "runtime/exec/exec.h"
#include "runtime/exec/task_exec.h"

#define CODE_SIZE (128 * MiB) /* reserved; pages are touched as code comes */
#define CODE_SIZE_MIN (256 * KiB) /* the thunks and the longest unit with room to spare */
#define CODE_SIZE_MAX (1024 * MiB) /* links reach 2 GiB */
#define CODE_TRIES 3           /* halve the wish when the host refuses */
#define SMALL_PAGES (2 * MiB)  /* of code: more than a short program needs; behind it huge pages are welcome */
#define KEY_BITS 11 /* of the table of keys at first; it grows with the units */
#define KEY_BITS_MAX 24
#define PAGE_SLOTS (1u << 12)
#define BY_HOST_MAX (1u << 20)
#define PAGE_SHIFT 12

struct code_cache cache;
struct backend_options exec_backend;
bool exec_interp;

static u32 key_slots(void) { return 1u << cache.key_bits; }
static u32 key_slot(u64 key) { return (u32)((key >> 1) * 0x9e3779b97f4a7c15ull >> (64 - cache.key_bits)); }
/* Neighbours stand side by side: a small program touches little of the table. */
static u32 page_slot(gaddr page) { return (u32)page & (PAGE_SLOTS - 1); }

static void *map_lazily(size_t size, int prot)
{
    long r = raw_mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return raw_is_error(r) ? NULL : (void *)r;
}

static void *need(void *p, const char *what)
{
    if (!p) die(STATUS_HOST, "no memory for %s: raise the address-space limit (ulimit -v)", what);
    return p;
}

static size_t wished_size(void)
{
    u64 size = process.options->code_cache;
    if (size == 0) return CODE_SIZE;
    if (size < CODE_SIZE_MIN || size > CODE_SIZE_MAX)
        die(STATUS_USAGE, "-code-cache: from 256k to 1G, not %llu", (unsigned long long)size);
    return align_up(size, 4 * KiB);
}

/* A huge page would be cleared whole at its first touch: 2 MiB for a program that needs 100 KiB. The kernel may not know
 * the call; then it knows no huge pages. */
static void use_small_pages(void *p, size_t size) { raw_madvise(p, size, MADV_NOHUGEPAGE); }

static void map_tables(void)
{
    const size_t hosts = BY_HOST_MAX * sizeof(void *), keys = sizeof(void *) << KEY_BITS, pages = PAGE_SLOTS * sizeof(void *);
    u8 *p = need(map_lazily(keys + pages + hosts, PROT_READ | PROT_WRITE), "the unit tables");
    use_small_pages(p, keys + pages + hosts);
    raw_madvise(p, keys, MADV_POPULATE_WRITE); /* a unit lies on each of its pages soon; else they come one by one */
    cache.key_bits = KEY_BITS;
    cache.by_key = (struct unit **)p;
    cache.by_page = (struct unit **)(p + keys);
    cache.by_host = (struct unit **)(p + keys + pages);
    cache.by_host_cap = BY_HOST_MAX;
}

void cache_init(void)
{
    size_t size = wished_size();
    const int rwx = PROT_READ | PROT_WRITE | PROT_EXEC;
    u8 *code = map_lazily(size, rwx);
    for (int i = 0; !code && i < CODE_TRIES && size / 2 >= CODE_SIZE_MIN; i++) code = map_lazily(size /= 2, rwx);
    if (!code)
        die(STATUS_HOST, "the host refuses writable and executable memory for the code cache: "
                         "allow it for calque, or run with --backend=interp");
    use_small_pages(code, MIN(size, SMALL_PAGES));
    cache.base = code;
    cache.end = code + size;
    map_tables();
    arena_init(&cache.arena, 64 * KiB);
    cache.next = cache.units_from = code;
    cache.generation = 1;
}

struct unit *cache_find(u64 key)
{
    struct unit *u = __atomic_load_n(&cache.by_key[key_slot(key)], __ATOMIC_ACQUIRE);
    while (u && (u->key != key || __atomic_load_n(&u->dead, __ATOMIC_ACQUIRE)))
        u = __atomic_load_n(&u->next_by_key, __ATOMIC_ACQUIRE);
    return u;
}

u8 *cache_alloc(u32 size)
{
    u8 *p = (u8 *)(((u64)cache.next + 15) & ~15ull);
    if (size > (u64)(cache.end - p) || cache.nby_host == cache.by_host_cap) return NULL;
    cache.next = p + size;
    return p;
}

static void link_page(struct unit *u, int i, gaddr page)
{
    u32 slot = page_slot(page);
    u->next_by_page[i] = cache.by_page[slot];
    cache.by_page[slot] = u;
}

/* Which of a unit's two chain fields belongs to the chain of `slot`. */
static struct unit **page_next(struct unit *u, u32 slot)
{
    return &u->next_by_page[page_slot(u->guest_lo >> PAGE_SHIFT) == slot ? 0 : 1];
}

void cache_publish(struct unit *u)
{
    gaddr first = u->guest_lo >> PAGE_SHIFT;
    gaddr last = (u->guest_hi > u->guest_lo ? u->guest_hi - 1 : u->guest_lo) >> PAGE_SHIFT;
    if (u->guest_hi == u->guest_lo) u->guest_hi++;
    link_page(u, 0, first);
    if (page_slot(last) != page_slot(first)) link_page(u, 1, last);
    if (u->host) {
        cache.by_host[cache.nby_host] = u;
        __atomic_store_n(&cache.nby_host, cache.nby_host + 1, __ATOMIC_RELEASE);
    }
    cache.populated = true;
    u32 slot = key_slot(u->key);
    u->next_by_key = cache.by_key[slot];
    __atomic_store_n(&cache.by_key[slot], u, __ATOMIC_RELEASE);
    cache.nkeys++;
}

bool cache_crowded(void) { return cache.nkeys > key_slots() && cache.key_bits < KEY_BITS_MAX; }

/* Without memory for it the old table serves on, with longer chains. */
void cache_grow(void)
{
    const u32 bits = cache.key_bits, old_slots = key_slots();
    struct unit **old = cache.by_key, **bigger = map_lazily(sizeof(void *) << (bits + 2), PROT_READ | PROT_WRITE);
    if (!bigger) return;
    cache.by_key = bigger;
    cache.key_bits = bits + 2;
    for (u32 i = 0; i < old_slots; i++) {
        for (struct unit *u = old[i], *next; u; u = next) {
            struct unit **head = &bigger[key_slot(u->key)];
            next = u->next_by_key;
            u->next_by_key = *head;
            *head = u;
        }
    }
    if (bits > KEY_BITS) raw_munmap(old, sizeof(void *) << bits); /* the first one lies among the other tables */
}

struct unit *cache_unit_of(u64 host)
{
    u32 lo = 0, hi = __atomic_load_n(&cache.nby_host, __ATOMIC_ACQUIRE);
    while (lo < hi) { /* the last unit that begins at or before host */
        u32 mid = lo + (hi - lo) / 2;
        if (cache.by_host[mid]->host <= host)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0) return NULL;
    struct unit *u = cache.by_host[lo - 1];
    return host < u->host + u->host_size ? u : NULL;
}

/* Readers may stand on the unit: it keeps its link. Code that is rewritten all the time would make the chain long. */
static void unlink_key(struct unit *u)
{
    struct unit **link = &cache.by_key[key_slot(u->key)];
    while (*link != u) link = &(*link)->next_by_key;
    __atomic_store_n(link, u->next_by_key, __ATOMIC_RELEASE);
    cache.nkeys--;
}

static void kill_unit(struct unit *u)
{
    __atomic_store_n(&u->dead, true, __ATOMIC_RELEASE);
    unlink_key(u);
    if (u->host) jit_kill(u->host);
    exec_stats.kills++;
}

/* Kills the units of one page chain that touch the range, and takes the dead ones out of the chain. */
static void invalidate_chain(u32 slot, gaddr lo, gaddr hi)
{
    struct unit **link = &cache.by_page[slot];
    while (*link) {
        struct unit *u = *link;
        if (!u->dead && u->guest_lo < hi && u->guest_hi > lo) kill_unit(u);
        if (u->dead)
            *link = *page_next(u, slot);
        else
            link = page_next(u, slot);
    }
}

bool cache_may_execute(gaddr addr)
{
    struct mm_region r;
    if (likely(addr - cache.exec_lo < cache.exec_hi - cache.exec_lo)) return true;
    if (!mm_find(task_self()->mm, addr, &r) || !(r.prot & PROT_EXEC)) return false;
    cache.exec_lo = r.start;
    cache.exec_hi = r.end;
    return true;
}

void cache_invalidate(gaddr addr, u64 len)
{
    if (len == 0) return;
    cache_lock(task_self());
    cache.exec_lo = cache.exec_hi = 0;
    gaddr first = addr >> PAGE_SHIFT, last = (addr + len - 1) >> PAGE_SHIFT;
    if (!cache.populated) {
        /* while the program is loaded: the table stays untouched */
    } else if (last - first >= PAGE_SLOTS) {
        for (u32 s = 0; s < PAGE_SLOTS; s++) invalidate_chain(s, addr, addr + len);
    } else {
        for (gaddr p = first; p <= last; p++) invalidate_chain(page_slot(p), addr, addr + len);
    }
    lock_release(&cache.lock);
}

void cache_reset(void)
{
    for (u32 i = 0; i < key_slots(); i++)
        for (struct unit *u = cache.by_key[i]; u; u = u->next_by_key)
            if (u->interp) interp_free(u->interp);
    cache.nby_host = 0;
    cache.populated = false;
    cache.nkeys = 0;
    cache.exec_lo = cache.exec_hi = 0; /* who died may have been changing them */
    memset(cache.by_key, 0, key_slots() * sizeof(void *));
    memset(cache.by_page, 0, PAGE_SLOTS * sizeof(void *));
    arena_reset(&cache.arena);
    cache.next = cache.units_from;
    cache.interp_bytes = 0;
    __atomic_store_n(&cache.generation, cache.generation + 1, __ATOMIC_RELAXED);
    exec_stats.flushes++;
}
