// context.arm.c: faults in the middle of instructions, with every register and flag looked at in the handler, changed
// there, and resumed: the third word of an LDM and of an STM, writeback forms, LDRD, a conditional access, inside a Thumb
// IT block (taken and not), VFP loads; VFP registers, FPSCR and flags kept through a handler. Self-checking; what must hold
// is the ARM ARM's (DDI 0406C A2.?, B1.9.8: base restored on a data abort) and the kernel's sigcontext.
#include "../programs/t.h"
#include <ucontext.h>

enum { NR = 16 };
struct state { uint32_t r[15], cpsr; };
static struct state before, after; // what the stubs load and store
static uint32_t seen[NR], seen_cpsr, fault_address, trap_no;
static uint32_t fault_pc;
static char *page; // two pages: the first is there, the second is not
static int faults;
static void (*change)(struct sigcontext *); // what the handler does to the state
static void map_second(void) { mprotect(page + 4096, 4096, PROT_READ | PROT_WRITE); }
static void unmap_second(void) { mprotect(page + 4096, 4096, PROT_NONE); }

static unsigned long *reg_of(struct sigcontext *sc, int n) { return &sc->arm_r0 + n; }
static void handler(int s, siginfo_t *si, void *p)
{
    ucontext_t *uc = p;
    struct sigcontext *sc = (struct sigcontext *)&uc->uc_mcontext;
    (void)s;
    if (++faults > 5) _exit(3);
    for (int i = 0; i < NR; i++) seen[i] = *reg_of(sc, i);
    seen_cpsr = sc->arm_cpsr;
    fault_address = (uint32_t)si->si_addr;
    fault_pc = sc->arm_pc;
    trap_no = sc->trap_no;
    if (fault_address != sc->fault_address) puts("two fault addresses");
    if (change) change(sc);
    else map_second();
}

// Loads r0-r12, lr and the flags from `before`, runs one instruction, stores them in `after`. r13 stays the stack's.
#define STUB(name, mode, insn)                                                                               \
    void name(void);                                                                                         \
    extern char name##_at[];                                                                                 \
    __asm__(".text\n.align 2\n.syntax unified\n.arm\n.arch armv7-a\n.fpu vfpv3\n.globl " #name "\n.type " #name ", %function\n" #name ":\n" \
            "push {r4-r11, lr}\n ldr lr, =before\n ldr r0, [lr, #60]\n msr cpsr_fs, r0\n" mode               \
            "ldm lr, {r0-r12}\n ldr lr, [lr, #56]\n"                                                         \
            ".globl " #name "_at\n" #name "_at: " insn "\n"                                                  \
            "str lr, [sp, #-4]\n ldr lr, =after\n stm lr, {r0-r12}\n ldr r0, [sp, #-4]\n str r0, [lr, #56]\n" \
            "mrs r0, cpsr\n str r0, [lr, #60]\n pop {r4-r11, pc}\n.ltorg\n.arm\n")
#define THUMB "adr r1, 9f + 1\n bx r1\n.thumb\n9:\n"

STUB(ldm_third, "", "ldmia r12, {r0, r1, r2, r3}");
STUB(ldm_base_in_list, "", "ldmia r2, {r1, r2, r3}");
STUB(ldm_writeback, "", "ldmia r12!, {r0, r1, r4, r9}");
STUB(ldmdb_writeback, "", "ldmdb r12!, {r0, r1, r4, r9}");
STUB(stm_third, "", "stmia r12!, {r5, r6, r7, r8}");
STUB(ldr_pre, "", "ldr r3, [r12, #8]!");
STUB(ldr_post, "", "ldr r3, [r12], #4");
STUB(ldrd_post, "", "ldrd r6, r7, [r12], #8");
STUB(ldreq, "", "ldreq r3, [r12]");
STUB(it_taken, THUMB, "nop\n cmp r10, r10\n ittee eq\n addeq r4, r4, #1\n ldreq r3, [r12]\n addne r5, r5, #1\n addne r6, r6, #1\n nop");
STUB(it_third, THUMB, "nop\n cmp r10, r11\n iteee eq\n addeq r4, r4, #1\n addne r5, r5, #1\n ldrne r3, [r12]\n addne r6, r6, #2\n nop");
STUB(it_not, THUMB, "nop\n cmp r10, r11\n itete eq\n ldreq r3, [r12]\n addne r5, r5, #1\n addeq r4, r4, #1\n addne r6, r6, #1\n nop");
STUB(vldm_third, "", "vldmia r12!, {d8-d11}");
STUB(pop_like, "", "ldmia r12, {r0, r1, r2, r12}");

