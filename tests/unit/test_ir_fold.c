/* The builder's constant folder against the interpreter, which is written apart from it: every pure integer
 * op, every type, corner and random operands. One unit computes the op on slots (nothing to fold), one on
 * constants. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "backend/backend.h"
#include "runtime/base/arena.h"
#include "tests/ir/toy.h"

static u64 seed = 88172645463325252u;
static u64 rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static u128 corner(u32 bits)
{
    u128 v = (u128)rnd() << 64 | rnd();
    switch (rnd() % 8) {
    case 0: v = 0; break;
    case 1: v = ~(u128)0; break;
    case 2: v = (u128)1 << (bits - 1); break;
    case 3: v = ((u128)1 << (bits - 1)) - 1; break;
    case 4: v = rnd() % (2 * bits + 2); break;
    case 5: v = -(u128)(rnd() % 4); break;
    default: break;
    }
    return bits < 128 ? v & (((u128)1 << bits) - 1) : v;
}

static const char *slot_of(enum ir_type t)
{
    static const char *const names[] = {
        [IR_b1] = "n", [IR_i8] = "c0", [IR_i16] = "h0", [IR_i32] = "r0", [IR_i64] = "x0", [IR_i128] = "q0"};
    return names[t];
}

static u128 read_slot(const struct toy_cpu *cpu, enum ir_type t)
{
    u128 v = 0;
    memcpy(&v, (const u8 *)cpu + toy_slot(slot_of(t))->offset, ir_type_size[t]);
    return v;
}

/* The op's result through put and the interpreter; `mask`: which operands are constants. */
static u128 run(enum ir_op op, enum ir_type t, const enum ir_type in[3], int n, const u128 v[3],
                unsigned mask, bool *folded)
{
    static const u32 at[3] = {offsetof(struct toy_cpu, q1), offsetof(struct toy_cpu, v0),
                              offsetof(struct toy_cpu, y0)};
    struct arena arena;
    struct ir_unit u;
    struct toy_cpu cpu;
    ir_ref r[3] = {IR_NONE, IR_NONE, IR_NONE};
    toy_reset_cpu(&cpu);
    arena_init(&arena, 0);
    ir_unit_init(&u, &arena, &toy_layout, 0x1000);
    ir_insn(&u, 0x1000, 0);
    for (int i = 0; i < n; i++) {
        memcpy((u8 *)&cpu + at[i], &v[i], ir_type_size[in[i]]);
        r[i] =
            mask >> i & 1 ? ir_const128(&u, in[i], (u64)v[i], (u64)(v[i] >> 64)) : ir_get(&u, in[i], at[i]);
    }
    ir_ref result = ir_emit(&u, op, t, 0, r[0], r[1], r[2]);
    *folded = ir_is_const(result);
    ir_put(&u, toy_slot(slot_of(t))->offset, result);
    ir_exit(&u, 0x1004, false);
    assert_int_equal(ir_finish(&u), 0);
    char err[200] = "";
    if (ir_verify(&u, err, sizeof err)) fail_msg("%s", err);
    struct interp_code *c = interp_prepare(&u);
    assert_non_null(c);
    assert_int_equal(interp_run(c, &cpu.head), CPU_EXIT_LOOKUP);
    interp_free(c);
    arena_free(&arena);
    return read_slot(&cpu, t);
}

static bool supported(enum ir_op op, enum ir_type t)
{
    static const u8 simple[] = {IR_OP_add, IR_OP_sub, IR_OP_and, IR_OP_or, IR_OP_xor, IR_OP_shl,   IR_OP_shr,
                                IR_OP_sar, IR_OP_neg, IR_OP_not, IR_OP_eq, IR_OP_ne,  IR_OP_select};
    if (op == IR_OP_bswap) return t >= IR_i16 && t <= IR_i64;
    return t != IR_i128 || memchr(simple, op, sizeof simple);
}

static void one(enum ir_op op, enum ir_type t, const enum ir_type in[3], int n)
{
    for (int k = 0; k < 40; k++) {
        u128 v[3] = {0, 0, 0};
        bool folded;
        for (int i = 0; i < n; i++) v[i] = corner(ir_type_bits[in[i]]);
        if (n > 1 && in[0] == in[1] && rnd() % 4 == 0) v[1] = v[0];
        u128 want = run(op, t, in, n, v, 0, &folded);
        u128 got = run(op, t, in, n, v, 7, &folded);
        if (!folded) fail_msg("%s of constants is not folded", ir_ops[op].name);
        for (unsigned mask = 1; got == want && mask < 7; mask++) got = run(op, t, in, n, v, mask, &folded);
        if (got != want)
            fail_msg(
                "%s.%s of 0x%lx%016lx, 0x%lx%016lx, 0x%lx: 0x%lx%016lx, the interpreter says 0x%lx%016lx",
                ir_ops[op].name, ir_type_name[in[0]], (u64)(v[0] >> 64), (u64)v[0], (u64)(v[1] >> 64),
                (u64)v[1], (u64)v[2], (u64)(got >> 64), (u64)got, (u64)(want >> 64), (u64)want);
    }
}

static void fold_agrees_with_interp(void **state)
{
    (void)state;
    toy_setup();
    for (enum ir_op op = IR_OP_add; op <= IR_OP_sle; op++) {
        const char *sig = ir_ops[op].sig;
        for (enum ir_type t = IR_b1; t <= IR_i128; t++) {
            enum ir_type in[3] = {t, t, t};
            int n = 0;
            for (; sig[2 + n]; n++)
                if (sig[2 + n] == 'b') in[n] = IR_b1;
            if (supported(op, t)) one(op, sig[0] == 'b' ? IR_b1 : t, in, n);
        }
    }
}

static void fold_conversions_agree_with_interp(void **state)
{
    (void)state;
    toy_setup();
    for (enum ir_type a = IR_b1; a <= IR_i128; a++)
        for (enum ir_type b = IR_b1; b <= IR_i128; b++) {
            const enum ir_type in[3] = {a, IR_none, IR_none};
            if (b > a) one(IR_OP_zext, b, in, 1);
            if (b > a) one(IR_OP_sext, b, in, 1);
            if (b < a) one(IR_OP_trunc, b, in, 1);
        }
    one(IR_OP_pair, IR_i64, (enum ir_type[3]){IR_i32, IR_i32, IR_none}, 2);
    one(IR_OP_pair, IR_i128, (enum ir_type[3]){IR_i64, IR_i64, IR_none}, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fold_agrees_with_interp),
        cmocka_unit_test(fold_conversions_agree_with_interp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
