/*
 * NaN rules against literals from the manuals, for what no oracle at hand answers rightly or at all. Rows are
 * for f32 unless they say otherwise: Q a quiet NaN, S a signaling one, numbered by operand; QS2 is S2
 * quieted.
 */
#include "ir/softfloat/softfloat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#define ZERO 0x00000000u
#define ONE  0x3f800000u
#define INF  0x7f800000u
#define Q1   0x7fc00001u
#define Q2   0xffc00002u
#define Q3   0x7fc00003u
#define S1   0xff800001u
#define S2   0x7f800002u
#define S3   0x7f800003u
#define QS1  0xffc00001u
#define QS2  0x7fc00002u
#define QS3  0x7fc00003u

#define SNAN_FLAGS (SF_INVALID | SF_INV_SNAN)
#define IMZ_FLAGS  (SF_INVALID | SF_INV_IMZ)

static struct sf_env env_of(enum sf_nan_rule rule)
{
    struct sf_env env;
    sf_env_init(&env, rule);
    return env;
}

static const struct {
    enum sf_nan_rule rule;
    u32 a, b, sum, flags;
} pairs[] = {
    /* SPARC V8 appendix N.4, table "Untrapped floating-point result in same format as operands", rs1 by rs2
     */
    {SF_RULE_SPARC, ONE, Q2, Q2, 0},
    {SF_RULE_SPARC, Q1, ONE, Q1, 0},
    {SF_RULE_SPARC, Q1, Q2, Q2, 0},
    {SF_RULE_SPARC, Q1, S2, QS2, SNAN_FLAGS},
    {SF_RULE_SPARC, S1, Q2, QS1, SNAN_FLAGS},
    {SF_RULE_SPARC, S1, S2, QS2, SNAN_FLAGS},
    {SF_RULE_SPARC, INF, INF | 1u << 31, 0x7fffffff, SF_INVALID | SF_INV_ISI},
    /* Intel SDM volume 1, table 4-7 */
    {SF_RULE_X86, S1, Q2, QS1, SNAN_FLAGS},
    {SF_RULE_X86, Q1, S2, Q1, SNAN_FLAGS},
    {SF_RULE_X86, Q1, Q2, Q1, 0},
    {SF_RULE_X86, S1, S2, QS1, SNAN_FLAGS},
    {SF_RULE_X86, ONE, S2, QS2, SNAN_FLAGS},
    {SF_RULE_X86, INF, INF | 1u << 31, 0xffc00000, SF_INVALID | SF_INV_ISI},
    /* ARM DDI 0487, FPProcessNaNs and FPDefaultNaN */
    {SF_RULE_ARM, Q1, S2, QS2, SNAN_FLAGS},
    {SF_RULE_ARM, Q1, Q2, Q1, 0},
    {SF_RULE_ARM, INF, INF | 1u << 31, 0x7fc00000, SF_INVALID | SF_INV_ISI},
    /* Power ISA book I, 4.3.2 */
    {SF_RULE_PPC, Q1, S2, Q1, SNAN_FLAGS},
    {SF_RULE_PPC, S1, Q2, QS1, SNAN_FLAGS},
    /* RISC-V unprivileged, 11.3 */
    {SF_RULE_RISCV, Q1, Q2, 0x7fc00000, 0},
    {SF_RULE_RISCV, S1, ONE, 0x7fc00000, SNAN_FLAGS},
};

static void nan_pairs_follow_the_manuals(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct sf_env env = env_of(pairs[i].rule);
        u32 sum = sf_add_f32(&env, pairs[i].a, pairs[i].b);
        if (sum != pairs[i].sum || env.flags != pairs[i].flags)
            fail_msg("pair %zu: got %x %x, want %x %x", i, sum, env.flags, pairs[i].sum, pairs[i].flags);
    }
}

