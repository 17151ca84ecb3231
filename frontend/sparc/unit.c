/* Lifts one instruction of a unit: sets the unit up, marks the instruction, fetches and decodes it.
 *
 * In mode NPC the unit is one instruction long, behind which it goes on at nPC, wherever that is; so are
 * lifted the instructions in delay slots that a transfer cannot take along (another transfer, a trap), and
 * those where a signal handler returns into a delay slot. */
#include "frontend/sparc/sparc.h"

#include "frontend/sparc/sparc_isa.h"
#include "frontend/sparc/v9.h"

/* nPC of the state at the unit's entry: head.aux says where it stands. It is put into slot npc, where the
 * marks of this unit say it is. */
static void load_npc(struct lift *l)
{
    struct ir_unit *u = l->u;
    u32 aux_off = (u32)offsetof(struct cpu_head, aux);
    ir_ref aux = ir_get(u, IR_i64, aux_off), slot = ir_i64(u, SPARC_AUX_SLOT);
    ir_ref npc =
        ir_select(u, ir_eq(u, aux, slot), ir_get(u, IR_i32, SPARC_OFF(npc)), ir_trunc(u, IR_i32, aux));
    ir_put(u, SPARC_OFF(npc), npc);
    ir_put(u, aux_off, slot);
    sparc_unit(l)->npc = npc;
}

static void begin_unit(struct lift *l)
{
    struct sparc_unit *s = sparc_unit(l);
    if (s->began) return;
    s->began = 1;
    s->ca = s->cb = s->cr = s->npc = IR_NONE;
    s->mode = l->key & SPARC_KEY_KEPT;
    if (l->key & SPARC_KEY_NPC) load_npc(l);
}

void sparc_lift_word(struct lift *l, u32 word)
{
    struct v9_rec r;
    if (!v9_decode(word, l->features, &r)) {
        lift_illegal(l, word, false, NULL);
        return;
    }
    enum isa_result got = v9_lift(l, &r);
    if (got != ISA_OK && ir_block_open(l->u)) lift_illegal(l, word, got == ISA_TODO, v9_name(r.id));
}

static void lift_one(struct lift *l)
{
    u32 word;
    ir_insn(l->u, l->key, l->key & SPARC_KEY_NPC ? SPARC_AUX_SLOT : 0);
    if (l->pc & 3)
        lift_trap(l, GUEST_TRAP_ALIGN_PC, l->pc);
    else if (!lift_fetch32(l, l->pc, true, &word))
        lift_trap(l, GUEST_TRAP_FETCH, l->pc);
    else
        sparc_lift_word(l, word);
}

static void lift_with_npc(struct lift *l)
{
    if (!(l->key & SPARC_KEY_SKIP)) lift_one(l);
    if (!l->done) ir_exit_ind(l->u, sparc_key_of(l, sparc_unit(l)->npc));
    l->done = true;
}

void sparc_lift_insn(struct lift *l)
{
    begin_unit(l);
    l->next = (u32)(l->pc + 4);
    if (l->key & SPARC_KEY_NPC) {
        lift_with_npc(l);
        return;
    }
    lift_one(l);
    if (!l->done && sparc_unit(l)->mode != (l->key & SPARC_KEY_KEPT))
        lift_goto(l, sparc_key(l, (u32)l->next));
}
