/* How units hang together: links, calls and landings, return misses, the bottom of the return stack, polls,
 * killed and replaced units, helpers that abandon. Units of the toy guest in text, run through the enter
 * thunk by a dispatch loop in small that counts why it is come back to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "backend/backend.h"
#include "runtime/base/arena.h"
#include "tests/ir/exec_jit.h"
#include "tests/ir/toy.h"

enum { CODE_BYTES = 1 << 16, MAX_UNITS = 16 };

static struct arena arena;
static struct ir_layout layout;
static struct ir_slot slots[64];
static struct jit_thunks thunks;
static struct backend_options opt;
static u8 *code, *next;
static struct toy_cpu cpu;
static u64 ret_stack[512];
static struct jump_entry jumps[1 << JUMP_TABLE_BITS];
static struct {
    u64 key, host;
} units[MAX_UNITS];
static u32 nunits, leaves[8];

static void begin(bool no_chain)
{
    if (!code)
        code = mmap(NULL, CODE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    exec_jit_layout(&toy_layout, "r0 r1 x0 r2", &layout, slots);
    opt = (struct backend_options){.host_features = jit_host_features(0), .no_chain = no_chain};
    long n = jit_make_thunks(&layout, &opt, code, CODE_BYTES, (u64)code, &thunks);
    assert_true(n > 0);
    next = code + ((n + 63) & ~63l);
    memset(jumps, 0, sizeof jumps);
    jumps[jump_hash(0)].key = 2;
    memset(leaves, 0, sizeof leaves);
    toy_reset_cpu(&cpu);
    nunits = 0;
    cpu.head.jump_table = (u64)jumps;
    cpu.head.ret_base = cpu.head.ret_sp =
        jit_return_stack_init((u8 *)ret_stack, (u8 *)ret_stack + sizeof ret_stack, &thunks);
}

static u64 unit(u64 key, const char *body)
{
    char text[1000], err[200] = "";
    struct ir_unit u;
    struct jit_code c;
    snprintf(text, sizeof text, "unit key=0x%lx {\nb0:\n  insn 0x%lx\n%s}\n", key, key, body);
    if (ir_parse(&u, &arena, &layout, text, err, sizeof err)) fail_msg("%s", err);
    assert_int_equal(jit_translate(&u, &opt, &arena, &c), 0);
    jit_place(&c, &layout, &thunks, next, (u64)next, 0);
    for (u32 i = 0; i < c.nlinks; i++) assert_int_equal(c.links[i].offset & 3, 0);
    for (u32 i = 0; i < c.nlandings; i++) assert_int_equal(c.landings[i] & 7, 0);
    u64 host = (u64)next;
    units[nunits].key = key;
    units[nunits++].host = host;
    next += (c.size + 63) & ~63u;
    return host;
}

static u64 find(u64 key)
{
    for (u32 i = nunits; i-- > 0;)
        if (units[i].key == key) return units[i].host;
    fail_msg("no unit at key 0x%lx", key);
    return 0;
}

/* Runs from `key` until a reason that is not a question for the next unit. */
static enum cpu_exit run(u64 key)
{
    enum cpu_exit why = CPU_EXIT_LOOKUP;
    cpu.head.key = key;
    for (int n = 0; n < 100; n++) {
        u64 host = find(cpu.head.key);
        if (why == CPU_EXIT_LINK) jit_patch_link(cpu.head.exit_site, host);
        jumps[jump_hash(cpu.head.key)] = (struct jump_entry){cpu.head.key, host};
        why = ((enum cpu_exit(*)(struct cpu_head *, u64))thunks.enter)(&cpu.head, host);
        leaves[why]++;
        if (why != CPU_EXIT_LOOKUP && why != CPU_EXIT_LINK) return why;
    }
    fail_msg("the units go round for ever");
    return why;
}

static u32 r(int n)
{
    u32 v;
    memcpy(&v, n == 0 ? cpu.r0 : n == 1 ? cpu.r1 : cpu.r2, 4);
    return v;
}

