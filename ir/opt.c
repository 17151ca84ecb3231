/* Runs the passes of passes.def over a finished unit. Each is a file opt_<name>.c; each leaves a unit that
 * the verifier accepts, and each may be left out. */
#include "ir/opt.h"
#include <string.h>

static const struct pass {
    const char *name;
    void (*run)(struct ir_unit *u);
} passes[] = {
#define IR_PASS(name, text) {#name, pass_##name},
#include "ir/passes.def"
};

void ir_optimise(struct ir_unit *u, u64 disabled)
{
    for (size_t i = 0; i < ARRAY_LEN(passes); i++)
        if (!(disabled >> i & 1)) passes[i].run(u);
}

int ir_pass_index(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(passes); i++)
        if (strcmp(passes[i].name, name) == 0) return (int)i;
    return -1;
}

const char *ir_pass_name(u32 row)
{
    return row < ARRAY_LEN(passes) ? passes[row].name : NULL;
}
