/*
 * Softfloat under x86's rules against this machine's own SSE, FMA and F16C units: results and all six flags, in all
 * rounding modes, with and without flushing, on hard random operands.
 *
 * A row of `ops` is an instruction. Its host half runs in one asm statement between ldmxcsr and stmxcsr.
 */
#include "ir/softfloat/softfloat.h"
#include "tests/unit/test_softfloat_gen.h"

#include <cpuid.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#define MXCSR_MASKS 0x1f80u
#define MXCSR_FTZ   0x8000u
#define MXCSR_DAZ   0x0040u
#define MXCSR_RC(n) ((u32)(n) << 13)

static unsigned long count;

/* --- the host's half ------------------------------------------------------------------------------------------ */

typedef u64 (*host_fn)(u64 a, u64 b, u64 c, u32 *csr);
typedef u64 (*soft_fn)(struct sf_env *env, u64 a, u64 b, u64 c);

/* Operands in xmm0, xmm1, xmm2 and rax (the first); the result from xmm0 or rax. */
#define HOST(name, insn, from)                                                                                   \
    static u64 host_##name(u64 a, u64 b, u64 c, u32 *csr)                                                        \
    {                                                                                                            \
        u64 r;                                                                                                   \
        __asm__ volatile("ldmxcsr %[csr]\n\tmovq %[a], %%xmm0\n\tmovq %[b], %%xmm1\n\tmovq %[c], %%xmm2\n\t"     \
                         "movq %[a], %%rax\n\t" insn "\n\tmovq %%" from ", %[r]\n\tstmxcsr %[csr]"               \
                         : [r] "=&r"(r), [csr] "+m"(*csr)                                                         \
                         : [a] "r"(a), [b] "r"(b), [c] "r"(c)                                                    \
                         : "rax", "xmm0", "xmm1", "xmm2", "cc");                                                 \
        return r;                                                                                                \
    }

