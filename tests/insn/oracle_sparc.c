/* SPARC's oracle: reads lines of instruction tests without outcomes, executes each where it runs, and writes
 * them with what came out. `run` loads the state, falls into the words, and what stands behind them and at
 * DEST comes back to `done`, which stores the state; %g6 holds the block meanwhile, %g7, %sp, %fp and the
 * return addresses are left alone, so words may not use them. A signal ends the line: the state is then the
 * one before. Of a register that the words read, what goes in is named; the others are dropped from the line.
 *
 * A word of VIS on packed integers is not executed: what becomes of it is what vis_manual.h says, since qemu
 * 7.2 has several of them wrong, and no siam.
 *
 *   sparc64-linux-gnu-gcc -m32 -mcpu=v9 -Wa,-Av9a -static -O1 -o oracle_sparc oracle_sparc.c
 *   gen_insn sparc all 6 1 | qemu-sparc32plus oracle_sparc > sparc.txt */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "vis_manual.h"

#define CODE      0x00101000u
#define DEST      0x00101400u /* where jumps of the words lead */
#define CODE_MAP  0x00100000u
#define CODE_SIZE 0x3000u
#define DATA      0x00200000u
#define DATA_SIZE 0x4000u

typedef unsigned long long u64;
enum { G1, O0 = 5, L0 = O0 + 6, I0 = L0 + 8, Y = I0 + 6, CCR, ASI, GSR, FSR, D0, NREGS = D0 + 32 };
#define FSR_SHOWN 0x3fc0000fe0ull

struct block {
    u64 reg[NREGS];
    u64 zero; /* FSR outside the words */
};
struct state {
    struct block b;
    unsigned pc, sig;
    unsigned char data[DATA_SIZE];
};
static struct state in, out;
static unsigned nwords;
static sigjmp_buf home;

void run(struct block *b);
extern char done[];
__asm__(
    ".register %g2, #scratch\n.register %g3, #scratch\n.register %g6, #scratch\n"
    ".macro each op, a, b, c\n"
    "\\op 0,%g1\n\\op 1,%g2\n\\op 2,%g3\n\\op 3,%g4\n\\op 4,%g5\n"
    "\\op 5,%o0\n\\op 6,%o1\n\\op 7,%o2\n\\op 8,%o3\n\\op 9,%o4\n\\op 10,%o5\n"
    "\\op 11,%l0\n\\op 12,%l1\n\\op 13,%l2\n\\op 14,%l3\n\\op 15,%l4\n\\op 16,%l5\n\\op 17,%l6\n\\op 18,%l7\n"
    "\\op 19,%i0\n\\op 20,%i1\n\\op 21,%i2\n\\op 22,%i3\n\\op 23,%i4\n\\op 24,%i5\n"
    ".endm\n"
    ".macro get n, r\nldx [%g6 + 8 * \\n], \\r\n.endm\n"
    ".macro put n, r\nstx \\r, [%g6 + 8 * \\n]\n.endm\n"
    ".macro eachd op\n"
    "\\op 0,%f0\n\\op 1,%f2\n\\op 2,%f4\n\\op 3,%f6\n\\op 4,%f8\n\\op 5,%f10\n\\op 6,%f12\n\\op 7,%f14\n"
    "\\op 8,%f16\n\\op 9,%f18\n\\op 10,%f20\n\\op 11,%f22\n\\op 12,%f24\n\\op 13,%f26\n\\op 14,%f28\n\\op "
    "15,%f30\n"
    "\\op 16,%f32\n\\op 17,%f34\n\\op 18,%f36\n\\op 19,%f38\n\\op 20,%f40\n\\op 21,%f42\n\\op 22,%f44\n\\op "
    "23,%f46\n"
    "\\op 24,%f48\n\\op 25,%f50\n\\op 26,%f52\n\\op 27,%f54\n\\op 28,%f56\n\\op 29,%f58\n\\op 30,%f60\n\\op "
    "31,%f62\n"
    ".endm\n"
    ".macro getd n, r\nldd [%g6 + 8 * (30 + \\n)], \\r\n.endm\n"
    ".macro putd n, r\nstd \\r, [%g6 + 8 * (30 + \\n)]\n.endm\n"
    ".text\n.align 8\n.globl run, done\nrun:\n"
    "save %sp, -96, %sp\n"
    "mov %i0, %g6\n"
    "ldx [%g6 + 8 * 29], %fsr\n"
    "eachd getd\n"
    "ldx [%g6 + 8 * 25], %g1\nwr %g1, 0, %y\n"
    "ldx [%g6 + 8 * 27], %g1\nwr %g1, 0, %asi\n"
    "ldx [%g6 + 8 * 28], %g1\nwr %g1, 0, %gsr\n"
    "ldx [%g6 + 8 * 26], %g1\nwr %g1, 0, %ccr\n"
    "each get\n"
    "ba 0x101000\n"
    "nop\n"
    "done:\n"
    "each put\n"
    "rd %ccr, %g1\nstx %g1, [%g6 + 8 * 26]\n"
    "rd %y, %g1\nstx %g1, [%g6 + 8 * 25]\n"
    "rd %asi, %g1\nstx %g1, [%g6 + 8 * 27]\n"
    "rd %gsr, %g1\nstx %g1, [%g6 + 8 * 28]\n"
    "stx %fsr, [%g6 + 8 * 29]\n"
    "eachd putd\n"
    "wr %g0, 0x82, %asi\n"
    "ldx [%g6 + 8 * 62], %fsr\n"
    "ret\n"
    "restore\n");

