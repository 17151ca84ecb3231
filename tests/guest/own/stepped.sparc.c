// stepped.sparc.c: signals at every instruction boundary of a short program, in delay slots, behind annulled ones and in a
// register window of its own. calque raises them (-singlestep -signal-every=1); the handler compares pc, npc, registers,
// %y and icc with a model of the program, an instruction a step. The model was written from the SPARC V8 manual.
#include "../programs/t.h"

enum { END = 21 };
struct frame { uint32_t psr, pc, npc, y, u[16]; };
struct regs { uint32_t o[8], l[8], i[8], g1, y, icc, memory[4]; int pc, npc, depth; };
static uint32_t cell[4] __attribute__((aligned(8)));
static struct regs now;
static int boundaries, wrong;
static char visited[END];
extern char program[], program_end[];

static uint32_t flags_sub(uint32_t a, uint32_t b)
{
    uint32_t d = a - b;
    return (d >> 31) << 3 | (uint32_t)(d == 0) << 2 | (((a ^ b) & (a ^ d)) >> 31) << 1 | (uint32_t)(a < b);
}
static void step(struct regs *m)
{
    static uint32_t outer_l[8];
    uint32_t *o = m->o, *l = m->l, *mem = m->memory;
    int pc = m->pc, next = m->npc, after = m->npc + 1;
    uint64_t product;
    switch (pc) {
    case 0: o[0] += 3; break;
    case 1: o[1] = o[0] << 5; break;
    case 2: m->icc = flags_sub(o[1], o[2]), o[2] = o[1] - o[2]; break;
    case 3: o[3] += o[0] + (m->icc & 1); break;
    case 4: mem[0] = o[2]; break;
    case 5: mem[2] = o[2], mem[3] = o[3]; break;
    case 6: product = (uint64_t)o[0] * o[1], o[4] = (uint32_t)product, m->y = (uint32_t)(product >> 32); break;
    case 7:
        if (m->icc & 1) after = 10;
        else next = m->npc + 1, after = m->npc + 2; // the slot is annulled
        break;
    case 8: o[5] ^= 255; break;
    case 9: o[5] += 1; break;
    case 10: o[7] = (uint32_t)program + 40, after = 17; break;
    case 11: l[2] = mem[2], l[3] = mem[3]; break;
    case 12: m->icc = flags_sub(l[4], 1), l[4]--; break;
    case 13: if (!(m->icc & 4)) after = 0; break;
    case 14: m->g1++; break;
    case 15: after = END; break;
    case 16: l[5] = 77; break;
    case 17: memcpy(outer_l, l, sizeof outer_l), memcpy(m->i, o, sizeof m->i), m->depth++; break;
    case 18: l[0] = m->i[0] + m->i[2]; break;
    case 19: after = 12; break;
    case 20:
        product = l[0] + m->i[5];
        memcpy(o, m->i, sizeof m->i), memcpy(l, outer_l, sizeof outer_l);
        o[5] = (uint32_t)product;
        m->depth--;
        break;
    }
    m->pc = next, m->npc = after;
}

static bool same(const struct frame *f, const uint32_t *window)
{
    bool good = f->u[1] == now.g1 && f->y == now.y && (f->psr >> 20 & 15) == now.icc && memcmp(now.memory, cell, sizeof cell) == 0;
    good = good && f->npc == (uint32_t)program + 4u * (uint32_t)now.npc;
    if (now.depth) { // outs and locals of a new window are anything until they are written
        for (int i = 0; i < 8; i++) good = good && (i == 6 || window[8 + i] == now.i[i]);
        return good && (now.pc <= 18 || window[0] == now.l[0]);
    }
    for (int i = 0; i < 8; i++) good = good && (i == 6 || f->u[8 + i] == now.o[i]) && (i == 0 || window[i] == now.l[i]);
    return good;
}

