/* The thunks of a code cache: the way in, the ways out, look-up, the return stack's slow path, and what
 * helper and softfloat calls share. Made once per cache, from the pin table alone. */
#include "backend/x86_64/thunks.h"
#include <errno.h>
#include <signal.h>
#include "backend/jit/jit.h"
#include "backend/jit/softcalls.h"
#include "backend/x86_64/emit.h"
#include "backend/x86_64/sel.h"

static const u8 saved[] = {RBX, RBP, R12, R13, R14, R15};
enum { MAX_THUNK_BYTES = 3072 };

struct maker {
    struct codebuf b;
    struct jit_pins pins;
    u64 at;
    s32 own_flags; /* exception bits of MXCSR that are the guest's */
};

static u64 here(const struct maker *m)
{
    return m->at + code_offset(&m->b);
}
static void jump_to(struct maker *m, u64 to)
{
    u8 *f = x_jmp(&m->b);
    x_link(f, m->b.base + (to - m->at));
}

/* --- MXCSR --- */

/* The guest's modes and sticky flags into MXCSR. Uses rcx, rdx; the mode table stands behind the function
 * words. */
static void guest_mxcsr(struct maker *m, u64 table)
{
    x_load(&m->b, 4, RDX, sel_cpu(OFF(fp_control)));
    x_mov_rr(&m->b, 4, RCX, RDX);
    x_alu_ri(&m->b, ALU_AND, 4, RCX, 0x37);
    u8 *f = x_rip(&m->b, 0x8d | X_W, RDX);
    x_link(f, m->b.base + (table - m->at));
    x_load(&m->b, 4, RCX, (struct xmem){.base = RDX, .index = RCX, .scale = 2});
    x_load(&m->b, 4, RDX, sel_cpu(OFF(fp_flags)));
    x_alu_ri(&m->b, ALU_AND, 4, RDX, m->own_flags);
    x_alu_rr(&m->b, ALU_OR, 4, RCX, RDX);
    x_store(&m->b, 4, sel_cpu(OFF(mxcsr)), RCX);
    x_rm(&m->b, 0xae | X_0F, 2, sel_cpu(OFF(mxcsr))); /* ldmxcsr */
}

/* The sticky flags of the saved guest MXCSR into the state block; the host's own back. Uses rcx, rdx. DENORM
 * in x86's meaning (an operand was used) is an x86 guest's only; others have it in the state block all the
 * time. */
static void host_mxcsr(struct maker *m)
{
    x_load(&m->b, 4, RCX, sel_cpu(OFF(mxcsr)));
    x_alu_ri(&m->b, ALU_AND, 4, RCX, m->own_flags);
    x_load(&m->b, 4, RDX, sel_cpu(OFF(fp_flags)));
    x_alu_ri(&m->b, ALU_AND, 4, RDX, IR_FPF_DENORM);
    x_alu_rr(&m->b, ALU_OR, 4, RCX, RDX);
    x_store(&m->b, 4, sel_cpu(OFF(fp_flags)), RCX);
    x_rm(&m->b, 0xae | X_0F, 2, sel_cpu(OFF(host_mxcsr)));
}

static void save_mxcsr(struct maker *m, s32 off)
{
    x_rm(&m->b, 0xae | X_0F, 3, sel_cpu(off));
} /* stmxcsr */

static u32 mxcsr_of(u32 control)
{
    static const u32 rc[8] = {0, 0, 3, 2, 1, 0, 0, 0}; /* by IR_RM_* */
    return 0x1f80 | rc[control & IR_RM_MASK] << 13 | (control & IR_FP_FTZ ? 0x8000 : 0) |
           (control & IR_FP_DAZ ? 0x40 : 0);
}

/* --- in and out --- */

static void load_pins(struct maker *m)
{
    for (u32 i = 0; i < m->pins.n; i++)
        x_load(&m->b, m->pins.pin[i].size, m->pins.pin[i].reg, sel_cpu((s32)m->pins.pin[i].offset));
}

static void store_pins(struct maker *m)
{
    for (u32 i = 0; i < m->pins.n; i++)
        x_store(&m->b, m->pins.pin[i].size, sel_cpu((s32)m->pins.pin[i].offset), m->pins.pin[i].reg);
}

static void make_enter(struct maker *m, u64 table, struct jit_thunks *t)
{
    t->enter = here(m);
    for (u32 i = 0; i < ARRAY_LEN(saved); i++) x_push(&m->b, saved[i]);
    x_lea(&m->b, 8, RSP, sel_at(RSP, -8)); /* host_sp is a multiple of 16 */
    x_lea(&m->b, 8, RBP, sel_at(RDI, (s32)CPU_BIAS));
    x_store(&m->b, 8, sel_cpu(OFF(host_sp)), RSP);
    save_mxcsr(m, OFF(host_mxcsr));
    guest_mxcsr(m, table);
    x_mov_rr(&m->b, 8, RAX, RSI);
    x_load(&m->b, 8, RSP, sel_cpu(OFF(ret_sp)));
    load_pins(m);
    x_rr(&m->b, 0xff, 4, RAX); /* jmp rax */
}

