/* The host's features as jit_host_features finds them, against the cpuid and xgetbv instructions themselves: leaf 1, leaf 7
 * and leaf 0x80000001 (AMD64 Architecture Programmer's Manual volume 3, appendix E; Intel SDM volume 2, CPUID). */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <cpuid.h>

#include "backend/x86_64/sel.h"

/* The kernel saves the xmm and ymm registers. */
static bool os_saves_ymm(u32 ecx1)
{
    u32 lo, hi;
    if (!(ecx1 & bit_OSXSAVE)) return false;
    __asm__("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return (lo & 6) == 6;
}

static void expect(u64 feature, bool there)
{
    assert_int_equal(jit_host_features(0) & feature, there ? feature : 0);
}

static void features_are_those_of_cpuid(void **state)
{
    (void)state;
    u32 a, b = 0, c = 0, d, b7 = 0, c_ext = 0;
    assert_true(__get_cpuid(1, &a, &b, &c, &d));
    const u32 c1 = c;
    const bool ymm = os_saves_ymm(c1);
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) b7 = b;
    if (__get_cpuid(0x80000001, &a, &b, &c, &d)) c_ext = c;
    expect(HOST_MOVBE, c1 & bit_MOVBE);
    expect(HOST_POPCNT, c1 & bit_POPCNT);
    expect(HOST_SSE41, c1 & bit_SSE4_1);
    expect(HOST_CX16, c1 & bit_CMPXCHG16B);
    expect(HOST_AVX, (c1 & bit_AVX) && ymm);
    expect(HOST_FMA, (c1 & bit_FMA) && ymm);
    expect(HOST_BMI2, (b7 & bit_BMI2) && ymm);
    expect(HOST_TZCNT, b7 & bit_BMI);
    expect(HOST_LZCNT, c_ext & bit_LZCNT);
}

static void features_masked_are_gone(void **state)
{
    (void)state;
    assert_int_equal(jit_host_features(~0ull), 0);
    assert_int_equal(jit_host_features(HOST_AVX), jit_host_features(0) & ~(u64)HOST_AVX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_those_of_cpuid),
        cmocka_unit_test(features_masked_are_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
