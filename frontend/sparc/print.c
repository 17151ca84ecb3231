/* Printing instructions, in the syntax of binutils. The operands' kinds are in print_operands.c. */
#include "frontend/sparc/sparc.h"

#include "frontend/sparc/sparc_isa.h"
#include "frontend/sparc/v9.h"
#include "runtime/base/endian.h"
#include "runtime/base/fmt.h"

u32 sparc_print_insn(struct out *o, u64 key, const u8 *bytes, size_t len)
{
    struct v9_rec r;
    if (len < 4) {
        out_puts(o, ".short");
        return (u32)len;
    }
    u32 word = load_be32(bytes);
    if (v9_decode(word, ~(u64)0, &r))
        v9_print(o, &r, (u32)key);
    else
        out_printf(o, ".word 0x%08x", word);
    return 4;
}