/* Back to C with the reason in eax; state and MXCSR are in the state block. */
static u64 make_return(struct maker *m)
{
    u64 start = here(m);
    x_load(&m->b, 8, RSP, sel_cpu(OFF(host_sp)));
    host_mxcsr(m);
    x_lea(&m->b, 8, RSP, sel_at(RSP, 8));
    for (u32 i = ARRAY_LEN(saved); i-- > 0;) x_pop(&m->b, saved[i]);
    x_ret(&m->b);
    return start;
}

static void make_leaves(struct maker *m, struct jit_thunks *t)
{
    u64 ret = make_return(m), common = here(m);
    store_pins(m);
    x_store(&m->b, 8, sel_cpu(OFF(ret_sp)), RSP);
    save_mxcsr(m, OFF(mxcsr));
    jump_to(m, ret);
    for (u32 why = 0; why < 8; why++) {
        t->leave[why] = here(m);
        x_mov_ri(&m->b, RAX, why);
        jump_to(m, common);
    }
    t->abandon = here(m);
    x_lea(&m->b, 8, RBP, sel_at(RDI, (s32)CPU_BIAS));
    x_store(&m->b, 8, sel_cpu(OFF(exit_info)), RSI);
    x_store(&m->b, 8, sel_cpu(OFF(exit_detail)), RDX);
    t->fault_leave = here(m);
    x_mov_ri(&m->b, RAX, CPU_EXIT_FAULT);
    jump_to(m, ret);
}

/* What the stubs of units call: the word that the call pushed leads to the key. */
static void make_keyed(struct maker *m, struct jit_thunks *t)
{
    static const enum cpu_exit why[KEYED_COUNT] = {
        [KEYED_LOOKUP] = CPU_EXIT_LOOKUP, [KEYED_POLL] = CPU_EXIT_POLL, [KEYED_LINK] = CPU_EXIT_LINK, [KEYED_MISALIGNED] = CPU_EXIT_FAULT};
    for (int k = 0; k < 2 * KEYED_COUNT; k++) {
        int size = k < KEYED_COUNT ? 4 : 8;
        t->keyed[k] = here(m);
        x_pop(&m->b, RCX);
        if (k % KEYED_COUNT == KEYED_LINK) {
            x_rm(&m->b, XO_movsxd, RDX, sel_at(RCX, size));
            x_alu_rr(&m->b, ALU_ADD, 8, RDX, RCX);
            x_store(&m->b, 8, sel_cpu(OFF(exit_site)), RDX);
        }
        x_load(&m->b, size, RCX, sel_at(RCX, 0));
        x_store(&m->b, 8, sel_cpu(OFF(key)), RCX);
        if (k % KEYED_COUNT == KEYED_MISALIGNED) {
            const u64 info = CPU_FAULT_INFO(SIGBUS, BUS_ADRALN);
            x_store_i(&m->b, 8, sel_cpu(OFF(aux)), 0);
            x_store_i(&m->b, 4, sel_cpu(OFF(exit_info)), (s32)info);
            x_store_i(&m->b, 4, sel_cpu(OFF(exit_info) + 4), (s32)(info >> 32));
        }
        jump_to(m, t->leave[why[k % KEYED_COUNT]]);
    }
}

/* --- look-up and the return stack --- */

void x86_probe(struct codebuf *b)
{
    /* rdx = 2 * jump_hash(key): the entry's offset is 8 times that */
    x_load(b, 8, RCX, sel_cpu(OFF(jump_table)));
    x_mov_rr(b, 4, RDX, RAX);
    x_shift_ri(b, SH_SHR, 4, RDX, 10);
    x_alu_rr(b, ALU_XOR, 4, RDX, RAX);
    x_alu_ri(b, ALU_AND, 4, RDX, ((1 << JUMP_TABLE_BITS) - 1) << 1);
    struct xmem entry = {.base = RCX, .index = RDX, .scale = 3};
    x_alu_mr(b, ALU_CMP, 8, entry, RAX);
    u8 *miss = x_jcc8(b, CC_NZ);
    entry.disp = offsetof(struct jump_entry, host);
    x_rm(b, 0xff, 4, entry); /* jmp [entry.host] */
    x_land(b, miss);
}

