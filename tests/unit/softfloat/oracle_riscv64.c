/* The RISCV row's oracle: RV64GC. */
#include "oracle.h"

static const char modes[] = "n";

static void mode_set(unsigned m)
{
    (void)m;
}
static void flags_clear(void)
{
    __asm__ volatile("fscsr x0");
}

static u32 flags_get(void)
{
    u64 s;
    __asm__ volatile("frflags %0" : "=r"(s));
    return (s & 1 ? INEXACT : 0) | (s & 2 ? UNDERFLOW : 0) | (s & 4 ? OVERFLOW : 0) | (s & 8 ? DIVZERO : 0) |
           (s & 16 ? INVALID : 0);
}

static s64 sys(s64 nr, u64 a, u64 b, u64 c)
{
    register u64 a7 __asm__("a7") = (u64)nr, a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
    return (s64)a0;
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
        __asm__ volatile(insn : out(r) : "f"(IN_##I(a)), "f"(IN_##I(b)), "f"(IN_##I(c)));                    \
        return OUT_##R(r);                                                                                   \
    }
#define BOTH(name, insn, rest)                                                                               \
    FN(name##_f32, S, S, "=f", insn ".s %0, " rest)                                                          \
    FN(name##_f64, D, D, "=f", insn ".d %0, " rest)
BOTH(add, "fadd", "%1, %2")
BOTH(sub, "fsub", "%1, %2") BOTH(mul, "fmul", "%1, %2") BOTH(div, "fdiv", "%1, %2")
    BOTH(minnum2019, "fmin", "%1, %2") BOTH(maxnum2019, "fmax", "%1, %2") BOTH(sqrt, "fsqrt", "%1")
        BOTH(fma, "fmadd", "%1, %2, %3") FN(f32_to_f64, D, S, "=f", "fcvt.d.s %0, %1")
            FN(f64_to_f32, S, D, "=f", "fcvt.s.d %0, %1")
                FN(f32_to_s32_rtz, W, S, "=r", "fcvt.w.s %0, %1, rtz")
                    FN(f32_to_u32_rtz, W, S, "=r", "fcvt.wu.s %0, %1, rtz")
                        FN(f64_to_s32_rna, W, D, "=r", "fcvt.w.d %0, %1, rmm")
                            FN(f64_to_u32_rtz, W, D, "=r", "fcvt.wu.d %0, %1, rtz")
                                FN(f64_to_s64_rtz, X, D, "=r", "fcvt.l.d %0, %1, rtz")
                                    FN(f64_to_u64_rna, X, D, "=r", "fcvt.lu.d %0, %1, rmm")

    /* As softfloat's relation: -1, 0, 1, 2 for less, equal, greater, unordered. */
    static u64 cmps_f64(u64 a, u64 b, u64 c)
{
    u64 lt, gt, eq;
    (void)c;
    __asm__ volatile("flt.d %0, %3, %4\n\tflt.d %1, %4, %3\n\tfeq.d %2, %3, %4"
                     : "=&r"(lt), "=&r"(gt), "=&r"(eq)
                     : "f"(IN_D(a)), "f"(IN_D(b)));
    return lt ? (u32)-1 : gt ? 1 : eq ? 0 : 2;
}

/* fclass's bit to enum sf_class; it does not tell a NaN's sign. */
static u64 class_f64(u64 a, u64 b, u64 c)
{
    static const u8 classes[] = {8 | 64, 4 | 64, 2 | 64, 1 | 64, 1, 2, 4, 8, 32, 16};
    u64 bit;
    (void)b;
    (void)c;
    __asm__ volatile("fclass.d %0, %1" : "=r"(bit) : "f"(IN_D(a)));
    unsigned n = (unsigned)__builtin_ctzll(bit);
    return classes[n] | (n >= 8 && a >> 63 ? 64 : 0);
}

#define ROW(name, n, f) {#name, "n", n, f, name},
static const struct op ops[] = {
    ROW(add_f32, 2, F32) ROW(sub_f64, 2, F64) ROW(mul_f32, 2, F32) ROW(div_f64, 2, F64)
        ROW(minnum2019_f32, 2, F32) ROW(maxnum2019_f64, 2, F64) ROW(sqrt_f32, 1, F32) ROW(sqrt_f64, 1, F64)
            ROW(fma_f64, 3, F64) ROW(cmps_f64, 2, F64) ROW(class_f64, 1, F64) ROW(f32_to_f64, 1, F32)
                ROW(f64_to_f32, 1, F64) ROW(f32_to_s32_rtz, 1, F32) ROW(f32_to_u32_rtz, 1, F32)
                    ROW(f64_to_s32_rna, 1, F64) ROW(f64_to_u32_rtz, 1, F64) ROW(f64_to_s64_rtz, 1, F64)
                        ROW(f64_to_u64_rna, 1, F64)};

#include "oracle_main.h"
