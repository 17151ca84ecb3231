/* SPARC's registers for instruction tests: g1 to g5, o0 to o5, l0 to l7, i0 to i5 (the oracle needs the
 * others), y, ccr, asi, gsr, fsr, d0 to d62. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "frontend/isagen/isa_rows.h"
#include "frontend/sparc/cpu.h"
#include "frontend/sparc/sparc_isa.h"
#include "tests/insn/insn.h"

enum { G1, O0 = 5, L0 = O0 + 6, I0 = L0 + 8, Y = I0 + 6, CCR, ASI, GSR, FSR, D0, NREGS = D0 + 32 };
#define FSR_SHOWN 0x3fc0000fe0ull /* rounding, condition codes, accrued exceptions */

static const char *reg_name(u32 i)
{
    static char names[NREGS][8];
    static const char *const special[] = {"y", "ccr", "asi", "gsr", "fsr"};
    if (names[i][0]) return names[i];
    if (i < Y)
        snprintf(names[i], 8, "%c%u",
                 i < O0   ? 'g'
                 : i < L0 ? 'o'
                 : i < I0 ? 'l'
                          : 'i',
                 i < O0   ? i + 1
                 : i < L0 ? i - O0
                 : i < I0 ? i - L0
                          : i - I0);
    else if (i >= D0)
        snprintf(names[i], 8, "d%u", 2 * (i - D0));
    else
        snprintf(names[i], 8, "%s", special[i - Y]);
    return names[i];
}

static u32 number(u32 i)
{
    return i < O0 ? i + 1 : i < L0 ? i - O0 + 8 : i < I0 ? i - L0 + 16 : i - I0 + 24;
}

static u64 get(const struct cpu_head *cpu, u32 i)
{
    const struct sparc_cpu *c = (const struct sparc_cpu *)(const void *)cpu;
    if (i < Y) return sparc_cpu_get(c, number(i));
    if (i >= D0) return (&c->d0)[i - D0];
    switch (i) {
    case Y: return c->y;
    case CCR: return sparc_ccr(c);
    case ASI: return c->asi == 0x82 ? 0 : c->asi; /* what programs start with goes unnamed */
    case GSR: return c->gsr;
    default: return sparc_fsr(c) & FSR_SHOWN;
    }
}

static void set(struct cpu_head *cpu, u32 i, u64 v)
{
    struct sparc_cpu *c = (struct sparc_cpu *)(void *)cpu;
    if (i < Y)
        *sparc_cpu_reg(c, number(i)) = v;
    else if (i >= D0)
        (&c->d0)[i - D0] = v;
    else if (i == Y)
        c->y = (u32)v;
    else if (i == CCR)
        sparc_set_ccr(c, (u32)v);
    else if (i == ASI)
        c->asi = v ? (u8)v : 0x82;
    else if (i == GSR)
        sparc_set_gsr(c, v);
    else
        sparc_set_fsr(c, v, true);
}

static u32 fill(const struct guest_isa *isa)
{
    (void)isa;
    return 0; /* illtrap 0 */
}

static u32 digits(u32 i)
{
    return i == Y ? 8 : i == CCR || i == ASI ? 2 : 16;
}

static u64 pick_float(u64 r, u64 more)
{
    static const u64 nice[] = {0,
                               0x3ff0000000000000,
                               0xc000000000000000,
                               0x7ff0000000000000,
                               0x7ff8000000000123,
                               0x7ff4000000000001,
                               0x0000000000000001,
                               0x8000000000000000,
                               0x3f80000040490fdb,
                               0x7f80000000000001,
                               0xffc000017fa00002,
                               0x4f00000042c80000,
                               0x7fffffffffffffff,
                               0x41dfffffffc00000,
                               0x3fff000000000000,
                               0x4000800000000000};
    return r % 4 == 0   ? more
           : r % 4 == 1 ? (more & 0x800fffffffffffff) | 0x3ff0000000000000
                        : nice[(r >> 8) % 16];
}

static u64 pick_integer(u64 r, u64 more)
{
    static const u32 nice[] = {0,    1,      2,      3,          31,         32,         63,         0x80,
                               0xff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 7};
    u64 v = r % 2 ? (u32)(r >> 8) : nice[(r >> 8) % 16];
    switch (r >> 50 & 3) {
    case 0: return more;
    case 1: return (u64)(s64)(s32)v;
    default: return v;
    }
}

/* Addresses are 32 bits: the upper half of some is not zero. */
static u64 pick_address(u64 r)
{
    u64 v = DATA_ADDR + 0x2000 + (r & 0x7c0) + ((r >> 50) % 8 ? 0 : (r >> 20) & 7);
    return (r >> 40) % 8 ? v : v | 0x1234567800000000;
}

static u64 random_reg(u32 i, bool mem, u64 (*rnd)(void *), void *arg)
{
    static const u8 asis[] = {0x80, 0x88}; /* stores to the no-fault spaces end the oracle */
    u64 r = rnd(arg), more = rnd(arg);
    if (i >= D0) return pick_float(r, more);
    if (i == Y) return (u32)pick_integer(r, more);
    if (i == CCR) return r & 0xff;
    if (i == ASI) return asis[r % 2];
    if (i == GSR) return more & 0xffffffff000000ff; /* not im: the oracle does not know it */
    if (i == FSR) return r & 0x3fc0000c00;
    if (mem && (r >> 32) % 3 != 0) return pick_address(r);
    return mem ? r & 0x1f : pick_integer(r, more);
}