static void fresh(uint32_t r12, uint32_t flags)
{
    for (uint32_t i = 0; i < 15; i++) before.r[i] = 0x11110000u * (i & 7) + i;
    before.r[12] = r12;
    before.cpsr = flags;
    memset(&after, 0, sizeof after);
    faults = 0;
    change = NULL;
    for (uint32_t i = 0; i < 8; i++) ((uint32_t *)(page + 4096))[-8 + (int)i] = 0xa0 + i;
    map_second();
    for (uint32_t i = 0; i < 8; i++) ((uint32_t *)(page + 4096))[i] = 0xb0 + i;
    unmap_second();
}

static uint32_t start; // the CPSR that the stub was entered with, but for the flags
// Everything but the registers of `mask` is as before in what the handler saw, or at the end.
static int differs(const uint32_t *r, uint32_t mask)
{
    for (int i = 0; i < 15; i++)
        if (i != 13 && !(mask >> i & 1) && r[i] != before.r[i]) return i + 1;
    return 0;
}
#define FLAGS 0xf80f0000u

static void result(const char *name, uint32_t at, uint32_t address, uint32_t handler_mask, uint32_t end_mask, uint32_t flags_end)
{
    int h = differs(seen, handler_mask), e = differs(after.r, end_mask);
    printf("%s: faults %d, pc %s, address %s, trap %u, in the handler %s, flags %x, at the end %s, flags %x\n", name, faults,
           fault_pc == at ? "right" : "WRONG", fault_address == address ? "right" : "WRONG", trap_no, h ? "DIFFERENT" : "as before",
           seen_cpsr >> 28, e ? "DIFFERENT" : "as before", after.cpsr >> 28);
    if (h) printf("  r%d in the handler\n", h - 1);
    if (e) printf("  r%d at the end\n", e - 1);
    if ((after.cpsr & 0xf0000000u) != flags_end) puts("  flags at the end are WRONG");
    if ((seen_cpsr & 0x1f) != 0x10) puts("  not user mode");
}
static uint32_t addr(char *label) { return (uint32_t)label & ~1u; }
#define RUN(name, r12, flags) (fresh((uint32_t)(r12), flags), name())

static void set_registers(struct sigcontext *sc) // other values, another base, other flags
{
    for (int i = 0; i < 12; i++) *reg_of(sc, i) = 0xc0de0000u + (uint32_t)i;
    sc->arm_ip = (uint32_t)page;
    sc->arm_lr = 0x12345678;
    sc->arm_cpsr = (sc->arm_cpsr & 0x0fffffffu) | 0x60000000u;
}
static void skip(struct sigcontext *sc) { sc->arm_pc += 4; }
static void skip_thumb(struct sigcontext *sc) { sc->arm_pc += 4, sc->arm_cpsr &= ~0x0600fc00u; } // out of the block
static uint32_t it_bits(void) { return (seen_cpsr >> 8 & 0xfc) | (seen_cpsr >> 25 & 3); }

