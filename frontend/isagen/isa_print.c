/* Numbers for generated printers. */
#include "frontend/isagen/isa_print.h"

void isa_print_dec(struct out *o, s64 v)
{
    out_printf(o, "%ld", v);
}

void isa_print_hex(struct out *o, s64 v)
{
    u64 u = (u64)v;
    out_printf(o, v < 0 ? "-0x%lx" : "0x%lx", v < 0 ? -u : u);
}
