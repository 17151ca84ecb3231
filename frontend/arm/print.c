/* Print kinds of the tables: how operands look in unified assembler syntax. The `pc` they get is the key:
 * address, Thumb bit and ITSTATE, which decides conditions and S of Thumb instructions. */
#include <string.h>

#include "arm_isa.h"
#include "frontend/arm/thumb.h"
#include "runtime/base/endian.h"
#include "runtime/base/fmt.h"

#include "a32.h"
#include "t16.h"
#include "t32.h"

static const char cond_names[16][3] = {"eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc",
                                       "hi", "ls", "ge", "lt", "gt", "le", "",   ""};
static const char shift_names[4][4] = {"lsl", "lsr", "asr", "ror"};

static u32 it_of(u64 key)
{
    return (u32)(key >> ARM_IT_SHIFT) & 0xff;
}

void arm_fmt_cc(struct out *o, int64_t cond, uint64_t key)
{
    if (key & ARM_KEY_THUMB && cond == ARM_COND_AL && it_of(key)) cond = it_of(key) >> 4;
    out_puts(o, cond_names[cond]);
}

void arm_fmt_s(struct out *o, int64_t s, uint64_t key)
{
    if (s == 1 || (s == 2 && !it_of(key))) out_putc(o, 's');
}

static void reg(struct out *o, int64_t n)
{
    if (n < 13)
        out_printf(o, "r%d", (int)n);
    else
        out_puts(o, n == 13 ? "sp" : n == 14 ? "lr" : "pc");
}

void arm_fmt_r(struct out *o, int64_t n, uint64_t key)
{
    (void)key;
    reg(o, n);
}

/* The register after n, with its comma: of a pair named by its first. */
void arm_fmt_r2(struct out *o, int64_t n, uint64_t key)
{
    (void)key;
    out_puts(o, ", ");
    reg(o, (n + 1) & 15);
}

void arm_fmt_rapsr(struct out *o, int64_t n, uint64_t key)
{
    (void)key;
    if (n == 15)
        out_puts(o, "apsr_nzcv");
    else
        reg(o, n);
}

/* Small numbers decimal, others hexadecimal. */
static void number(struct out *o, u32 v)
{
    out_printf(o, v < 10 ? "%u" : "0x%x", v);
}

void arm_fmt_imm(struct out *o, int64_t v, uint64_t key)
{
    (void)key;
    out_putc(o, '#');
    number(o, (u32)v);
}

/* An A32 immediate; one whose rotation is not the least that gives it is printed as byte and rotation. */
void arm_fmt_modimm(struct out *o, int64_t imm, int64_t rot, uint64_t key)
{
    u32 v = (u32)imm;
    for (u32 r = 0; r < rot; r++) {
        u32 byte = r ? v << 2 * r | v >> (32 - 2 * r) : v;
        if (byte > 255) continue;
        out_printf(o, "#%u, #%u", v << 2 * rot | v >> (32 - 2 * rot), 2 * (u32)rot);
        return;
    }
    arm_fmt_imm(o, imm, key);
}

void arm_fmt_plus1(struct out *o, int64_t v, uint64_t key)
{
    (void)key;
    out_printf(o, "%d", (int)v + 1);
}

void arm_fmt_bfwidth(struct out *o, int64_t lsb, int64_t msb, uint64_t key)
{
    (void)key;
    out_printf(o, "%d", (int)(msb - lsb + 1));
}

static u32 shift_amount(u32 shift)
{
    u32 n = shift >> 2;
    return n == 0 && (shift & 3) ? 32 : n;
}

static void shifted(struct out *o, u32 shift)
{
    if (shift == 0) return;
    if (shift == 3)
        out_puts(o, ", rrx");
    else
        out_printf(o, ", %s #%u", shift_names[shift & 3], shift_amount(shift));
}

void arm_fmt_shreg(struct out *o, int64_t rm, int64_t shift, uint64_t key)
{
    (void)key;
    reg(o, rm);
    shifted(o, (u32)shift);
}

