/* Private to the room: the words of the text form that ops.def does not give: flag suffixes and fence masks,
 * shared by the printer and the parser. */
#ifndef CALQUE_IR_NAMES_H
#define CALQUE_IR_NAMES_H

#include "ir/ir.h"

struct flag_name {
    const char *name;
    u8 value;
    u8 mask; /* bits that must equal value; 0: value's own */
};

extern const struct flag_name fence_names[];
/* The suffixes that an op may carry, ended by a NULL name; NULL if none. */
const struct flag_name *flag_names(enum ir_op op);

#endif