static void handler(int s, siginfo_t *si, void *p)
{
    const struct frame *f = p;
    (void)s, (void)si;
    if (f->pc < (uint32_t)program || f->pc >= (uint32_t)program_end) return;
    int want = (int)(f->pc - (uint32_t)program) / 4;
    boundaries++;
    if (want != 0 || now.pc != 0 || now.l[4] != 4) step(&now); // the first boundary is before the first instruction
    if ((now.pc != want || !same(f, (const uint32_t *)f->u[14])) && wrong++ == 0)
        printf("wrong at instruction %d, npc %d (model at %d, %d)\n", want, (int)(f->npc - (uint32_t)program) / 4, now.pc, now.npc);
    visited[want] = 1;
    __asm__ volatile("subcc %%g0, 1, %%g0\n wr %%g0, 99, %%y\n mov 1, %%g1\n mov 2, %%o1\n mov 3, %%o5" ::: "g1", "o1", "o5", "cc");
}

static uint32_t initial[16], final[16]; // o0-o5, l1-l5
__asm__(".text\n.align 4\n.globl run\nrun: save %sp, -112, %sp\n set initial, %g1\n"
        "ld [%g1], %o0\n ld [%g1 + 4], %o1\n ld [%g1 + 8], %o2\n ld [%g1 + 12], %o3\n ld [%g1 + 16], %o4\n ld [%g1 + 20], %o5\n"
        "ld [%g1 + 24], %l1\n ld [%g1 + 28], %l2\n ld [%g1 + 32], %l3\n ld [%g1 + 36], %l4\n ld [%g1 + 40], %l5\n ld [%g1 + 44], %l6\n"
        "ld [%g1 + 48], %l7\n set cell, %l0\n wr %g0, 0, %y\n clr %o7\n clr %g1\n addcc %g0, %g0, %g0\n bneg 21f\n nop\n"
        ".globl program\nprogram: add %o0, 3, %o0\n sll %o0, 5, %o1\n subcc %o1, %o2, %o2\n addx %o3, %o0, %o3\n st %o2, [%l0]\n"
        "std %o2, [%l0 + 8]\n umul %o0, %o1, %o4\n bcs,a 10f\n xor %o5, 255, %o5\n add %o5, 1, %o5\n"
        "10: call 17f\n ldd [%l0 + 8], %l2\n subcc %l4, 1, %l4\n bne program\n add %g1, 1, %g1\n ba 21f\n mov 77, %l5\n"
        "17: save %sp, -96, %sp\n add %i0, %i2, %l0\n ret\n restore %l0, %i5, %o5\n"
        ".globl program_end\nprogram_end: 21: set final, %o7\n st %o0, [%o7]\n st %o1, [%o7 + 4]\n st %o2, [%o7 + 8]\n st %o3, [%o7 + 12]\n"
        "st %o4, [%o7 + 16]\n st %o5, [%o7 + 20]\n st %l1, [%o7 + 24]\n st %l2, [%o7 + 28]\n st %l3, [%o7 + 32]\n st %l4, [%o7 + 36]\n"
        "st %l5, [%o7 + 40]\n st %g1, [%o7 + 44]\n ret\n restore\n");
void run(void);

int main(void)
{
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO}, ign = {.sa_handler = SIG_IGN};
    int steps = 0;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 16; i++) initial[i] = 0x9e3779b9u * (uint32_t)(i + 1 + round);
        initial[9] = 4;
        memset(cell, 0, sizeof cell);
        memset(&now, 0, sizeof now);
        memcpy(now.o, initial, 24);
        memcpy(now.l + 1, initial + 6, 28);
        now.npc = 1, now.icc = 4;
        struct regs m = now;
        sigaction(SIGPROF, &sa, NULL);
        run();
        sigaction(SIGPROF, &ign, NULL);
        for (; m.pc != END; steps++) step(&m);
        CHECK(memcmp(m.o, final, 24) == 0 && memcmp(m.l + 1, final + 6, 20) == 0 && m.g1 == final[11]);
        CHECK(memcmp(m.memory, cell, sizeof cell) == 0);
    }
    int all = 0;
    for (int i = 0; i < END; i++) all += visited[i];
    printf("boundaries %s, instructions %d of %d, wrong %d\n", boundaries == steps ? "all" : "NOT ALL", all, END, wrong);
    return 0;
}
