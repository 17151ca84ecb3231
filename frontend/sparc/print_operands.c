/* Print kinds of the tables: how operands look in binutils' SPARC syntax. */
#include "frontend/sparc/sparc_isa.h"
#include "frontend/sparc/cpu.h"
#include "runtime/base/fmt.h"

static void reg(struct out *o, int64_t n)
{
    if (n == SPARC_SP)
        out_puts(o, "%sp");
    else if (n == SPARC_FP)
        out_puts(o, "%fp");
    else
        out_printf(o, "%%%c%u", "goli"[n >> 3], (u32)n & 7);
}

void sparc_fmt_r(struct out *o, int64_t n, uint64_t pc)
{
    (void)pc;
    reg(o, n);
}

/* Small and negative numbers decimal, others hexadecimal. */
static void number(struct out *o, int64_t v)
{
    out_printf(o, v <= 9 ? "%d" : "0x%x", (int)v);
}

void sparc_fmt_ri(struct out *o, int64_t i, int64_t rs2, int64_t imm, uint64_t pc)
{
    (void)pc;
    if (i)
        number(o, imm);
    else
        reg(o, rs2);
}

void sparc_fmt_shc(struct out *o, int64_t i, int64_t rs2, int64_t imm, uint64_t pc)
{
    sparc_fmt_ri(o, i, rs2, imm, pc);
}

void sparc_fmt_hi(struct out *o, int64_t imm, uint64_t pc)
{
    (void)pc;
    out_printf(o, imm ? "0x%x" : "0", (u32)imm << 10);
}

/* An address or trap number: what adds nothing is left out. */
void sparc_fmt_sum(struct out *o, int64_t rs1, int64_t i, int64_t rs2, int64_t imm, uint64_t pc)
{
    int64_t second = i ? imm : rs2;
    if (rs1 == 0 && second) {
        sparc_fmt_ri(o, i, rs2, imm, pc);
        return;
    }
    reg(o, rs1);
    if (second == 0) return;
    out_puts(o, " + ");
    sparc_fmt_ri(o, i, rs2, imm, pc);
}

void sparc_fmt_pcrel(struct out *o, int64_t off, uint64_t pc)
{
    out_printf(o, "0x%x", (u32)pc + (u32)off);
}

static const char bcond_names[16][4] = {"n", "e",  "le", "l",  "leu", "cs", "neg", "vs",
                                        "a", "ne", "g",  "ge", "gu",  "cc", "pos", "vc"};
static const char fcond_names[16][4] = {"n", "ne", "lg", "ul", "l",   "ug", "g",   "u",
                                        "a", "e",  "ue", "ge", "uge", "le", "ule", "o"};
static const char rcond_names[8][4] = {"", "z", "lez", "lz", "", "nz", "gz", "gez"};

void sparc_fmt_bcond(struct out *o, int64_t c, uint64_t pc)
{
    (void)pc;
    out_puts(o, bcond_names[c]);
}

void sparc_fmt_icond(struct out *o, int64_t c, uint64_t pc)
{
    sparc_fmt_bcond(o, c, pc);
}

void sparc_fmt_fcond(struct out *o, int64_t c, uint64_t pc)
{
    (void)pc;
    out_puts(o, fcond_names[c]);
}

void sparc_fmt_rcond(struct out *o, int64_t c, uint64_t pc)
{
    (void)pc;
    out_puts(o, rcond_names[c]);
}

void sparc_fmt_cc(struct out *o, int64_t cc, uint64_t pc)
{
    (void)pc;
    if (cc & 4)
        out_puts(o, cc & 2 ? "%xcc" : "%icc");
    else
        out_printf(o, "%%fcc%u", (u32)cc);
}

void sparc_fmt_fcc(struct out *o, int64_t cc, uint64_t pc)
{
    (void)pc;
    out_printf(o, "%%fcc%u", (u32)cc);
}

void sparc_fmt_mb(struct out *o, int64_t cmask, int64_t mmask, uint64_t pc)
{
    static const char names[7][12] = {"#LoadLoad",  "#StoreLoad", "#LoadStore", "#StoreStore",
                                      "#Lookaside", "#MemIssue",  "#Sync"};
    u32 bits = (u32)(cmask << 4 | mmask);
    (void)pc;
    if (bits == 0) out_putc(o, '0');
    for (int n = 6, first = 1; n >= 0; n--) {
        if (!(bits >> n & 1)) continue;
        if (!first) out_putc(o, '|');
        out_puts(o, names[n]);
        first = 0;
    }
}

void sparc_fmt_pf(struct out *o, int64_t fcn, uint64_t pc)
{
    static const char names[5][12] = {"#n_reads", "#one_read", "#n_writes", "#one_write", "#page"};
    (void)pc;
    if (fcn < 5)
        out_puts(o, names[fcn]);
    else
        out_printf(o, "%u", (u32)fcn);
}

void sparc_fmt_asi(struct out *o, int64_t i, int64_t asi, uint64_t pc)
{
    (void)pc;
    if (i)
        out_puts(o, "%asi");
    else
        out_printf(o, "(%u)", (u32)asi);
}

void sparc_fmt_f(struct out *o, int64_t n, uint64_t pc)
{
    (void)pc;
    out_printf(o, "%%f%u", (u32)n);
}

/* Doubles and quads: the field's low bit is the number's bit 5. */
void sparc_fmt_d(struct out *o, int64_t n, uint64_t pc)
{
    (void)pc;
    out_printf(o, "%%f%u", ((u32)n & 0x1e) | ((u32)n & 1) << 5);
}

void sparc_fmt_q(struct out *o, int64_t n, uint64_t pc)
{
    sparc_fmt_d(o, n, pc);
}
