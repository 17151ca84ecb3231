/* The value of a pure op whose operands are all constants. One evaluator on 128 bits serves all widths:
 * operands are zero-extended, the result is cut to its type. The corners are those of ops.def. (The
 * interpreter's functions are written apart from these, and tests hold one against the other.) */
#include "ir/ir.h"
#include "ir/builder.h"

static u128 mask128(u32 bits)
{
    return bits >= 128 ? ~(u128)0 : ((u128)1 << bits) - 1;
}

static s128 signed_of(u128 x, u32 w)
{
    u32 unused = 128 - w;
    return (s128)(x << unused) >> unused;
}

static u128 mulhu128(u128 x, u128 y)
{
    u128 x0 = (u64)x, x1 = x >> 64, y0 = (u64)y, y1 = y >> 64;
    u128 mid = x1 * y0 + (x0 * y0 >> 64);
    u128 mid2 = x0 * y1 + (u64)mid;
    return x1 * y1 + (mid >> 64) + (mid2 >> 64);
}

static u128 mulhu(u128 x, u128 y, u32 w)
{
    return w <= 64 ? x * y >> w : mulhu128(x, y);
}

static u128 mulhs(u128 x, u128 y, u32 w)
{
    u128 h = mulhu(x, y, w);
    if (x >> (w - 1) & 1) h -= y;
    if (y >> (w - 1) & 1) h -= x;
    return h;
}

static u128 divs(u128 x, u128 y, u32 w)
{
    if (y == 0) return 0;
    if (signed_of(y, w) == -1) return -x; /* INT_MIN comes out as itself */
    return (u128)(signed_of(x, w) / signed_of(y, w));
}

static u128 rems(u128 x, u128 y, u32 w)
{
    if (y == 0) return x;
    if (signed_of(y, w) == -1) return 0;
    return (u128)(signed_of(x, w) % signed_of(y, w));
}

static u128 rotate_right(u128 x, u32 n, u32 w)
{
    n %= w;
    return n ? x >> n | x << (w - n) : x;
}

static u32 leading_zeros(u128 x, u32 w)
{
    u32 n = 0;
    while (n < w && !(x >> (w - 1 - n) & 1)) n++;
    return n;
}

static u32 trailing_zeros(u128 x, u32 w)
{
    u32 n = 0;
    while (n < w && !(x >> n & 1)) n++;
    return n;
}

static u128 bytes_reversed(u128 x, u32 w)
{
    u128 r = 0;
    for (u32 i = 0; i < w; i += 8) r = r << 8 | (x >> i & 0xff);
    return r;
}

/* Carry and overflow from operands and result, at the top bit. */
static u32 carry(u128 x, u128 y, u128 r, u32 w)
{
    return ((x & y) | ((x | y) & ~r)) >> (w - 1) & 1;
}
static u32 borrow(u128 x, u128 y, u128 r, u32 w)
{
    return ((~x & y) | ((~x | y) & r)) >> (w - 1) & 1;
}
static u32 add_overflow(u128 x, u128 y, u128 r, u32 w)
{
    return ((x ^ r) & (y ^ r)) >> (w - 1) & 1;
}
static u32 sub_overflow(u128 x, u128 y, u128 r, u32 w)
{
    return ((x ^ y) & (x ^ r)) >> (w - 1) & 1;
}

