/* What can run a unit in the tests of the IR: a row per back end. */
#include "backend/backend.h"
#include "runtime/base/fmt.h"
#include "tests/ir/toy.h"

static bool run_interp(const struct ir_unit *u, struct cpu_head *cpu, enum cpu_exit *why, char *err,
                       size_t errsize)
{
    struct interp_code *c = interp_prepare(u);
    if (!c) {
        fmt_snprintf(err, errsize, "interp_prepare refuses the unit");
        return false;
    }
    toy_running = cpu;
    *why = interp_run(c, cpu);
    toy_running = NULL;
    interp_free(c);
    return true;
}

const struct toy_executor toy_executors[] = {
    {"interp", run_interp},
};
const unsigned toy_nexecutors = ARRAY_LEN(toy_executors);
