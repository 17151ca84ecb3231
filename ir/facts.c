/* Facts about ops and types: the tables that the rest of the room, the back ends and the tools read. All of
 * it is derived from ops.def and types.def; nothing is computed at run time but the parts of a signature. */
#include "ir/ir.h"
#include "ir/builder.h"
#include "ir/opt.h"

#define PURE  IR_EFF_PURE
#define COMM  IR_EFF_COMM
#define STATE IR_EFF_STATE
#define MEM   IR_EFF_MEM
#define FP    IR_EFF_FP
#define CALL  IR_EFF_CALL
#define TERM  IR_EFF_TERM
#define EVENT IR_EFF_EVENT

const struct ir_op_info ir_ops[IR_OP_COUNT] = {
#define IR_OP(n, sig, eff, text) [IR_OP_##n] = {#n, sig, text, eff},
#include "ir/ops.def"
};

/* Letter n of a signature's operands, NUL behind the last; a constant expression. */
#define LETTER(sig, n) (sig)[2 + (n) < sizeof(sig) - 1 ? 2 + (n) : sizeof(sig) - 1]
#define IS_VALUE(sig, n)                                                                                     \
    (LETTER(sig, n) && LETTER(sig, n) != '-' && LETTER(sig, n) != 'n' && LETTER(sig, n) != 'x')

const u8 ir_op_values[IR_OP_COUNT] = {
#define IR_OP(n, sig, eff, text)                                                                             \
    [IR_OP_##n] = IS_VALUE(sig, 0) | IS_VALUE(sig, 1) << 1 | IS_VALUE(sig, 2) << 2,
#include "ir/ops.def"
};

#define IS_USE(sig, n)   (IS_VALUE(sig, n) && LETTER(sig, n) != 'c')
#define IS(n, name)      (IR_OP_##n == IR_OP_##name)
#define REMOVABLE(n, eff) ((eff) & PURE || IS(n, get) || IS(n, getw) || IS(n, fpget))
#define HAS_ARGS(n)      (IS(n, call) || IS(n, br) || IS(n, brc))

const u8 ir_op_facts[IR_OP_COUNT] = {
#define IR_OP(n, sig, eff, text)                                                                             \
    [IR_OP_##n] = IS_USE(sig, 0) | IS_USE(sig, 1) << 1 | IS_USE(sig, 2) << 2 | \
                  (HAS_ARGS(n) ? IR_FACT_ARGS : 0) |                                                         \
                  (REMOVABLE(n, eff) ? IR_FACT_REMOVABLE : 0) |                                            \
                  ((eff) & (STATE | MEM | CALL | TERM) || IS(n, poll) ? IR_FACT_STATE : 0),
#include "ir/ops.def"
};

const char *const ir_type_name[IR_TYPE_COUNT] = {
#define IR_TYPE(n, bits, cls) [IR_##n] = #n,
#include "ir/types.def"
};

const u16 ir_type_bits[IR_TYPE_COUNT] = {
#define IR_TYPE(n, bits, cls) [IR_##n] = bits,
#include "ir/types.def"
};

#define INT IR_CLASS_INT
#define FLT IR_CLASS_FLT
#define VEC IR_CLASS_VEC

const u8 ir_type_class[IR_TYPE_COUNT] = {
#define IR_TYPE(n, bits, cls) [IR_##n] = cls,
#include "ir/types.def"
};

const u8 ir_type_size[IR_TYPE_COUNT] = {
#define IR_TYPE(n, bits, cls) [IR_##n] = ((bits) + 7) / 8,
#include "ir/types.def"
};

char ir_operand_kind(enum ir_op op, int n)
{
    const char *s = ir_ops[op].sig + 2;
    for (; *s; s++, n--)
        if (n == 0) return *s;
    return '-';
}

bool ir_const_value(const struct ir_unit *u, ir_ref r, u64 *v)
{
    if (!ir_is_const(r) || u->consts[r & ~IR_CONST].rel) return false;
    *v = u->consts[r & ~IR_CONST].lo;
    return true;
}

bool ir_addr_value(const struct ir_unit *u, ir_ref r, u64 *v)
{
    if (!ir_is_const(r) || !u->consts[r & ~IR_CONST].rel) return false;
    *v = u->consts[r & ~IR_CONST].lo;
    return true;
}