/* w: width of the operands. False for an op that is not of this kind. */
static bool evaluate(enum ir_op op, u32 w, u128 x, u128 y, u128 z, u128 *r)
{
    bool far = y >= w; /* a shift by the width or more */
    u32 n = far ? 0 : (u32)y;
    switch (op) {
    case IR_OP_add: *r = x + y; break;
    case IR_OP_sub: *r = x - y; break;
    case IR_OP_mul: *r = x * y; break;
    case IR_OP_mulhu: *r = mulhu(x, y, w); break;
    case IR_OP_mulhs: *r = mulhs(x, y, w); break;
    case IR_OP_divu: *r = y ? x / y : 0; break;
    case IR_OP_divs: *r = divs(x, y, w); break;
    case IR_OP_remu: *r = y ? x % y : x; break;
    case IR_OP_rems: *r = rems(x, y, w); break;
    case IR_OP_and: *r = x & y; break;
    case IR_OP_or: *r = x | y; break;
    case IR_OP_xor: *r = x ^ y; break;
    case IR_OP_shl: *r = far ? 0 : x << n; break;
    case IR_OP_shr: *r = far ? 0 : x >> n; break;
    case IR_OP_sar: *r = (u128)(signed_of(x, w) >> (far ? w - 1 : n)); break;
    case IR_OP_ror: *r = rotate_right(x, (u32)(y % w), w); break;
    case IR_OP_rol: *r = rotate_right(x, w - (u32)(y % w), w); break;
    case IR_OP_neg: *r = -x; break;
    case IR_OP_not: *r = ~x; break;
    case IR_OP_clz: *r = leading_zeros(x, w); break;
    case IR_OP_ctz: *r = trailing_zeros(x, w); break;
    case IR_OP_popcnt:
        *r = (u128)(__builtin_popcountll((u64)x) + __builtin_popcountll((u64)(x >> 64)));
        break;
    case IR_OP_bswap: *r = bytes_reversed(x, w); break;
    case IR_OP_adc: *r = x + y + z; break;
    case IR_OP_sbb: *r = x - y - z; break;
    case IR_OP_add_c: *r = carry(x, y, x + y, w); break;
    case IR_OP_add_v: *r = add_overflow(x, y, x + y, w); break;
    case IR_OP_sub_v: *r = sub_overflow(x, y, x - y, w); break;
    case IR_OP_adc_c: *r = carry(x, y, x + y + z, w); break;
    case IR_OP_adc_v: *r = add_overflow(x, y, x + y + z, w); break;
    case IR_OP_sbb_c: *r = borrow(x, y, x - y - z, w); break;
    case IR_OP_sbb_v: *r = sub_overflow(x, y, x - y - z, w); break;
    case IR_OP_eq: *r = x == y; break;
    case IR_OP_ne: *r = x != y; break;
    case IR_OP_ult: *r = x < y; break;
    case IR_OP_ule: *r = x <= y; break;
    case IR_OP_slt: *r = signed_of(x, w) < signed_of(y, w); break;
    case IR_OP_sle: *r = signed_of(x, w) <= signed_of(y, w); break;
    case IR_OP_zext:
    case IR_OP_trunc:
    case IR_OP_bits: *r = x; break;
    case IR_OP_sext: *r = (u128)signed_of(x, w); break;
    case IR_OP_pair: *r = x | y << w; break;
    case IR_OP_fneg: *r = x ^ (u128)1 << (w - 1); break;
    case IR_OP_fabs: *r = x & ~((u128)1 << (w - 1)); break;
    default: return false;
    }
    return true;
}

/* The most common: an immediate that is made shorter or longer. */
static bool resized(struct ir_unit *u, enum ir_op op, enum ir_type t, ir_ref a, ir_ref *out)
{
    const struct ir_const *k = const_of(u, a);
    if (ir_type_bits[k->type] > 64 || ir_type_bits[t] > 64 || (op != IR_OP_trunc && op != IR_OP_zext))
        return false;
    *out = ir_const(u, t, k->lo);
    return true;
}

bool fold_const(struct ir_unit *u, enum ir_op op, enum ir_type t, const ir_ref in[3], ir_ref *out)
{
    if (resized(u, op, t, in[0], out)) return true;
    u128 v[3] = {0, 0, 0}, r;
    for (int i = 0; i < 3 && in[i] != IR_NONE; i++) {
        const struct ir_const *k = const_of(u, in[i]);
        v[i] = (u128)k->hi << 64 | k->lo;
    }
    u32 w = ir_type_bits[type_of(u, in[0])];
    if (w == 0 || w > 128 || ir_type_bits[t] > 128) return false;
    if (!evaluate(op, w, v[0], v[1], v[2], &r)) return false;
    r &= mask128(ir_type_bits[t]);
    *out = ir_const128(u, t, (u64)r, (u64)(r >> 64));
    return true;
}
