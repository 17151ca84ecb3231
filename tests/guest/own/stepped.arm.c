// stepped.arm.c: signals at every instruction boundary of a short program. calque raises them (-singlestep
// -signal-every=1); the handler compares pc, registers and flags with a model of the program, an instruction a step, and
// spoils what it may spoil. Expected values follow from the model, which was written from the manual.
#include "../programs/t.h"
#include <ucontext.h>

struct regs { uint32_t r[15], nzcv, memory[4]; };
static uint32_t cell[4];
static struct regs now; // the model's state before instruction `at`
static int at, boundaries, wrong;
static char visited[64];
extern char program[], program_end[];

static void flags_sub(struct regs *m, uint32_t a, uint32_t b)
{
    uint32_t d = a - b;
    m->nzcv = (d >> 31) << 3 | (uint32_t)(d == 0) << 2 | (uint32_t)(a >= b) << 1 | (((a ^ b) & (a ^ d)) >> 31);
}
static uint32_t carry(const struct regs *m) { return m->nzcv >> 1 & 1; }

// What the instruction at index i does; returns the index of the next.
static int step(struct regs *m, int i)
{
    uint32_t *r = m->r, *mem = m->memory;
    switch (i) {
    case 0: r[0] += 3; break;                                 // add r0, r0, #3
    case 1: r[1] = r[0] << 5 ^ r[2]; break;                   // eor r1, r2, r0, lsl #5
    case 2: flags_sub(m, r[1], r[3]); r[2] = r[1] - r[3]; break; // subs r2, r1, r3
    case 3: r[3] = r[3] + r[0] + carry(m); break;             // adc r3, r3, r0
    case 4: if (carry(m)) r[4] ^= 255; break;                 // eorcs r4, r4, #255
    case 5: mem[0] = r[2]; break;                             // str r2, [r12]
    case 6: mem[1] = r[3], mem[2] = r[4]; break;              // stmib r12, {r3, r4}
    case 7: r[5] = r[0] * r[1] + r[5]; break;                 // mla r5, r0, r1, r5
    case 8: r[6] = mem[0], r[7] = mem[1], r[8] = mem[2]; break; // ldmia r12, {r6, r7, r8}
    case 9: r[6] = (r[6] >> 7 | r[6] << 25) + r[8]; break;    // add r6, r8, r6, ror #7
    case 10: r[14] = (uint32_t)program + 4 * 11; return 15;   // bl 15
    case 11: flags_sub(m, r[9], 1); r[9]--; break;            // subs r9, r9, #1
    case 12: if (!(m->nzcv & 4)) return 0; break;             // bne 0
    case 13: r[10] = 77; break;                               // mov r10, #77
    case 14: return 17;                                       // b 17
    case 15: r[11] += r[6]; break;                            // add r11, r11, r6
    case 16: return 11;                                       // bx lr
    default: return -1;
    }
    return i + 1;
}

static void handler(int s, siginfo_t *si, void *p)
{
    struct sigcontext *sc = (struct sigcontext *)&((ucontext_t *)p)->uc_mcontext;
    (void)s, (void)si;
    uint32_t pc = sc->arm_pc;
    if (pc < (uint32_t)program || pc >= (uint32_t)program_end) return; // before and behind the program
    int want = (int)(pc - (uint32_t)program) / 4;
    boundaries++;
    for (int tries = 0; at != want && tries < 40; tries++) at = step(&now, at); // one step, but for the first boundary
    bool good = at == want && now.nzcv == sc->arm_cpsr >> 28 && memcmp(now.memory, cell, sizeof cell) == 0;
    for (int i = 0; i < 15; i++) good = good && (i == 13 || now.r[i] == *(&sc->arm_r0 + i));
    if (!good && wrong++ == 0) printf("wrong at instruction %d (model at %d), flags %lx\n", want, at, sc->arm_cpsr >> 28);
    visited[want] = 1;
    __asm__ volatile("adds r0, r0, r0\n mov r0, #1\n mov r1, #2\n mov r2, #3\n mov r3, #4\n mov r12, #5\n cmp r0, r0" ::: "r0", "r1", "r2", "r3", "r12", "cc");
}

static uint32_t initial[15], final[16];
__asm__(".text\n.align 2\n.arm\n.globl run\nrun: push {r4-r11, lr}\n ldr r0, =initial\n ldm r0, {r0-r12}\n mov lr, #0\n msr cpsr_f, #0\n"
        ".globl program\nprogram:\n add r0, r0, #3\n eor r1, r2, r0, lsl #5\n subs r2, r1, r3\n adc r3, r3, r0\n eorcs r4, r4, #255\n"
        "str r2, [r12]\n stmib r12, {r3, r4}\n mla r5, r0, r1, r5\n ldmia r12, {r6, r7, r8}\n add r6, r8, r6, ror #7\n bl 15f\n"
        "subs r9, r9, #1\n bne program\n mov r10, #77\n b 17f\n 15: add r11, r11, r6\n bx lr\n 17:\n.globl program_end\nprogram_end:\n"
        "push {r0}\n ldr r0, =final\n str r1, [r0, #4]!\n add r0, r0, #4\n stm r0, {r2-r12}\n pop {r1}\n ldr r0, =final\n str r1, [r0]\n pop {r4-r11, pc}\n.ltorg\n");
void run(void);

int main(void)
{
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO}, dfl = {.sa_handler = SIG_IGN};
    int steps = 0;
    for (int rounds = 0; rounds < 3; rounds++) {
        for (int i = 0; i < 12; i++) initial[i] = 0x9e3779b9u * (uint32_t)(i + 1 + rounds);
        initial[9] = 4, initial[12] = (uint32_t)cell;
        memset(cell, 0, sizeof cell);
        memset(&now, 0, sizeof now);
        memcpy(now.r, initial, sizeof initial);
        struct regs m = now;
        at = 0;
        int i;
        sigaction(SIGPROF, &sa, NULL);
        run();
        sigaction(SIGPROF, &dfl, NULL);
        for (i = 0; i >= 0 && i < 17; steps++) i = step(&m, i);
        CHECK(memcmp(m.r, final, 13 * sizeof m.r[0]) == 0 && memcmp(m.memory, cell, sizeof cell) == 0);
    }
    int all = 0;
    for (int i = 0; i < 17; i++) all += visited[i];
    printf("boundaries %s, instructions %d of 17, wrong %d\n", boundaries == steps ? "all" : "NOT ALL", all, wrong);
    return 0;
}
