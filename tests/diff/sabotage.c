/* Faults put into calque on purpose, so that the tests of lock-step, of bisecting and of the bug report can
 * fail. Linked into a calque of its own in front of jit_translate, jit_place, ir_optimise and guest_lift
 * (--wrap). The environment says what goes wrong:
 *
 *   CALQUE_SABOTAGE=op:FROM:TO          the JIT takes every IR op FROM for TO
 *                   swap                the JIT stores in the other byte order
 *                   pass:PASS:FROM:TO   a pass turns FROM into TO
 *                   translate@N         the Nth translation (from 0) faults
 *                   lift@N              the Nth lifting and all after it fault
 *                   hang@N              the Nth translation faults, and every lifting after it waits for ever
 *                   code@N              the Nth unit's code begins with a load of address 0 that no table
 * knows */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/backend.h"
#include "frontend/guest.h"

static struct {
    char what[16];
    char pass[16], from[16], to[16];
    unsigned n;
} plan;
static unsigned translations, liftings, placed;

int __real_jit_translate(const struct ir_unit *u, const struct backend_options *o, struct arena *arena,
                         struct jit_code *out);
int __wrap_jit_translate(const struct ir_unit *u, const struct backend_options *o, struct arena *arena,
                         struct jit_code *out);
void __real_jit_place(const struct jit_code *c, const struct ir_layout *l, const struct jit_thunks *t,
                      u8 *dst, u64 at);
void __wrap_jit_place(const struct jit_code *c, const struct ir_layout *l, const struct jit_thunks *t,
                      u8 *dst, u64 at);
void __real_ir_optimise(struct ir_unit *u, u64 disabled);
void __wrap_ir_optimise(struct ir_unit *u, u64 disabled);
int __real_guest_lift(const struct guest *g, u64 key, u32 max, struct ir_unit *u, struct arena *arena);
int __wrap_guest_lift(const struct guest *g, u64 key, u32 max, struct ir_unit *u, struct arena *arena);

static bool is(const char *what)
{
    return strcmp(plan.what, what) == 0;
}

/* The word up to ':' or '@'; the rest. */
static const char *word(const char *text, char *to, size_t size)
{
    size_t n = strcspn(text, ":@");
    if (n >= size) abort();
    memcpy(to, text, n);
    return text + n + (text[n] == ':');
}

__attribute__((constructor)) static void read_plan(void)
{
    const char *p = getenv("CALQUE_SABOTAGE");
    if (!p) return;
    p = word(p, plan.what, sizeof plan.what);
    if (*p == '@') plan.n = (unsigned)atoi(p + 1);
    if (is("pass")) p = word(p, plan.pass, sizeof plan.pass);
    p = word(p, plan.from, sizeof plan.from);
    word(p, plan.to, sizeof plan.to);
}

static int op_of(const char *name)
{
    for (int op = 0; op < IR_OP_COUNT; op++)
        if (strcmp(ir_ops[op].name, name) == 0) return op;
    abort();
}

static void swap_stores(struct ir_unit *u)
{
    for (u32 i = 0; i < u->ninsns; i++)
        if (u->insns[i].op == IR_OP_store) u->insns[i].flags ^= IR_MEM_BE;
}

static void change_ops(struct ir_unit *u)
{
    int from = op_of(plan.from), to = op_of(plan.to);
    for (u32 i = 0; i < u->ninsns; i++)
        if (u->insns[i].op == from) u->insns[i].op = (u16)to;
}

/* 8, but the compiler is not to know that nothing is there. */
static volatile uintptr_t nowhere = 8;
__attribute__((no_sanitize("address", "undefined"))) static void fault(void)
{
    *(volatile int *)nowhere = 1;
}

int __wrap_jit_translate(const struct ir_unit *u, const struct backend_options *o, struct arena *arena,
                         struct jit_code *out)
{
    if (is("swap")) swap_stores((struct ir_unit *)u);
    if (is("op")) change_ops((struct ir_unit *)u);
    if ((is("translate") || is("hang")) && translations++ == plan.n) fault();
    return __real_jit_translate(u, o, arena, out);
}

void __wrap_ir_optimise(struct ir_unit *u, u64 disabled)
{
    __real_ir_optimise(u, disabled);
    if (is("pass") && !(disabled >> ir_pass_index(plan.pass) & 1)) change_ops(u);
}

int __wrap_guest_lift(const struct guest *g, u64 key, u32 max, struct ir_unit *u, struct arena *arena)
{
    if (is("lift") && liftings++ >= plan.n) fault();
    while (is("hang") && translations > plan.n) pause();
    return __real_guest_lift(g, key, max, u, arena);
}

void __wrap_jit_place(const struct jit_code *c, const struct ir_layout *l, const struct jit_thunks *t,
                      u8 *dst, u64 at)
{
    static const u8 load[10] = {0x48, 0xa1}; /* mov rax, [0] */
    __real_jit_place(c, l, t, dst, at);
    if (!is("code") || placed++ != plan.n) return;
    memcpy(dst, load, sizeof load);
    ((struct jit_code *)c)->nfaults = 0;
}
