/* The builder's own rules, and the verifier and the parser on what no text says: misuse, corrupted arrays,
 * growth, mutilated text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "backend/backend.h"
#include "ir/walk.h"
#include "runtime/base/arena.h"
#include "runtime/base/fmt.h"
#include "tests/ir/toy.h"

static struct arena arena;
static struct ir_unit u;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    ir_unit_init(&u, &arena, &toy_layout, 0x1000);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

#define R0 offsetof(struct toy_cpu, r0)
#define R1 offsetof(struct toy_cpu, r1)

/* --- facts --- */

static void facts_match_signatures(void **state)
{
    (void)state;
    for (int op = 0; op < IR_OP_COUNT; op++) {
        u8 values = 0;
        assert_int_equal(ir_ops[op].sig[1], '=');
        for (int k = 0; k < 3; k++)
            if (ir_kind_is_value(ir_operand_kind(op, k))) values |= (u8)(1 << k);
        if (ir_op_values[op] != values)
            fail_msg("%s: %x, signature says %x", ir_ops[op].name, ir_op_values[op], values);
    }
    assert_int_equal(ir_operand_kind(IR_OP_add, 0), 't');
    assert_int_equal(ir_operand_kind(IR_OP_add, 2), '-');
    assert_int_equal(ir_operand_kind(IR_OP_fpget, 0), '-');
    assert_int_equal(ir_operand_kind(IR_OP_exit_trap, 1), 't');
    assert_int_equal(ir_type_size[IR_b1], 1);
    assert_int_equal(ir_type_size[IR_f80], 10);
    assert_int_equal(ir_type_size[IR_v256], 32);
}

/* --- constants --- */

static void constants_are_interned_and_cut(void **state)
{
    (void)state;
    ir_ref first[3000];
    for (u32 i = 0; i < 3000; i++) first[i] = ir_i64(&u, (u64)i * 0x100000001u);
    for (u32 i = 0; i < 3000; i++) {
        u64 v;
        assert_int_equal(ir_i64(&u, (u64)i * 0x100000001u), first[i]);
        assert_true(ir_const_value(&u, first[i], &v));
        assert_int_equal(v, (u64)i * 0x100000001u);
    }
    assert_int_equal(ir_const(&u, IR_i8, 0x1ff), ir_const(&u, IR_i8, 0xff));
    assert_int_not_equal(ir_const(&u, IR_i8, 1), ir_const(&u, IR_i16, 1));
    assert_int_not_equal(ir_const128(&u, IR_i128, 1, 1), ir_const128(&u, IR_i128, 1, 0));
    assert_int_equal(ir_const128(&u, IR_i64, 1, 1), ir_i64(&u, 1));
    assert_int_equal(ir_type_of(&u, ir_const(&u, IR_f32, 0)), IR_f32);
}

/* --- growth --- */

static void units_grow(void **state)
{
    (void)state;
    char err[200] = "";
    ir_ref v = ir_get(&u, IR_i32, R0);
    for (u32 i = 0; i < 20000; i++)
        v = ir_xor(&u, ir_add(&u, v, ir_i32(&u, i | 1)), ir_i32(&u, 0x1000000 + i));
    ir_put(&u, R1, v);
    for (u32 i = 0; i < 300; i++) {
        u32 next = ir_block(&u);
        ir_br(&u, next, 1, &v);
        ir_place(&u, next);
        v = ir_param(&u, IR_i32);
    }
    ir_put(&u, R0, v);
    ir_exit(&u, 0x1004, false);
    assert_int_equal(ir_finish(&u), 0);
    assert_true(u.ninsns > 40000);
    if (ir_verify(&u, err, sizeof err)) fail_msg("%s", err);

    u32 want = 5;
    for (u32 i = 0; i < 20000; i++) want = (want + (i | 1)) ^ (0x1000000 + i);
    struct toy_cpu cpu;
    toy_reset_cpu(&cpu);
    cpu.r0[0] = 5;
    struct interp_code *c = interp_prepare(&u);
    assert_int_equal(interp_run(c, &cpu.head), CPU_EXIT_LOOKUP);
    interp_free(c);
    assert_memory_equal(cpu.r0, &want, 4);
}

