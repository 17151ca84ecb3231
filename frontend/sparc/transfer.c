/* Control transfers and their delay slots (V9 6.3.4, V8 5.1.1: Delayed Control Transfer).
 *
 * The delay instruction is lifted behind the transfer, in the same unit, under a mark of its own that says
 * where nPC is. If it can neither trap nor depend on the way taken it is lifted once; else once on each way
 * where it is executed. What cannot be taken along, and a transfer that itself stands in a delay slot, leaves
 * to a one-instruction unit of mode NPC. */
#include "frontend/sparc/sparc.h"

#include "frontend/sparc/sparc_isa.h"
#include "frontend/sparc/v9.h"

enum slot { SLOT_PLAIN, SLOT_TRAPS, SLOT_ALONE };

/* What the delay instruction may do. ALONE: it ends units. */
static enum slot classify(u32 word)
{
    u32 op = word >> 30, op2 = word >> 22 & 7, op3 = word >> 19 & 63;
    if (op == 0) return op2 == 4 ? SLOT_PLAIN : SLOT_ALONE;
    if (op == 1) return SLOT_ALONE;
    if (op == 3)
        return op3 == 0x21 || ((op3 & 0x10) && (word & 0x2000)) ? SLOT_ALONE : SLOT_TRAPS; /* %fsr, %asi */
    switch (op3) {
    case 0x0d:
    case 0x0e:
    case 0x0f:
    case 0x1e:
    case 0x1f:
    case 0x22:
    case 0x23:
    case 0x2d: /* divide, tagged */
    case 0x34:
    case 0x35:
    case 0x3c:
    case 0x3d: return SLOT_TRAPS; /* FP; save, restore */
    case 0x2b:
    case 0x29:
    case 0x2a:
    case 0x31:
    case 0x32:
    case 0x33:
    case 0x38:
    case 0x39:
    case 0x3a:
    case 0x3b:
    case 0x3e:
    case 0x3f: return SLOT_ALONE;
    case 0x30: return (word >> 25 & 31) == 0 ? SLOT_PLAIN : SLOT_ALONE; /* wr: only %y is harmless */
    case 0x36:
    case 0x37: return SLOT_ALONE;
    default: return SLOT_PLAIN;
    }
}


static void put_npc(struct lift *l, ir_ref npc)
{
    ir_put(l->u, SPARC_OFF(npc), npc);
    ir_put(l->u, (u32)offsetof(struct cpu_head, aux), ir_i64(l->u, SPARC_AUX_SLOT));
}

/* --- leaving --- */

static void leave_to(struct lift *l, u32 addr)
{
    ir_exit(l->u, sparc_key(l, addr), addr <= (u32)l->pc);
}

/* Whether an absolute address lies behind this instruction depends on where the file is loaded: it polls. */
static void leave_to_const(struct lift *l, ir_ref addr)
{
    u64 v;
    if (ir_addr_value(l->u, addr, &v))
        leave_to(l, (u32)v);
    else
        ir_exit_to(l->u, sparc_key_of(l, addr), true);
}

/* Where a call of this instruction comes back to: behind the delay slot, or behind the unimp word that a
 * caller of a function returning a structure puts there (V8 D.4). */
static u32 return_address(struct lift *l)
{
    u32 word, back = (u32)l->pc + 8;
    if (((back ^ l->start) & ~(u64)(l->guest->page_size - 1)) == 0 && lift_fetch32(l, back, true, &word) &&
        (word & 0xffc00000) == 0 && word != 0)
        return back + 4;
    return back;
}

static void leave(struct lift *l, const struct sparc_transfer *t)
{
    if (!ir_block_open(l->u)) return;
    if (t->kind == SPARC_CALL)
        ir_exit_call(l->u, sparc_key_of(l, t->dest), sparc_key(l, return_address(l)));
    else if (t->kind == SPARC_RET)
        ir_exit_ret(l->u, sparc_key_of(l, t->dest));
    else if (ir_is_const(t->dest))
        leave_to_const(l, t->dest);
    else
        ir_exit_ind(l->u, sparc_key_of(l, t->dest));
}

/* --- the delay instruction in this unit --- */

/* Lifts it with nPC = npc (i32). */
static void lift_slot(struct lift *l, u32 word, enum slot kind, ir_ref npc)
{
    gaddr pc = l->pc;
    u64 key = l->key;
    u64 at;
    l->pc = (u32)(pc + 4);
    l->key = sparc_key(l, (u32)l->pc);
    if (kind == SLOT_PLAIN || (ir_addr_value(l->u, npc, &at) && at == (u32)(l->pc + 4))) {
        ir_insn(l->u, l->key, 0);
    } else if (ir_is_const(npc)) {
        ir_insn_aux(l->u, l->key | SPARC_KEY_NPC, ir_zext(l->u, IR_i64, npc));
    } else {
        ir_put(l->u, SPARC_OFF(npc), npc);
        ir_insn(l->u, l->key | SPARC_KEY_NPC, SPARC_AUX_SLOT);
    }
    sparc_lift_word(l, word);
    l->pc = pc;
    l->key = key;
    l->done = false;
}

static void always(struct lift *l, const struct sparc_transfer *t, u32 word, enum slot kind)
{
    if (!t->annul) lift_slot(l, word, kind, t->dest);
    leave(l, t);
}

