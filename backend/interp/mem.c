/* The meaning of guest memory accesses: byte order, alignment demands, ordering, atomic read-modify-write,
 * and the exact fault. Every access goes through gmem's guarded functions.
 *
 * A fault's signal, code and address are what the host's handler notes in head.exit_info and exit_detail
 * while it fixes the guarded access up: a failed access is made once more with exit_info cleared first. Where
 * no handler ran (an address outside the guest's space) it is SIGSEGV, SEGV_MAPERR at the first byte that
 * cannot be reached. */
#include "backend/interp/interp.h"
#include "runtime/base/gmem.h"
#include <errno.h>
#include <signal.h>
#include <string.h>

enum { PAGE = 4096 };

/* --- faults --- */

static void fault(struct frame *f, int sig, int code, gaddr addr)
{
    f->cpu->exit_info = CPU_FAULT_INFO(sig, code);
    f->cpu->exit_detail = addr;
    interp_precise(f);
    interp_leave(f, CPU_EXIT_FAULT, f->key);
}

/* The first byte of an unreachable range that cannot be reached, seen from pages. */
static gaddr first_missing(gaddr addr, u32 size, bool write)
{
    u8 byte;
    u64 old;
    gaddr last = (addr + size - 1) & gmem_mask;
    if ((addr & ~(gaddr)(PAGE - 1)) == (last & ~(gaddr)(PAGE - 1))) return addr;
    bool first_ok = write ? gmem_cmpxchg(addr, 1, false, 0, 0, &old) == 0 : gmem_load_u8(addr, &byte) == 0;
    return first_ok ? last & ~(gaddr)(PAGE - 1) : addr;
}

static void unreachable(struct frame *f, gaddr addr, u32 size, bool write)
{
    u64 info = f->cpu->exit_info, detail = f->cpu->exit_detail;
    if (info)
        fault(f, CPU_FAULT_SIGNAL(info), CPU_FAULT_CODE(info), detail);
    else
        fault(f, SIGSEGV, SEGV_MAPERR, first_missing(addr, size, write));
}

/* True if an alignment demand is not met; the fault is then made. */
static bool misaligned(struct frame *f, const struct step *s, gaddr addr, u32 size)
{
    u32 align = 1;
    if (s->flags & IR_MEM_ALIGN) align = size == 10 ? 16 : size;
    if (s->flags & IR_MEM_ALIGN4 && align < 4) align = 4;
    if (addr % align == 0) return false;
    fault(f, SIGBUS, BUS_ADRALN, addr);
    return true;
}

/* --- plain accesses --- */

static gaddr address(const struct frame *f, const struct step *s)
{
    return (u64)f->cell[s->a].w & gmem_mask;
}

static void reverse(u8 *p, u32 n)
{
    for (u32 i = 0; i < n / 2; i++) {
        u8 swap = p[i];
        p[i] = p[n - 1 - i];
        p[n - 1 - i] = swap;
    }
}

static int read_once(gaddr addr, u32 size, bool be, union cell *c)
{
    int err;
    u16 h;
    u32 w;
    u8 b;
    switch (size) {
    case 1: err = gmem_load_u8(addr, &b), c->w = b; return err;
    case 2: err = gmem_load_u16(addr, be, &h), c->w = h; return err;
    case 4: err = gmem_load_u32(addr, be, &w), c->w = w; return err;
    case 8: return gmem_load_u64(addr, be, &c->q[0]);
    default:
        err = gmem_read(c, addr, size);
        if (be) reverse((u8 *)c, size);
        return err;
    }
}

static int write_once(gaddr addr, u32 size, bool be, const union cell *c)
{
    union cell out = *c;
    switch (size) {
    case 1: return gmem_store_u8(addr, (u8)c->w);
    case 2: return gmem_store_u16(addr, be, (u16)c->w);
    case 4: return gmem_store_u32(addr, be, (u32)c->w);
    case 8: return gmem_store_u64(addr, be, c->q[0]);
    default:
        if (be) reverse((u8 *)&out, size);
        return gmem_write(addr, &out, size);
    }
}

