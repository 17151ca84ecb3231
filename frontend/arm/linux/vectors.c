/* The page at 0xffff0000 that every ARM process sees: the kernel's user helpers, their version, and the
 * instructions that a signal handler without a restorer returns to. Calls of the helpers are lifted as
 * operations of their own (kuser.c); the code here is for programs that read or copy it, and says the same.
 */
#include <sys/mman.h>

#include "frontend/arm/arm.h"
#include "frontend/arm/linux/linux.h"
#include "runtime/base/gmem.h"
#include "runtime/vm/mm.h"

#define PAGE 4096

/* VECTOR(offset, words…) */
static const struct {
    u16 offset, count;
    u32 words[13];
} code[] = {
    {0x500,
     4,
     {0xe3a07077, 0xef900077,             /* mov r7, #119; svc: sigreturn */
      0xe3a070ad, 0xef9000ad}},           /* mov r7, #173; svc: rt_sigreturn */
    {0x510, 2, {0xdf002777, 0xdf0027ad}}, /* the same in Thumb, a word each */
    {0xf60,
     13,
     {0xe92d40f0,                         /* cmpxchg64: push {r4-r7, lr} */
      0xe1c040d0, 0xe1c160d0,             /* ldrd r4, r5, [r0]; ldrd r6, r7, [r1] */
      0xee070fba,                         /* dmb */
      0xe1b20f9f,                         /* 1: ldrexd r0, r1, [r2] */
      0xe0303004, 0x00313005,             /* eors r3, r0, r4; eorseq r3, r1, r5 */
      0x01a23f96,                         /* strexdeq r3, r6, r7, [r2] */
      0x03330001, 0x0afffff9,             /* teqeq r3, #1; beq 1b */
      0xee070fba, 0xe2730000,             /* dmb; rsbs r0, r3, #0 */
      0xe8bd80f0}},                       /* pop {r4-r7, pc} */
    {0xfa0, 2, {0xee070fba, 0xe12fff1e}}, /* memory_barrier: dmb; bx lr */
    {0xfc0,
     8,
     {0xee070fba,                         /* cmpxchg: dmb */
      0xe1923f9f, 0xe0533000,             /* 1: ldrex r3, [r2]; subs r3, r3, r0 */
      0x01823f91,                         /* strexeq r3, r1, [r2] */
      0x03330001, 0x0afffffa,             /* teqeq r3, #1; beq 1b */
      0xe2730000, 0xeaffffef}},           /* rsbs r0, r3, #0; b memory_barrier */
    {0xfe0, 2, {0xee1d0f70, 0xe12fff1e}}, /* get_tls: mrc p15, 0, r0, c13, c0, 3; bx lr */
    {0xffc, 1, {5}},                      /* number of 32-byte helper slots, down from 0xffff1000 */
};

int arm_map_vectors(struct task *t)
{
    s64 at = mm_map(t->mm, ARM_KUSER_PAGE, PAGE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (at < 0) return (int)at;
    for (u32 i = 0; i < sizeof code / sizeof code[0]; i++) {
        int err = gmem_write(ARM_KUSER_PAGE + code[i].offset, code[i].words, 4u * code[i].count);
        if (err) return err;
    }
    mm_set_name(t->mm, ARM_KUSER_PAGE, "[vectors]");
    return (int)mm_protect(t->mm, ARM_KUSER_PAGE, PAGE, PROT_READ | PROT_EXEC);
}