static bool is_mem(const struct isa_row *row)
{
    return row->attrs & SPARC_IS_mem;
}

static s64 field(const struct isa_row *row, u32 word, const char *name, s64 none)
{
    for (u32 i = 0; i < row->fields; i++)
        if (strcmp(row->field[i].name, name) == 0) return isa_field_get(&row->field[i], word);
    return none;
}

/* The oracle's own: %g6, %g7, %sp, %o7, %fp, %i7. */
static bool usable(s64 reg, bool pair)
{
    return reg < 0 || (reg != 6 && reg != 7 && (reg & 15) != 14 && (reg & 15) != 15 &&
                       !(pair && (reg + 1 == 6 || reg == 14)));
}

static bool good_asi(const struct isa_row *row, u32 word)
{
    s64 asi = field(row, word, "asi", -1);
    if (asi < 0 || field(row, word, "i", 0) /* a value of %asi from random() */ ||
        strncmp(row->name, "prefetch", 8) == 0)
        return true;
    bool loads = row->name[0] == 'l' && !(row->attrs & SPARC_IS_fp) && strncmp(row->name, "ldstub", 6) != 0;
    return asi == 0x80 || asi == 0x88 || (loads && (asi == 0x82 || asi == 0x8a));
}

static bool good_quads(const struct isa_row *row, u32 word)
{
    const char *n = row->name;
    bool quad =
        strchr(n, 'q') && strcmp(n, "fsqrts") != 0 && strcmp(n, "fsqrtd") != 0 && strcmp(n, "fcmpeq") != 0;
    if (strcmp(n, "fcmpeq") == 0) quad = true;
    if (!quad) return true;
    s64 regs = field(row, word, "rd", 0);
    if (!(row->attrs & SPARC_IS_mem)) regs |= field(row, word, "rs1", 0) | field(row, word, "rs2", 0);
    return (regs & 2) == 0;
}

/* Rows whose lines are written by hand (sparc_manual.txt): transfers, traps, windows, what the oracle cannot
 * run. */
static bool wants(const struct isa_row *row, u32 word)
{
    static const char *const others[] = {"save", "restore", "rdtick", "rdstick", "rdfprs", "rdpc"};
    static const char *const alone[] = {"wrccr", "wrasi", "ldfsr", "ldxfsr"};
    const bool fp = row->attrs & SPARC_IS_fp, mem = row->attrs & SPARC_IS_mem;
    bool hand = (row->attrs & (SPARC_IS_cti | SPARC_IS_alone)) != 0, imm = field(row, word, "i", 0);
    for (u32 i = 0; i < sizeof others / sizeof others[0]; i++) hand |= strcmp(row->name, others[i]) == 0;
    for (u32 i = 0; i < sizeof alone / sizeof alone[0]; i++)
        if (strcmp(row->name, alone[i]) == 0) hand = false;
    if (hand || !good_asi(row, word) || !good_quads(row, word)) return false;
    bool vis_logic = strcmp(row->name, "alignaddr") != 0 && strcmp(row->name, "alignaddrl") != 0 &&
                     field(row, word, "op", -1) >= 0;
    if (vis_logic || strcmp(row->name, "faligndata") == 0) return true;
    bool int_rd = !fp, int_rs1 = !fp || mem || strncmp(row->name, "fmovr", 5) == 0,
         int_rs2 = (!fp || mem) && !imm;
    if (strncmp(row->name, "cas", 3) == 0) int_rs2 = true;
    bool pair = strcmp(row->name, "ldd") == 0 || strcmp(row->name, "std") == 0 ||
                strcmp(row->name, "ldda") == 0 || strcmp(row->name, "stda") == 0;
    return (!int_rd || usable(field(row, word, "rd", -1), pair)) &&
           (!int_rs1 || usable(field(row, word, "rs1", -1), false)) &&
           (!int_rs2 || usable(field(row, word, "rs2", -1), false));
}

static u32 trap_signal(u64 trap, u64 detail)
{
    switch (trap) {
    case GUEST_TRAP_FETCH:
    case SPARC_TRAP_ASI: return SIGSEGV;
    case GUEST_TRAP_ALIGN_PC:
    case SPARC_TRAP_ALIGN: return SIGBUS;
    case SPARC_TRAP_DIV0: return SIGFPE;
    case SPARC_TRAP_TAG: return SIGSTKFLT;
    case SPARC_TRAP_SOFT: return detail == 1 ? SIGTRAP : detail == 2 ? SIGFPE : SIGILL;
    case SPARC_TRAP_FLUSH: return 0;
    default: return SIGILL;
    }
}

const struct insn_guest insn_sparc = {
    .name = "sparc",
    .nregs = NREGS,
    .reg_name = reg_name,
    .get = get,
    .set = set,
    .fill = fill,
    .digits = digits,
    .random = random_reg,
    .wants = wants,
    .is_mem = is_mem,
    .trap_signal = trap_signal,
};
