/* The PPC row's oracle: 64-bit Power, big-endian, double precision, with FPSCR's reasons for invalid
 * operations. */
#include "oracle.h"

static const char modes[] = "n";

static void mode_set(unsigned m)
{
    (void)m;
}

static void flags_clear(void)
{
    double zero = 0;
    __asm__ volatile("mtfsf 0xff, %0" ::"d"(zero));
}

static u32 flags_get(void)
{
    static const struct {
        u32 bit, flag;
    } map[] = {{0x20000000, INVALID}, {0x10000000, OVERFLOW}, {0x08000000, UNDERFLOW}, {0x04000000, DIVZERO},
               {0x02000000, INEXACT}, {0x01000000, INV_SNAN}, {0x00800000, INV_ISI},   {0x00400000, INV_IDI},
               {0x00200000, INV_ZDZ}, {0x00100000, INV_IMZ},  {0x00080000, INV_CMP},   {0x00000200, INV_SQRT},
               {0x00000100, INV_CVT}};
    double s;
    u32 flags = 0;
    __asm__ volatile("mffs %0" : "=d"(s));
    for (unsigned i = 0; i < sizeof(map) / sizeof(map[0]); i++)
        flags |= OUT_D(s) & map[i].bit ? map[i].flag : 0;
    return flags;
}

static s64 sys(s64 nr, u64 a, u64 b, u64 c)
{
    register u64 r0 __asm__("r0") = (u64)nr, r3 __asm__("r3") = a, r4 __asm__("r4") = b, r5 __asm__("r5") = c;
    __asm__ volatile("sc"
                     : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5)::"memory", "cr0", "r6", "r7", "r8", "r9", "r10",
                       "r11", "r12");
    return (s64)r3;
}
static void sys_write(const char *s, u64 n)
{
    sys(4, 1, (u64)s, n);
}
static void sys_exit(int code)
{
    sys(1, (u64)code, 0, 0);
}

#define FN(name, R, insn, expr)                                                                              \
    static u64 name(u64 a, u64 b, u64 c)                                                                     \
    {                                                                                                        \
        TYPE_##R r;                                                                                          \
        __asm__ volatile(insn : "=d"(r) : "d"(IN_D(a)), "d"(IN_D(b)), "d"(IN_D(c)));                         \
        return expr;                                                                                         \
    }
FN(add_f64, D, "fadd %0, %1, %2", OUT_D(r))
FN(sub_f64, D, "fsub %0, %1, %2", OUT_D(r))
FN(mul_f64, D, "fmul %0, %1, %2", OUT_D(r))
FN(div_f64, D, "fdiv %0, %1, %2", OUT_D(r))
FN(sqrt_f64, D, "fsqrt %0, %1", OUT_D(r))
FN(fma_f64, D, "fmadd %0, %1, %2, %3", OUT_D(r))
FN(fnmsub_f64, D, "fnmsub %0, %1, %2, %3", OUT_D(r))
FN(minnum_f64, D, "xsmindp %0, %1, %2", OUT_D(r))
FN(maxnum_f64, D, "xsmaxdp %0, %1, %2", OUT_D(r))
FN(f64_to_f32, S, "frsp %0, %1", OUT_S(r))
FN(f64_to_s32_rne, D, "fctiw %0, %1", (u32)OUT_D(r))
FN(f64_to_s32_rtz, D, "fctiwz %0, %1", (u32)OUT_D(r))
FN(f64_to_u32_rtz, D, "fctiwuz %0, %1", (u32)OUT_D(r))
FN(f64_to_s64_rtz, D, "fctidz %0, %1", OUT_D(r))
FN(f64_to_u64_rtz, D, "fctiduz %0, %1", OUT_D(r))

#define COMPARE(name, insn)                                                                                  \
    static u64 name(u64 a, u64 b, u64 c)                                                                     \
    {                                                                                                        \
        u32 cr;                                                                                              \
        (void)c;                                                                                             \
        __asm__ volatile(insn " 0, %1, %2\n\tmfcr %0" : "=r"(cr) : "d"(IN_D(a)), "d"(IN_D(b)) : "cr0");      \
        return cr >> 31 ? (u32)-1 : cr >> 30 ? 1 : cr >> 29 ? 0 : 2;                                         \
    }
COMPARE(cmp_f64, "fcmpu")
COMPARE(cmps_f64, "fcmpo")

#define ROW(name, n) {#name, "n", n, F64, name},
static const struct op ops[] = {
    ROW(add_f64, 2) ROW(sub_f64, 2) ROW(mul_f64, 2) ROW(div_f64, 2) ROW(sqrt_f64, 1) ROW(fma_f64, 3)
        ROW(fnmsub_f64, 3) ROW(minnum_f64, 2) ROW(maxnum_f64, 2) ROW(cmp_f64, 2) ROW(cmps_f64, 2)
            ROW(f64_to_f32, 1) ROW(f64_to_s32_rne, 1) ROW(f64_to_s32_rtz, 1) ROW(f64_to_u32_rtz, 1)
                ROW(f64_to_s64_rtz, 1) ROW(f64_to_u64_rtz, 1)};

#include "oracle_main.h"
