/* Host disassembly by capstone, for the out_asm channel. Private to runtime/debug. */
#ifndef CALQUE_RUNTIME_DEBUG_DISASM_H
#define CALQUE_RUNTIME_DEBUG_DISASM_H

#include "runtime/base/fmt.h"
#include "runtime/base/types.h"

/* Prints x86-64 code, one instruction a line, with its addresses. Bytes that are no instruction are shown as such. */
void disasm_host(struct out *o, const u8 *code, u32 size);

#endif