#define HOST_BINARY(name)                                                                                        \
    HOST(name##_f32, #name "ss %%xmm1, %%xmm0", "xmm0")                                                          \
    HOST(name##_f64, #name "sd %%xmm1, %%xmm0", "xmm0")
HOST_BINARY(add)
HOST_BINARY(sub)
HOST_BINARY(mul)
HOST_BINARY(div)
HOST_BINARY(min)
HOST_BINARY(max)
HOST(sqrt_f32, "sqrtss %%xmm0, %%xmm0", "xmm0")
HOST(sqrt_f64, "sqrtsd %%xmm0, %%xmm0", "xmm0")
HOST(f32_to_f64, "cvtss2sd %%xmm0, %%xmm0", "xmm0")
HOST(f64_to_f32, "cvtsd2ss %%xmm0, %%xmm0", "xmm0")
HOST(f16_to_f32, "vcvtph2ps %%xmm0, %%xmm0", "xmm0")
HOST(f32_to_f16, "vcvtps2ph $4, %%xmm0, %%xmm0", "xmm0")

/* The 132 form: first operand times third, plus second; so NaNs are preferred in the order a, b, c. */
#define HOST_FMA(name)                                                                                           \
    HOST(name##_f32, "v" #name "132ss %%xmm1, %%xmm2, %%xmm0", "xmm0")                                           \
    HOST(name##_f64, "v" #name "132sd %%xmm1, %%xmm2, %%xmm0", "xmm0")
HOST_FMA(fmadd)
HOST_FMA(fmsub)
HOST_FMA(fnmadd)
HOST_FMA(fnmsub)

#define HOST_ROUND(name, imm)                                                                                    \
    HOST(name##_f32, "roundss $" #imm ", %%xmm0, %%xmm0", "xmm0")                                                \
    HOST(name##_f64, "roundsd $" #imm ", %%xmm0, %%xmm0", "xmm0")
HOST_ROUND(rint, 4)
HOST_ROUND(floor, 1)
HOST_ROUND(nearbyint, 12)

HOST(f32_to_s32, "cvtss2si %%xmm0, %%eax", "rax")
HOST(f32_to_s64, "cvtss2si %%xmm0, %%rax", "rax")
HOST(f64_to_s32, "cvtsd2si %%xmm0, %%eax", "rax")
HOST(f64_to_s64, "cvtsd2si %%xmm0, %%rax", "rax")
HOST(f32_trunc_s32, "cvttss2si %%xmm0, %%eax", "rax")
HOST(f64_trunc_s64, "cvttsd2si %%xmm0, %%rax", "rax")
HOST(s32_to_f32, "cvtsi2ss %%eax, %%xmm0", "xmm0")
HOST(s64_to_f32, "cvtsi2ss %%rax, %%xmm0", "xmm0")
HOST(s32_to_f64, "cvtsi2sd %%eax, %%xmm0", "xmm0")
HOST(s64_to_f64, "cvtsi2sd %%rax, %%xmm0", "xmm0")

/* ZF, PF and CF as bits 6, 2, 0, the way LAHF puts them. */
#define HOST_COMPARE(name)                                                                                       \
    HOST(name##_f32, #name "ss %%xmm1, %%xmm0\n\tlahf\n\tmovzbl %%ah, %%eax\n\tandl $0x45, %%eax", "rax")        \
    HOST(name##_f64, #name "sd %%xmm1, %%xmm0\n\tlahf\n\tmovzbl %%ah, %%eax\n\tandl $0x45, %%eax", "rax")
HOST_COMPARE(comi)
HOST_COMPARE(ucomi)

/* --- softfloat's half ----------------------------------------------------------------------------------------- */

#define SOFT(name, expr)                                                                                         \
    static u64 soft_##name(struct sf_env *env, u64 a, u64 b, u64 c)                                              \
    {                                                                                                            \
        (void)b;                                                                                                 \
        (void)c;                                                                                                 \
        return (u64)(expr);                                                                                      \
    }

static u64 lahf_image(enum sf_relation r)
{
    return r == SF_UNORDERED ? 0x45 : r == SF_EQ ? 0x40 : r == SF_LT ? 1 : 0;
}

#define SOFT_FORMAT(f, t)                                                                                        \
    SOFT(add_##f, sf_add_##f(env, (t)a, (t)b))                                                                   \
    SOFT(sub_##f, sf_sub_##f(env, (t)a, (t)b))                                                                   \
    SOFT(mul_##f, sf_mul_##f(env, (t)a, (t)b))                                                                   \
    SOFT(div_##f, sf_div_##f(env, (t)a, (t)b))                                                                   \
    SOFT(min_##f, sf_minmax_##f(env, (t)a, (t)b, SF_MIN_X86))                                                    \
    SOFT(max_##f, sf_minmax_##f(env, (t)a, (t)b, SF_MIN_X86 | SF_MAX))                                           \
    SOFT(sqrt_##f, sf_sqrt_##f(env, (t)a))                                                                       \
    SOFT(fmadd_##f, sf_fma_##f(env, (t)a, (t)b, (t)c, 0))                                                        \
    SOFT(fmsub_##f, sf_fma_##f(env, (t)a, (t)b, (t)c, SF_NEG_ADDEND))                                            \
    SOFT(fnmadd_##f, sf_fma_##f(env, (t)a, (t)b, (t)c, SF_NEG_PRODUCT))                                          \
    SOFT(fnmsub_##f, sf_fma_##f(env, (t)a, (t)b, (t)c, SF_NEG_PRODUCT | SF_NEG_ADDEND))                          \
    SOFT(rint_##f, sf_rint_##f(env, (t)a, env->rm, true))                                                        \
    SOFT(floor_##f, sf_rint_##f(env, (t)a, SF_RDN, true))                                                        \
    SOFT(nearbyint_##f, sf_rint_##f(env, (t)a, env->rm, false))                                                  \
    SOFT(comi_##f, lahf_image(sf_cmp_##f(env, (t)a, (t)b, true)))                                                \
    SOFT(ucomi_##f, lahf_image(sf_cmp_##f(env, (t)a, (t)b, false)))                                              \
    SOFT(f##_to_s32, (u32)sf_##f##_to_s32(env, (t)a, env->rm))                                                   \
    SOFT(f##_to_s64, sf_##f##_to_s64(env, (t)a, env->rm))                                                        \
    SOFT(s32_to_##f, sf_s32_to_##f(env, (s32)a))                                                                 \
    SOFT(s64_to_##f, sf_s64_to_##f(env, (s64)a))
SOFT_FORMAT(f32, u32)
SOFT_FORMAT(f64, u64)
SOFT(f32_to_f64, sf_f32_to_f64(env, (u32)a))
SOFT(f64_to_f32, sf_f64_to_f32(env, a))
SOFT(f16_to_f32, sf_f16_to_f32(env, (u16)a))
SOFT(f32_trunc_s32, (u32)sf_f32_to_s32(env, (u32)a, SF_RTZ))
SOFT(f64_trunc_s64, sf_f64_to_s64(env, a, SF_RTZ))

/* The instruction ignores FTZ (SDM volume 2, VCVTPS2PH), as conversions to f16 do here. */
SOFT(f32_to_f16, sf_f32_to_f16(env, (u32)a))

/* --- the comparison ------------------------------------------------------------------------------------------- */

enum { F16, F32, F64, INT };
enum { NEED_NOTHING, NEED_SSE41, NEED_FMA, NEED_F16C };
static const unsigned result_bits[] = {16, 32, 64, 64};

struct op {
    const char *name;
    host_fn host;
    soft_fn soft;
    int need, from, to;
};

#define OP(name, need, from, to) {#name, host_##name, soft_##name, NEED_##need, from, to},
#define OP_BOTH(name, need) OP(name##_f32, need, F32, F32) OP(name##_f64, need, F64, F64)
#define OP_COMPARE(name) OP(name##_f32, NOTHING, F32, INT) OP(name##_f64, NOTHING, F64, INT)

static const struct op ops[] = {
    OP_BOTH(add, NOTHING) OP_BOTH(sub, NOTHING) OP_BOTH(mul, NOTHING) OP_BOTH(div, NOTHING) OP_BOTH(sqrt, NOTHING)
    OP_BOTH(min, NOTHING) OP_BOTH(max, NOTHING) OP_COMPARE(comi) OP_COMPARE(ucomi)
    OP_BOTH(fmadd, FMA) OP_BOTH(fmsub, FMA) OP_BOTH(fnmadd, FMA) OP_BOTH(fnmsub, FMA)
    OP_BOTH(rint, SSE41) OP_BOTH(floor, SSE41) OP_BOTH(nearbyint, SSE41)
    OP(f32_to_f64, NOTHING, F32, F64) OP(f64_to_f32, NOTHING, F64, F32)
    OP(f16_to_f32, F16C, F16, F32) OP(f32_to_f16, F16C, F32, F16)
    OP(f32_to_s32, NOTHING, F32, INT) OP(f32_to_s64, NOTHING, F32, INT)
    OP(f64_to_s32, NOTHING, F64, INT) OP(f64_to_s64, NOTHING, F64, INT)
    OP(f32_trunc_s32, NOTHING, F32, INT) OP(f64_trunc_s64, NOTHING, F64, INT)
    OP(s32_to_f32, NOTHING, INT, F32) OP(s64_to_f32, NOTHING, INT, F32)
    OP(s32_to_f64, NOTHING, INT, F64) OP(s64_to_f64, NOTHING, INT, F64)
};

/* Bit 29 of leaf 1's ecx; clang 14's __builtin_cpu_supports does not know the name. */
static bool host_has_f16c(void)
{
    unsigned a, b, c, d;
    return __builtin_cpu_supports("avx") && __get_cpuid(1, &a, &b, &c, &d) && (c >> 29 & 1);
}

static bool host_has(int need)
{
    switch (need) {
    case NEED_SSE41: return __builtin_cpu_supports("sse4.1");
    case NEED_FMA: return __builtin_cpu_supports("fma");
    case NEED_F16C: return host_has_f16c();
    default: return true;
    }
}

/* MXCSR's rounding control: nearest, down, up, zero. */
static const u8 rc_to_rm[] = {SF_RNE, SF_RDN, SF_RUP, SF_RTZ};

static struct sf_env env_of(u32 csr)
{
    struct sf_env env;
    sf_env_init(&env, SF_RULE_X86);
    env.rm = rc_to_rm[csr >> 13 & 3];
    env.ftz = csr & MXCSR_FTZ ? SF_FTZ_X86 : SF_FTZ_OFF;
    env.daz = csr & MXCSR_DAZ ? SF_DAZ_X86 : SF_DAZ_OFF;
    return env;
}

static u64 masked(u64 v, unsigned bits) { return bits == 64 ? v : v & ((1ull << bits) - 1); }

static bool agrees(const struct op *op, u32 csr, const u64 *x)
{
    struct sf_env env = env_of(csr);
    u32 after = csr;
    unsigned bits = result_bits[op->to];
    u64 want = masked(op->host(x[0], x[1], x[2], &after), bits);
    u64 got = masked(op->soft(&env, x[0], x[1], x[2]), bits);

    if (got == want && (env.flags & SF_IEEE_FLAGS) == (after & 63))
        return true;
    print_error("%s mxcsr %04x (%lx, %lx, %lx): got %lx flags %02x, want %lx flags %02x\n", op->name, csr, x[0],
                x[1], x[2], got, env.flags & SF_IEEE_FLAGS, want, after & 63);
    return false;
}

static struct gen generator(int from)
{
    static const u8 exp_bits[] = {5, 8, 11, 11}, frac_bits[] = {10, 23, 52, 52};
    return (struct gen){0x9e3779b97f4a7c15ull, exp_bits[from], frac_bits[from]};
}

static void operands(struct gen *g, int from, u64 *x)
{
    if (from == INT) {
        x[0] = (u64)((s64)gen_u64(g) >> gen_below(g, 64)) ^ gen_below(g, 2);
        x[1] = x[2] = 0;
        return;
    }
    x[0] = (u64)gen_one(g);
    x[1] = (u64)gen_beside(g, x[0]);
    x[2] = (u64)gen_beside(g, gen_below(g, 2) ? x[0] : x[1]);
}

/* An addend that nearly cancels the product, to the host's own rounding. */
static void cancel_product(struct gen *g, const struct op *op, u64 *x)
{
    u32 csr = MXCSR_MASKS;
    if (op->need == NEED_FMA && gen_below(g, 3) == 0)
        x[2] = (op->from == F32 ? host_mul_f32(x[0], x[1], 0, &csr) : host_mul_f64(x[0], x[1], 0, &csr)) ^
               gen_below(g, 4) ^ (op->from == F32 ? 1ull << 31 : 1ull << 63);
}

static void softfloat_equals_host(void **state)
{
    const struct op *op = *state;
    struct gen g = generator(op->from);
    unsigned wrong = 0;
    u64 x[3];

    if (!host_has(op->need))
        skip();
    for (unsigned long i = 0; i < count && wrong < 10; i++) {
        operands(&g, op->from, x);
        cancel_product(&g, op, x);
        u32 flush = gen_below(&g, 4) ? 0 : MXCSR_FTZ * gen_below(&g, 2) | MXCSR_DAZ * gen_below(&g, 2);
        wrong += !agrees(op, MXCSR_MASKS | MXCSR_RC(i & 3) | flush, x);
    }
    assert_int_equal(wrong, 0);
}

/* Every half there is, in each mode. */
static void softfloat_f16_widens_as_host(void **state)
{
    struct op op = {"f16_to_f32", host_f16_to_f32, soft_f16_to_f32, NEED_F16C, F16, F32};
    unsigned wrong = 0;
    (void)state;

    if (!host_has(op.need))
        skip();
    for (u64 a = 0; a < 0x10000; a++)
        wrong += !agrees(&op, MXCSR_MASKS | (a & 1 ? MXCSR_DAZ : 0), (u64[3]){a, 0, 0});
    assert_int_equal(wrong, 0);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[ARRAY_LEN(ops) + 1];

    count = gen_count(argc, argv, 200000);
    for (size_t i = 0; i < ARRAY_LEN(ops); i++)
        tests[i] = (struct CMUnitTest){ops[i].name, softfloat_equals_host, NULL, NULL, (void *)&ops[i]};
    tests[ARRAY_LEN(ops)] = (struct CMUnitTest)cmocka_unit_test(softfloat_f16_widens_as_host);
    return cmocka_run_group_tests_name("softfloat_host", tests, NULL, NULL);
}
