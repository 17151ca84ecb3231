// context.sparc.c: faults inside a windowed function and in delay slots (of taken, untaken, annulled branches, calls and
// jumps), with every register, icc, xcc, %y, pc and npc looked at in the handler, changed there, and resumed. The window's
// locals and ins stand on the interrupted stack, as the kernel flushes them. Self-checking; what must hold is the SPARC V8
// manual's (B.21, B.24, B.25, 7.3: precise traps) and the kernel's signal32.c.
#include "../programs/t.h"

struct state { uint32_t l[8], i[6], o[6], g[5], y, ccr; }; // g[0] is not used
static struct state before, after;
struct frame { uint32_t psr, pc, npc, y, u[16]; }; // what a handler's third argument points to: u = g0-g7, o0-o7
static struct frame seen;
static uint32_t seen_window[16], fault_address;
static char *page;
static int faults, code;
static void (*change)(struct frame *, uint32_t *window);
static uint32_t edge;

static void handler(int s, siginfo_t *si, void *p)
{
    struct frame *f = p;
    (void)s;
    if (++faults > 5) _exit(3);
    seen = *f;
    code = si->si_code;
    fault_address = (uint32_t)si->si_addr;
    memcpy(seen_window, (void *)f->u[14], sizeof seen_window);
    if (change) change(f, (uint32_t *)f->u[14]);
    else mprotect(page + 8192, 8192, PROT_READ | PROT_WRITE);
}

#define LOAD(r, at) "ld [%g5 + " #at "], %" #r "\n"
#define STORE(r, at) "st %" #r ", [%g5 + " #at "]\n"
#define WINDOW(X) \
    X(l0, 0) X(l1, 4) X(l2, 8) X(l3, 12) X(l4, 16) X(l5, 20) X(l6, 24) X(l7, 28) X(i0, 32) X(i1, 36) X(i2, 40) X(i3, 44) \
    X(i4, 48) X(i5, 52) X(o0, 56) X(o1, 60) X(o2, 64) X(o3, 68) X(o4, 72) X(o5, 76) X(g1, 84) X(g2, 88) X(g3, 92) X(g4, 96)
#define STUB(name, insns)                                                                                    \
    void name(void);                                                                                         \
    extern char name##_at[], name##_next[];                                                                  \
    __asm__(".text\n.align 4\n.register %g2, #scratch\n.register %g3, #scratch\n.globl " #name "\n" #name ":\n" \
            "save %sp, -112, %sp\n set before, %g5\n"                                                        \
            "ld [%g5 + 100], %g1\n wr %g1, 0, %y\n ld [%g5 + 104], %g1\n wr %g1, 0, %ccr\n" WINDOW(LOAD)     \
            insns "\n set after, %g5\n" WINDOW(STORE)                                                        \
            "rd %y, %g1\n st %g1, [%g5 + 100]\n rd %ccr, %g1\n st %g1, [%g5 + 104]\n ret\n restore\n")
#define AT(name) #name "_at: "
#define NEXT(name) #name "_next: "

STUB(plain, AT(plain) "ld [%l1], %l2\n" NEXT(plain));
STUB(pair, AT(pair) "ldd [%l1], %l2\n" NEXT(pair));
STUB(store, AT(store) "st %l3, [%l1]\n" NEXT(store));
STUB(taken, "cmp %g0, %g0\n be 1f\n" AT(taken) "ld [%l1], %l2\n add %l3, 1, %l3\n 1:\n" NEXT(taken) "add %l4, 1, %l4");
STUB(untaken, "cmp %g0, %g0\n bne 1f\n" AT(untaken) "ld [%l1], %l2\n" NEXT(untaken) "add %l3, 1, %l3\n 1: add %l4, 1, %l4");
STUB(annul_taken, "cmp %g0, %g0\n be,a 1f\n" AT(annul_taken) "ld [%l1], %l2\n add %l3, 1, %l3\n 1:\n" NEXT(annul_taken) "add %l4, 1, %l4");
STUB(annul_untaken, "cmp %g0, %g0\n bne,a 1f\n" AT(annul_untaken) "ld [%l1], %l2\n" NEXT(annul_untaken) "add %l3, 1, %l3\n 1: add %l4, 1, %l4");
STUB(annul_always, "ba,a 1f\n" AT(annul_always) "ld [%l1], %l2\n add %l3, 1, %l3\n 1:\n" NEXT(annul_always) "add %l4, 1, %l4");
STUB(in_call, "call 2f\n" AT(in_call) "ld [%l1], %l2\n ba 1f\n add %l4, 1, %l4\n 2:\n" NEXT(in_call) "retl\n add %l3, 1, %l3\n 1:");
STUB(in_jump, "set 1f, %l5\n jmp %l5\n" AT(in_jump) "ld [%l1], %l2\n add %l3, 1, %l3\n 1:\n" NEXT(in_jump) "add %l4, 1, %l4");
STUB(in_jump_backward, "ba 1f\n nop\n 2:\n" NEXT(in_jump_backward) "ba 3f\n add %l4, 1, %l4\n 1: ba 2b\n" AT(in_jump_backward) "ld [%l1], %l2\n 3:");
STUB(in_save, "save %sp, -112, %sp\n" AT(in_save) "ld [%i3], %g2\n" NEXT(in_save) "restore");
STUB(on_restore, "save %sp, -112, %sp\n set 1f - 8, %i7\n ret\n" AT(on_restore) "ld [%i3], %g2\n 1:\n" NEXT(on_restore) "restore");
STUB(couple, "cmp %g0, %g0\n be 1f\n ba 2f\n 1:\n" AT(couple) "ld [%l1], %l2\n add %l3, 1, %l3\n 2:\n" NEXT(couple) "add %l4, 1, %l4");

