// code.h: functions that a program writes itself, for each processor.
#ifndef CODE_H
#define CODE_H

#include "t.h"

enum { CODE_BYTES = 16 }; // room for one function

// Writes `unsigned f(void) { return v; }` for v up to 0xffff to p; returns its length in bytes. Not flushed.
static inline size_t code_constant(void *p, unsigned v)
{
#if defined __arm__ // mov r0, #(v & 255); orr r0, r0, #(v & 0xff00); bx lr
    uint32_t code[] = {0xe3a00000u | (v & 0xff), 0xe3800c00u | (v >> 8 & 0xff), 0xe12fff1eu};
#elif defined __sparc__ // sethi %hi(v), %o0; retl; or %o0, %lo(v), %o0
    uint32_t code[] = {0x11000000u | v >> 10, 0x81c3e008u, 0x90122000u | (v & 0x3ff)};
#elif defined __x86_64__ // mov eax, v; ret
    unsigned char code[6] = {0xb8, (unsigned char)v, (unsigned char)(v >> 8), 0, 0, 0xc3};
#endif
    memcpy(p, code, sizeof code);
    return sizeof code;
}

static inline unsigned code_call(void *f) { return ((unsigned (*)(void))f)(); }

static inline void *code_pages(size_t size)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

// Writes, flushes and calls `n` functions in one place after the other of `size` bytes; true if each returned its value.
static inline bool code_generate(char *m, size_t size, unsigned n)
{
    bool right = true;
    for (unsigned i = 0; i < n; i++) {
        char *f = m + i * CODE_BYTES % size;
        t_flush(f, code_constant(f, i & 0xffff));
        right = right && code_call(f) == (i & 0xffff);
    }
    return right;
}

#endif
