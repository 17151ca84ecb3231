/* The text form of a unit, one instruction a line. The README describes the language; parse.c reads it back.
 * The name of a value is v and the index of its instruction, so a line of a dump is found in every table of
 * the back ends. */
#include "ir/ir.h"
#include "ir/builder.h"
#include "ir/names.h"
#include "ir/walk.h"
#include "runtime/base/fmt.h"

static void print_const(struct out *o, const struct ir_const *k)
{
    const char *type = ir_type_name[k->type];
    if (k->rel) out_putc(o, '@');
    if (k->hi)
        out_printf(o, "0x%lx%016lx:%s", k->hi, k->lo, type);
    else if (k->lo < 1024)
        out_printf(o, "%lu:%s", k->lo, type);
    else
        out_printf(o, "0x%lx:%s", k->lo, type);
}

static void print_value(struct out *o, const struct ir_unit *u, ir_ref r)
{
    const struct ir_const *k = any_const_of(u, r);
    if (k)
        print_const(o, k);
    else if (r == IR_NONE)
        out_puts(o, "none");
    else
        out_printf(o, "v%u", r);
}

/* A constant whose type is always i64, without it: keys. */
static void print_key(struct out *o, const struct ir_unit *u, ir_ref r)
{
    const struct ir_const *k = any_const_of(u, r);
    if (k && k->type == IR_i64)
        out_printf(o, "%s0x%lx", k->rel ? "@" : "", k->lo);
    else
        print_value(o, u, r);
}

/* A place in the state: its slot's name if there is one of that type there, else the first that begins there,
 * else a slot around it and a distance, else the bare offset. */
static void print_slot(struct out *o, const struct ir_layout *l, u32 offset, enum ir_type t)
{
    const struct ir_slot *start = NULL, *around = NULL;
    for (u32 i = 0; l && i < l->nslots; i++) {
        const struct ir_slot *s = &l->slots[i];
        if (s->offset == offset && (!start || (s->type == t && start->type != t))) start = s;
        if (s->offset < offset && offset < s->offset + ir_type_size[s->type]) around = s;
    }
    if (start)
        out_puts(o, start->name);
    else if (around)
        out_printf(o, "%s+%u", around->name, offset - around->offset);
    else
        out_printf(o, "@%u", offset);
}

static void print_flags(struct out *o, const struct ir_insn *i)
{
    const struct flag_name *names = flag_names(i->op);
    u32 left = i->flags;
    for (; names && names->name; names++) {
        u32 mask = names->mask ? names->mask : names->value;
        if ((left & mask) == names->value) {
            out_printf(o, ".%s", names->name);
            left &= ~mask;
        }
    }
    if (left) out_printf(o, ".%u", left);
}

static void print_args(struct out *o, const struct ir_unit *u, const ir_ref *args, u32 n)
{
    if (n == 0) return;
    for (u32 i = 0; i < n; i++) {
        out_puts(o, i ? ", " : "(");
        print_value(o, u, args[i]);
    }
    out_putc(o, ')');
}

static void print_edges(struct out *o, const struct ir_unit *u, const struct ir_insn *i)
{
    struct ir_edge e[2];
    int n = ir_edges(u, i, e);
    for (int k = 0; k < n; k++) {
        out_printf(o, "%sb%u", k ? ", " : "", e[k].block);
        print_args(o, u, e[k].args, e[k].nargs);
    }
}

static void print_fence(struct out *o, u32 mask)
{
    const char *before = "";
    for (const struct flag_name *f = fence_names; f->name; f++) {
        if (!(mask & f->value)) continue;
        out_printf(o, "%s%s", before, f->name);
        before = "|";
    }
    if (mask == 0) out_puts(o, "none");
}

static void print_call(struct out *o, const struct ir_unit *u, const struct ir_insn *i)
{
    const struct ir_layout *l = u->layout;
    if (l && i->a < l->nhelpers)
        out_puts(o, l->helpers[i->a].name);
    else
        out_printf(o, "#%u", i->a);
    out_putc(o, '(');
    const u32 *side = &u->side[i->b];
    for (u32 k = 0; k < side[0]; k++) {
        if (k) out_puts(o, ", ");
        print_value(o, u, side[1 + k]);
    }
    out_putc(o, ')');
}