static void make_lookup(struct maker *m, struct jit_thunks *t)
{
    t->lookup_miss = t->resolver = here(m);
    x_store(&m->b, 8, sel_cpu(OFF(key)), RAX);
    jump_to(m, t->leave[CPU_EXIT_LOOKUP]);
    u64 polled = here(m);
    x_store(&m->b, 8, sel_cpu(OFF(key)), RAX);
    jump_to(m, t->leave[CPU_EXIT_POLL]);
    t->lookup = here(m);
    x_alu_mi(&m->b, ALU_CMP, 4, sel_cpu(OFF(poll)), 0);
    x_link(x_jcc(&m->b, CC_NZ), m->b.base + (polled - m->at));
    x86_probe(&m->b);
    jump_to(m, t->lookup_miss);
}

/* rax: the key; the entry that did not match was just popped and still stands below rsp. Looks at deeper
 * entries. */
static void make_ret_miss(struct maker *m, struct jit_thunks *t)
{
    t->bottom = here(m);
    x_load(&m->b, 8, RSP, sel_cpu(OFF(ret_base)));
    jump_to(m, t->lookup);

    enum { DEPTH = 4, CONST_AT = 7, FORM_AT = 5, WIDE_FORM = 0x48 };
    u8 *give_up[DEPTH], *found[DEPTH];
    t->ret_miss = here(m);
    x_mov_rr(&m->b, 8, RCX, RSP);
    for (int k = 0; k < DEPTH; k++) {
        x_alu_rm(&m->b, ALU_CMP, 8, RCX, sel_cpu(OFF(ret_base)));
        give_up[k] = x_jcc(&m->b, CC_NC);
        x_load(&m->b, 8, RDX, sel_at(RCX, 0));
        x_alu_mi(&m->b, ALU_CMP, 1, sel_at(RDX, FORM_AT), WIDE_FORM);
        x_load(&m->b, 4, R11, sel_at(RDX, CONST_AT));
        u8 *narrow = x_jcc8(&m->b, CC_NZ);
        x_load(&m->b, 8, R11, sel_at(RDX, CONST_AT));
        x_land(&m->b, narrow);
        x_lea(&m->b, 8, RCX, sel_at(RCX, 8));
        x_alu_rr(&m->b, ALU_CMP, 8, R11, RAX);
        found[k] = x_jcc(&m->b, CC_Z);
    }
    for (int k = 0; k < DEPTH; k++) x_link(give_up[k], m->b.p);
    x_lea(&m->b, 8, RSP, sel_at(RSP, -8)); /* the call was never seen: its entry stays */
    jump_to(m, t->lookup);
    for (int k = 0; k < DEPTH; k++) x_link(found[k], m->b.p);
    x_mov_rr(&m->b, 8, RSP, RCX);
    x_rr(&m->b, 0xff, 4, RDX); /* jmp rdx: the landing compares once more and goes on */
}

/* --- around C functions --- */

static void make_fp_switches(struct maker *m, u64 table, struct jit_thunks *t)
{
    t->fp_out = here(m); /* leaves argument registers alone but for rcx, rdx: called before they are loaded */
    save_mxcsr(m, OFF(mxcsr));
    host_mxcsr(m);
    x_ret(&m->b);
    t->fp_in = here(m); /* leaves rax, xmm0 alone */
    guest_mxcsr(m, table);
    x_ret(&m->b);
}

/* jit_soft_call(cpu, descriptor in exit_info) with every register preserved but the flags. */
static void make_soft(struct maker *m, u64 word, struct jit_thunks *t)
{
    static const u8 volatiles[] = {RAX, RCX, RDX, RSI, RDI, R8, R9, R10, R11};
    t->soft = here(m);
    x_store(&m->b, 8, sel_cpu(OFF(ret_sp)), RSP);
    x_load(&m->b, 8, RSP, sel_cpu(OFF(host_sp)));
    for (u32 i = 0; i < ARRAY_LEN(volatiles); i++) x_push(&m->b, volatiles[i]);
    x_alu_ri(&m->b, ALU_SUB, 8, RSP, 16 * 16 + 8);
    for (u8 i = 0; i < 16; i++) x_rm(&m->b, XO_movups_st, i, sel_at(RSP, 16 * i));
    save_mxcsr(m, OFF(mxcsr));
    x_lea(&m->b, 8, RDI, sel_at(RBP, -(s32)CPU_BIAS));
    x_load(&m->b, 4, RSI, sel_cpu(OFF(exit_info)));
    u8 *f = x_rip(&m->b, 0xff, 2); /* call [word] */
    x_link(f, m->b.base + (word - m->at));
    x_rm(&m->b, 0xae | X_0F, 2, sel_cpu(OFF(mxcsr)));
    for (u8 i = 0; i < 16; i++) x_rm(&m->b, XO_movups, i, sel_at(RSP, 16 * i));
    x_alu_ri(&m->b, ALU_ADD, 8, RSP, 16 * 16 + 8);
    for (u32 i = ARRAY_LEN(volatiles); i-- > 0;) x_pop(&m->b, volatiles[i]);
    x_load(&m->b, 8, RSP, sel_cpu(OFF(ret_sp)));
    x_ret(&m->b);
}

