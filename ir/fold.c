#include "ir/ir.h"
#include "ir/builder.h"

ir_ref fold(struct ir_unit *u, enum ir_op op, enum ir_type t, ir_ref a, ir_ref b, ir_ref c)
{
    (void)u, (void)op, (void)t, (void)a, (void)b, (void)c;
    return IR_NONE;
}