static const struct {
    enum sf_nan_rule rule;
    u32 a, b, c, result, flags;
} triples[] = {
    /* ARM DDI 0487, FPProcessNaNs3 (addend, then the factors) and FPMulAdd (inf * 0 + quiet NaN) */
    {SF_RULE_ARM, Q1, Q2, Q3, Q3, 0},
    {SF_RULE_ARM, Q1, S2, Q3, QS2, SNAN_FLAGS},
    {SF_RULE_ARM, S1, S2, S3, QS3, SNAN_FLAGS},
    {SF_RULE_ARM, INF, ZERO, Q3, 0x7fc00000, IMZ_FLAGS},
    {SF_RULE_ARM, ZERO, INF, S3, QS3, IMZ_FLAGS | SF_INV_SNAN},
    /* Power ISA book I, 4.3.2 (FRA, FRB, FRC: a, c, b here) and 4.4.1 (VXSNAN together with VXIMZ) */
    {SF_RULE_PPC, Q1, Q2, Q3, Q1, 0},
    {SF_RULE_PPC, ONE, Q2, Q3, Q3, 0},
    {SF_RULE_PPC, ONE, S2, Q3, Q3, SNAN_FLAGS},
    {SF_RULE_PPC, INF, ZERO, Q3, Q3, IMZ_FLAGS},
    {SF_RULE_PPC, INF, ZERO, S3, QS3, IMZ_FLAGS | SF_INV_SNAN},
    /* Intel SDM volume 1, 14.5.2, "FMA numeric behavior" */
    {SF_RULE_X86, Q1, Q2, Q3, Q1, 0},
    {SF_RULE_X86, ONE, S2, Q3, QS2, SNAN_FLAGS},
    {SF_RULE_X86, INF, ZERO, Q3, Q3, 0},
    /* RISC-V unprivileged, 11.6: invalid even for a quiet addend */
    {SF_RULE_RISCV, INF, ZERO, Q3, 0x7fc00000, IMZ_FLAGS},
};

static void nan_triples_follow_the_manuals(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(triples); i++) {
        struct sf_env env = env_of(triples[i].rule);
        u32 r = sf_fma_f32(&env, triples[i].a, triples[i].b, triples[i].c, 0);
        if (r != triples[i].result || env.flags != triples[i].flags)
            fail_msg("triple %zu: got %x %x, want %x %x", i, r, env.flags, triples[i].result,
                     triples[i].flags);
    }
}

static const struct {
    enum sf_nan_rule rule;
    u32 a;
    u64 s32, u32, s64;
} integers[] = {
    /* SPARC V8 N.7: by the sign of the operand, NaN or not; there are no unsigned conversions */
    {SF_RULE_SPARC, Q1, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff},
    {SF_RULE_SPARC, Q2, 0x80000000, 0, 0x8000000000000000},
    {SF_RULE_SPARC, S1, 0x80000000, 0, 0x8000000000000000},
    {SF_RULE_SPARC, 0x4f800000, 0x7fffffff, 0xffffffff, 1ull << 32},
    /* Intel SDM volume 1, 4.8.3.7; the unsigned ones of volume 2, VCVTTSS2USI */
    {SF_RULE_X86, Q1, 0x80000000, 0xffffffff, 0x8000000000000000},
    {SF_RULE_X86, 0xdf800000, 0x80000000, 0xffffffff, 0x8000000000000000},
    {SF_RULE_X86, 0x7f000000, 0x80000000, 0xffffffff, 0x8000000000000000},
};

static void nan_to_integers_follows_the_manuals(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(integers); i++) {
        struct sf_env env = env_of(integers[i].rule);
        assert_int_equal((u32)sf_f32_to_s32(&env, integers[i].a, SF_RTZ), integers[i].s32);
        assert_int_equal(sf_f32_to_u32(&env, integers[i].a, SF_RTZ), integers[i].u32);
        assert_int_equal(sf_f32_to_s64(&env, integers[i].a, SF_RTZ), integers[i].s64);
        assert_int_equal(env.flags & SF_IEEE_FLAGS, SF_INVALID);
    }
}

/* The top of the payload is kept, SPARC V8 N.4 "NaN transformation"; the default NaN of SPARC is all ones. */
static void nan_payload_survives_conversion(void **state)
{
    struct sf_env env = env_of(SF_RULE_SPARC);
    sf_f128 q;
    (void)state;

    q = sf_f32_to_f128(&env, 0xff812345);
    assert_true(q.hi == 0xffff82468a000000 && q.lo == 0);
    assert_int_equal(sf_f128_to_f64(&env, (sf_f128){.lo = ~0ull, .hi = 0x7fff123456789abc}),
                     0x7ff923456789abcf);
    env.flags = 0;
    q = sf_sqrt_f128(&env, (sf_f128){.hi = 0xbfff000000000000});
    assert_true(q.hi == 0x7fffffffffffffff && q.lo == ~0ull);
    assert_int_equal(env.flags, SF_INVALID | SF_INV_SQRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nan_pairs_follow_the_manuals),
        cmocka_unit_test(nan_triples_follow_the_manuals),
        cmocka_unit_test(nan_to_integers_follows_the_manuals),
        cmocka_unit_test(nan_payload_survives_conversion),
    };
    return cmocka_run_group_tests_name("softfloat_nan", tests, NULL, NULL);
}