static void links_are_made_once(void **state)
{
    (void)state;
    begin(false);
    unit(0x1000, "  v1:i32 = get r0\n  v2:i32 = add v1, 1:i32\n  put r0, v2\n  exit 0x2000\n");
    unit(0x2000, "  exit 0x3000\n");
    unit(0x3000, "  exit_sys 0x3004, 7\n");
    assert_int_equal(run(0x1000), CPU_EXIT_SYSCALL);
    assert_int_equal(leaves[CPU_EXIT_LINK], 2);
    assert_int_equal(cpu.head.exit_info, 7);
    assert_int_equal(cpu.head.key, 0x3004);
    assert_int_equal(run(0x1000), CPU_EXIT_SYSCALL);
    assert_int_equal(leaves[CPU_EXIT_LINK], 2); /* no more */
    assert_int_equal(r(0), 2);
}

static void no_chain_always_leaves(void **state)
{
    (void)state;
    begin(true);
    unit(0x1000, "  exit_call 0x2000:i64, 0x1004:i64\n");
    unit(0x2000, "  exit_ret 0x1004:i64\n");
    unit(0x1004, "  exit_sys 0x1008, 1\n");
    for (int i = 0; i < 2; i++) assert_int_equal(run(0x1000), CPU_EXIT_SYSCALL);
    assert_int_equal(leaves[CPU_EXIT_LOOKUP], 4);
    assert_int_equal(leaves[CPU_EXIT_LINK], 0);
}

static void calls_return_to_their_landing(void **state)
{
    (void)state;
    begin(false);
    unit(0x1000, "  put r1, 0x1004:i32\n  exit_call 0x2000:i64, 0x1004:i64\n");
    unit(0x2000, "  v1:i32 = get r1\n  v2:i64 = zext v1\n  exit_ret v2\n");
    unit(0x1004, "  exit_sys 0x1008, 1\n");
    u64 sp = cpu.head.ret_sp;
    run(0x1000);
    assert_int_equal(leaves[CPU_EXIT_LINK], 2); /* the call and the landing */
    assert_int_equal(cpu.head.ret_sp, sp);
    run(0x1000);
    assert_int_equal(leaves[CPU_EXIT_LINK], 2);
    assert_int_equal(leaves[CPU_EXIT_LOOKUP], 0);
}

static void keys_beyond_32_bits_are_compared_whole(void **state)
{
    (void)state;
    begin(false);
    unit(0x1000, "  exit_call 0x2000:i64, 0x700001004:i64\n");
    unit(0x2000, "  v1:i64 = get x0\n  exit_ret v1\n");
    unit(0x700001004, "  exit_sys 0x1008, 1\n");
    unit(0x1004, "  exit_sys 0x1008, 2\n");
    u64 to = 0x700001004;
    memcpy(cpu.x0, &to, 8);
    run(0x1000);
    assert_int_equal(cpu.head.exit_info, 1);
    to = 0x1004;
    memcpy(cpu.x0, &to, 8);
    run(0x1000);
    assert_int_equal(cpu.head.exit_info, 2);
    assert_int_equal(leaves[CPU_EXIT_LOOKUP], 1); /* a miss: another key */
}

static void a_return_past_a_frame_pops_to_it(void **state)
{
    (void)state;
    begin(false);
    unit(0x1000, "  exit_call 0x2000:i64, 0x1004:i64\n");
    unit(0x2000, "  exit_call 0x3000:i64, 0x2004:i64\n");
    unit(0x3000, "  exit_call 0x4000:i64, 0x3004:i64\n");
    unit(0x4000, "  exit_ret 0x1004:i64\n"); /* as longjmp does */
    unit(0x1004, "  exit_sys 0x1008, 1\n");
    u64 sp = cpu.head.ret_sp;
    run(0x1000);
    assert_int_equal(leaves[CPU_EXIT_LOOKUP], 0);
    assert_int_equal(cpu.head.ret_sp, sp);
}

static void an_unknown_return_keeps_the_entry(void **state)
{
    (void)state;
    begin(false);
    unit(0x1000, "  exit_call 0x2000:i64, 0x1004:i64\n");
    unit(0x2000, "  exit_ret 0x5000:i64\n"); /* not seen as a call */
    unit(0x5000, "  exit_ret 0x1004:i64\n");
    unit(0x1004, "  exit_sys 0x1008, 1\n");
    u64 sp = cpu.head.ret_sp;
    run(0x1000);
    assert_int_equal(leaves[CPU_EXIT_LOOKUP], 1); /* for 0x5000; its return found the landing */
    assert_int_equal(cpu.head.ret_sp, sp);
}

