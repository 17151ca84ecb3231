/* Calls of helpers: pins to their slots, arguments by the System V ABI, the C stack, the result.
 *
 * Live values are put into spill cells before; pins that the callee may overwrite, or must see, go to their
 * slots, where the fault handler of a helper that touches guest memory expects them too. */
#include "backend/x86_64/sel.h"
#include <errno.h>
#include <string.h>

enum { MAX_ARGS = 6, CALLEE_SAVED = 1 << RBX | 1 << R12 | 1 << R13 | 1 << R14 | 1 << R15 };
static const u8 int_args[MAX_ARGS] = {RDI, RSI, RDX, RCX, R8, R9};

struct signature {
    u32 nargs;
    bool fp;                /* floats are passed or returned */
    char arg[2 * MAX_ARGS]; /* i: u32, q: u64, f, d, c: the state block */
    char ret;
};

static char kind_of(const char *p)
{
    switch (*p) {
    case 'v': return 'v';
    case 'c': return 'c';
    case 'f': return p[1] == '3' ? 'f' : 'd';
    default: return p[1] == '6' ? 'q' : 'i';
    }
}

static bool parse(const char *sig, struct signature *s)
{
    *s = (struct signature){.ret = kind_of(sig)};
    const char *p = strchr(sig, ':');
    s->fp = s->ret == 'f' || s->ret == 'd';
    for (p = p ? p + 1 : ""; *p;) {
        if (s->nargs == ARRAY_LEN(s->arg)) return false;
        char k = kind_of(p);
        if (k != 'v') s->arg[s->nargs++] = k;
        s->fp |= k == 'f' || k == 'd';
        const char *comma = strchr(p, ',');
        p = comma ? comma + 1 : "";
    }
    return true;
}

static void store_pins(struct jit *j, u32 mask)
{
    for (u32 i = 0; i < j->layout->pins.n; i++) {
        const struct jit_pin *p = &j->layout->pins.pin[i];
        if (mask >> p->reg & 1) x_store(&j->code, p->size, sel_cpu((s32)p->offset), p->reg);
    }
}

static void load_pins(struct jit *j, u32 mask)
{
    for (u32 i = 0; i < j->layout->pins.n; i++) {
        const struct jit_pin *p = &j->layout->pins.pin[i];
        if (mask >> p->reg & 1) x_load(&j->code, p->size, p->reg, sel_cpu((s32)p->offset));
    }
}

/* Everything that an argument could stand in is in memory or a callee-saved pin by now, so that arguments are
 * loaded in any order: a value in a caller-saved pin is read from the slot it was just stored to. */
static void load_arg(struct jit *j, u8 dst, ir_ref r, u32 stored)
{
    if (ir_is_const(r)) {
        jh_const(j, dst, r);
        return;
    }
    const struct jval *v = &j->val[r];
    u32 safe = v->pins & CALLEE_SAVED;
    if (safe) {
        u8 from = (u8)__builtin_ctz(safe);
        if (v->type >= IR_i32)
            jh_move(j, dst, from, v->type);
        else /* C wants what is above the value to be zero */
            x_rr(&j->code, v->type == IR_i16 ? XO_movzx16 : XO_movzx8, dst, from);
    } else if (v->mem != JM_NONE && v->mem != JM_WIN) {
        jh_load(j, dst, v->mem, v->off, v->type);
    } else if (v->mem == JM_WIN && (CALLEE_SAVED >> sel_window(j) & 1)) {
        jh_load(j, dst, v->mem, v->off, v->type);
    } else {
        for (u32 i = 0; i < j->layout->pins.n; i++) {
            const struct jit_pin *p = &j->layout->pins.pin[i];
            if (!(v->pins & stored & (1u << p->reg))) continue;
            jh_load(j, dst, JM_SLOT, (s32)p->offset, v->type);
            return;
        }
        jit_fail(j, -EINVAL, "a helper's argument has no place");
    }
}

/* Narrow arguments: their upper bits are anything in a register, but C expects them as declared; u32 and u64
 * take i32 and i64 only, and the loads from memory extend. */
