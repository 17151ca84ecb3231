/* thread.c: futexes, thread ids and lists, processor sets. On a guest of the other byte order the kernel would compare and
 * change words the wrong way round: values are turned before they are handed over, FUTEX_WAKE_OP is done here, and what
 * the kernel itself must write into the word (priority inheritance) is refused. */
#include <linux/futex.h>
#include <string.h>

#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"
#include "syscalls/private.h"

s64 sys_do_set_tid_address(struct sys_ctx *c)
{
    c->t->clear_child_tid = c->a[0];
    return c->t->tid;
}

s64 sys_do_set_robust_list(struct sys_ctx *c)
{
    if (c->a[1] != 3u * c->abi->word) return -EINVAL;
    __atomic_store_n(&c->t->robust_list, c->a[0], __ATOMIC_RELAXED); /* an exit of the group reads it */
    c->t->robust_len = c->a[1];
    return 0;
}

s64 sys_do_get_robust_list(struct sys_ctx *c)
{
    if (c->a[0] != 0 && (int)c->a[0] != c->t->tid) {
        sys_unimp(c, "list of another task", c->a[0]);
        return -EPERM;
    }
    s64 r = sys_put_word(c, c->a[1], c->t->robust_list);
    return r ? r : sys_put_word(c, c->a[2], 3u * c->abi->word);
}

/* ---- futex ---- */

static u32 turned(const struct sys_ctx *c, u32 v) { return c->abi->big_endian == HOST_BIG_ENDIAN ? v : bswap32(v); }

static bool sign_holds(u32 cmp, s32 old, s32 arg)
{
    switch (cmp) {
    case FUTEX_OP_CMP_EQ: return old == arg;
    case FUTEX_OP_CMP_NE: return old != arg;
    case FUTEX_OP_CMP_LT: return old < arg;
    case FUTEX_OP_CMP_GE: return old >= arg;
    case FUTEX_OP_CMP_LE: return old <= arg;
    default: return old > arg;
    }
}

static u32 operate(u32 op, u32 old, u32 arg)
{
    switch (op) {
    case FUTEX_OP_SET: return arg;
    case FUTEX_OP_ADD: return old + arg;
    case FUTEX_OP_OR: return old | arg;
    case FUTEX_OP_ANDN: return old & ~arg;
    default: return old ^ arg;
    }
}

/* FUTEX_WAKE_OP in the guest's byte order: val3 is op:4 cmp:4 oparg:12 cmparg:12 (futex(2)). */
static s64 wake_op(struct sys_ctx *c, void *word, void *word2, u64 private, u64 nr2)
{
    const u32 v = (u32)c->a[5], op = v >> 28 & 7, cmp = v >> 24 & 15;
    s32 arg = (s32)(v << 8) >> 20, cmparg = (s32)(v << 20) >> 20;
    if (v >> 31) arg = (s32)(1u << (arg & 31));
    if (op > FUTEX_OP_XOR || cmp > FUTEX_OP_CMP_GT) return -ENOSYS;
    u32 old;
    u64 seen;
    do {
        if (sys_get_u32(c, c->a[4], &old)) return -EFAULT;
        s64 r = gmem_cmpxchg(c->a[4], 4, c->abi->big_endian, old, operate(op, old, (u32)arg), &seen);
        if (r) return r;
    } while ((u32)seen != old);
    s64 woken = sys_host(c, SYS_futex, (u64)word, FUTEX_WAKE | private, c->a[2], 0, 0, 0);
    if (woken < 0 || !sign_holds(cmp, (s32)old, cmparg)) return woken;
    s64 more = sys_host(c, SYS_futex, (u64)word2, FUTEX_WAKE | private, nr2, 0, 0, 0);
    return more < 0 ? more : woken + more;
}

static bool has_timeout(u32 cmd)
{
    return cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET || cmd == FUTEX_LOCK_PI || cmd == FUTEX_LOCK_PI2 ||
           cmd == FUTEX_WAIT_REQUEUE_PI;
}

