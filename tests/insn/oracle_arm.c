/* ARM's oracle: reads lines of instruction tests without outcomes, executes each where it runs, and writes
 * them with what came out. State goes in and comes out through signal frames, so nothing of this program
 * disturbs it: a handler of SIGUSR1 returns into the words, and what stops them (an undefined instruction
 * behind them, or their own fault) hands everything over. Of a register that the words read, what goes in is
 * named; the others are dropped from the line.
 *
 *   arm-linux-gnueabi-gcc -static -O1 -o oracle_arm oracle_arm.c && gen_insn arm all 4 1 | qemu-arm -cpu max
 * oracle_arm */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define CODE      0x00101000u
#define CODE_MAP  0x00100000u
#define CODE_SIZE 0x2000u
#define DATA      0x00200000u
#define DATA_SIZE 0x4000u
#define VFP_MAGIC 0x56465001u

enum { CPSR = 15, FPSCR, D0, NREGS = D0 + 32 };

typedef unsigned long long u64;
struct state {
    u64 reg[NREGS];
    unsigned pc, sig;
    unsigned char data[DATA_SIZE];
};

static struct state in, out;
static unsigned thumb, code_bytes;
static sigjmp_buf home;

static unsigned *vfp(ucontext_t *uc)
{
    unsigned *p = (unsigned *)uc->uc_regspace;
    if (p[0] != VFP_MAGIC) {
        fprintf(stderr, "oracle: no VFP in the signal frame\n");
        exit(1);
    }
    return p + 2;
}

static void enter(int sig, siginfo_t *info, void *ctx)
{
    ucontext_t *uc = ctx;
    unsigned long *r = &uc->uc_mcontext.arm_r0;
    (void)sig, (void)info;
    for (int i = 0; i < 15; i++) r[i] = (unsigned long)in.reg[i];
    uc->uc_mcontext.arm_pc = CODE;
    uc->uc_mcontext.arm_cpsr = (unsigned long)in.reg[CPSR] | 0x10 | (thumb ? 0x20 : 0);
    unsigned *v = vfp(uc);
    memcpy(v, &in.reg[D0], 32 * 8);
    v[64] = (unsigned)in.reg[FPSCR];
}

static void leave(int sig, siginfo_t *info, void *ctx)
{
    ucontext_t *uc = ctx;
    unsigned long *r = &uc->uc_mcontext.arm_r0;
    (void)info;
    for (int i = 0; i < 15; i++) out.reg[i] = r[i];
    out.pc = uc->uc_mcontext.arm_pc;
    out.reg[CPSR] = uc->uc_mcontext.arm_cpsr & 0xf80f0000u;
    if (uc->uc_mcontext.arm_cpsr & 0x20) out.pc |= 1;
    unsigned *v = vfp(uc);
    memcpy(&out.reg[D0], v, 32 * 8);
    out.reg[FPSCR] = v[64];
    out.sig = out.pc - CODE < code_bytes ? (unsigned)sig : 0;
    memcpy(out.data, (void *)DATA, DATA_SIZE);
    siglongjmp(home, 1);
}

static void run(const unsigned char *code)
{
    /* Undefined in A32, and its first half in Thumb; or in Thumb, and in A32 where condition LE holds. */
    const unsigned udf = thumb ? 0xdef0def0 : 0xe7f0def0;
    for (unsigned i = 0; i < CODE_SIZE; i += 4) memcpy((char *)CODE_MAP + i, &udf, 4);
    memcpy((void *)CODE, code, code_bytes);
    for (unsigned i = 0; i < DATA_SIZE; i++) in.data[i] = (unsigned char)(i * 73 + 41);
    memcpy((void *)DATA, in.data, DATA_SIZE);
    __builtin___clear_cache((char *)CODE_MAP, (char *)CODE_MAP + CODE_SIZE);
    if (sigsetjmp(home, 1) == 0) raise(SIGUSR1);
}

static int reg_index(const char *s)
{
    if (!strncmp(s, "cpsr=", 5)) return CPSR;
    if (!strncmp(s, "fpscr=", 6)) return FPSCR;
    return *s == 'd' ? D0 + atoi(s + 1) : atoi(s + 1);
}

