/* The ARM row's oracle: AArch64 in the default mode and with FPCR.FZ, DN or AHP. */
#include "oracle.h"

static const char modes[] = "nzda";
static const u64 fpcr[] = {0, 1 << 24, 1 << 25, 1 << 26};

static void mode_set(unsigned m)
{
    __asm__ volatile("msr fpcr, %0" ::"r"(fpcr[m]));
}
static void flags_clear(void)
{
    __asm__ volatile("msr fpsr, %0" ::"r"((u64)0));
}

static u32 flags_get(void)
{
    u64 s;
    __asm__ volatile("mrs %0, fpsr" : "=r"(s));
    return (s & 1 ? INVALID : 0) | (s & 2 ? DIVZERO : 0) | (s & 4 ? OVERFLOW : 0) | (s & 8 ? UNDERFLOW : 0) |
           (s & 16 ? INEXACT : 0) | (s & 128 ? DENORMAL : 0);
}

static s64 sys(s64 nr, u64 a, u64 b, u64 c)
{
    register u64 x8 __asm__("x8") = (u64)nr, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return (s64)x0;
}
static void sys_write(const char *s, u64 n)
{
    sys(64, 1, (u64)s, n);
}
static void sys_exit(int code)
{
    sys(93, (u64)code, 0, 0);
}

#define FN(name, R, I, out, insn)                                                                            \
    static u64 name(u64 a, u64 b, u64 c)                                                                     \
    {                                                                                                        \
        TYPE_##R r;                                                                                          \
        __asm__ volatile(insn : out(r) : "w"(IN_##I(a)), "w"(IN_##I(b)), "w"(IN_##I(c)));                    \
        return OUT_##R(r);                                                                                   \
    }
#define BOTH(name, insn, tail_s, tail_d)                                                                     \
    FN(name##_f32, S, S, "=w", insn " %s0, " tail_s)                                                         \
    FN(name##_f64, D, D, "=w", insn " %d0, " tail_d)
#define BIN(name, insn) BOTH(name, insn, "%s1, %s2", "%d1, %d2")
#define UN(name, insn)  BOTH(name, insn, "%s1", "%d1")
BIN(add, "fadd")
BIN(sub, "fsub") BIN(mul, "fmul") BIN(div, "fdiv") BIN(min, "fmin") BIN(max, "fmax") BIN(minnum, "fminnm")
    BIN(maxnum, "fmaxnm") UN(sqrt, "fsqrt") UN(rint, "frintx") UN(nearbyint, "frinti")
        BOTH(fma, "fmadd", "%s1, %s2, %s3", "%d1, %d2, %d3") FN(f32_to_f64, D, S, "=w", "fcvt %d0, %s1")
            FN(f64_to_f32, S, D, "=w", "fcvt %s0, %d1")
                FN(f32_to_f16, W, S, "=r", "fcvt h31, %s1\n\tfmov %w0, s31")
                    FN(f64_to_f16, W, D, "=r", "fcvt h31, %d1\n\tfmov %w0, s31")
                        FN(f16_to_f32, S, S, "=w", "fcvt %s0, %h1")
                            FN(f16_to_f64, D, S, "=w", "fcvt %d0, %h1")
#define TO_INT(name, insn)                                                                                   \
    FN(f32_to_s32##name, W, S, "=r", "fcvt" insn "s %w0, %s1")                                               \
    FN(f32_to_u32##name, W, S, "=r", "fcvt" insn "u %w0, %s1")                                               \
    FN(f64_to_s32##name, W, D, "=r", "fcvt" insn "s %w0, %d1")                                               \
    FN(f64_to_u32##name, W, D, "=r", "fcvt" insn "u %w0, %d1")                                               \
    FN(f64_to_s64##name, X, D, "=r", "fcvt" insn "s %0, %d1")                                                \
    FN(f64_to_u64##name, X, D, "=r", "fcvt" insn "u %0, %d1")
                                TO_INT(_rtz, "z") TO_INT(_rna, "a")

#define ROW(name, modes, n, f) {#name, modes, n, f, name},
#define ROWS(name, modes, n)   ROW(name##_f32, modes, n, F32) ROW(name##_f64, modes, n, F64)
#define ROWS_TO_INT(name)                                                                                    \
    ROW(f32_to_s32##name, "nz", 1, F32)                                                                      \
    ROW(f32_to_u32##name, "n", 1, F32) ROW(f64_to_s32##name, "n", 1, F64) ROW(f64_to_u32##name, "n", 1, F64) \
        ROW(f64_to_s64##name, "nz", 1, F64) ROW(f64_to_u64##name, "n", 1, F64)
                                    static const
    struct op ops[] = {ROW(add_f32, "nz", 2, F32) ROW(sub_f64, "nd", 2, F64) ROW(mul_f32, "n", 2, F32)
                           ROW(div_f64, "nz", 2, F64) ROW(min_f32, "nz", 2, F32) ROW(max_f64, "n", 2, F64)
                               ROW(minnum_f64, "n", 2, F64) ROW(maxnum_f32, "nz", 2, F32) ROWS(sqrt, "nzd", 1)
                                   ROWS(rint, "nz", 1) ROW(nearbyint_f64, "n", 1, F64)
                                       ROW(fma_f32, "nd", 3, F32) ROW(f32_to_f64, "nzd", 1, F32)
                                           ROW(f64_to_f32, "nzd", 1, F64) ROW(f32_to_f16, "nzda", 1, F32)
                                               ROW(f64_to_f16, "nzda", 1, F64) ROW(f16_to_f32, "nzda", 1, F16)
                                                   ROW(f16_to_f64, "nzda", 1, F16) ROWS_TO_INT(_rtz)
                                                       ROWS_TO_INT(_rna)};

#include "oracle_main.h"
