/* What this processor can do, and the facts about its registers that the host-independent half asks for. */
#include "backend/x86_64/sel.h"
#include <cpuid.h>
#include <string.h>
#include "backend/jit/host.h"

/* Callee-saved registers first: helper calls need not save them. r12 and r13 take longer encodings as a base.
 * Left to the allocator: rax rcx rdx (shifts, products, keys) and r11. */
const u8 jh_pin_order[JIT_MAX_PINS] = {RBX, R14, R15, RSI, RDI, R8, R9, R10, R12, R13};
const u32 jh_dear_bases = 1u << R12 | 1u << R13;
const u32 jh_alloc_first = ~(1u << RCX | 1u << RAX);

static bool os_saves_ymm(u32 ecx1)
{
    if (!(ecx1 & bit_OSXSAVE)) return false;
    u32 lo, hi;
    __asm__("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return (lo & 6) == 6;
}

/* Under a hypervisor each cpuid traps and costs more than ten microseconds: three leaves and no more. Leaf 0x80000001 is
 * there on every x86-64; leaf 7 on every processor with FMA and MOVBE, and what older ones have of it is not asked for. */
u64 jit_host_features(u64 mask)
{
    u32 a, b, c, d;
    u64 f = 0;
    __cpuid(1, a, b, c, d);
    const bool vex = os_saves_ymm(c), has_leaf7 = (c & bit_FMA) && (c & bit_MOVBE);
    if (c & bit_MOVBE) f |= HOST_MOVBE;
    if (c & bit_POPCNT) f |= HOST_POPCNT;
    if (c & bit_SSE4_1) f |= HOST_SSE41;
    if (c & bit_CMPXCHG16B) f |= HOST_CX16;
    if ((c & bit_FMA) && vex) f |= HOST_FMA;
    if ((c & bit_AVX) && vex) f |= HOST_AVX;
    if (has_leaf7) {
        __cpuid_count(7, 0, a, b, c, d);
        if ((b & bit_BMI2) && vex) f |= HOST_BMI2;
        if (b & bit_BMI) f |= HOST_TZCNT;
    }
    __cpuid(0x80000001, a, b, c, d);
    if (c & bit_LZCNT) f |= HOST_LZCNT;
    return f & ~mask;
}

u64 jit_host_feature_by_name(const char *name)
{
    static const struct {
        const char *name;
        u64 bits;
    } rows[] = {
        {"all", ~0ull},          {"bmi2", HOST_BMI2},   {"lzcnt", HOST_LZCNT}, {"tzcnt", HOST_TZCNT},
        {"popcnt", HOST_POPCNT}, {"movbe", HOST_MOVBE}, {"sse4.1", HOST_SSE41}, {"fma", HOST_FMA},
        {"cx16", HOST_CX16},     {"avx", HOST_AVX},
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++)
        if (!strcmp(name, rows[i].name)) return rows[i].bits;
    return 0;
}
