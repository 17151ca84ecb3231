// fuzz_ir.c: any text as a unit: the parser refuses it or gives a unit that the verifier, and when that is content the
// printer and the parser again, can take.
#include "ir/ir.h"
#include "runtime/base/arena.h"
#include "runtime/base/fmt.h"
#include "tests/fuzz/fuzz.h"
#include "tests/ir/toy.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (1u << 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena arena;
    static char text[TEXT_MAX + 1], printed[16 * TEXT_MAX];
    static bool ready;
    char err[256] = "";
    struct ir_unit u;
    if (size > TEXT_MAX) return 0;
    if (!ready) arena_init(&arena, 1 << 20);
    ready = true;
    arena_reset(&arena);
    memcpy(text, data, size);
    text[size] = 0;
    if (ir_parse(&u, &arena, &toy_layout, text, err, sizeof err) != 0) {
        if (!err[0]) abort();
        return 0;
    }
    if (ir_verify(&u, err, sizeof err) != 0) {
        if (!err[0]) abort();
        return 0;
    }
    struct out out;
    out_init_mem(&out, printed, sizeof printed);
    ir_print(&out, &u);
    struct ir_unit again;
    if (ir_parse(&again, &arena, &toy_layout, printed, err, sizeof err) != 0) {
        fprintf(stderr, "fuzz_ir: what was printed does not parse: %s\n%s", err, printed);
        abort();
    }
    return 0;
}
