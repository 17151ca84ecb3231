/* Floating-point loads and stores, and %fsr (V9 A.25, A.26, A.51, A.52; 5.1.7). Singles and doubles move as
 * integers. An access of a double demands the alignment of a word only: hardware traps otherwise and the
 * kernel completes it (LDDF_mem_address_not_aligned); so do quads. */
#include "frontend/sparc/sparc.h"
#include "frontend/sparc/sparc_isa.h"

enum { WORD = IR_MEM_BE | IR_MEM_ALIGN };

static ir_ref address(struct lift *l, const struct sparc_args_fmem *a)
{
    return sparc_address(l, a->rs1, a->i, a->rs2, a->imm);
}

static ir_ref plus8(struct lift *l, ir_ref addr)
{
    return ir_add(l->u, addr, ir_i32(l->u, 8));
}

/* --- accesses with given flags: singles, doubles, quads --- */

typedef bool access_fn(struct lift *l, u32 rd, ir_ref addr, u8 flags);

static u8 double_flags(u8 flags)
{
    return (flags & IR_MEM_BE) | IR_MEM_ALIGN4;
}

static ir_ref load64(struct lift *l, ir_ref addr, u8 flags)
{
    return ir_bits(l->u, IR_f64, ir_load(l->u, IR_i64, addr, double_flags(flags)));
}

static void store64(struct lift *l, ir_ref addr, ir_ref v, u8 flags)
{
    ir_store(l->u, addr, ir_bits(l->u, IR_i64, v), double_flags(flags));
}

static bool load_single(struct lift *l, u32 rd, ir_ref addr, u8 flags)
{
    sparc_set_fs(l, rd, ir_bits(l->u, IR_f32, ir_load(l->u, IR_i32, addr, flags)));
    return true;
}

static bool load_double(struct lift *l, u32 rd, ir_ref addr, u8 flags)
{
    sparc_set_fd(l, rd, load64(l, addr, flags));
    return true;
}

/* In a little-endian space the whole quad is reversed. */
static bool load_quad(struct lift *l, u32 rd, ir_ref addr, u8 flags)
{
    if (sparc_bad_quad(rd)) return false;
    ir_ref first = load64(l, addr, flags), second = load64(l, plus8(l, addr), flags);
    bool be = flags & IR_MEM_BE;
    sparc_set_fd(l, rd, be ? first : second);
    sparc_set_fd(l, rd + 2, be ? second : first);
    return true;
}

static bool store_single(struct lift *l, u32 rd, ir_ref addr, u8 flags)
{
    ir_store(l->u, addr, ir_bits(l->u, IR_i32, sparc_fs(l, rd)), flags);
    return true;
}

static bool store_double(struct lift *l, u32 rd, ir_ref addr, u8 flags)
{
    store64(l, addr, sparc_fd(l, rd), flags);
    return true;
}

static bool store_quad(struct lift *l, u32 rd, ir_ref addr, u8 flags)
{
    if (sparc_bad_quad(rd)) return false;
    bool be = flags & IR_MEM_BE;
    store64(l, addr, sparc_fd(l, be ? rd : rd + 2), flags);
    store64(l, plus8(l, addr), sparc_fd(l, be ? rd + 2 : rd), flags);
    return true;
}

/* --- blocks of eight doubles (VIS 13.5.3) --- */

static bool bad_block(struct lift *l, u32 rd, ir_ref addr)
{
    struct ir_unit *u = l->u;
    ir_ref low = ir_and(u, addr, ir_i32(u, 63));
    if (sparc_dnum(rd) & 15) return true;
    sparc_trap_if(l, ir_ne(u, low, ir_i32(u, 0)), SPARC_TRAP_ALIGN, ir_zext(u, IR_i64, addr));
    return false;
}

static ir_ref plus(struct lift *l, ir_ref addr, u32 n)
{
    return ir_add(l->u, addr, ir_i32(l->u, n));
}

static bool load_block(struct lift *l, u32 rd, ir_ref addr, u8 flags)
{
    ir_ref v[8];
    if (bad_block(l, rd, addr)) return false;
    for (u32 i = 0; i < 8; i++) v[i] = load64(l, plus(l, addr, 8 * i), flags);
    for (u32 i = 0; i < 8; i++) sparc_set_fd(l, rd + 2 * i, v[i]);
    return true;
}

static bool store_block(struct lift *l, u32 rd, ir_ref addr, u8 flags)
{
    if (bad_block(l, rd, addr)) return false;
    for (u32 i = 0; i < 8; i++) store64(l, plus(l, addr, 8 * i), sparc_fd(l, rd + 2 * i), flags);
    return true;
}

/* --- no-fault loads --- */

