/* The driver that all guests share: fetch, decode, lift, end the unit. It reads guest code through guarded copies, keeps
 * the byte range of the unit, and turns fetch faults and undefined instructions into traps. The guests' lift_insn does
 * the instruction itself. Called by runtime/exec. */
#include "frontend/guest.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"
#include "runtime/base/log.h"

#define GUEST(n) extern const struct guest guest_##n;
#include "frontend/guests.def"

const struct guest *const guests[] = {
#define GUEST(n) &guest_##n,
#include "frontend/guests.def"
};
const u32 guest_count = sizeof(guests) / sizeof(guests[0]);

const struct guest *guest_for_elf(const struct guest_elf *e)
{
    for (u32 i = 0; i < guest_count; i++)
        if (guests[i]->accepts(e)) return guests[i];
    return NULL;
}

const struct guest *guest_by_name(const char *name)
{
    for (u32 i = 0; i < guest_count; i++)
        if (__builtin_strcmp(guests[i]->name, name) == 0) return guests[i];
    return NULL;
}

/* The unit's bytes grow to hold [addr, addr+n). */
static void cover(struct lift *l, gaddr addr, u32 n)
{
    if (addr < l->u->guest_lo) l->u->guest_lo = addr;
    if (addr + n > l->u->guest_hi) l->u->guest_hi = addr + n;
}

bool (*guest_may_execute)(gaddr addr);

static bool may_execute(struct lift *l, gaddr addr)
{
    gaddr page = addr & ~(gaddr)(l->guest->page_size - 1);
    if (likely(page == l->page) || !guest_may_execute) return true;
    if (!guest_may_execute(addr)) return false;
    l->page = page;
    return true;
}

static bool read_chunk(struct lift *l, gaddr chunk)
{
    l->chunk = ~(gaddr)0;
    if (!may_execute(l, chunk) || gmem_read(l->code, chunk, LIFT_CHUNK) != 0) return false;
    l->chunk = chunk;
    return true;
}

static inline gaddr chunk_of(gaddr addr)
{
    return addr & ~(gaddr)(LIFT_CHUNK - 1);
}

/* n bytes of guest code in the chunk that has been read, an aligned power of two. */
static inline const u8 *code_at(struct lift *l, gaddr addr, u32 n)
{
    cover(l, addr, n);
    return &l->code[addr & (LIFT_CHUNK - 1)];
}

bool lift_fetch16(struct lift *l, gaddr addr, bool be, u16 *out)
{
    if (chunk_of(addr) != l->chunk && !read_chunk(l, chunk_of(addr))) return false;
    const u8 *b = code_at(l, addr, 2);
    *out = be ? load_be16(b) : load_le16(b);
    return true;
}

__attribute__((noinline)) static bool fetch32_anew(struct lift *l, gaddr addr, bool be, u32 *out)
{
    return read_chunk(l, chunk_of(addr)) && lift_fetch32(l, addr, be, out);
}

bool lift_fetch32(struct lift *l, gaddr addr, bool be, u32 *out)
{
    if (unlikely(chunk_of(addr) != l->chunk)) return fetch32_anew(l, addr, be, out);
    const u8 *b = code_at(l, addr, 4);
    *out = be ? load_be32(b) : load_le32(b);
    return true;
}

void lift_trap(struct lift *l, u32 trap, u64 detail)
{
    bool address = trap == GUEST_TRAP_FETCH || trap == GUEST_TRAP_ALIGN_PC;
    ir_exit_trap(l->u, trap, address ? ir_addr(l->u, IR_i64, detail) : ir_i64(l->u, detail));
    l->done = true;
}

void lift_illegal(struct lift *l, u32 word, bool todo, const char *name)
{
    if (todo && log_on(LOG_unimp))
        log_printf(LOG_unimp, "%s: %s (0x%08x) at 0x%llx is not implemented: illegal instruction", l->guest->name,
                   name, word, (unsigned long long)l->pc);
    lift_trap(l, GUEST_TRAP_ILLEGAL, word);
}

void lift_goto(struct lift *l, u64 key)
{
    ir_exit(l->u, key, l->guest->pc_of_key(key) <= l->pc);
    l->done = true;
}

/* True if the unit must end before the instruction at l->pc: it has enough, or the next page begins, whose mapping may
 * change without the pages before it. */
static bool unit_full(const struct lift *l)
{
    if (l->count == 0) return false;
    return l->count >= l->max || ((l->pc ^ l->start) & ~(u64)(l->guest->page_size - 1)) != 0;
}

int guest_lift(const struct guest *g, u64 key, u32 max, struct ir_unit *u, struct arena *arena)
{
    ir_unit_init(u, arena, &g->layout, key);
    u->rel = true;
    u->fp = g->fp_rules(key);
    struct lift l;
    memset(l.scratch, 0, sizeof l.scratch);
    l.u = u;
    l.guest = g;
    l.features = g->default_features;
    l.key = key;
    l.max = max;
    l.count = 0;
    l.done = false;
    l.page = l.chunk = ~(gaddr)0;
    l.pc = l.start = l.next = g->pc_of_key(key);
    u->guest_lo = l.pc;
    u->guest_hi = l.pc;
    l.mode = key ^ l.pc; /* mode bits never overlap the pc's bits */
    while (!l.done) {
        if (unit_full(&l)) {
            lift_goto(&l, l.key);
            break;
        }
        g->lift_insn(&l);
        l.count++;
        l.pc = l.next;
        l.key = l.pc | l.mode;
    }
    u->guest_insns = l.count;
    return ir_finish(u);
}