static double vfp[32];
static uint32_t vfp_seen_fpscr;
static double vfp_seen[16];
static void vfp_handler(int s, siginfo_t *si, void *p)
{
    ucontext_t *uc = p;
    (void)s, (void)si;
    if (++faults > 5) _exit(3);
    struct vfp { unsigned long magic, size; uint64_t d[32]; uint32_t fpscr; } *v = (void *)uc->uc_regspace;
    if (v->magic != 0x56465001) puts("no VFP frame");
    memcpy(vfp_seen, v->d, sizeof vfp_seen);
    vfp_seen_fpscr = v->fpscr;
    for (int i = 0; i < 8; i++) v->d[16 + i] = 0x4000000000000000u + (uint64_t)i, v->d[i] = 0x4010000000000000u;
    v->fpscr = 0xa0000000u;
    // the handler uses the FPU itself
    __asm__ volatile(".fpu vfpv3\n vmov.f64 d0, #1.0\n vmov.f64 d9, #2.0\n vdiv.f64 d1, d0, d9\n vcmp.f64 d0, d9\n" ::: "memory");
    mprotect(page + 4096, 4096, PROT_READ | PROT_WRITE);
}

int main(void)
{
    page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &sa, NULL);
    uint32_t edge = (uint32_t)page + 4096;

    RUN(ldm_third, edge - 8, 0xf0000000);
    result("LDM, third word", addr(ldm_third_at), edge, 0, 0xf, 0xf0000000);
    printf("  %x %x %x %x\n", after.r[0], after.r[1], after.r[2], after.r[3]);
    fresh(0, 0x90000000), before.r[2] = edge - 8, ldm_base_in_list();
    result("LDM with its base in the list", addr(ldm_base_in_list_at), edge, 0, 0xe, 0x90000000);
    printf("  %x %x %x\n", after.r[1], after.r[2], after.r[3]);
    RUN(ldm_writeback, edge - 8, 0x20000000);
    result("LDM with writeback", addr(ldm_writeback_at), edge, 0, 0x1213, 0x20000000);
    printf("  %x %x %x %x, base %s\n", after.r[0], after.r[1], after.r[4], after.r[9], after.r[12] == edge + 8 ? "right" : "WRONG");
    RUN(ldmdb_writeback, edge + 8, 0x40000000);
    result("LDMDB with writeback", addr(ldmdb_writeback_at), edge, 0, 0x1213, 0x40000000);
    printf("  %x %x %x %x, base %s\n", after.r[0], after.r[1], after.r[4], after.r[9], after.r[12] == edge - 8 ? "right" : "WRONG");
    RUN(stm_third, edge - 8, 0x80000000);
    result("STM, third word", addr(stm_third_at), edge, 0, 0x1000, 0x80000000);
    printf("  memory %x %x, base %s\n", ((uint32_t *)edge)[0], ((uint32_t *)edge)[1], after.r[12] == edge + 8 ? "right" : "WRONG");
    RUN(ldr_pre, edge - 8, 0);
    result("LDR pre-indexed", addr(ldr_pre_at), edge, 0, 0x1008, 0);
    printf("  %x, base %s\n", after.r[3], after.r[12] == edge ? "right" : "WRONG");
    RUN(ldr_post, edge, 0);
    result("LDR post-indexed", addr(ldr_post_at), edge, 0, 0x1008, 0);
    printf("  %x, base %s\n", after.r[3], after.r[12] == edge + 4 ? "right" : "WRONG");
    RUN(ldrd_post, edge, 0);
    result("LDRD post-indexed", addr(ldrd_post_at), edge, 0, 0x10c0, 0);
    printf("  %x %x, base %s\n", after.r[6], after.r[7], after.r[12] == edge + 8 ? "right" : "WRONG");
    RUN(ldreq, edge, 0x40000000);
    result("LDREQ, Z", addr(ldreq_at), edge, 0, 8, 0x40000000);
    RUN(ldreq, edge, 0);
    printf("LDREQ, not Z: faults %d, %s\n", faults, differs(after.r, 0) ? "DIFFERENT" : "as before");

    // changed in the handler
    fresh(edge - 8, 0x90000000), change = set_registers;
    for (int i = 0; i < 4; i++) ((uint32_t *)page)[i] = 0xd0u + (uint32_t)i;
    ldm_third();
    printf("changed: faults %d: %x %x %x %x, r4 %x, r11 %x, lr %x, flags %x\n", faults, after.r[0], after.r[1], after.r[2],
           after.r[3], after.r[4], after.r[11], after.r[14], after.cpsr >> 28);
    fresh(edge - 8, 0x50000000), change = skip, ldm_third();
    printf("skipped: faults %d, %s, flags %x\n", faults, differs(after.r, 0) ? "DIFFERENT" : "as before", after.cpsr >> 28);

    // IT blocks. ITSTATE in the frame is that of the faulting instruction.
    RUN(it_taken, edge, 0);
    result("IT, second instruction", addr(it_taken_at) + 8, edge, 1 << 4 | 2, 0x1a, 0x60000000);
    printf("  itstate %02x, r4 %x, r3 %x, r5 %x, Thumb %x\n", it_bits(), after.r[4] - before.r[4], after.r[3], after.r[5] - before.r[5], seen_cpsr >> 5 & 1);
    RUN(it_third, edge, 0);
    result("IT, third instruction", addr(it_third_at) + 10, edge, 1 << 5 | 2, 0x6a, after.cpsr & 0xf0000000u);
    printf("  itstate %02x, r4 %x, r3 %x, r5 %x, r6 %x\n", it_bits(), after.r[4] - before.r[4], after.r[3], after.r[5] - before.r[5], after.r[6] - before.r[6]);
    RUN(it_not, edge, 0);
    printf("IT, not executed: faults %d, r3 %s, r4 %x, r5 %x, r6 %x\n", faults, after.r[3] == before.r[3] ? "as before" : "DIFFERENT",
           after.r[4] - before.r[4], after.r[5] - before.r[5], after.r[6] - before.r[6]);
    fresh(edge, 0), change = skip_thumb, it_third();
    printf("IT, left by the handler: faults %d, r3 %s, r6 %x\n", faults, after.r[3] == before.r[3] ? "as before" : "DIFFERENT", after.r[6] - before.r[6]);

    // VFP
    sa.sa_sigaction = vfp_handler;
    sigaction(SIGSEGV, &sa, NULL);
    for (int i = 0; i < 32; i++) vfp[i] = i * 1.25;
    fresh(edge - 16, 0x30000000);
    double out[32];
    uint32_t fpscr;
    __asm__ volatile(".fpu vfpv3\n push {r12}\n mov r12, %0\n vldmia r12!, {d0-d15}\n vldmia r12, {d16-d31}\n mov r12, #0x50000000\n orr r12, r12, #0x8000000\n vmsr fpscr, r12\n pop {r12}" ::"r"(vfp)
                     : "memory");
    vldm_third();
    __asm__ volatile(".fpu vfpv3\n vmrs %0, fpscr\n mov r12, %1\n vstmia r12!, {d0-d15}\n vstmia r12, {d16-d31}" : "=&r"(fpscr) : "r"(out) : "memory", "r12");
    __asm__ volatile("vmsr fpscr, %0" ::"r"(0));
    int same = 0;
    for (int i = 0; i < 16; i++) same += vfp_seen[i] == vfp[i];
    printf("VFP in the handler: faults %d, %d of 16 as before, fpscr %08x\n", faults, same, vfp_seen_fpscr);
    uint64_t bits[32];
    memcpy(bits, out, sizeof bits);
    printf("VFP at the end: fpscr %08x, d0 %g d7 %g d16 %s d23 %s d31 %g, base %s\n", fpscr, out[0], out[7], bits[16] == 0x4000000000000000u ? "changed" : "NOT",
           bits[23] == 0x4000000000000007u ? "changed" : "NOT", out[31], after.r[12] == edge + 16 ? "right" : "WRONG");
    printf("  d8-d11 %s\n", bits[8] == 0x000000a5000000a4u && bits[9] == 0x000000a7000000a6u && bits[10] == 0x000000b1000000b0u && bits[11] == 0x000000b3000000b2u ? "loaded" : "WRONG");
    (void)start, (void)pop_like;
    return 0;
}