static bool load_nofault(struct lift *l, u32 rd, ir_ref addr, const struct sparc_space *s, access_fn *plain)
{
    struct ir_unit *u = l->u;
    bool be = s->flags & IR_MEM_BE;
    if (plain == load_single) {
        sparc_set_fs(l, rd, ir_bits(u, IR_f32, ir_trunc(u, IR_i32, sparc_load_nofault(l, 2, addr, s))));
        return true;
    }
    ir_ref first = ir_bits(u, IR_f64, sparc_load_nofault(l, 3, addr, s));
    if (plain == load_double) {
        sparc_set_fd(l, rd, first);
        return true;
    }
    if (sparc_bad_quad(rd)) return false;
    ir_ref second = ir_bits(u, IR_f64, sparc_load_nofault(l, 3, plus8(l, addr), s));
    sparc_set_fd(l, rd, be ? first : second);
    sparc_set_fd(l, rd + 2, be ? second : first);
    return true;
}

/* --- bytes and halfwords, and chosen elements of doubles (UltraSPARC Architecture 2007, 7: LDSHORTF,
 * STSHORTF, STPARTIALF) --- */

static bool short_access(struct lift *l, u32 rd, ir_ref addr, const struct sparc_space *s, bool store)
{
    if (store)
        sparc_store(l, s->size, addr, sparc_fd_bits(l, rd), s->flags);
    else
        sparc_set_fd_bits(l, rd, sparc_load(l, s->size, addr, s->flags));
    return true;
}

/* The store of one element, if its bit of the mask is set. */
static void store_element(struct lift *l, ir_ref bit, ir_ref addr, ir_ref v, const struct sparc_space *s)
{
    struct ir_unit *u = l->u;
    u32 chosen = ir_block(u), on = ir_block(u);
    ir_brc(u, ir_trunc(u, IR_b1, bit), chosen, on);
    ir_place(u, chosen);
    sparc_store(l, s->size, addr, v, s->flags);
    ir_br(u, on, 0, NULL);
    ir_place(u, on);
}

/* rs2 is the mask, bit 0 of which is the lowest element's. All elements lie in one page: only the first store
 * can fault. */
static bool store_partial(struct lift *l, const struct sparc_args_fmema *a, const struct sparc_space *s)
{
    struct ir_unit *u = l->u;
    if (a->i) return false;
    u32 bytes = 1u << s->size;
    ir_ref addr = sparc_reg32(l, a->rs1), mask = sparc_reg32(l, a->rs2);
    ir_ref v = sparc_fd_bits(l, a->rd), low = ir_and(u, addr, ir_i32(u, 7));
    sparc_trap_if(l, ir_ne(u, low, ir_i32(u, 0)), SPARC_TRAP_ALIGN, ir_zext(u, IR_i64, addr));
    for (u32 i = 0; i < 8 / bytes; i++) {
        u32 at = s->flags & IR_MEM_BE ? 8 - bytes * (i + 1) : bytes * i;
        store_element(l, ir_shr(u, mask, ir_i32(u, i)), plus(l, addr, at),
                      ir_shr(u, v, ir_i64(u, 8 * bytes * i)), s);
    }
    return true;
}

/* --- the instructions --- */

static bool alternate(struct lift *l, const struct sparc_args_fmema *a, bool store, access_fn *plain,
                      access_fn *block)
{
    ir_ref addr = sparc_address(l, a->rs1, a->i, a->rs2, a->imm);
    struct sparc_space s;
    if (!sparc_asi(l, a->i, a->asi, addr, &s)) return true;
    if (s.kind == SPARC_SPACE_PLAIN) return plain(l, a->rd, addr, s.flags);
    if (s.kind == SPARC_SPACE_NO_FAULT && !store) return load_nofault(l, a->rd, addr, &s, plain);
    if (s.kind == SPARC_SPACE_BLOCK && block) return block(l, a->rd, addr, s.flags);
    if (s.kind == SPARC_SPACE_SHORT && block) return short_access(l, a->rd, addr, &s, store);
    if (s.kind == SPARC_SPACE_PARTIAL && block && store) return store_partial(l, a, &s);
    return sparc_bad_space(l, addr);
}

/* block: of doubles, which have the spaces of VIS. */
#define ACCESS(name, store, what, block)                                                                     \
    bool sparc_lift_##name(struct lift *l, const struct sparc_args_fmem *a)                                  \
    {                                                                                                        \
        return what(l, a->rd, address(l, a), WORD);                                                          \
    }                                                                                                        \
    bool sparc_lift_##name##a(struct lift *l, const struct sparc_args_fmema *a)                              \
    {                                                                                                        \
        return alternate(l, a, store, what, block);                                                          \
    }
ACCESS(ldf, false, load_single, NULL)
ACCESS(lddf, false, load_double, load_block)
ACCESS(ldqf, false, load_quad, NULL)
ACCESS(stf, true, store_single, NULL)
ACCESS(stdf, true, store_double, store_block)
ACCESS(stqf, true, store_quad, NULL)

/* --- %fsr --- */

static ir_ref accrued(struct lift *l)
{
    return ir_shl(l->u, sparc_fp_exceptions(l, ir_fpget(l->u)), ir_i32(l->u, 5));
}

