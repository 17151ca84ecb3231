/* Placing and patching: code moves to its address, links and slots are rewritten in published code, and the
 * fault handler reads the pins out of a signal's register file. The only file that writes published code. */
#include "backend/x86_64/sel.h"
#include <ucontext.h>

void jit_place(const struct jit_code *c, const struct ir_layout *l, const struct jit_thunks *t, u8 *dst,
               u64 at, u64 bias_delta)
{
    (void)l;
    memcpy(dst, c->code, c->size);
    for (const struct side_reloc *r = c->relocs, *end = r + c->nrelocs; r < end; r++) {
        u8 *field = dst + r->offset;
        if (likely(r->kind == RELOC_THUNK_REL32)) {
            u32 v = (u32)(jit_thunk_address(t, (u32)r->addend) - (at + r->offset + 4));
            memcpy(field, &v, 4);
            continue;
        }
        u64 v = r->addend + bias_delta;
        if (r->kind == RELOC_GUEST_KEY_HIGH) v >>= 32;
        if (r->size == 4)
            memcpy(field, &v, 4);
        else
            memcpy(field, &v, 8);
    }
}

void jit_patch_link(u64 site, u64 to)
{
    __atomic_store_n((u32 *)site, (u32)(to - (site + 4)), __ATOMIC_RELEASE);
}

void jit_patch_slot(u64 entry, u64 to)
{
    u64 old = __atomic_load_n((u64 *)entry, __ATOMIC_RELAXED);
    u64 jump = 0xe9 | (u64)(u32)(to - (entry + 5)) << 8;
    __atomic_store_n((u64 *)entry, (old & ~(((u64)1 << 40) - 1)) | jump, __ATOMIC_RELEASE);
}

/* The entry slot is one 8-byte no-operation whose displacement's upper three bytes are the offset of the
 * unit's kill stub; a jump leaves those three bytes alone. */
void jit_kill(u64 entry)
{
    u64 stub = __atomic_load_n((u64 *)entry, __ATOMIC_RELAXED) >> 40;
    jit_patch_slot(entry, entry + stub);
}

static const u8 greg[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                            REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

void jit_load_zero(u8 zeroed, void *host_ucontext)
{
    ucontext_t *uc = host_ucontext;
    uc->uc_mcontext.gregs[greg[(zeroed - 1) & 15]] = 0;
}

void jit_state_from_context(const struct ir_layout *l, struct cpu_head *cpu, const void *host_ucontext)
{
    const ucontext_t *uc = host_ucontext;
    struct jit_pins made;
    const struct jit_layout *kept = jit_layout_kept(l);
    const struct jit_pins *pins = kept ? &kept->pins : &made;
    if (!kept) jit_pins(l, &made);
    for (u32 i = 0; i < pins->n; i++) {
        u64 v = (u64)uc->uc_mcontext.gregs[greg[pins->pin[i].reg]];
        memcpy((u8 *)cpu + pins->pin[i].offset, &v, pins->pin[i].size);
    }
    cpu->ret_sp = (u64)uc->uc_mcontext.gregs[REG_RSP];
    if (uc->uc_mcontext.fpregs) cpu->mxcsr = uc->uc_mcontext.fpregs->mxcsr;
}