static void fresh(uint32_t ccr)
{
    for (uint32_t i = 0; i < 8; i++) before.l[i] = 0x10101010u + i;
    for (uint32_t i = 0; i < 6; i++) before.i[i] = 0x21212120u + i, before.o[i] = 0x32323230u + i;
    for (uint32_t i = 1; i < 5; i++) before.g[i] = 0x43434340u + i;
    before.l[1] = edge;
    before.o[3] = edge; // %i3 of a callee
    before.y = 0x87654321;
    before.ccr = ccr;
    memset(&after, 0, sizeof after);
    faults = 0;
    change = NULL;
    mprotect(page + 8192, 8192, PROT_READ | PROT_WRITE);
    ((uint32_t *)edge)[0] = 0xabcd0001, ((uint32_t *)edge)[1] = 0xabcd0002;
    mprotect(page + 8192, 8192, PROT_NONE);
}

// The first register that the handler saw otherwise than it was, or "as before". `in_callee`: in a window further down.
static const char *in_handler(bool in_callee)
{
    static char text[32];
    for (uint32_t i = 0; i < 8; i++)
        if (!in_callee && i != 5 && seen_window[i] != before.l[i]) return sprintf(text, "l%u %x", i, seen_window[i]), text;
    for (uint32_t i = 0; i < 6; i++) {
        if (!in_callee && seen_window[8 + i] != before.i[i]) return sprintf(text, "i%u %x", i, seen_window[8 + i]), text;
        if (in_callee && seen_window[8 + i] != before.o[i]) return sprintf(text, "i%u %x", i, seen_window[8 + i]), text;
        if (!in_callee && seen.u[8 + i] != before.o[i]) return sprintf(text, "o%u %x", i, seen.u[8 + i]), text;
    }
    for (uint32_t i = 1; i < 5; i++)
        if (seen.u[i] != before.g[i]) return sprintf(text, "g%u %x", i, seen.u[i]), text;
    return seen.y == before.y ? "as before" : "y";
}
static const char *at_end(void)
{
    static char text[32];
    for (uint32_t i = 0; i < 8; i++)
        if (i != 2 && i != 3 && i != 4 && i != 5 && after.l[i] != before.l[i]) return sprintf(text, "l%u %x", i, after.l[i]), text;
    for (uint32_t i = 0; i < 6; i++) {
        if (after.i[i] != before.i[i]) return sprintf(text, "i%u %x", i, after.i[i]), text;
        if (after.o[i] != before.o[i]) return sprintf(text, "o%u %x", i, after.o[i]), text;
    }
    for (uint32_t i = 1; i < 5; i++)
        if (i != 2 && after.g[i] != before.g[i]) return sprintf(text, "g%u %x", i, after.g[i]), text;
    return after.y == before.y ? "as before" : "y";
}

static void result(const char *name, char *at, char *next, bool in_callee)
{
    printf("%s: faults %d", name, faults);
    if (faults)
        printf(", pc %s, npc %s, address %s, code %s, in the handler %s, icc %x", seen.pc == (uint32_t)at ? "right" : "WRONG",
               seen.npc == (uint32_t)next ? "right" : "WRONG", fault_address == edge ? "right" : "WRONG",
               code == SEGV_ACCERR ? "ACCERR" : "?", in_handler(in_callee), seen.psr >> 20 & 15);
    printf("; at the end %s, ccr %x, l2 %x, l3 %+d, l4 %+d\n", at_end(), after.ccr, after.l[2], (int)(after.l[3] - before.l[3]), (int)(after.l[4] - before.l[4]));
}
#define RUN(name, ccr, in_callee) (fresh(ccr), name(), result(#name, name##_at, name##_next, in_callee))

