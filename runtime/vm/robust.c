/* Robust futexes at a task's end, in the guest's word size and byte order, as the kernel's exit_robust_list walks them
 * (Documentation/locking/robust-futex-ABI). The head holds: list.next, the signed offset from an entry to its futex word,
 * and list_op_pending. Bit 0 of an entry's address marks a futex with priority inheritance. */
#include "runtime/vm/robust.h"

#include "runtime/base/gmem.h"
#include "runtime/base/rawsys.h"
#include "runtime/vm/task.h"
#include "runtime/vm/task_hooks.h"

#define WAITERS 0x80000000u
#define OWNER_DIED 0x40000000u
#define TID_MASK 0x3fffffffu
#define LIST_LIMIT 2048 /* as the kernel's */

static bool load_word(gaddr a, gaddr *v)
{
    if (process.guest_bits == 64) return gmem_load_u64(a, process.guest_be, v) == 0;
    u32 w;
    if (gmem_load_u32(a, process.guest_be, &w) != 0) return false;
    *v = w;
    return true;
}

/* The kernel wakes waiters of shared futexes here, and so do we. */
static void wake_one(gaddr futex) { raw_futex(gmem_ptr(futex), FUTEX_WAKE, 1, NULL, NULL, 0); }

/* Marks one futex. False ends the walk: it cannot be reached. */
static bool release_futex(const struct task *t, gaddr futex, bool pi, bool pending)
{
    u32 v;
    if (futex & 3) return false;
    for (;;) {
        u64 old;
        if (gmem_load_u32(futex, process.guest_be, &v) != 0) return false;
        if (pending && !pi && v == 0) { /* it died between unlocking and waking */
            wake_one(futex);
            return true;
        }
        if ((v & TID_MASK) != (u32)t->tid) return true;
        if (gmem_cmpxchg(futex, 4, process.guest_be, v, (v & WAITERS) | OWNER_DIED, &old) != 0) return false;
        if (old == v) break;
    }
    if (!pi && (v & WAITERS)) wake_one(futex);
    return true;
}

void robust_list_exit(struct task *t)
{
    const gaddr head = __atomic_exchange_n(&t->robust_list, 0, __ATOMIC_RELAXED); /* an exit of the group may do it for t */
    const u32 word = process.guest_bits / 8;
    gaddr entry, offset, pending;
    if (!head || !load_word(head, &entry) || !load_word(head + word, &offset) || !load_word(head + 2 * word, &pending))
        return;
    const u64 delta = word == 4 ? (u64)(s64)(s32)offset : offset;
    for (u32 n = 0; n < LIST_LIMIT && (entry & ~1ull) != head; n++) {
        gaddr here = entry & ~1ull, next; /* read before the futex is given away */
        bool readable = load_word(here, &next);
        if (here != (pending & ~1ull) && !release_futex(t, here + delta, entry & 1, false)) return;
        if (!readable) return;
        entry = next;
    }
    if (pending & ~1ull) release_futex(t, (pending & ~1ull) + delta, pending & 1, true);
}

void robust_list_exit_group(void)
{
    const int pid = raw_getpid();
    if (!lock_try(&tasks_lock)) return; /* a task of the group is being made or ended by another thread */
    for (struct task *o = tasks; o; o = o->next) {
        if (!__atomic_load_n(&o->robust_list, __ATOMIC_RELAXED)) continue;
        if (raw_tgkill(pid, __atomic_load_n(&o->tid, __ATOMIC_RELAXED), 0) == 0) robust_list_exit(o);
    }
    lock_release(&tasks_lock);
}