/* Accrued exceptions, bits 9..5, as the IR's sticky flags. */
static const struct {
    u8 fsr_bit;
    u8 flag;
} exceptions[] = {{9, 0}, {8, 3}, {7, 4}, {6, 2}, {5, 5}}; /* NV OF UF DZ NX */

static ir_ref move_bit(struct lift *l, ir_ref v, u32 from, u32 to)
{
    struct ir_unit *u = l->u;
    ir_ref bit = ir_and(u, ir_shr(u, v, ir_i32(u, from)), ir_i32(u, 1));
    return ir_shl(u, bit, ir_i32(u, to));
}

static void set_accrued(struct lift *l, ir_ref fsr)
{
    ir_ref v = ir_i32(l->u, 0);
    for (u32 i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++)
        v = ir_or(l->u, v, move_bit(l, fsr, exceptions[i].fsr_bit, exceptions[i].flag));
    ir_fpset(l->u, v);
}

static ir_ref fcc(struct lift *l, u32 n, enum ir_type t)
{
    return ir_zext(l->u, t, ir_get(l->u, IR_i8, SPARC_OFF(fcc0) + n));
}

static ir_ref fsr_low(struct lift *l)
{
    struct ir_unit *u = l->u;
    ir_ref v = ir_or(u, ir_get(u, IR_i32, SPARC_OFF(fsr)), accrued(l));
    return ir_or(u, v, ir_shl(u, fcc(l, 0, IR_i32), ir_i32(u, 10)));
}

static ir_ref fsr_high(struct lift *l)
{
    struct ir_unit *u = l->u;
    ir_ref v = ir_or(u, fcc(l, 1, IR_i32), ir_shl(u, fcc(l, 2, IR_i32), ir_i32(u, 2)));
    return ir_or(u, v, ir_shl(u, fcc(l, 3, IR_i32), ir_i32(u, 4)));
}

/* Programs cannot write the version and the trap type. */
static void set_low(struct lift *l, ir_ref v)
{
    struct ir_unit *u = l->u;
    ir_put(u, SPARC_OFF(fsr), ir_and(u, v, ir_i32(u, SPARC_FSR_KEPT & ~SPARC_FSR_FTT)));
    ir_ref rel = ir_and(u, ir_shr(u, v, ir_i32(u, 10)), ir_i32(u, 3));
    ir_put(u, SPARC_OFF(fcc0), ir_trunc(u, IR_i8, rel));
    sparc_fp_round(l);
    set_accrued(l, v);
}

static ir_ref fsr_address(struct lift *l, const struct sparc_args_fsr *a)
{
    return sparc_address(l, a->rs1, a->i, a->rs2, a->imm);
}

/* Behind the write the unit ends, in the mode that TEM now asks for. */
static void end_in_mode(struct lift *l, ir_ref fsr)
{
    struct ir_unit *u = l->u;
    struct sparc_unit *s = sparc_unit(l);
    ir_ref tem = ir_and(u, fsr, ir_i32(u, SPARC_FSR_TEM)), key;
    s->mode &= ~SPARC_KEY_TEM;
    key = ir_select(u, ir_ne(u, tem, ir_i32(u, 0)), ir_i64(u, SPARC_KEY_TEM), ir_i64(u, 0));
    key = ir_or(u, key, sparc_key_of(l, s->npc != IR_NONE ? s->npc : ir_addr(u, IR_i32, (u32)l->pc + 4)));
    ir_exit_ind(u, key);
    l->done = true;
}

bool sparc_lift_ldfsr(struct lift *l, const struct sparc_args_fsr *a)
{
    ir_ref v = ir_load(l->u, IR_i32, fsr_address(l, a), WORD);
    set_low(l, v);
    end_in_mode(l, v);
    return true;
}

bool sparc_lift_ldxfsr(struct lift *l, const struct sparc_args_fsr *a)
{
    struct ir_unit *u = l->u;
    ir_ref v = ir_load(u, IR_i64, fsr_address(l, a), WORD),
           high = ir_trunc(u, IR_i32, ir_shr(u, v, ir_i64(u, 32)));
    set_low(l, ir_trunc(u, IR_i32, v));
    for (u32 n = 1; n < 4; n++) {
        ir_ref rel = ir_and(u, ir_shr(u, high, ir_i32(u, 2 * n - 2)), ir_i32(u, 3));
        ir_put(u, SPARC_OFF(fcc0) + n, ir_trunc(u, IR_i8, rel));
    }
    end_in_mode(l, ir_trunc(u, IR_i32, v));
    return true;
}

bool sparc_lift_stfsr(struct lift *l, const struct sparc_args_fsr *a)
{
    ir_store(l->u, fsr_address(l, a), fsr_low(l), WORD);
    return true;
}

bool sparc_lift_stxfsr(struct lift *l, const struct sparc_args_fsr *a)
{
    ir_store(l->u, fsr_address(l, a), ir_pair(l->u, fsr_low(l), fsr_high(l)), WORD);
    return true;
}
