/* What can run a unit in the tests of the IR: a row per back end. */
#include "backend/backend.h"
#include "runtime/base/fmt.h"
#include "tests/ir/exec_jit.h"
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

/* A unit that the JIT does not take is interpreted, as in the program. */
static bool run_jit(const struct ir_unit *u, struct cpu_head *cpu, const char *pins, u64 masked,
                    enum cpu_exit *why, char *err, size_t errsize)
{
    if (!exec_jit_run(u, cpu, pins, masked, why, err, errsize)) return false;
    return *why != EXEC_JIT_REFUSED || run_interp(u, cpu, why, err, errsize);
}

static bool run_jit_unpinned(const struct ir_unit *u, struct cpu_head *cpu, enum cpu_exit *why, char *err,
                             size_t errsize)
{
    return run_jit(u, cpu, "", 0, why, err, errsize);
}

static bool run_jit_pinned(const struct ir_unit *u, struct cpu_head *cpu, enum cpu_exit *why, char *err,
                           size_t errsize)
{
    return run_jit(u, cpu, "r0 r1 x0 r2 x1 r3 n x2 h0 c0 c", 0, why, err, errsize);
}

/* No more than every x86-64 has. */
static bool run_jit_baseline(const struct ir_unit *u, struct cpu_head *cpu, enum cpu_exit *why, char *err,
                             size_t errsize)
{
    return run_jit(u, cpu, "wbase x0 x1 r2 r3", ~(u64)0, why, err, errsize);
}

const struct toy_executor toy_executors[] = {
    {"interp", run_interp},
    {"jit-unpinned", run_jit_unpinned},
    {"jit-pinned", run_jit_pinned},
    {"jit-baseline", run_jit_baseline},
};
const unsigned toy_nexecutors = ARRAY_LEN(toy_executors);