static void set_all(struct frame *f, uint32_t *window)
{
    for (uint32_t i = 0; i < 16; i++)
        if (i < 14) window[i] = 0x77000000u + i; // not the frame pointer and the return address
    for (uint32_t i = 1; i < 5; i++) f->u[i] = 0x66000000u + i;
    for (uint32_t i = 0; i < 6; i++) f->u[8 + i] = 0x55000000u + i;
    window[1] = (uint32_t)page;
    f->y = 0x13579bdf;
    f->psr = (f->psr & ~0x00f00000u) | 0x00a00000u;
}
static void skip(struct frame *f, uint32_t *window)
{
    (void)window;
    f->pc = f->npc;
    f->npc += 4;
}

static double fp_seen[32];
static uint64_t fsr_seen;
static void fp_handler(int s, siginfo_t *si, void *p)
{
    (void)s, (void)si;
    if (++faults > 5) _exit(3);
    uint32_t *fpu = *(uint32_t **)((char *)p + 88); // behind 80 bytes of registers and the mask
    memcpy(fp_seen, fpu, sizeof fp_seen);
    memcpy(&fsr_seen, fpu + 64, 8);
    for (int i = 0; i < 32; i++) { // the handler's own use
        volatile double d = i;
        if (d / 3 * 3 > 1000) puts("?");
    }
    ((double *)(void *)fpu)[5] = 555;
    ((double *)(void *)fpu)[20] = 2020;
    mprotect(page + 8192, 8192, PROT_READ | PROT_WRITE);
}

int main(void)
{
    page = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    edge = (uint32_t)page + 8192;
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &sa, NULL);
    setvbuf(stdout, NULL, _IOLBF, 1000);
    RUN(plain, 0x5a, false);
    RUN(pair, 0xff, false);
    RUN(store, 0x00, false);
    printf("stored %s\n", *(uint32_t *)edge == before.l[3] ? "yes" : "NO");
    RUN(taken, 0x81, false);
    RUN(untaken, 0x81, false);
    RUN(annul_taken, 0x81, false);
    RUN(annul_untaken, 0x81, false);
    RUN(annul_always, 0x93, false);
    RUN(in_call, 0x36, false);
    printf("return address %s\n", seen.u[15] == (uint32_t)in_call_at - 4 ? "right" : "WRONG");
    RUN(in_jump, 0x6c, false);
    RUN(in_jump_backward, 0x11, false);
    RUN(in_save, 0x22, true);
    printf("g2 %x\n", after.g[2]);
    RUN(on_restore, 0x28, true);
    printf("g2 %x\n", after.g[2]);
    RUN(couple, 0, false);

    fresh(0x55), change = set_all, *(uint32_t *)page = 0xfeed, plain();
    printf("changed: faults %d: l0 %x l1 %s l2 %x l7 %x, i0 %x i5 %x, o0 %x o5 %x, g1 %x g4 %x, y %x, icc %x\n", faults, after.l[0],
           after.l[1] == (uint32_t)page ? "page" : "?", after.l[2], after.l[7], after.i[0], after.i[5], after.o[0], after.o[5], after.g[1],
           after.g[4], after.y, after.ccr & 15);
    fresh(0x55), change = skip, taken(), result("skipped in a taken branch's slot", taken_at, taken_next, false);
    fresh(0x55), change = skip, untaken(), result("skipped in an untaken branch's slot", untaken_at, untaken_next, false);
    fresh(0x55), change = skip, in_call(), result("skipped in a call's slot", in_call_at, in_call_next, false);

    sa.sa_sigaction = fp_handler;
    sigaction(SIGSEGV, &sa, NULL);
    static double in[32], out[32];
    uint64_t fsr = 0xc0000c20u, fsr_out = 0; // round down, fcc 3, inexact accrued
    for (int i = 0; i < 32; i++) in[i] = i * 1.5 + 1;
    fresh(0);
    faults = 0;
#define EACH(X) X(0) X(2) X(4) X(6) X(8) X(10) X(12) X(14) X(16) X(18) X(20) X(22) X(24) X(26) X(28) X(30) \
    X(32) X(34) X(36) X(38) X(40) X(42) X(44) X(46) X(48) X(50) X(52) X(54) X(56) X(58) X(60) X(62)
#define LDF(n) "ldd [%0 + " #n " * 4], %%f" #n "\n"
#define STF(n) "std %%f" #n ", [%1 + " #n " * 4]\n"
    __asm__ volatile(EACH(LDF) "ldx [%2], %%fsr\n ld [%4], %%g1\n" EACH(STF) "stx %%fsr, [%3]\n ldx [%5], %%fsr" ::"r"(in), "r"(out), "r"(&fsr), "r"(&fsr_out), "r"(edge), "r"(&(uint64_t){0})
                     : "memory", "g1");
    int same = 0, kept = 0;
    for (int i = 0; i < 32; i++) same += fp_seen[i] == in[i], kept += out[i] == in[i];
    printf("FP: faults %d, %d as before in the handler, %d at the end, d10 %g, d40 %g, fsr %08x %08x\n", faults, same, kept, out[5], out[20],
           (unsigned)fsr_seen & 0xc0000fffu, (unsigned)fsr_out & 0xc0000fffu);
    return 0;
}