/* More facts than the builder keeps: what it forgets must still be right. */
static void state_overflows_safely(void **state)
{
    (void)state;
    struct toy_cpu cpu;
    u32 base = toy_layout.window_lo;
    for (u32 round = 0; round < 4; round++)
        for (u32 i = 0; i < 4 * TOY_WINDOW_CELLS - 1; i++) {
            ir_put(&u, base + i, ir_const(&u, IR_i8, i + round));
            if (i % 3 == 0) ir_get(&u, IR_i16, base + i);
        }
    ir_put(&u, R0, ir_get(&u, IR_i32, base + 8));
    ir_exit(&u, 0x1004, false);
    toy_reset_cpu(&cpu);
    struct interp_code *c = interp_prepare(&u);
    interp_run(c, &cpu.head);
    interp_free(c);
    u8 want[4] = {11, 12, 13, 14};
    assert_memory_equal(cpu.r0, want, 4);
}

/* --- value numbering --- */

static void numbering_is_per_block(void **state)
{
    (void)state;
    ir_ref a = ir_get(&u, IR_i32, R0), b = ir_get(&u, IR_i32, R1);
    ir_ref sum = ir_add(&u, a, b);
    assert_int_equal(ir_add(&u, b, a), sum);
    u32 next = ir_block(&u);
    ir_br(&u, next, 0, NULL);
    ir_place(&u, next);
    assert_int_not_equal(ir_add(&u, a, b), sum);
}

/* --- misuse --- */

static void finish_reports_open_block(void **state)
{
    (void)state;
    assert_true(ir_block_open(&u));
    assert_int_not_equal(ir_finish(&u), 0);
    ir_exit(&u, 4, false);
    assert_false(ir_block_open(&u));
    assert_int_equal(ir_finish(&u), 0);
}

static void finish_reports_unplaced_block(void **state)
{
    (void)state;
    ir_block(&u);
    ir_exit(&u, 4, false);
    assert_int_not_equal(ir_finish(&u), 0);
}

static void finish_reports_code_after_terminator(void **state)
{
    (void)state;
    ir_exit(&u, 4, false);
    ir_put(&u, R0, ir_i32(&u, 1));
    ir_ref v = ir_load(&u, IR_i32, ir_i64(&u, 0), 0);
    assert_int_equal(ir_type_of(&u, v), IR_i32); /* something of that type to go on with */
    assert_int_not_equal(ir_finish(&u), 0);
}

static void finish_reports_placing_twice(void **state)
{
    (void)state;
    u32 b = ir_block(&u);
    ir_br(&u, b, 0, NULL);
    ir_place(&u, b);
    ir_exit(&u, 4, false);
    ir_place(&u, b);
    assert_int_not_equal(ir_finish(&u), 0);
}

static void finish_reports_placing_into_an_open_block(void **state)
{
    (void)state;
    ir_place(&u, ir_block(&u));
    ir_exit(&u, 4, false);
    assert_int_not_equal(ir_finish(&u), 0);
}

static void finish_reports_late_parameter(void **state)
{
    (void)state;
    u32 b = ir_block(&u);
    ir_ref one = ir_i32(&u, 1);
    ir_br(&u, b, 1, &one);
    ir_place(&u, b);
    ir_get(&u, IR_i32, R0);
    ir_param(&u, IR_i32);
    ir_exit(&u, 4, false);
    assert_int_not_equal(ir_finish(&u), 0);
}

static void finish_reports_unknown_helper(void **state)
{
    (void)state;
    ir_call(&u, 1000, 0, NULL);
    ir_exit(&u, 4, false);
    assert_int_not_equal(ir_finish(&u), 0);
}

/* --- what only a broken pass could leave --- */

static const char good[] = "unit key=0x1000 {\n"
                           "b0:\n"
                           "  insn 0x1000\n"
                           "  v1:b1 = get n\n"
                           "  brc v1, b1(1:i32), b2\n"
                           "b1(v3:i32):\n"
                           "  v4:i32 = call sum(v3, v3)\n"
                           "  put r0, v4\n"
                           "  br b2\n"
                           "b2:\n"
                           "  exit 0x1004\n"
                           "}\n";

static void parsed(void)
{
    char err[200] = "";
    if (ir_parse(&u, &arena, &toy_layout, good, err, sizeof err) || ir_verify(&u, err, sizeof err))
        fail_msg("%s", err);
}

static void refused(const char *why)
{
    char err[200] = "";
    assert_int_not_equal(ir_verify(&u, err, sizeof err), 0);
    if (!strstr(err, why)) fail_msg("\"%s\", expected \"%s\"", err, why);
}