void arm_fmt_shrs(struct out *o, int64_t rm, int64_t type, int64_t rs, uint64_t key)
{
    (void)key;
    reg(o, rm);
    out_printf(o, ", %s ", shift_names[type]);
    reg(o, rs);
}

void arm_fmt_shname(struct out *o, int64_t shift, uint64_t key)
{
    (void)key;
    out_puts(o, shift_names[shift & 3]);
}

void arm_fmt_shamt(struct out *o, int64_t shift, uint64_t key)
{
    (void)key;
    out_printf(o, "%u", shift_amount((u32)shift));
}

/* The operand of SSAT and USAT. */
void arm_fmt_shsat(struct out *o, int64_t rn, int64_t shift, uint64_t key)
{
    (void)key;
    reg(o, rn);
    shifted(o, (u32)shift);
}

/* ROR by bytes, of the extensions. */
void arm_fmt_ror(struct out *o, int64_t rm, int64_t rot, uint64_t key)
{
    (void)key;
    reg(o, rm);
    if (rot) out_printf(o, ", ror #%d", (int)rot * 8);
}

static void open_address(struct out *o, int64_t rn, int64_t puw)
{
    out_putc(o, '[');
    reg(o, rn);
    if (!(puw & 4)) out_putc(o, ']');
}

static void close_address(struct out *o, int64_t puw)
{
    if (puw & 4) out_puts(o, puw & 1 ? "]!" : "]");
}

static void offset_imm(struct out *o, int64_t puw, u32 imm)
{
    if (imm == 0 && (puw & 6) == 6 && !(puw & 1)) return;
    out_puts(o, puw & 2 ? ", #" : ", #-");
    number(o, imm);
}

void arm_fmt_amimm(struct out *o, int64_t rn, int64_t puw, int64_t imm, uint64_t key)
{
    (void)key;
    open_address(o, rn, puw);
    offset_imm(o, puw, (u32)imm);
    close_address(o, puw);
}

/* Thumb literals show an offset of zero. */
void arm_fmt_amlit(struct out *o, int64_t rn, int64_t puw, int64_t imm, uint64_t key)
{
    if (imm == 0 && puw == 6)
        out_puts(o, "[pc, #0]");
    else
        arm_fmt_amimm(o, rn, puw, imm, key);
}

void arm_fmt_amreg(struct out *o, int64_t rn, int64_t puw, int64_t rm, int64_t shift, uint64_t key)
{
    (void)key;
    open_address(o, rn, puw);
    out_puts(o, puw & 2 ? ", " : ", -");
    reg(o, rm);
    shifted(o, (u32)shift);
    close_address(o, puw);
}

void arm_fmt_amregn(struct out *o, int64_t rn, int64_t puw, int64_t rm, uint64_t key)
{
    arm_fmt_amreg(o, rn, puw, rm, 0, key);
}

/* LDC and STC: words; P = W = 0 is the unindexed form with its option. */
void arm_fmt_amldc(struct out *o, int64_t rn, int64_t puw, int64_t imm, uint64_t key)
{
    (void)key;
    open_address(o, rn, puw);
    if ((puw & 5) == 0)
        out_printf(o, imm < 10 ? ", {%u}" : ", {0x%x}", (u32)imm);
    else
        offset_imm(o, puw, (u32)imm * 4);
    close_address(o, puw);
}

void arm_fmt_lsm(struct out *o, int64_t mode, uint64_t key)
{
    static const char names[4][3] = {"da", "", "db", "ib"};
    (void)key;
    out_puts(o, names[mode]);
}

void arm_fmt_list(struct out *o, int64_t list, uint64_t key)
{
    (void)key;
    const char *comma = "";
    out_putc(o, '{');
    for (int i = 0; i < 16; i++) {
        if (!(list >> i & 1)) continue;
        out_puts(o, comma);
        reg(o, i);
        comma = ", ";
    }
    out_putc(o, '}');
}

