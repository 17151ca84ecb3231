/* The SPARC row's oracle: SPARC V9. */
#include "oracle.h"

static const char modes[] = "n";
static u64 fsr;

static void mode_set(unsigned m)
{
    (void)m;
}

static void flags_clear(void)
{
    fsr = 0;
    __asm__ volatile("ldx %0, %%fsr" ::"m"(fsr));
}

static u32 flags_get(void)
{
    __asm__ volatile("stx %%fsr, %0" : "=m"(fsr));
    return (fsr & 0x200 ? INVALID : 0) | (fsr & 0x100 ? OVERFLOW : 0) | (fsr & 0x80 ? UNDERFLOW : 0) |
           (fsr & 0x40 ? DIVZERO : 0) | (fsr & 0x20 ? INEXACT : 0);
}

static s64 sys(s64 nr, u64 a, u64 b, u64 c)
{
    register u64 g1 __asm__("g1") = (u64)nr, o0 __asm__("o0") = a, o1 __asm__("o1") = b, o2 __asm__("o2") = c;
    __asm__ volatile("ta 0x6d" : "+r"(o0), "+r"(o1) : "r"(g1), "r"(o2) : "memory", "cc");
    return (s64)o0;
}
static void sys_write(const char *s, u64 n)
{
    sys(4, 1, (u64)s, n);
}
static void sys_exit(int code)
{
    sys(1, (u64)code, 0, 0);
}

#define FN(name, R, I, insn)                                                                                 \
    static u64 name(u64 a, u64 b, u64 c)                                                                     \
    {                                                                                                        \
        TYPE_##R r;                                                                                          \
        (void)c;                                                                                             \
        __asm__ volatile(insn : "=&e"(r) : "e"(IN_##I(a)), "e"(IN_##I(b)));                                  \
        return OUT_##R(r);                                                                                   \
    }
FN(add_f32, S, S, "fadds %1, %2, %0")
FN(add_f64, D, D, "faddd %1, %2, %0")
FN(sub_f64, D, D, "fsubd %1, %2, %0")
FN(mul_f32, S, S, "fmuls %1, %2, %0")
FN(div_f64, D, D, "fdivd %1, %2, %0")
FN(sqrt_f32, S, S, "fsqrts %1, %0")
FN(sqrt_f64, D, D, "fsqrtd %1, %0")
/* qemu 7.2 leaves fstod's flags for the next op to report: compare the (quiet) result with itself. */
FN(f32_to_f64, D, S, "fstod %1, %0\n\tfcmpd %%fcc1, %0, %0")
FN(f64_to_f32, S, D, "fdtos %1, %0")
FN(f32_to_s32_rtz, S, S, "fstoi %1, %0")
FN(f64_to_s32_rtz, S, D, "fdtoi %1, %0")
FN(f64_to_s64_rtz, D, D, "fdtox %1, %0")

/* fcc0: equal, less, greater, unordered. */
#define COMPARE(name, I, insn)                                                                               \
    static u64 name(u64 a, u64 b, u64 c)                                                                     \
    {                                                                                                        \
        static const u32 relation[] = {0, (u32)-1, 1, 2};                                                    \
        (void)c;                                                                                             \
        __asm__ volatile(insn " %%fcc0, %1, %2\n\tstx %%fsr, %0"                                             \
                         : "=m"(fsr)                                                                         \
                         : "e"(IN_##I(a)), "e"(IN_##I(b)));                                                  \
        return relation[fsr >> 10 & 3];                                                                      \
    }
COMPARE(cmp_f64, D, "fcmpd")
COMPARE(cmps_f32, S, "fcmpes")

#define ROW(name, n, f) {#name, "n", n, f, name},
static const struct op ops[] = {
    ROW(add_f32, 2, F32) ROW(add_f64, 2, F64) ROW(sub_f64, 2, F64) ROW(mul_f32, 2, F32) ROW(div_f64, 2, F64)
        ROW(sqrt_f32, 1, F32) ROW(sqrt_f64, 1, F64) ROW(f32_to_f64, 1, F32) ROW(f64_to_f32, 1, F64)
            ROW(f32_to_s32_rtz, 1, F32) ROW(f64_to_s32_rtz, 1, F64) ROW(f64_to_s64_rtz, 1, F64)
                ROW(cmp_f64, 2, F64) ROW(cmps_f32, 2, F32)};

#include "oracle_main.h"