static const struct {
    int guest, host;
} signals[] = {{SIGILL, 4}, {SIGTRAP, 5}, {SIGEMT, 16}, {SIGFPE, 8}, {SIGBUS, 7}, {SIGSEGV, 11}};

static void caught(int sig)
{
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (signals[i].guest == sig) out.sig = signals[i].host;
    siglongjmp(home, 1);
}

/* The way back: ba,a done. */
static void put_end(unsigned addr)
{
    *(unsigned *)addr = 0x30800000u | ((((unsigned)done - addr) >> 2) & 0x3fffff);
}

static unsigned data_at(unsigned i)
{
    return (unsigned char)(i * 73 + 41);
}

/* The way back stands at DEST only in a second round, which is made if the first met an undefined word there.
 */
static void run_once(const unsigned *code, int with_dest)
{
    memset((void *)CODE_MAP, 0, CODE_SIZE);
    memcpy((void *)CODE, code, 4 * nwords);
    put_end(CODE + 4 * nwords);
    if (with_dest) put_end(DEST);
    for (unsigned i = 0; i < DATA_SIZE; i++) in.data[i] = (unsigned char)data_at(i);
    memcpy((void *)DATA, in.data, DATA_SIZE);
    out = in;
    out.pc = CODE + 4 * nwords;
    out.sig = 0;
    if (sigsetjmp(home, 1) == 0) {
        run(&out.b);
    } else {
        memcpy(out.b.reg, in.b.reg, sizeof out.b.reg);
        out.pc = CODE;
    }
    out.b.reg[FSR] &= FSR_SHOWN;
    memcpy(out.data, (void *)DATA, DATA_SIZE);
}

static int number(int i)
{
    return i < O0 ? i + 1 : i < L0 ? i - O0 + 8 : i < I0 ? i - L0 + 16 : i - I0 + 24;
}

/* The outcome by the manual; 0 for words that are to be executed. */
static int by_manual(const unsigned *code)
{
    static struct vis_regs s;
    memset(&s, 0, sizeof s);
    for (int i = 0; i < Y; i++) s.r[number(i)] = in.b.reg[i];
    memcpy(s.d, in.b.reg + D0, sizeof s.d);
    s.gsr = in.b.reg[GSR];
    s.ccr = (unsigned)in.b.reg[CCR];
    if (nwords != 1 || !vis_manual(code[0], &s)) return 0;
    for (unsigned i = 0; i < DATA_SIZE; i++) in.data[i] = (unsigned char)data_at(i);
    out = in;
    out.pc = CODE + 4;
    out.sig = 0;
    for (int i = 0; i < Y; i++) out.b.reg[i] = s.r[number(i)];
    memcpy(out.b.reg + D0, s.d, sizeof s.d);
    out.b.reg[GSR] = s.gsr;
    out.b.reg[CCR] = s.ccr;
    return 1;
}

static void execute(const unsigned *code)
{
    if (by_manual(code)) return;
    run_once(code, 0);
    if (out.sig != 4) return;
    run_once(code, 1);
    if (out.sig == 0) out.pc = DEST;
}