static bool is_pi(u32 cmd)
{
    return cmd == FUTEX_LOCK_PI || cmd == FUTEX_LOCK_PI2 || cmd == FUTEX_UNLOCK_PI || cmd == FUTEX_TRYLOCK_PI ||
           cmd == FUTEX_WAIT_REQUEUE_PI || cmd == FUTEX_CMP_REQUEUE_PI;
}

/* Only these look at the second word; for the others the argument is whatever the register holds. */
static bool has_second_word(u32 cmd)
{
    return cmd == FUTEX_REQUEUE || cmd == FUTEX_CMP_REQUEUE || cmd == FUTEX_WAKE_OP || cmd == FUTEX_WAIT_REQUEUE_PI ||
           cmd == FUTEX_CMP_REQUEUE_PI;
}

static s64 futex_as(struct sys_ctx *c, enum sys_layout_id id)
{
    const u32 op = (u32)c->a[1], cmd = op & FUTEX_CMD_MASK;
    const bool other_order = c->abi->big_endian != HOST_BIG_ENDIAN;
    struct timespec ts;
    void *word, *word2 = NULL, *timeout = NULL;
    u64 fourth = (u32)c->a[3], val = c->a[2], val3 = c->a[5];
    s64 r = sys_buf(c, c->a[0], 4, true, &word);
    if (r == 0 && has_second_word(cmd)) r = sys_buf(c, c->a[4], 4, true, &word2);
    if (r == 0 && has_timeout(cmd)) r = sys_get_opt(c, id, c->a[3], &ts, &timeout);
    if (r) return r;
    if (has_timeout(cmd)) fourth = (u64)timeout;
    if (other_order && is_pi(cmd)) {
        sys_unimp(c, "priority inheritance in the other byte order, operation", cmd);
        return -ENOSYS;
    }
    if (other_order && cmd == FUTEX_WAKE_OP) return wake_op(c, word, word2, op & FUTEX_PRIVATE_FLAG, fourth);
    if (cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET || cmd == FUTEX_WAIT_REQUEUE_PI) val = turned(c, (u32)val);
    if (cmd == FUTEX_CMP_REQUEUE || cmd == FUTEX_CMP_REQUEUE_PI) val3 = turned(c, (u32)val3);
    return sys_host(c, SYS_futex, (u64)word, op, val, fourth, (u64)word2, val3);
}

s64 sys_do_futex(struct sys_ctx *c) { return futex_as(c, SYS_LAYOUT_timespec); }
s64 sys_do_futex_time64(struct sys_ctx *c) { return futex_as(c, SYS_LAYOUT_timespec64); }

/* ---- processor sets: arrays of the guest's words ---- */

#define AFFINITY_MAX 1024u /* bytes: 8192 processors */

static void turn_mask(const struct sys_ctx *c, u8 *mask, u32 bytes)
{
    for (u32 i = 0; c->abi->big_endian && i + c->abi->word <= bytes; i += c->abi->word)
        sys_store_n(mask + i, c->abi->word, HOST_BIG_ENDIAN, sys_load_n(mask + i, c->abi->word, true));
}

s64 sys_do_sched_setaffinity(struct sys_ctx *c)
{
    u8 mask[AFFINITY_MAX] = {0};
    u32 size = MIN((u32)c->a[1], AFFINITY_MAX);
    s64 r = gmem_read(mask, c->a[2], size);
    turn_mask(c, mask, size);
    return r ? r : sys_host(c, SYS_sched_setaffinity, c->a[0], AFFINITY_MAX, (u64)mask, 0, 0, 0);
}

s64 sys_do_sched_getaffinity(struct sys_ctx *c)
{
    u8 mask[AFFINITY_MAX] = {0};
    u32 size = (u32)c->a[1];
    if (size & (c->abi->word - 1u)) return -EINVAL;
    s64 n = sys_host(c, SYS_sched_getaffinity, c->a[0], AFFINITY_MAX, (u64)mask, 0, 0, 0);
    if (n < 0) return n;
    for (u32 i = size; i < (u32)n; i++)
        if (mask[i]) return -EINVAL; /* processors that the guest's set cannot hold */
    size = MIN(size, (u32)n);
    turn_mask(c, mask, size);
    s64 r = gmem_write(c->a[2], mask, size);
    return r ? r : size;
}
