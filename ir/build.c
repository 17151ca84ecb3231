/* Building units: the arrays and their growth, constants, blocks, value numbering, events and terminators.
 * Lifters call it through ir.h. Folding is fold.c's, knowledge of the CPU state state.c's.
 *
 * Nothing here fails: memory comes from the arena, which never says no. A lifter's mistake (an instruction in
 * a closed block, a block placed twice) is remembered and reported by ir_finish. */
#include "ir/ir.h"
#include "ir/builder.h"
#include "runtime/base/arena.h"
#include <errno.h>
#include <string.h>

enum { FIRST_INSNS = 160, FIRST_CONSTS = 64, FIRST_SIDE = 32, FIRST_BLOCKS = 8, FIRST_HASH = 64 };

/* --- arrays --- */

__attribute__((noinline, cold)) static void *grown(struct arena *a, const void *old, u32 n, u32 cap, size_t size)
{
    void *p = arena_alloc_raw(a, (size_t)cap * size, 16);
    memcpy(p, old, (size_t)n * size);
    return p;
}

#define RESERVE(u, field, count, more)                                                                       \
    do {                                                                                                     \
        if (unlikely((u)->count + (more) > (u)->field##_cap)) {                                              \
            (u)->field##_cap = ((u)->count + (more)) * 2;                                                    \
            (u)->field = grown((u)->arena, (u)->field, (u)->count, (u)->field##_cap, sizeof *(u)->field);    \
        }                                                                                                    \
    } while (0)

u32 side_reserve(struct ir_unit *u, u32 n)
{
    RESERVE(u, side, nside, n);
    u32 at = u->nside;
    u->nside += n;
    return at;
}

void ir_unit_init(struct ir_unit *u, struct arena *arena, const struct ir_layout *layout, u64 key)
{
    *u = (struct ir_unit){
        .layout = layout,
        .arena = arena,
        .key = key,
        .insns = arena_alloc_raw(arena, FIRST_INSNS * sizeof(struct ir_insn), 16),
        .insns_cap = FIRST_INSNS,
        .consts = arena_alloc_raw(arena, FIRST_CONSTS * sizeof(struct ir_const), 8),
        .consts_cap = FIRST_CONSTS,
        .side = arena_alloc_raw(arena, FIRST_SIDE * sizeof(u32), 4),
        .side_cap = FIRST_SIDE,
        .blocks = arena_alloc_raw(arena, FIRST_BLOCKS * sizeof(struct ir_block), 4),
        .blocks_cap = FIRST_BLOCKS,
        .builder = arena_alloc_raw(arena, sizeof(struct ir_builder), _Alignof(struct ir_builder)),
    };
    memset(u->builder, 0, offsetof(struct ir_builder, plain));
    map_init(&u->builder->plain);
    map_init(&u->builder->window);
    u->builder->const_hash = arena_array(arena, u32, FIRST_HASH);
    u->builder->const_mask = FIRST_HASH - 1;
    u->builder->placed = arena_alloc_raw(arena, FIRST_BLOCKS, 1);
    u->builder->closed = true; /* there is no current block yet */
    ir_place(u, ir_block(u));
}

/* --- constants --- */

static u32 const_hash(enum ir_type t, bool rel, u64 lo, u64 hi)
{
    u64 h = (lo ^ hi << 32 ^ t << 24 ^ (u32)rel << 31) * 0xff51afd7ed558ccdu;
    return (u32)(h >> 32);
}

__attribute__((noinline, cold)) static void rehash_consts(struct ir_unit *u)
{
    struct ir_builder *b = u->builder;
    b->const_mask = b->const_mask * 2 + 1;
    b->const_hash = arena_array(u->arena, u32, b->const_mask + 1);
    for (u32 i = 0; i < u->nconsts; i++) {
        u32 h = const_hash(u->consts[i].type, u->consts[i].rel, u->consts[i].lo, u->consts[i].hi);
        while (b->const_hash[h & b->const_mask]) h++;
        b->const_hash[h & b->const_mask] = i + 1;
    }
}

static ir_ref intern(struct ir_unit *u, enum ir_type t, bool rel, u64 lo, u64 hi)
{
    u32 bits = ir_type_bits[t];
    if (bits < 64) lo &= low_mask(bits);
    if (likely(bits <= 64))
        hi = 0;
    else if (bits < 128)
        hi &= low_mask(bits - 64);
    struct ir_builder *b = u->builder;
    u32 h = const_hash(t, rel, lo, hi);
    for (u32 i; (i = b->const_hash[h & b->const_mask]) != 0; h++) {
        const struct ir_const *k = &u->consts[i - 1];
        if (k->lo == lo && k->hi == hi && k->type == t && k->rel == rel) return IR_CONST | (i - 1);
    }
    if (unlikely(u->nconsts == u->consts_cap || u->nconsts * 2 > b->const_mask)) {
        RESERVE(u, consts, nconsts, 1);
        if (u->nconsts * 2 > b->const_mask) rehash_consts(u);
        for (h = const_hash(t, rel, lo, hi); b->const_hash[h & b->const_mask];) h++;
    }
    u32 at = u->nconsts++;
    u->consts[at] = (struct ir_const){.type = t, .rel = rel, .lo = lo, .hi = hi};
    b->const_hash[h & b->const_mask] = at + 1;
    return IR_CONST | at;
}

ir_ref ir_const128(struct ir_unit *u, enum ir_type t, u64 lo, u64 hi)
{
    return intern(u, t, false, lo, hi);
}

ir_ref ir_const(struct ir_unit *u, enum ir_type t, u64 v)
{
    return intern(u, t, false, v, 0);
}

ir_ref ir_addr(struct ir_unit *u, enum ir_type t, u64 v)
{
    if (t != IR_i64 && !(t == IR_i32 && u->layout->addr_bits == 32)) u->builder->misused = true;
    return intern(u, t, true, v, 0);
}

/* A key given as a number. */
static ir_ref key_const(struct ir_unit *u, u64 key)
{
    return intern(u, IR_i64, u->rel, key, 0);
}

/* --- blocks --- */

u32 ir_block(struct ir_unit *u)
{
    if (u->nblocks == u->blocks_cap)
        u->builder->placed = grown(u->arena, u->builder->placed, u->nblocks, u->nblocks * 2 + 2, 1);
    u->builder->placed[u->nblocks] = 0;
    RESERVE(u, blocks, nblocks, 1);
    u->blocks[u->nblocks] = (struct ir_block){0};
    return u->nblocks++;
}

void ir_place(struct ir_unit *u, u32 block)
{
    struct ir_builder *b = u->builder;
    if (block >= u->nblocks || b->placed[block] || !b->closed) {
        b->misused = true;
        return;
    }
    b->placed[block] = 1;
    b->closed = false;
    b->fp_floor = u->ninsns;
    u->cur = block;
    u->blocks[block].first = u->blocks[block].end = u->ninsns;
    state_forget(u);
}

ir_ref ir_param(struct ir_unit *u, enum ir_type t)
{
    struct ir_block *b = &u->blocks[u->cur];
    if (b->end != b->first + b->nparams) u->builder->misused = true;
    return append(u, IR_OP_param, t, 0, b->nparams++, IR_NONE, IR_NONE);
}

bool ir_block_open(const struct ir_unit *u)
{
    return !u->builder->closed;
}

/* --- instructions --- */

ir_ref append(struct ir_unit *u, enum ir_op op, enum ir_type t, u8 flags, u32 a, u32 b, u32 c)
{
    if (unlikely(u->builder->closed)) {
        u->builder->misused = true;
        return t == IR_none ? IR_NONE : ir_const(u, t, 0);
    }
    RESERVE(u, insns, ninsns, 1);
    u32 at = u->ninsns++;
    u->insns[at] = (struct ir_insn){.op = op, .type = t, .flags = flags, .a = a, .b = b, .c = c};
    u->blocks[u->cur].end = u->ninsns;
    if (ir_ops[op].effects & IR_EFF_TERM) u->builder->closed = true;
    return at;
}

static u32 *vn_cell(struct ir_unit *u, enum ir_op op, enum ir_type t, u8 flags, u32 a, u32 b, u32 c)
{
    u64 h = (((u64)a << 32 | b) + c) * 0x9e3779b97f4a7c15u +
            ((u32)op << 16 | (u32)t << 8 | flags) * 0xc2b2ae3d27d4eb4fu;
    return &u->builder->vn[h >> 56];
}
_Static_assert(VN_SIZE == 256, "vn_cell takes the hash's top 8 bits");

/* An equal instruction at or after `floor`, else the instruction itself, appended. */
static ir_ref number(struct ir_unit *u, u32 floor, enum ir_op op, enum ir_type t, u8 flags, u32 a, u32 b,
                     u32 c)
{
    u32 *cell = vn_cell(u, op, t, flags, a, b, c);
    if (*cell > floor) {
        const struct ir_insn *i = &u->insns[*cell - 1];
        if (i->op == op && i->type == t && i->flags == flags && i->a == a && i->b == b && i->c == c)
            return *cell - 1;
    }
    ir_ref r = append(u, op, t, flags, a, b, c);
    if (!ir_is_const(r)) *cell = r + 1;
    return r;
}

/* FP ops that only read or only write the environment are no values to be numbered. */
static bool fp_is_value(enum ir_op op)
{
    return op != IR_OP_fpget && op != IR_OP_fpset && op != IR_OP_fprm;
}

/* The state's ops through the general door: what is known of the state must follow. */
static ir_ref emit_state(struct ir_unit *u, enum ir_op op, enum ir_type t, u32 a, u32 b)
{
    switch (op) {
    case IR_OP_get: return ir_get(u, t, a);
    case IR_OP_getw: return ir_getw(u, t, (s32)a);
    case IR_OP_put: ir_put(u, a, b); return IR_NONE;
    case IR_OP_putw: ir_putw(u, (s32)a, b); return IR_NONE;
    default: ir_rebase(u, (s32)a); return IR_NONE;
    }
}

static ir_ref emit_call(struct ir_unit *u, enum ir_type t, u32 helper, u32 side)
{
    const struct ir_helper *h = &u->layout->helpers[helper];
    ir_ref r = append(u, IR_OP_call, t, 0, helper, side, IR_NONE);
    if (h->writes & IR_HELP_STATE) state_forget(u);
    if (h->writes & IR_HELP_FPENV) u->builder->fp_floor = u->ninsns;
    return r;
}

ir_ref ir_emit(struct ir_unit *u, enum ir_op op, enum ir_type t, u8 flags, u32 a, u32 b, u32 c)
{
    u16 eff = ir_ops[op].effects;
    if (u->builder->raw) return append(u, op, t, flags, a, b, c);
    if (eff & IR_EFF_PURE) {
        if (eff & IR_EFF_COMM && a > b) { /* constants come last */
            u32 swap = a;
            a = b;
            b = swap;
        }
        ir_ref r = fold(u, op, t, a, b, c);
        if (r != IR_NONE) return r;
        return number(u, u->blocks[u->cur].first, op, t, flags, a, b, c);
    }
    if (eff & IR_EFF_STATE) return emit_state(u, op, t, a, b);
    if (eff & IR_EFF_CALL) return emit_call(u, t, a, b);
    if (eff & IR_EFF_FP) {
        if (fp_is_value(op)) return number(u, u->builder->fp_floor, op, t, flags, a, b, c);
        ir_ref r = append(u, op, t, flags, a, b, c);
        if (op != IR_OP_fpget) u->builder->fp_floor = u->ninsns;
        return r;
    }
    if (op == IR_OP_exit_ind) {
        ir_exit_ind(u, a);
        return IR_NONE;
    }
    return append(u, op, t, flags, a, b, c);
}

#define CARRY(name)                                                                                          \
    ir_ref ir_##name(struct ir_unit *u, ir_ref a, ir_ref b, ir_ref cin)                                      \
    {                                                                                                        \
        return ir_emit(u, IR_OP_##name, IR_b1, 0, a, b, cin);                                                \
    }
CARRY(adc_c)
CARRY(adc_v)
CARRY(sbb_c)
CARRY(sbb_v)

void ir_insn_aux(struct ir_unit *u, u64 key, ir_ref aux)
{
    append(u, IR_OP_insn, IR_none, 0, key_const(u, key), aux, IR_NONE);
    u->guest_insns++;
}

void ir_insn(struct ir_unit *u, u64 key, u64 aux)
{
    ir_ref k = key_const(u, key); /* it stands before aux among the constants */
    ir_ref v = ir_i64(u, aux);
    append(u, IR_OP_insn, IR_none, 0, k, v, IR_NONE);
    u->guest_insns++;
}

/* --- memory and floating point --- */

ir_ref ir_load(struct ir_unit *u, enum ir_type t, ir_ref addr, u8 mem_flags)
{
    return append(u, IR_OP_load, t, mem_flags, addr, IR_NONE, IR_NONE);
}

void ir_store(struct ir_unit *u, ir_ref addr, ir_ref v, u8 mem_flags)
{
    append(u, IR_OP_store, IR_none, mem_flags, addr, v, IR_NONE);
}

ir_ref ir_cas(struct ir_unit *u, ir_ref addr, ir_ref expected, ir_ref desired, u8 mem_flags)
{
    return append(u, IR_OP_cas, type_of(u, expected), mem_flags, addr, expected, desired);
}

ir_ref ir_rmw(struct ir_unit *u, enum ir_op op, ir_ref addr, ir_ref v, u8 mem_flags)
{
    return append(u, op, type_of(u, v), mem_flags, addr, v, IR_NONE);
}

void ir_fence(struct ir_unit *u, u32 mask)
{
    append(u, IR_OP_fence, IR_none, 0, mask, IR_NONE, IR_NONE);
}

ir_ref ir_fp(struct ir_unit *u, enum ir_op op, enum ir_type t, u8 fp_flags, ir_ref a, ir_ref b, ir_ref c)
{
    return ir_emit(u, op, t, fp_flags, a, b, c);
}

ir_ref ir_fcmp(struct ir_unit *u, ir_ref a, ir_ref b, bool signaling)
{
    return ir_emit(u, signaling ? IR_OP_fcmps : IR_OP_fcmp, IR_i8, 0, a, b, IR_NONE);
}

ir_ref ir_fpget(struct ir_unit *u)
{
    return ir_emit(u, IR_OP_fpget, IR_i32, 0, IR_NONE, IR_NONE, IR_NONE);
}

void ir_fpset(struct ir_unit *u, ir_ref flags)
{
    ir_emit(u, IR_OP_fpset, IR_none, 0, flags, IR_NONE, IR_NONE);
}

void ir_fprm(struct ir_unit *u, ir_ref modes)
{
    ir_emit(u, IR_OP_fprm, IR_none, 0, modes, IR_NONE, IR_NONE);
}

/* --- helpers --- */

static enum ir_type helper_result(const struct ir_helper *h)
{
    static const struct {
        const char *name;
        enum ir_type type;
    } results[] = {
        {"void", IR_none}, {"u32", IR_i32}, {"u64", IR_i64}, {"f32", IR_f32}, {"f64", IR_f64},
    };
    const char *colon = strchr(h->sig, ':');
    size_t n = colon ? (size_t)(colon - h->sig) : strlen(h->sig);
    for (size_t i = 0; i < ARRAY_LEN(results); i++)
        if (strlen(results[i].name) == n && memcmp(results[i].name, h->sig, n) == 0) return results[i].type;
    return IR_TYPE_COUNT;
}

ir_ref ir_call(struct ir_unit *u, u32 helper, u32 nargs, const ir_ref *args)
{
    if (helper >= u->layout->nhelpers || helper_result(&u->layout->helpers[helper]) == IR_TYPE_COUNT) {
        u->builder->misused = true;
        return IR_NONE;
    }
    const struct ir_helper *h = &u->layout->helpers[helper];
    u32 at = side_reserve(u, nargs + 1);
    u->side[at] = nargs;
    for (u32 i = 0; i < nargs; i++) u->side[at + 1 + i] = args[i];
    return emit_call(u, helper_result(h), helper, at);
}

/* --- terminators --- */

void ir_br(struct ir_unit *u, u32 block, u32 nargs, const ir_ref *args)
{
    u32 at = side_reserve(u, nargs);
    for (u32 i = 0; i < nargs; i++) u->side[at + i] = args[i];
    append(u, IR_OP_br, IR_none, 0, block, at, nargs);
}

void ir_brc(struct ir_unit *u, ir_ref cond, u32 yes, u32 no)
{
    ir_brc_args(u, cond, yes, 0, NULL, no, 0, NULL);
}

void ir_brc_args(struct ir_unit *u, ir_ref cond, u32 yes, u32 nyes, const ir_ref *yargs, u32 no, u32 nno,
                 const ir_ref *nargs)
{
    const struct ir_insn *d = def_of(u, cond);
    if (d && d->op == IR_OP_not && !u->builder->raw) {
        ir_brc_args(u, d->a, no, nno, nargs, yes, nyes, yargs);
        return;
    }
    u64 known;
    if (!u->builder->raw && ir_const_value(u, cond, &known)) {
        if (known)
            ir_br(u, yes, nyes, yargs);
        else
            ir_br(u, no, nno, nargs);
        return;
    }
    u32 at = side_reserve(u, 2 + nyes + nno);
    u->side[at] = yes;
    u->side[at + 1] = no;
    for (u32 i = 0; i < nyes; i++) u->side[at + 2 + i] = yargs[i];
    for (u32 i = 0; i < nno; i++) u->side[at + 2 + nyes + i] = nargs[i];
    append(u, IR_OP_brc, IR_none, 0, cond, at, nyes | nno << 16);
}

void ir_poll(struct ir_unit *u, u64 key)
{
    append(u, IR_OP_poll, IR_none, 0, key_const(u, key), IR_NONE, IR_NONE);
}

void ir_exit_to(struct ir_unit *u, ir_ref key, bool poll)
{
    append(u, IR_OP_exit, IR_none, poll ? IR_EXIT_POLL : 0, key, IR_NONE, IR_NONE);
}

void ir_exit(struct ir_unit *u, u64 key, bool poll)
{
    ir_exit_to(u, key_const(u, key), poll);
}

/* To a constant key it is a direct exit, which can be linked; it might lead backward, so it polls. */
void ir_exit_ind(struct ir_unit *u, ir_ref key)
{
    if (!u->builder->raw && ir_is_const(key)) {
        ir_exit_to(u, key, true);
        return;
    }
    append(u, IR_OP_exit_ind, IR_none, 0, key, IR_NONE, IR_NONE);
}

void ir_exit_call(struct ir_unit *u, ir_ref key, u64 return_key)
{
    append(u, IR_OP_exit_call, IR_none, 0, key, key_const(u, return_key), IR_NONE);
}

void ir_exit_ret(struct ir_unit *u, ir_ref key)
{
    append(u, IR_OP_exit_ret, IR_none, 0, key, IR_NONE, IR_NONE);
}

void ir_exit_sys(struct ir_unit *u, u64 next_key, u32 number)
{
    append(u, IR_OP_exit_sys, IR_none, 0, key_const(u, next_key), number, IR_NONE);
}

void ir_exit_trap(struct ir_unit *u, u32 trap, ir_ref detail)
{
    append(u, IR_OP_exit_trap, IR_none, 0, trap, detail, IR_NONE);
}

int ir_finish(struct ir_unit *u)
{
    struct ir_builder *b = u->builder;
    for (u32 i = 0; i < u->nblocks; i++)
        if (!b->placed[i]) b->misused = true;
    return b->misused || !b->closed ? -EINVAL : 0;
}