static void print_reg(int i, u64 v)
{
    if (i < CPSR)
        printf(" r%d=%08llx", i, v);
    else if (i >= D0)
        printf(" d%d=%016llx", i - D0, v);
    else
        printf(" %s=%08llx", i == CPSR ? "cpsr" : "fpscr", v);
}

static int same(const struct state *a, const struct state *b, int but)
{
    for (int i = 0; i < NREGS; i++)
        if (i != but && a->reg[i] != b->reg[i]) return 0;
    return a->pc == b->pc && a->sig == b->sig && !memcmp(a->data, b->data, DATA_SIZE);
}

/* Zeroes every register whose value makes no difference, so that lines say what matters. */
static void reduce(const unsigned char *code)
{
    for (int i = 0; i < NREGS; i++) {
        u64 old = in.reg[i];
        if (!old) continue;
        run(code);
        struct state before = out;
        in.reg[i] = 0;
        run(code);
        if (!same(&before, &out, i) || (out.reg[i] != 0 && before.reg[i] != out.reg[i]) ||
            (out.reg[i] == 0 && before.reg[i] != old))
            in.reg[i] = old;
    }
    run(code);
}

static void print_outcome(void)
{
    printf(" ->");
    for (int i = 0; i < NREGS; i++)
        if (in.reg[i] != out.reg[i]) print_reg(i, out.reg[i]);
    if (out.pc != (CODE + code_bytes) + (thumb != 0)) printf(" pc=%08x", out.pc);
    if (out.sig) printf(" sig=%u", out.sig);
    for (unsigned i = 0; i < DATA_SIZE; i++) {
        if (in.data[i] == out.data[i]) continue;
        printf(" @%08x=", DATA + i);
        for (; i < DATA_SIZE && in.data[i] != out.data[i]; i++) printf("%02x", out.data[i]);
    }
    printf("\n");
}

static unsigned put_words(const char *set, char *words, unsigned char *code)
{
    unsigned n = 0;
    for (char *w = strtok(words, ","); w; w = strtok(NULL, ",")) {
        unsigned v = strtoul(w, NULL, 16);
        if (!strcmp(set, "t32")) v = v >> 16 | v << 16;
        unsigned size = !strcmp(set, "t16") ? 2 : 4;
        memcpy(code + n, &v, size);
        n += size;
    }
    return n;
}

static void one(char *line)
{
    unsigned char code[64];
    char *save, *set = strtok_r(line, " \n", &save), *words = strtok_r(NULL, " \n", &save), *tok;
    char text[128];
    memset(&in, 0, sizeof in);
    snprintf(text, sizeof text, "%s %s", set, words);
    thumb = set[0] == 't';
    while ((tok = strtok_r(NULL, " \n", &save)) && strcmp(tok, "->"))
        in.reg[reg_index(tok)] = strtoull(strchr(tok, '=') + 1, NULL, 16);
    code_bytes = put_words(set, words, code);
    reduce(code);
    if (out.pc >= 0x10000 && out.pc < CODE_MAP) return; /* it ran through this program */
    unsigned f = (unsigned)(out.reg[CPSR] >> 28);
    if (thumb && !(out.pc & 1) && out.pc >= CODE_MAP && out.pc < CODE_MAP + CODE_SIZE && !(f & 4) &&
        !(f >> 3) == !(f & 1))
        return; /* it ran on through the fill */
    printf("%s", text);
    for (int i = 0; i < NREGS; i++)
        if (in.reg[i]) print_reg(i, in.reg[i]);
    print_outcome();
}

int main(void)
{
    static char line[8192];
    stack_t alt = {.ss_sp = malloc(65536), .ss_size = 65536};
    struct sigaction sa = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    mmap((void *)CODE_MAP, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, flags, -1, 0);
    mmap((void *)DATA, DATA_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
    sigaltstack(&alt, NULL);
    sa.sa_sigaction = enter;
    sigaction(SIGUSR1, &sa, NULL);
    sa.sa_sigaction = leave;
    const int caught[] = {SIGILL, SIGSEGV, SIGBUS, SIGTRAP, SIGFPE};
    for (unsigned i = 0; i < sizeof caught / sizeof caught[0]; i++) sigaction(caught[i], &sa, NULL);
    setvbuf(stdout, NULL, _IOFBF, 65536);
    while (fgets(line, sizeof line, stdin)) {
        if (line[0] == '#')
            fputs(line, stdout);
        else
            one(line);
    }
    return 0;
}
