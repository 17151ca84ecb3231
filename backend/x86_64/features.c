/* What this processor can do, and the facts about its registers that the host-independent half asks for. */
#include "backend/x86_64/sel.h"
#include <string.h>
#include <sys/platform/x86.h>
#include "backend/jit/host.h"

/* Callee-saved registers first: helper calls need not save them. r12 and r13 take longer encodings as a base.
 * Left to the allocator: rax rcx rdx (shifts, products, keys) and r11. */
const u8 jh_pin_order[JIT_MAX_PINS] = {RBX, R14, R15, RSI, RDI, R8, R9, R10, R12, R13};
const u32 jh_dear_bases = 1u << R12 | 1u << R13;
const u32 jh_alloc_first = ~(1u << RCX | 1u << RAX);

/* From what libc's start has asked the processor already: under a hypervisor each cpuid instruction costs tens of
 * microseconds. Active: the processor has it and the kernel saves its registers. */
u64 jit_host_features(u64 mask)
{
    u64 f = 0;
    if (CPU_FEATURE_ACTIVE(MOVBE)) f |= HOST_MOVBE;
    if (CPU_FEATURE_ACTIVE(POPCNT)) f |= HOST_POPCNT;
    if (CPU_FEATURE_ACTIVE(SSE4_1)) f |= HOST_SSE41;
    if (CPU_FEATURE_ACTIVE(CMPXCHG16B)) f |= HOST_CX16;
    if (CPU_FEATURE_ACTIVE(FMA)) f |= HOST_FMA;
    if (CPU_FEATURE_ACTIVE(AVX)) f |= HOST_AVX;
    if (CPU_FEATURE_ACTIVE(BMI2)) f |= HOST_BMI2;
    if (CPU_FEATURE_ACTIVE(BMI1)) f |= HOST_TZCNT;
    if (CPU_FEATURE_ACTIVE(LZCNT)) f |= HOST_LZCNT;
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
