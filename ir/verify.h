/* Private to the room: what the verifier's two files share. */
#ifndef CALQUE_IR_VERIFY_H
#define CALQUE_IR_VERIFY_H

#include "ir/ir.h"
#include "runtime/base/arena.h"

struct verifier {
    const struct ir_unit *u;
    char *err;
    size_t errsize;
    struct arena scratch;
    u32 *block_of; /* by instruction */
    u32 *order;    /* blocks as they lie, later in reverse postorder */
    u32 norder;
    u32 *rpo;  /* by block: its place in that order */
    u32 *idom; /* by place: the place of the immediate dominator */
    bool *present;
};

/* Writes the message ("v12 (add): …"; at IR_NONE: without an instruction); always false. */
bool verify_fail(struct verifier *v, u32 at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Invariants 4 and 11, and 8, of one instruction. verify_types.c */
bool verify_types(struct verifier *v, u32 i);
bool verify_slot(struct verifier *v, u32 i);

static inline const char *op_name(u32 op)
{
    return op < IR_OP_COUNT ? ir_ops[op].name : "?";
}

#endif