/* A branch's offset as the address it leads to. */
void arm_fmt_rel(struct out *o, int64_t off, uint64_t key)
{
    u32 pc = (u32)key & ~1u, from = key & ARM_KEY_THUMB ? pc + 4 : pc + 8;
    out_puts(o, "#");
    number(o, from + (u32)off);
}

/* BLX from Thumb counts from Align(PC, 4). */
void arm_fmt_relx(struct out *o, int64_t off, uint64_t key)
{
    out_puts(o, "#");
    number(o, ((((u32)key & ~1u) + 4) & ~3u) + (u32)off);
}

/* T16 LDM writes back unless it loads its base. */
void arm_fmt_wbt(struct out *o, int64_t rn, int64_t list, uint64_t key)
{
    (void)key;
    if (!(list >> rn & 1)) out_putc(o, '!');
}

void arm_fmt_exaddr(struct out *o, int64_t rn, int64_t imm, uint64_t key)
{
    arm_fmt_amimm(o, rn, 6, imm, key);
}

/* it, its then and else letters, and the first condition. */
void arm_fmt_it(struct out *o, int64_t state, uint64_t key)
{
    (void)key;
    u32 mask = state & 15, first = (u32)state >> 4;
    out_puts(o, "it");
    for (u32 bit = 3; bit > 0 && (mask & ((1u << bit) - 1)); bit--)
        out_putc(o, (mask >> bit & 1) == (first & 1) ? 't' : 'e');
    out_printf(o, " %s", first == 14 ? "al" : cond_names[first]);
}

void arm_fmt_cpst(struct out *o, int64_t imod, int64_t m, int64_t iflags, int64_t mode, uint64_t key)
{
    arm_fmt_cps(o, imod + 2, m, iflags, mode, key);
}

void arm_fmt_psr(struct out *o, int64_t spsr, int64_t mask, uint64_t key)
{
    static const char apsr[4][8] = {"", "g", "nzcvq", "nzcvqg"};
    (void)key;
    if (!spsr && (mask & 3) == 0) {
        out_printf(o, "apsr_%s", apsr[mask >> 2]);
        return;
    }
    out_puts(o, spsr ? "spsr" : "cpsr");
    if (mask) out_putc(o, '_');
    for (int i = 3; i >= 0; i--)
        if (mask >> i & 1) out_putc(o, "cxsf"[i]);
}

void arm_fmt_bank(struct out *o, int64_t spsr, int64_t bank, uint64_t key)
{
    static const char modes[4][4] = {"fiq", "irq", "svc", "abt"};
    (void)key;
    if (spsr)
        out_printf(o, "spsr_bank%d", (int)bank);
    else if (bank < 8)
        out_printf(o, bank < 5 ? "r%d_usr" : bank == 5 ? "sp_usr" : "lr_usr", (int)bank + 8);
    else if (bank < 15)
        out_printf(o, bank < 13 ? "r%d_fiq" : bank == 13 ? "sp_fiq" : "lr_fiq", (int)bank);
    else
        out_printf(o, "%s_%s", bank & 1 ? "sp" : "lr", modes[(bank >> 1) & 3]);
}

void arm_fmt_barrier(struct out *o, int64_t option, uint64_t key)
{
    static const char names[16][6] = {"#0", "#1", "oshst", "osh", "#4",  "#5",  "nshst", "nsh",
                                      "#8", "#9", "ishst", "ish", "#12", "#13", "st",    "sy"};
    (void)key;
    out_puts(o, names[option]);
}

void arm_fmt_isbopt(struct out *o, int64_t option, uint64_t key)
{
    (void)key;
    if (option == 15)
        out_puts(o, "sy");
    else
        out_printf(o, "#%d", (int)option);
}