static void print_general(struct out *o, const struct ir_unit *u, const struct ir_insn *i)
{
    const u32 operand[3] = {i->a, i->b, i->c};
    const char *kind = ir_ops[i->op].sig + 2;
    for (int k = 0; kind[k] && kind[k] != '-'; k++) {
        if (k) out_puts(o, ", ");
        if (kind[k] == 'n')
            out_printf(o, "%u", operand[k]);
        else if (kind[k] == 'c')
            print_key(o, u, operand[k]);
        else
            print_value(o, u, operand[k]);
    }
}

static void print_operands(struct out *o, const struct ir_unit *u, const struct ir_insn *i)
{
    switch (i->op) {
    case IR_OP_insn:
        print_key(o, u, i->a);
        if (const_of(u, i->b) && const_of(u, i->b)->lo == 0) return;
        out_puts(o, ", ");
        print_key(o, u, i->b);
        return;
    case IR_OP_get: print_slot(o, u->layout, i->a, i->type); return;
    case IR_OP_put:
        print_slot(o, u->layout, i->a, type_of(u, i->b));
        out_puts(o, ", ");
        print_value(o, u, i->b);
        return;
    case IR_OP_getw:
    case IR_OP_rebase: out_printf(o, "%d", (s32)i->a); return;
    case IR_OP_putw:
        out_printf(o, "%d, ", (s32)i->a);
        print_value(o, u, i->b);
        return;
    case IR_OP_fence: print_fence(o, i->a); return;
    case IR_OP_call: print_call(o, u, i); return;
    case IR_OP_brc:
        print_value(o, u, i->a);
        out_puts(o, ", ");
        print_edges(o, u, i);
        return;
    case IR_OP_br: print_edges(o, u, i); return;
    case IR_OP_exit_call:
        print_value(o, u, i->a);
        out_puts(o, ", ");
        print_key(o, u, i->b);
        return;
    default: print_general(o, u, i); return;
    }
}

void ir_print_insn(struct out *o, const struct ir_unit *u, u32 index)
{
    const struct ir_insn *i = &u->insns[index];
    if (i->type != IR_none) out_printf(o, "v%u:%s = ", index, ir_type_name[i->type]);
    out_puts(o, ir_ops[i->op].name);
    print_flags(o, i);
    if (ir_ops[i->op].sig[2] != '-') out_putc(o, ' ');
    print_operands(o, u, i);
}

static void print_block(struct out *o, const struct ir_unit *u, u32 b)
{
    const struct ir_block *blk = &u->blocks[b];
    u32 i = blk->first;
    out_printf(o, "b%u", b);
    for (; i < blk->first + blk->nparams; i++)
        out_printf(o, "%sv%u:%s", i == blk->first ? "(" : ", ", i, ir_type_name[u->insns[i].type]);
    out_puts(o, blk->nparams ? "):\n" : ":\n");
    for (; i < blk->end; i++) {
        out_puts(o, "  ");
        ir_print_insn(o, u, i);
        out_putc(o, '\n');
    }
}

void ir_print(struct out *o, const struct ir_unit *u)
{
    out_printf(o, "unit key=%s0x%lx", u->rel ? "@" : "", u->key);
    if (u->guest_hi) out_printf(o, " guest=0x%lx..0x%lx", u->guest_lo, u->guest_hi);
    if (u->fp.nan_rule) out_printf(o, " nan_rule=%u", u->fp.nan_rule);
    if (u->fp.convert) out_printf(o, " convert=%u", u->fp.convert);
    if (u->fp.tininess) out_printf(o, " tininess=%u", u->fp.tininess);
    if (u->fp.default_nan) out_printf(o, " default_nan=%u", u->fp.default_nan);
    if (u->fp.no_flush) out_printf(o, " no_flush=%u", u->fp.no_flush);
    out_puts(o, " {\n");
    IR_EACH_BLOCK(u, b) print_block(o, u, b);
    out_puts(o, "}\n");
}