static void a_return_on_an_empty_stack_looks_up(void **state)
{
    (void)state;
    begin(false);
    unit(0x1000, "  exit_ret 0x2000:i64\n");
    unit(0x2000, "  exit_ret 0x3000:i64\n");
    unit(0x3000, "  exit_sys 0x1008, 1\n");
    run(0x1000);
    assert_int_equal(leaves[CPU_EXIT_LOOKUP], 2);
    assert_int_equal(cpu.head.ret_sp, cpu.head.ret_base);
}

static void computed_jumps_hit_the_table(void **state)
{
    (void)state;
    begin(false);
    unit(0x1000, "  v1:i64 = get x0\n  exit_ind v1\n");
    unit(0x2000, "  v1:i64 = get x0\n  exit_call v1, 0x2004:i64\n");
    unit(0x3000, "  exit_ret 0x2004:i64\n");
    unit(0x2004, "  exit_sys 0x1008, 1\n");
    u64 to = 0x3000;
    memcpy(cpu.x0, &to, 8);
    run(0x2000);
    assert_int_equal(leaves[CPU_EXIT_LOOKUP], 1);
    run(0x2000);
    assert_int_equal(leaves[CPU_EXIT_LOOKUP], 1);
    to = 0x2004;
    memcpy(cpu.x0, &to, 8);
    run(0x1000);
    assert_int_equal(leaves[CPU_EXIT_LOOKUP], 1);
}

static void polls_are_seen(void **state)
{
    (void)state;
    begin(false);
    unit(0x1000, "  exit.poll 0x1100\n");
    unit(0x2000, "  exit_call 0x2100:i64, 0x2004:i64\n");
    unit(0x3000, "  exit_ind 0x3100:i64\n");
    u64 sp = cpu.head.ret_sp;
    cpu.head.poll = 1;
    for (u64 key = 0x1000; key <= 0x3000; key += 0x1000) {
        assert_int_equal(run(key), CPU_EXIT_POLL);
        assert_int_equal(cpu.head.key, key + 0x100);
    }
    assert_int_equal(cpu.head.ret_sp, sp);
}

static void a_killed_unit_leads_to_lookup_at_its_key(void **state)
{
    (void)state;
    begin(false);
    unit(0x1000, "  exit 0x123456789\n");
    u64 host = unit(0x123456789, "  exit_sys 0, 1\n");
    run(0x1000);
    assert_int_equal(leaves[CPU_EXIT_LOOKUP], 0);
    jit_kill(host);
    unit(0x123456789, "  exit_sys 0, 2\n"); /* found first */
    run(0x1000);
    assert_int_equal(leaves[CPU_EXIT_LOOKUP], 1);
    assert_int_equal(cpu.head.exit_info, 2);
}

static void a_slot_leads_to_a_newer_unit_and_can_still_be_killed(void **state)
{
    (void)state;
    begin(false);
    u64 old = unit(0x1000, "  exit_sys 0, 1\n"), newer = unit(0x1000, "  exit_sys 0, 2\n");
    units[nunits - 1].host = old; /* the loop enters by the old one */
    jit_patch_slot(old, newer);
    run(0x1000);
    assert_int_equal(cpu.head.exit_info, 2);
    jit_kill(old);
    cpu.head.key = 0;
    enum cpu_exit why = ((enum cpu_exit(*)(struct cpu_head *, u64))thunks.enter)(&cpu.head, old);
    assert_int_equal(why, CPU_EXIT_LOOKUP);
    assert_int_equal(cpu.head.key, 0x1000);
}