static const char *reg_name(int i)
{
    static char s[16];
    static const char *const special[] = {"y", "ccr", "asi", "gsr", "fsr"};
    if (i < O0)
        sprintf(s, "g%d", i + 1);
    else if (i < L0)
        sprintf(s, "o%d", i - O0);
    else if (i < I0)
        sprintf(s, "l%d", i - L0);
    else if (i < Y)
        sprintf(s, "i%d", i - I0);
    else if (i < D0)
        return special[i - Y];
    else
        sprintf(s, "d%d", 2 * (i - D0));
    return s;
}

static int reg_index(const char *s)
{
    for (int i = 0; i < NREGS; i++) {
        size_t n = strlen(reg_name(i));
        if (!strncmp(s, reg_name(i), n) && s[n] == '=') return i;
    }
    fprintf(stderr, "oracle: no register %s\n", s);
    exit(1);
}

static int digits(int i)
{
    return i == Y ? 8 : i == CCR || i == ASI ? 2 : 16;
}
static void print_reg(int i, u64 v)
{
    printf(" %s=%0*llx", reg_name(i), digits(i), v);
}

static int same(const struct state *a, const struct state *b, int but)
{
    for (int i = 0; i < NREGS; i++)
        if (i != but && a->b.reg[i] != b->b.reg[i]) return 0;
    return a->pc == b->pc && a->sig == b->sig && !memcmp(a->data, b->data, DATA_SIZE);
}

/* Zeroes every register whose value makes no difference, so that lines say what matters. */
static void reduce(const unsigned *code)
{
    for (int i = 0; i < NREGS; i++) {
        u64 old = in.b.reg[i];
        if (!old || i == ASI) continue;
        execute(code);
        struct state before = out;
        in.b.reg[i] = 0;
        execute(code);
        if (!same(&before, &out, i) || (out.b.reg[i] != 0 && before.b.reg[i] != out.b.reg[i]) ||
            (out.b.reg[i] == 0 && before.b.reg[i] != old))
            in.b.reg[i] = old;
    }
    execute(code);
}

static void print_outcome(void)
{
    printf(" ->");
    for (int i = 0; i < NREGS; i++)
        if (in.b.reg[i] != out.b.reg[i]) print_reg(i, out.b.reg[i]);
    if (!out.sig && out.pc != CODE + 4 * nwords) printf(" pc=%08x", out.pc);
    if (out.sig) printf(" sig=%u pc=%08x", out.sig, CODE);
    for (unsigned i = 0; i < DATA_SIZE && !out.sig; i++) {
        if (in.data[i] == out.data[i]) continue;
        printf(" @%08x=", DATA + i);
        for (; i < DATA_SIZE && in.data[i] != out.data[i]; i++) printf("%02x", out.data[i]);
    }
    printf("\n");
}

static void one(char *line)
{
    unsigned code[8];
    char text[128], *save, *set = strtok_r(line, " \n", &save), *words = strtok_r(NULL, " \n", &save), *tok;
    snprintf(text, sizeof text, "%s %s", set, words);
    memset(&in, 0, sizeof in);
    in.b.reg[ASI] = 0x82;
    while ((tok = strtok_r(NULL, " \n", &save)) && strcmp(tok, "->"))
        in.b.reg[reg_index(tok)] = strtoull(strchr(tok, '=') + 1, NULL, 16);
    nwords = 0;
    for (char *w = strtok(words, ","); w; w = strtok(NULL, ","))
        code[nwords++] = (unsigned)strtoul(w, NULL, 16);
    reduce(code);
    printf("%s", text);
    for (int i = 0; i < NREGS; i++)
        if (in.b.reg[i] && (i != ASI || in.b.reg[i] != 0x82)) print_reg(i, in.b.reg[i]);
    print_outcome();
}

int main(void)
{
    static char line[8192];
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    mmap((void *)CODE_MAP, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, flags, -1, 0);
    mmap((void *)DATA, DATA_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
    struct sigaction sa = {.sa_handler = caught, .sa_flags = SA_NODEFER};
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++) sigaction(signals[i].guest, &sa, NULL);
    setvbuf(stdout, NULL, _IOLBF, 65536); /* qemu ends at a trap it does not know: drop the line then */
    while (fgets(line, sizeof line, stdin)) {
        if (line[0] == '#')
            fputs(line, stdout);
        else
            one(line);
    }
    return 0;
}
