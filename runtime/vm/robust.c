/* Robust futexes at a task's end, in the guest's word size and byte order (kernel: Documentation/robust-futex-ABI).
 * The head holds: list.next, the signed offset from an entry to its futex word, and list_op_pending. */
#include "runtime/vm/robust.h"

#include "runtime/base/gmem.h"
#include "runtime/base/rawsys.h"
#include "runtime/vm/task.h"

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

static void release_futex(struct task *t, gaddr futex)
{
    u32 v;
    for (;;) {
        u64 old;
        if (gmem_load_u32(futex, process.guest_be, &v) != 0 || (v & TID_MASK) != (u32)t->tid) return;
        u32 died = (v & WAITERS) | OWNER_DIED;
        if (gmem_cmpxchg(futex, 4, process.guest_be, v, died, &old) != 0) return;
        if (old == v) break;
    }
    if (v & WAITERS) raw_futex(gmem_ptr(futex), FUTEX_WAKE, 1, NULL, NULL, 0);
}

void robust_list_exit(struct task *t)
{
    const gaddr head = t->robust_list;
    const u32 word = process.guest_bits / 8;
    gaddr entry, offset, pending;
    if (!head || !load_word(head, &entry) || !load_word(head + word, &offset) || !load_word(head + 2 * word, &pending))
        return;
    s64 delta = word == 4 ? (s64)(s32)offset : (s64)offset;
    for (u32 n = 0; n < LIST_LIMIT && (entry & ~1ull) != head; n++) {
        gaddr here = entry & ~1ull, next; /* bit 0 marks a PI futex */
        bool readable = load_word(here, &next);
        if (here != pending) release_futex(t, here + (u64)delta);
        if (!readable) return;
        entry = next;
    }
    if (pending & ~1ull) release_futex(t, (pending & ~1ull) + (u64)delta);
}