void arm_fmt_cps(struct out *o, int64_t imod, int64_t m, int64_t iflags, int64_t mode, uint64_t key)
{
    (void)key;
    if (imod >= 2) {
        out_puts(o, imod == 2 ? "ie " : "id ");
        for (int i = 2; i >= 0; i--)
            if (iflags >> i & 1) out_putc(o, "fia"[i]);
        if (!iflags) out_puts(o, "none");
        if (m) out_puts(o, ", ");
    } else {
        out_putc(o, ' ');
    }
    if (m) out_printf(o, "#%d", (int)mode);
}

/* --- field maps --- */

uint32_t arm_map_a32_imm(uint32_t imm12)
{
    u32 v = imm12 & 0xff, rot = 2 * (imm12 >> 8);
    return rot ? v >> rot | v << (32 - rot) : v;
}

/* imm5:sh of SSAT and USAT as imm5 << 2 | type. */
uint32_t arm_map_sat_shift(uint32_t v)
{
    return (v >> 1) << 2 | (v & 1 ? 2 : 0);
}

/* The U bit alone as puw of a post-indexed (T forms) or plain offset access. */
uint32_t arm_map_puw_post(uint32_t u)
{
    return u << 1 | 1;
}
uint32_t arm_map_puw_offset(uint32_t u)
{
    return 4 | u << 1;
}

/* i:imm3:imm8, ThumbExpandImm (A6.3.2). */
uint32_t arm_map_t32_imm(uint32_t imm12)
{
    u32 b = imm12 & 0xff, kind = imm12 >> 8;
    if (kind < 4) return b * (const u32[]){1, 0x00010001, 0x01000100, 0x01010101}[kind];
    u32 v = 0x80 | (b & 0x7f), rot = imm12 >> 7;
    return v >> rot | v << (32 - rot);
}

/* S:J1:J2:imm10:imm11:0 with I1 = NOT(J1 EOR S) and I2 = NOT(J2 EOR S) in bits 23 and 22. */
uint32_t arm_map_t32_branch(uint32_t off)
{
    return off >> 31 ? off : off ^ 0x00c00000;
}

uint32_t arm_map_list_lr(uint32_t v)
{
    return (v & 0xff) | (v & 0x100) << 6;
}
uint32_t arm_map_list_pc(uint32_t v)
{
    return (v & 0xff) | (v & 0x100) << 7;
}

/* --- whole instructions --- */

static u32 print_a32(struct out *o, u64 key, const u8 *bytes, size_t len)
{
    struct a32_rec r;
    if (len < 4) return 0;
    u32 word = load_le32(bytes);
    if (a32_decode(word, ~(u64)0, &r))
        a32_print(o, &r, key);
    else
        out_printf(o, ".word 0x%08x", word);
    return 4;
}

/* Coprocessor instructions are A32's in both sets. */
static u32 print_t32(struct out *o, u64 key, u32 word)
{
    struct t32_rec r;
    struct a32_rec a;
    if (t32_decode(word, ~(u64)0, &r))
        t32_print(o, &r, key);
    else if (arm_thumb_to_a32(word) && a32_decode(arm_thumb_to_a32(word), ~(u64)0, &a))
        a32_print(o, &a, key);
    else
        out_printf(o, ".word 0x%08x", word);
    return 4;
}

static u32 print_thumb(struct out *o, u64 key, const u8 *bytes, size_t len)
{
    struct t16_rec r;
    if (len < 2) return 0;
    u32 word = load_le16(bytes);
    if (word >> 11 >= 0x1d) return len < 4 ? 0 : print_t32(o, key, word << 16 | load_le16(bytes + 2));
    if (t16_decode(word, ~(u64)0, &r))
        t16_print(o, &r, key);
    else
        out_printf(o, ".hword 0x%04x", word);
    return 2;
}

u32 arm_print_insn(struct out *o, u64 key, const u8 *bytes, size_t len)
{
    return key & ARM_KEY_THUMB ? print_thumb(o, key, bytes, len) : print_a32(o, key, bytes, len);
}