static void verify_refuses_broken_arrays(void **state)
{
    (void)state;
    parsed(), u.blocks[1].end--, refused("does not end in a terminator");
    parsed(), u.blocks[2].first--, refused("belongs to no block");
    parsed(), u.blocks[0].end++, refused("terminator inside b0");
    parsed(), u.blocks[0].first++, refused("not the first block");
    parsed(), u.blocks[2].end = 1000, refused("beyond the unit");
    parsed(), u.blocks[1].nparams = 0, refused("not at the head");
    parsed(), u.blocks[1].nparams = 100, refused("no room for its parameters");
    parsed(), u.insns[3].a = 1, refused("out of order");
    parsed(), u.insns[5].op = IR_OP_exit, refused("terminator inside");
    parsed(), u.insns[5].op = IR_OP_COUNT, refused("is no instruction");
    parsed(), u.insns[5].type = IR_TYPE_COUNT, refused("is no instruction");
    parsed(), u.insns[1].type = IR_none, refused("names no value");
    parsed(), u.insns[5].b = 1000, refused("names no value");
    parsed(), u.insns[5].b = IR_CONST | 1000, refused("names no value");
    parsed(), u.insns[5].b = IR_NONE, refused("names no value");
    parsed(), u.insns[4].b = 1000, refused("beyond the side array");
    parsed(), u.side[u.insns[4].b] = 0xffffffff, refused("beyond the side array");
    parsed(), u.insns[2].c = 0xffff, refused("beyond the side array");
    parsed(), u.insns[4].a = 1000, refused("no helper 1000");
    parsed(), u.insns[5].flags = 1, refused("flags 0x1");
    parsed(), u.insns[7].flags = 2, refused("flags 0x2");
    parsed(), u.insns[5].a = 1u << 31, refused("outside the state");
    parsed(), u.ninsns = 0, refused("no instructions");
    parsed(), u.insns[0].op = IR_OP_fence, u.insns[0].a = 16, refused("mask 16");
    parsed(), u.insns[5] = (struct ir_insn){.op = IR_OP_param, .type = IR_i32}, refused("not at the head");
}

/* --- hostile text --- */

static u64 seed = 1;
static u32 rnd(u32 n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (u32)(seed >> 33) % n;
}

static void parser_survives_mutilated_text(void **state)
{
    (void)state;
    static const char *const scraps[] = {
        "v1",        "v999999", "b0",       "b1",   "(",  ")",   ",",
        ":",         "i128",    "f80",      "0x",   "-1", "put", "br ",
        "brc ",      "call ",   "exit ",    "get ", "r0", "@",   "+",
        "\n",        "{",       "}",        "unit", ";",  ".be", "99999999999999999999999999999999999999999",
        "b65535:\n", "nop\n",   "v1:i32 = "};
    char text[2048], err[64];
    u32 accepted = 0;
    for (u32 n = 0; n < 20000; n++) {
        strcpy(text, good);
        for (u32 k = 1 + rnd(3); k--;) {
            size_t len = strlen(text), at = rnd((u32)len);
            const char *scrap = scraps[rnd(ARRAY_LEN(scraps))];
            size_t cut = rnd(3) ? rnd(6) : 0, add = rnd(3) ? strlen(scrap) : 0;
            if (cut > len - at) cut = len - at;
            memmove(text + at + add, text + at + cut, len - at - cut + 1);
            memcpy(text + at, scrap, add);
        }
        if (ir_parse(&u, &arena, &toy_layout, text, err, sizeof err) == 0 &&
            ir_verify(&u, err, sizeof err) == 0) {
            char once[4096], again[4096];
            struct out o;
            accepted++;
            out_init_mem(&o, once, sizeof once);
            ir_print(&o, &u);
            if (ir_parse(&u, &arena, &toy_layout, once, err, sizeof err)) fail_msg("%s\n%s", err, once);
            out_init_mem(&o, again, sizeof again);
            ir_print(&o, &u);
            assert_string_equal(once, again);
            ir_optimise(&u, 0);
            if (ir_verify(&u, err, sizeof err)) fail_msg("%s\n%s", err, once);
            interp_free(interp_prepare(&u));
        }
        arena_reset(&arena);
    }
    assert_true(accepted > 100); /* else it tests error paths only */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(facts_match_signatures),
        TEST(constants_are_interned_and_cut),
        TEST(units_grow),
        TEST(state_overflows_safely),
        TEST(numbering_is_per_block),
        TEST(finish_reports_open_block),
        TEST(finish_reports_unplaced_block),
        TEST(finish_reports_code_after_terminator),
        TEST(finish_reports_placing_twice),
        TEST(finish_reports_placing_into_an_open_block),
        TEST(finish_reports_late_parameter),
        TEST(finish_reports_unknown_helper),
        TEST(verify_refuses_broken_arrays),
        TEST(parser_survives_mutilated_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