static void fp_modes_go_in_and_out(void **state)
{
    (void)state;
    begin(false);
    unit(0x1000,
         "  v1:f64 = get d0\n  v2:f64 = get d1\n  v3:f64 = fdiv v1, v2\n  put d2, v3\n  exit_sys 0, 1\n");
    double one = 1, three = 3, got;
    volatile double v1 = 1, v3 = 3;
    double near = v1 / v3;
    memcpy(cpu.d0, &one, 8), memcpy(cpu.d1, &three, 8);
    cpu.head.fp_control = IR_RM_RUP;
    cpu.head.fp_flags = IR_FPF_DIVZERO;
    run(0x1000);
    memcpy(&got, cpu.d2, 8);
    assert_true(got > near && got < 0.34);
    assert_int_equal(cpu.head.fp_flags, IR_FPF_DIVZERO | IR_FPF_INEXACT);
    u32 mine;
    __asm__ volatile("stmxcsr %0" : "=m"(mine));
    assert_int_equal(mine & 0x6000, 0); /* the host's own rounding is back */
}

static void (*abandon)(struct cpu_head *, u64, u64);
static u32 gives_up(struct toy_cpu *c, u64 addr)
{
    abandon(&c->head, CPU_FAULT_INFO(11, 1), addr);
    return 0;
}

static void a_helper_may_abandon(void **state)
{
    (void)state;
    static struct ir_helper helpers[16];
    begin(false);
    memcpy(helpers, layout.helpers, layout.nhelpers * sizeof helpers[0]);
    for (u32 i = 0; i < layout.nhelpers; i++)
        if (!strcmp(helpers[i].name, "byte")) helpers[i].fn = (void (*)(void))gives_up;
    layout.helpers = helpers;
    jit_make_thunks(&layout, &opt, code, CODE_BYTES, (u64)code, &thunks);
    abandon = (void (*)(struct cpu_head *, u64, u64))thunks.abandon;
    unit(
        0x1000,
        "  put r0, 5:i32\n  insn 0x1004, 0x9\n  v3:i32 = call byte(77:i64)\n  put r1, v3\n  exit_sys 0, 1\n");
    u64 sp = cpu.head.ret_sp;
    assert_int_equal(run(0x1000), CPU_EXIT_FAULT);
    assert_int_equal(cpu.head.key, 0x1004);
    assert_int_equal(cpu.head.aux, 9);
    assert_int_equal(cpu.head.exit_detail, 77);
    assert_int_equal(cpu.head.ret_sp, sp);
    assert_int_equal(r(0), 5);
    assert_int_equal(r(1), 0);
}

static void code_is_the_same_wherever_it_is_made(void **state)
{
    (void)state;
    begin(false);
    static u8 first[4096];
    struct ir_unit u;
    struct jit_code c;
    char err[100];
    const char *text =
        "unit key=0x1000 {\nb0:\n  insn 0x1000\n  v1:i32 = get r0\n  v2:i32 = call sum(v1, v1)\n"
        "  put r1, v2\n  exit_call 0x2000:i64, 0x1004:i64\n}\n";
    assert_int_equal(ir_parse(&u, &arena, &layout, text, err, sizeof err), 0);
    assert_int_equal(jit_translate(&u, &opt, &arena, &c), 0);
    u32 size = c.size;
    memcpy(first, c.code, size);
    jit_make_thunks(&layout, &opt, code + CODE_BYTES / 2, CODE_BYTES / 2, (u64)code + CODE_BYTES / 2,
                    &thunks);
    assert_int_equal(jit_translate(&u, &opt, &arena, &c), 0);
    assert_int_equal(c.size, size);
    assert_memory_equal(c.code, first, size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_are_made_once),
        cmocka_unit_test(no_chain_always_leaves),
        cmocka_unit_test(calls_return_to_their_landing),
        cmocka_unit_test(keys_beyond_32_bits_are_compared_whole),
        cmocka_unit_test(a_return_past_a_frame_pops_to_it),
        cmocka_unit_test(an_unknown_return_keeps_the_entry),
        cmocka_unit_test(a_return_on_an_empty_stack_looks_up),
        cmocka_unit_test(computed_jumps_hit_the_table),
        cmocka_unit_test(polls_are_seen),
        cmocka_unit_test(a_killed_unit_leads_to_lookup_at_its_key),
        cmocka_unit_test(a_slot_leads_to_a_newer_unit_and_can_still_be_killed),
        cmocka_unit_test(fp_modes_go_in_and_out),
        cmocka_unit_test(a_helper_may_abandon),
        cmocka_unit_test(code_is_the_same_wherever_it_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