static void load_args(struct jit *j, const struct signature *s, const ir_ref *args, u32 stored)
{
    u32 ints = 0, floats = 0, at = 0;
    for (u32 k = 0; k < s->nargs; k++) {
        bool fp = s->arg[k] == 'f' || s->arg[k] == 'd';
        if ((fp ? floats : ints) == MAX_ARGS) {
            jit_fail(j, -ENOSYS, "a helper with too many arguments");
            return;
        }
        if (s->arg[k] == 'c')
            x_lea(&j->code, 8, int_args[ints++], sel_at(RBP, -(s32)CPU_BIAS));
        else if (fp)
            load_arg(j, (u8)(JIT_FP0 + floats++), args[at++], stored);
        else
            load_arg(j, int_args[ints++], args[at++], stored);
    }
}

/* Arguments that stand in temporaries only, or are conditions, go to cells. */
static void settle_args(struct jit *j, const ir_ref *args, u32 n)
{
    for (u32 k = 0; k < n; k++) {
        if (ir_is_const(args[k])) continue;
        const struct jval *v = &j->val[args[k]];
        bool in_temp = v->mem == JM_NONE && !v->pins;
        bool far = v->mem == JM_WIN && !(CALLEE_SAVED >> sel_window(j) & 1) && !v->pins;
        if (in_temp || far) jr_spill(j, args[k]);
    }
}

void sel_call(struct jit *j, u32 i, const struct ir_insn *x)
{
    const struct ir_helper *h = &j->u->layout->helpers[x->a];
    u32 n = j->u->side[x->b];
    const ir_ref *args = &j->u->side[x->b + 1];
    struct signature s;
    if (!parse(h->sig, &s)) {
        jit_fail(j, -ENOSYS, "a helper with too many arguments");
        return;
    }
    for (u32 k = 0; k < n; k++)
        if (!ir_is_const(args[k])) j->val[args[k]].next = j->side_nxt[x->b + 1 + k];
    bool sees = (h->reads | h->writes) & IR_HELP_STATE || h->faults, changes = h->writes & IR_HELP_STATE;
    u32 all = j->pin_mask, volatiles = all & ~(u32)CALLEE_SAVED;
    u32 store = sees ? all : volatiles, reload = changes ? all : volatiles;
    jr_forget_flags(j);
    settle_args(j, args, n);
    jr_spill_temps(j, changes);
    store_pins(j, store);
    if (h->faults) {
        sel_store_num(j, OFF(key), jit_mark_key(j, j->mark));
        sel_store_num(j, OFF(aux), jit_mark_aux(j, j->mark));
        x_rm(&j->code, 0xae | X_0F, 3, sel_cpu(OFF(mxcsr)));
        j->mark_faults = true;
    }
    bool fp_env = (h->reads | h->writes) & IR_HELP_FPENV || s.fp;
    x_store(&j->code, 8, sel_cpu(OFF(ret_sp)), RSP);
    x_load(&j->code, 8, RSP, sel_cpu(OFF(host_sp)));
    if (fp_env) sel_thunk(j, x_call(&j->code), THUNK_FP_OUT);
    load_args(j, &s, args, store);
    sel_thunk(j, x_rip(&j->code, 0xff, 2), (enum jit_thunk)(THUNK_HELPER + x->a));
    if (fp_env) sel_thunk(j, x_call(&j->code), THUNK_FP_IN);
    x_load(&j->code, 8, RSP, sel_cpu(OFF(ret_sp)));
    load_pins(j, reload);
    if (changes) jr_drop_pinvals(j, all);
    /* Nothing is in a register but the pins. */
    for (u32 m = j->busy; m; m &= m - 1) j->val[j->occ[__builtin_ctz(m)]].reg = JIT_NOREG;
    j->busy = 0;
    if (s.ret != 'v') {
        u8 ret = jit_is_fp(x->type) ? JIT_FP0 : RAX;
        if (s.ret == 'i' && x->type == IR_i32) x_mov_rr(&j->code, 4, RAX, RAX);
        jr_define(j, i, ret);
    }
    for (u32 k = 0; k < n; k++)
        if (jit_dies(j, args[k])) jr_bury(j, args[k]);
}
