// endian.h: loads and stores of 16, 32 and 64 bits in a stated byte order.
//
// The memory is host memory (a file's header, a guest structure already copied out); it may have any
// alignment. Each compiles to one mov or movbe, or a mov and a bswap. A guest address goes through
// runtime/base/gmem.h.
#ifndef CALQUE_RUNTIME_BASE_ENDIAN_H
#define CALQUE_RUNTIME_BASE_ENDIAN_H

#include "runtime/base/types.h"
#include <string.h>

#define HOST_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

static inline u16 bswap16(u16 x)
{
    return __builtin_bswap16(x);
}
static inline u32 bswap32(u32 x)
{
    return __builtin_bswap32(x);
}
static inline u64 bswap64(u64 x)
{
    return __builtin_bswap64(x);
}

// For each width N: load_uN and store_uN take the byte order as an argument (be: true for big endian);
// load_leN, load_beN, store_leN and store_beN name it.
#define ENDIAN_ACCESSORS(N)                                                                                  \
    static inline u##N load_u##N(const void *p, bool be)                                                     \
    {                                                                                                        \
        u##N v;                                                                                              \
        memcpy(&v, p, sizeof v);                                                                             \
        return be == HOST_BIG_ENDIAN ? v : bswap##N(v);                                                      \
    }                                                                                                        \
    static inline void store_u##N(void *p, u##N v, bool be)                                                  \
    {                                                                                                        \
        v = be == HOST_BIG_ENDIAN ? v : bswap##N(v);                                                         \
        memcpy(p, &v, sizeof v);                                                                             \
    }                                                                                                        \
    static inline u##N load_le##N(const void *p)                                                             \
    {                                                                                                        \
        return load_u##N(p, false);                                                                          \
    }                                                                                                        \
    static inline u##N load_be##N(const void *p)                                                             \
    {                                                                                                        \
        return load_u##N(p, true);                                                                           \
    }                                                                                                        \
    static inline void store_le##N(void *p, u##N v)                                                          \
    {                                                                                                        \
        store_u##N(p, v, false);                                                                             \
    }                                                                                                        \
    static inline void store_be##N(void *p, u##N v)                                                          \
    {                                                                                                        \
        store_u##N(p, v, true);                                                                              \
    }

ENDIAN_ACCESSORS(16)
ENDIAN_ACCESSORS(32)
ENDIAN_ACCESSORS(64)
#undef ENDIAN_ACCESSORS

#endif
