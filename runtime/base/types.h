// types.h: the vocabulary of integer types and the few macros that every room uses.
//
// A u64 is `unsigned long` here, so it prints with %lu and %lx. A gaddr is an address of the guest: an
// integer, never a pointer; runtime/base/gmem.h alone turns one into the other.
#ifndef CALQUE_RUNTIME_BASE_TYPES_H
#define CALQUE_RUNTIME_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 s128;

typedef u64 gaddr; // a guest address, for guests of any width

#define KiB ((u64)1 << 10)
#define MiB ((u64)1 << 20)
#define GiB ((u64)1 << 30)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define likely(x)    __builtin_expect(!!(x), 1)
#define unlikely(x)  __builtin_expect(!!(x), 0)

// The structure of `type` whose member `member` `ptr` points to.
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#define MIN(a, b) ((a) < (b) ? (a) : (b)) // evaluates an argument twice
#define MAX(a, b) ((a) > (b) ? (a) : (b))

// Round to a multiple of `align`, a power of two. align_up wraps to 0 past 2^64.
static inline u64 align_down(u64 x, u64 align)
{
    return x & ~(align - 1);
}
static inline u64 align_up(u64 x, u64 align)
{
    return (x + align - 1) & ~(align - 1);
}
static inline bool is_aligned(u64 x, u64 align)
{
    return (x & (align - 1)) == 0;
}
static inline bool is_pow2(u64 x)
{
    return x != 0 && (x & (x - 1)) == 0;
}

#endif