/* --- all of them --- */

static u64 make_words(struct maker *m, const struct ir_layout *l)
{
    x_u64(&m->b, (u64)(uintptr_t)jit_soft_call);
    for (u32 i = 0; i < l->nhelpers; i++) x_u64(&m->b, (u64)(uintptr_t)l->helpers[i].fn);
    u64 table = here(m);
    for (u32 control = 0; control < 64; control++) x_u32(&m->b, mxcsr_of(control));
    return table;
}

static void make_consts(struct maker *m, struct jit_thunks *t)
{
    static const u64 bits[CONST_COUNT][2] = {
        [CONST_ABS32] = {0x7fffffff7fffffff, 0x7fffffff7fffffff},
        [CONST_ABS64] = {0x7fffffffffffffff, 0x7fffffffffffffff},
        [CONST_SIGN32] = {0x8000000080000000, 0x8000000080000000},
        [CONST_SIGN64] = {0x8000000000000000, 0x8000000000000000},
        [CONST_TINY32] = {0x00800000, 0}, /* the smallest normal numbers */
        [CONST_TINY64] = {0x0010000000000000, 0},
    };
    while (here(m) & 15) x_u8(&m->b, 0);
    t->consts = here(m);
    for (u32 i = 0; i < CONST_COUNT; i++) {
        x_u64(&m->b, bits[i][0]);
        x_u64(&m->b, bits[i][1]);
    }
}

long jit_make_thunks(const struct ir_layout *l, const struct backend_options *o, u8 *buf, size_t size, u64 at,
                     struct jit_thunks *t)
{
    if (size < MAX_THUNK_BYTES + 8 * (size_t)l->nhelpers) return -ENOSPC;
    struct maker m = {
        .b = {.p = buf, .base = buf, .end = buf + size}, .at = at, .own_flags = o->x86_fp ? 0x3f : 0x3d};
    jit_layout_keep(l);
    jit_pins(l, &m.pins);
    *t = (struct jit_thunks){.lo = at};
    u64 table = make_words(&m, l);
    make_consts(&m, t);
    make_enter(&m, table, t);
    make_leaves(&m, t);
    make_keyed(&m, t);
    make_lookup(&m, t);
    make_ret_miss(&m, t);
    make_fp_switches(&m, table, t);
    make_soft(&m, at, t);
    x_nops(&m.b, (16 - code_offset(&m.b)) & 15);
    t->hi = here(&m);
    return (long)code_offset(&m.b);
}

u64 jit_thunk_address(const struct jit_thunks *t, u32 which)
{
    if (which >= THUNK_HELPER) return t->lo + 8 + 8 * (u64)(which - THUNK_HELPER);
    if (which >= THUNK_CONST) return t->consts + 16 * (u64)(which - THUNK_CONST);
    if (which < THUNK_LOOKUP) return t->leave[which - THUNK_LEAVE];
    if (which >= THUNK_KEYED) return t->keyed[which - THUNK_KEYED];
    switch ((enum jit_thunk)which) {
    case THUNK_LOOKUP: return t->lookup;
    case THUNK_LOOKUP_MISS: return t->lookup_miss;
    case THUNK_RET_MISS: return t->ret_miss;
    case THUNK_SOFT: return t->soft;
    case THUNK_FP_OUT: return t->fp_out;
    default: return t->fp_in;
    }
}

u32 jit_stub_data(const struct jit_thunks *t, u64 to, u32 *key_bytes, const char **why)
{
    static const char *const name[KEYED_COUNT] = {
        [KEYED_LOOKUP] = "lookup", [KEYED_POLL] = "poll", [KEYED_LINK] = "link", [KEYED_MISALIGNED] = "misaligned"};
    for (u32 k = 0; k < 2 * KEYED_COUNT; k++) {
        if (to != t->keyed[k]) continue;
        *key_bytes = k < KEYED_COUNT ? 4 : 8;
        *why = name[k % KEYED_COUNT];
        return *key_bytes + (k % KEYED_COUNT == KEYED_LINK ? 4 : 0);
    }
    return 0;
}

u64 jit_return_stack_init(u8 *lo, u8 *hi, const struct jit_thunks *t)
{
    (void)lo;
    u64 *bottom = (u64 *)(((uintptr_t)hi - 16) & ~(uintptr_t)15);
    bottom[0] = bottom[1] = t->bottom;
    return (u64)(uintptr_t)bottom;
}