void interp_load(struct frame *f, const struct step *s)
{
    u32 size = ir_type_size[s->type];
    bool be = s->flags & IR_MEM_BE;
    gaddr addr = address(f, s);
    union cell c = {.q = {0}};
    if (misaligned(f, s, addr, size)) return;
    if (read_once(addr, size, be, &c)) {
        f->cpu->exit_info = 0;
        if (read_once(addr, size, be, &c)) {
            if (!(s->flags & IR_MEM_NOFAULT)) {
                unreachable(f, addr, size, false);
                return;
            }
            c.w = 0;
        }
    }
    if (s->flags & (IR_MEM_ACQUIRE | IR_MEM_SC)) __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (s->type == IR_b1) c.w &= 1;
    f->cell[s->dst] = c;
}

void interp_store(struct frame *f, const struct step *s)
{
    u32 size = ir_type_size[s->stype];
    bool be = s->flags & IR_MEM_BE;
    gaddr addr = address(f, s);
    const union cell *c = &f->cell[s->b];
    if (misaligned(f, s, addr, size)) return;
    if (s->flags & (IR_MEM_RELEASE | IR_MEM_SC)) __atomic_thread_fence(__ATOMIC_RELEASE);
    if (write_once(addr, size, be, c)) {
        f->cpu->exit_info = 0;
        if (write_once(addr, size, be, c)) {
            unreachable(f, addr, size, true);
            return;
        }
    }
    if (s->flags & IR_MEM_SC) __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void interp_fence(struct frame *f, const struct step *s)
{
    (void)f;
    if (s->a & IR_FENCE_SL)
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    else
        __atomic_thread_fence(__ATOMIC_ACQ_REL);
}

/* --- atomic operations --- */

/* The old value, after storing `desired` if memory held `expected`; -EFAULT. */
static int exchange_once(gaddr addr, u32 size, bool be, u128 expected, u128 desired, u128 *old)
{
    if (size == 16) {
        u64 e[2] = {(u64)expected, (u64)(expected >> 64)}, d[2] = {(u64)desired, (u64)(desired >> 64)}, o[2];
        int err = gmem_cmpxchg16(addr, be, e, d, o);
        *old = (u128)o[1] << 64 | o[0];
        return err;
    }
    u64 o = 0;
    int err = gmem_cmpxchg_any(addr, size, be, (u64)expected, (u64)desired, &o);
    *old = o;
    return err;
}

static int exchange(struct frame *f, gaddr addr, u32 size, bool be, u128 expected, u128 desired, u128 *old)
{
    if (exchange_once(addr, size, be, expected, desired, old) == 0) return 0;
    f->cpu->exit_info = 0;
    int err = exchange_once(addr, size, be, expected, desired, old);
    if (err == -EINVAL)
        fault(f, SIGBUS, BUS_ADRALN, addr); /* 16 bytes need their alignment */
    else if (err)
        unreachable(f, addr, size, true);
    return err;
}

void interp_cas(struct frame *f, const struct step *s)
{
    u32 size = ir_type_size[s->type];
    gaddr addr = address(f, s);
    u128 old;
    if (misaligned(f, s, addr, size)) return;
    if (exchange(f, addr, size, s->flags & IR_MEM_BE, f->cell[s->b].w, f->cell[s->c].w, &old) == 0)
        set(f, s, old);
}

static u128 combine(enum ir_op op, u128 old, u128 v)
{
    switch (op) {
    case IR_OP_rmw_add: return old + v;
    case IR_OP_rmw_and: return old & v;
    case IR_OP_rmw_or: return old | v;
    case IR_OP_rmw_xor: return old ^ v;
    default: return v;
    }
}

static void read_modify_write(struct frame *f, const struct step *s)
{
    u32 size = ir_type_size[s->type];
    gaddr addr = address(f, s);
    bool be = s->flags & IR_MEM_BE;
    u128 seen = 0, old;
    if (misaligned(f, s, addr, size)) return;
    for (;;) {
        u128 next = combine(s->op, seen, f->cell[s->b].w) & type_mask(s->type);
        if (exchange(f, addr, size, be, seen, next, &old)) return;
        if (old == seen) break;
        seen = old;
    }
    set(f, s, old);
}

#define RMW(name)                                                                                            \
    void interp_##name(struct frame *f, const struct step *s)                                                \
    {                                                                                                        \
        read_modify_write(f, s);                                                                             \
    }
RMW(rmw_xchg)
RMW(rmw_add)
RMW(rmw_and)
RMW(rmw_or)
RMW(rmw_xor)
