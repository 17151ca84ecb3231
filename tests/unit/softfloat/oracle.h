/*
 * The common half of the oracles: programs for other processors that print what those do with NaNs,
 * infinities and zeros, and with conversions that cannot succeed. make.sh builds them without a libc and runs
 * them under qemu-user; the rows they print are checked in and tests/unit/test_softfloat_guests.c holds
 * softfloat to them.
 *
 * An oracle includes this, gives its modes and flags (modes, mode_set, flags_clear, flags_get), system calls
 * (sys_write, sys_exit) and the table `ops`, and includes oracle_main.h.
 *
 * A row:  op mode a [b [c]] = result flags     all but op and mode in hexadecimal, flags as enum sf_flag
 * Modes:  n normal, z flush to zero, d default NaN, a alternative half
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;

/* enum sf_flag, again: an oracle is built alone. */
enum {
    INVALID = 1,
    DENORMAL = 2,
    DIVZERO = 4,
    OVERFLOW = 8,
    UNDERFLOW = 16,
    INEXACT = 32,
    INV_SNAN = 1 << 8,
    INV_ISI = 1 << 9,
    INV_IDI = 1 << 10,
    INV_ZDZ = 1 << 11,
    INV_IMZ = 1 << 12,
    INV_SQRT = 1 << 13,
    INV_CMP = 1 << 14,
    INV_CVT = 1 << 15
};

enum { F16, F32, F64 };

struct op {
    const char *name;
    const char *modes; /* letters of the modes to run it in */
    int operands, format;
    u64 (*run)(u64 a, u64 b, u64 c);
};

union f {
    float f;
    u32 u;
};
union d {
    double d;
    u64 u;
};

/* Functions of up to three f32 (S) or f64 (D) operands; R is the letter of the result: S, D or an integer
 * type. */
#define IN_S(v)  ((union f){.u = (u32)(v)}.f)
#define IN_D(v)  ((union d){.u = (v)}.d)
#define OUT_S(v) ((union f){.f = (v)}.u)
#define OUT_D(v) ((union d){.d = (v)}.u)
#define OUT_W(v) ((u32)(v))
#define OUT_X(v) ((u64)(v))
#define TYPE_S   float
#define TYPE_D   double
#define TYPE_W   u32
#define TYPE_X   u64