static void never(struct lift *l, const struct sparc_transfer *t, u32 word, enum slot kind)
{
    u32 next = (u32)l->pc + 8;
    if (!t->annul) lift_slot(l, word, kind, ir_addr(l->u, IR_i32, next));
    if (ir_block_open(l->u)) leave_to(l, next);
}

/* A plain delay instruction of a branch without annulment runs before the branch divides. */
static void divide_behind(struct lift *l, const struct sparc_transfer *t, u32 word)
{
    lift_slot(l, word, SLOT_PLAIN, ir_i32(l->u, 0));
    u32 yes = ir_block(l->u), no = ir_block(l->u);
    ir_brc(l->u, t->cond, yes, no);
    ir_place(l->u, yes);
    leave(l, t);
    ir_place(l->u, no);
    leave_to(l, (u32)l->pc + 8);
}

static void divide_before(struct lift *l, const struct sparc_transfer *t, u32 word, enum slot kind)
{
    u32 yes = ir_block(l->u), no = ir_block(l->u);
    struct sparc_unit saved = *sparc_unit(l);
    ir_brc(l->u, t->cond, yes, no);
    ir_place(l->u, yes);
    lift_slot(l, word, kind, t->dest);
    leave(l, t);
    *sparc_unit(l) = saved;
    ir_place(l->u, no);
    never(l, t, word, kind);
}

/* --- the delay instruction in a unit of its own --- */

/* Executed, with nPC = npc. */
static void to_slot(struct lift *l, ir_ref npc)
{
    put_npc(l, npc);
    ir_exit(l->u, sparc_key(l, (u32)l->pc + 4) | SPARC_KEY_NPC, false);
}

static void not_taken_alone(struct lift *l, const struct sparc_transfer *t)
{
    leave_to(l, (u32)l->pc + (t->annul ? 8 : 4));
}

static void taken_alone(struct lift *l, const struct sparc_transfer *t)
{
    if (t->annul && t->cond == IR_NONE)
        leave(l, t);
    else
        to_slot(l, t->dest);
}

/* --- the transfer itself in a delay slot --- */

/* pc = at (i32), nPC = npc. */
static void to_pair(struct lift *l, ir_ref at, ir_ref npc)
{
    put_npc(l, npc);
    ir_exit_ind(l->u, ir_or(l->u, sparc_key_of(l, at), ir_i64(l->u, SPARC_KEY_NPC)));
}

static void not_taken_in_slot(struct lift *l, const struct sparc_transfer *t)
{
    ir_ref npc = sparc_unit(l)->npc;
    if (t->annul) npc = ir_add(l->u, npc, ir_i32(l->u, 4));
    ir_exit_ind(l->u, sparc_key_of(l, npc));
}

static void taken_in_slot(struct lift *l, const struct sparc_transfer *t)
{
    if (t->annul && t->cond == IR_NONE)
        leave(l, &(struct sparc_transfer){.kind = SPARC_JUMP, .dest = t->dest});
    else
        to_pair(l, sparc_unit(l)->npc, t->dest);
}

static void both_ways(struct lift *l, const struct sparc_transfer *t,
                      void (*taken)(struct lift *, const struct sparc_transfer *),
                      void (*not_taken)(struct lift *, const struct sparc_transfer *))
{
    if (t->never) {
        not_taken(l, t);
        return;
    }
    if (t->cond == IR_NONE) {
        taken(l, t);
        return;
    }
    u32 yes = ir_block(l->u), no = ir_block(l->u);
    ir_brc(l->u, t->cond, yes, no);
    ir_place(l->u, yes);
    taken(l, t);
    ir_place(l->u, no);
    not_taken(l, t);
}

static void with_slot(struct lift *l, const struct sparc_transfer *t, u32 word, enum slot kind)
{
    bool executed = !(t->annul && (t->never || t->cond == IR_NONE));
    if (executed) l->count++;
    if (t->never)
        never(l, t, word, kind);
    else if (t->cond == IR_NONE)
        always(l, t, word, kind);
    else if (kind == SLOT_PLAIN && !t->annul)
        divide_behind(l, t, word);
    else
        divide_before(l, t, word, kind);
}

/* The delay instruction, if this unit can take it along. */
static bool slot_fits(struct lift *l, u32 *word, enum slot *kind)
{
    struct v9_rec r;
    if (l->max < 2 || !lift_fetch32(l, (u32)(l->pc + 4), true, word)) return false;
    if (!v9_decode(*word, l->features, &r)) return false;
    *kind = classify(*word);
    return *kind != SLOT_ALONE;
}

void sparc_transfer(struct lift *l, const struct sparc_transfer *t)
{
    u32 word;
    enum slot kind;
    u64 known;
    struct sparc_transfer s = *t;
    if (s.cond != IR_NONE &&
        ir_const_value(l->u, s.cond, &known)) { /* codes known here: still a conditional branch */
        s.never = !known;
        if (known && s.annul) s.annul = false;
        s.cond = IR_NONE;
    }
    if (l->key & SPARC_KEY_NPC)
        both_ways(l, &s, taken_in_slot, not_taken_in_slot);
    else if (s.annul && s.cond == IR_NONE)
        with_slot(l, &s, 0, SLOT_PLAIN);
    else if (slot_fits(l, &word, &kind))
        with_slot(l, &s, word, kind);
    else
        both_ways(l, &s, taken_alone, not_taken_alone);
    l->done = true;
}
