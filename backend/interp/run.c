/* Preparing a unit and running it. A prepared unit is one block of heap memory that only its owner frees; any
 * number of threads may run it at once, each with a frame of its own. */
#include "backend/backend.h"
#include "backend/interp/interp.h"
#include "ir/walk.h"
#include "runtime/base/heap.h"
#include <string.h>

static interp_fn *const functions[IR_OP_COUNT] = {
#define IR_OP(n, sig, eff, text) [IR_OP_##n] = interp_##n,
#include "ir/ops.def"
};

enum { STACK_CELLS = 1024 }; /* frames up to 32 KiB live on the stack */

/* --- preparing --- */

static u32 cell_of(const struct ir_unit *u, ir_ref r)
{
    return ir_is_const(r) ? u->ninsns + (r & ~IR_CONST) : r;
}

/* A slot with this flag that is not the head's own field. */
static u32 mirror(const struct ir_layout *l, u8 flag, u32 own, u8 *type)
{
    for (u32 i = 0; i < l->nslots; i++) {
        if (!(l->slots[i].flags & flag) || l->slots[i].offset == own) continue;
        *type = l->slots[i].type;
        return l->slots[i].offset;
    }
    return ~(u32)0;
}

static void prepare_step(struct interp_code *c, const struct ir_unit *u, u32 i)
{
    struct ir_insn insn = u->insns[i];
    struct ir_uses uses = ir_uses(u, &insn);
    u32 operands = uses.left;
    bool second =
        insn.op == IR_OP_store || insn.op == IR_OP_select; /* its own type is that of the second value */
    enum ir_type first = IR_none;
    for (u32 k = 0; k < 3; k++) {
        if (!(operands >> k & 1)) continue;
        if (first == IR_none || (second && k == 1)) first = ir_type_of(u, uses.field[k]);
        uses.field[k] = cell_of(u, uses.field[k]);
    }
    for (u32 *arg = uses.arg; arg < uses.arg_end; arg++) c->side[arg - u->side] = cell_of(u, *arg);
    c->steps[i] = (struct step){functions[insn.op], i,         insn.a, insn.b,    insn.c,
                                (u8)insn.op,        insn.type, first,  insn.flags};
}

static bool prepare_calls(struct interp_code *c, const struct ir_unit *u)
{
    u32 n = 0;
    for (u32 i = 0; i < u->ninsns; i++) {
        if (u->insns[i].op != IR_OP_call) continue;
        if (!interp_site_init(c->sites, n, &u->layout->helpers[u->insns[i].a])) return false;
        c->steps[i].a = n++;
    }
    return true;
}

static u32 count_calls(const struct ir_unit *u)
{
    u32 n = 0;
    for (u32 i = 0; i < u->ninsns; i++) n += u->insns[i].op == IR_OP_call;
    return n;
}

/* The arrays behind the struct itself; sizes are multiples of 16 but for the last. */
static struct interp_code *allocate(const struct ir_unit *u)
{
    u32 ncalls = count_calls(u);
    size_t consts = u->nconsts * sizeof(union cell), steps = u->ninsns * sizeof(struct step);
    size_t sites = interp_sites_size(ncalls);
    size_t head = align_up(sizeof(struct interp_code), 16);
    u8 *p = heap_alloc(head + consts + align_up(steps, 16) + align_up(sites, 16) +
                       (u->nside + u->nblocks) * sizeof(u32));
    struct interp_code *c = (struct interp_code *)p;
    *c = (struct interp_code){
        .layout = u->layout, .fp = u->fp, .nsteps = u->ninsns, .nconsts = u->nconsts, .nsites = ncalls};
    c->consts = (union cell *)(p += head);
    c->steps = (struct step *)(p += consts);
    c->sites = (struct helper_site *)(p += align_up(steps, 16));
    c->side = (u32 *)(p += align_up(sites, 16));
    c->first = c->side + u->nside;
    return c;
}

struct interp_code *interp_prepare(const struct ir_unit *u)
{
    struct interp_code *c = allocate(u);
    u8 type;
    c->wbase = mirror(u->layout, IR_SLOT_WBASE, ~(u32)0, &type);
    c->pc = mirror(u->layout, IR_SLOT_PC, offsetof(struct cpu_head, key), &c->pc_type);
    c->aux = mirror(u->layout, IR_SLOT_AUX, offsetof(struct cpu_head, aux), &c->aux_type);
    for (u32 i = 0; i < u->nconsts; i++)
        c->consts[i] = (union cell){.q = {u->consts[i].lo, u->consts[i].hi, 0, 0}};
    if (u->nside) memcpy(c->side, u->side, u->nside * sizeof(u32));
    for (u32 b = 0; b < u->nblocks; b++) c->first[b] = u->blocks[b].first;
    for (u32 i = 0; i < u->ninsns; i++) prepare_step(c, u, i);
    if (!prepare_calls(c, u)) {
        heap_free(c);
        return NULL;
    }
    return c;
}

void interp_free(struct interp_code *c)
{
    heap_free(c);
}

/* --- running --- */

static enum cpu_exit run_with(const struct interp_code *c, struct cpu_head *cpu, union cell *cells)
{
    struct frame f = {
        .cell = cells, .code = c, .cpu = cpu, .next = c->steps, .key = cpu->key, .aux = cpu->aux};
    memcpy(cells + c->nsteps, c->consts, c->nconsts * sizeof cells[0]);
    while (!f.left) {
        const struct step *s = f.next++;
        s->fn(&f, s);
    }
    return f.why;
}

static enum cpu_exit run_on_stack(const struct interp_code *c, struct cpu_head *cpu, u32 ncells)
{
    union cell cells[ncells];
    return run_with(c, cpu, cells);
}

enum cpu_exit interp_run(const struct interp_code *c, struct cpu_head *cpu)
{
    u32 ncells = c->nsteps + c->nconsts;
    if (ncells <= STACK_CELLS) return run_on_stack(c, cpu, ncells);
    union cell *cells = heap_alloc(ncells * sizeof cells[0]);
    enum cpu_exit why = run_with(c, cpu, cells);
    heap_free(cells);
    return why;
}
