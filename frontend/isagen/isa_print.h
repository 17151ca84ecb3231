/* What generated printers call besides the guest's print kinds. */
#ifndef CALQUE_FRONTEND_ISAGEN_ISA_PRINT_H
#define CALQUE_FRONTEND_ISAGEN_ISA_PRINT_H

#include "runtime/base/fmt.h"

void isa_print_dec(struct out *o, s64 v);
void isa_print_hex(struct out *o, s64 v); /* 0x1f, -0x4 */

#endif
