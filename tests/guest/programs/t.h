// t.h: what the guest test programs share. A program prints what it computed, without addresses, sizes of long or
// anything else that differs between processors; the run on this host gives the expected output.
#ifndef T_H
#define T_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Programs ask for what no sane one does; the compiler need not say so.
#pragma GCC diagnostic ignored "-Wnonnull"
#pragma GCC diagnostic ignored "-Wstringop-overread"
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#pragma GCC diagnostic ignored "-Wunused-result"

// Print the expression and whether it held.
#define CHECK(x) printf("%s: %s\n", #x, (x) ? "yes" : "NO")

// Print the name of the errno that the expression failed with, or its value.
#define TRY(x)                                                                                               \
    do {                                                                                                     \
        errno = 0;                                                                                           \
        long try_r = (long)(x);                                                                              \
        if (try_r == -1)                                                                                     \
            printf("%s: %s\n", #x, strerror(errno));                                                         \
        else                                                                                                 \
            printf("%s: ok\n", #x);                                                                          \
    } while (0)

// A value that the compiler cannot see through.
#define OPAQUE(x) (__extension__({ __typeof__((x) + 0) t_v = (x); __asm__ volatile("" : "+m"(t_v)); t_v; }))

// FNV-1a, for outputs too long to print.
static inline uint32_t t_hash(uint32_t h, const void *data, size_t n)
{
    const unsigned char *p = data;
    while (n--) h = (h ^ *p++) * 16777619u;
    return h;
}
#define T_HASH_START 2166136261u

// Make written code visible to instruction fetch. On SPARC the compiler's builtin does nothing.
static inline void t_flush(void *code, size_t n)
{
#if defined __sparc__
    for (size_t i = 0; i < n; i += 8) __asm__ volatile("flush %0" ::"r"((char *)code + i) : "memory");
#else
    __builtin___clear_cache((char *)code, (char *)code + n);
#endif
}

// xorshift32: the same sequence everywhere.
static inline uint32_t t_random(uint32_t *s)
{
    uint32_t x = *s;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *s = x;
}

#endif
