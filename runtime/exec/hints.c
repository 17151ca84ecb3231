/* hints.c: what the children of forks translate, for those who fork next. A shell forks a child for every pipeline and
 * substitution, each of which would make the same units again and take them to its grave. The processes of one program
 * image count in a shared table which keys they made; what two made, a process makes itself before it forks again. Only
 * the keys are shared, and nothing in the table is trusted: units come from each process's own memory. Called by
 * translate.c, and by tasks.c before a fork. */
#include <sys/mman.h>

#include "frontend/guest.h"
#include "runtime/base/options.h"
#include "runtime/base/rawsys.h"
#include "runtime/exec/task_exec.h"
#include "runtime/exec/unit.h"

#define SLOT_BITS 12
#define SLOTS     (1u << SLOT_BITS)
#define PROBES    4 /* places for a key; what finds them taken is not counted */
#define AT_A_TIME 512 /* units made before one fork: some milliseconds */

struct table {
    u32 nwanted;
    u16 wanted[SLOTS]; /* slots that two processes made, plus one, in that order; 0 if its writer was killed */
    struct { u64 key; u32 count; } slot[SLOTS]; /* key 0: free */
};

static struct table *shared; /* by a process and its descendants until they exec; NULL before the first fork */
static u32 taken;            /* of wanted: made here, or by the process that this one was forked from */
static u32 unlinked;         /* units made since everything was linked */

void hints_note(u64 key)
{
    struct table *table = __atomic_load_n(&shared, __ATOMIC_RELAXED);
    if (!table || key == 0) return;
    u32 at = (u32)(key * 0x9e3779b97f4a7c15u >> (64 - SLOT_BITS));
    for (u32 i = 0; i < PROBES; i++, at = (at + 1) % SLOTS) {
        u64 there = 0;
        if (!__atomic_compare_exchange_n(&table->slot[at].key, &there, key, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED) &&
            there != key)
            continue;
        if (__atomic_fetch_add(&table->slot[at].count, 1, __ATOMIC_RELAXED) != 1) return;
        u32 n = __atomic_fetch_add(&table->nwanted, 1, __ATOMIC_RELAXED); /* below SLOTS: a slot gets here once */
        __atomic_store_n(&table->wanted[n % SLOTS], (u16)(at + 1), __ATOMIC_RELAXED);
        return;
    }
}

static bool next_wanted(const struct table *table, u64 *key)
{
    u32 n = __atomic_load_n(&taken, __ATOMIC_RELAXED);
    do {
        if (n >= SLOTS || n >= __atomic_load_n(&table->nwanted, __ATOMIC_RELAXED)) return false;
    } while (!__atomic_compare_exchange_n(&taken, &n, n + 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    u32 at = __atomic_load_n(&table->wanted[n], __ATOMIC_RELAXED);
    *key = at ? __atomic_load_n(&table->slot[(at - 1) % SLOTS].key, __ATOMIC_RELAXED) : 0;
    return true;
}

static void make_table(void)
{
    struct table *none = NULL;
    long r = raw_mmap(NULL, sizeof *none, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (raw_is_error(r)) return; /* the children will do without */
    if (!__atomic_compare_exchange_n(&shared, &none, (struct table *)r, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        raw_munmap((void *)r, sizeof *none);
}

void hints_take(struct task *t)
{
    const struct table *table = __atomic_load_n(&shared, __ATOMIC_RELAXED);
    u64 key;
    u32 n = 0;
    if (process.options->no_fork_hints) return;
    if (!table) make_table();
    for (; table && n < AT_A_TIME && next_wanted(table, &key); n++)
        if (key && mm_prot(t->mm, process.guest->pc_of_key(key)) > 0) exec_unit(t, key);
    if (n == 0) return;
    n += __atomic_fetch_add(&unlinked, n, __ATOMIC_RELAXED);
    if (n < __atomic_load_n(&cache.nby_host, __ATOMIC_RELAXED) / 64) return; /* linking looks at all units */
    exec_link_all(t);
    __atomic_store_n(&unlinked, 0, __ATOMIC_RELAXED);
}
