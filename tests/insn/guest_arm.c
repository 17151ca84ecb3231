/* ARM's registers for instruction tests: r0 to r14, cpsr (without Thumb and IT, which the set and the key
 * say), fpscr, d0 to d31. */
#include <stdio.h>
#include <string.h>

#include "frontend/arm/cpu.h"
#include "frontend/isagen/isa_rows.h"
#include "tests/insn/insn.h"

enum { CPSR = 15, FPSCR, D0, NREGS = D0 + 32 };
#define CPSR_SHOWN 0xf80f0000u /* N Z C V Q GE */

static const char *reg_name(u32 i)
{
    static char names[NREGS][16];
    if (!names[i][0]) {
        if (i < CPSR)
            snprintf(names[i], sizeof names[i], "r%u", i);
        else if (i >= D0)
            snprintf(names[i], sizeof names[i], "d%u", i - D0);
        else
            snprintf(names[i], sizeof names[i], i == CPSR ? "cpsr" : "fpscr");
    }
    return names[i];
}

static struct arm_cpu *arm(const struct cpu_head *c)
{
    return (struct arm_cpu *)(uintptr_t)c;
}

static u64 get(const struct cpu_head *cpu, u32 i)
{
    if (i < CPSR) return *arm_cpu_reg(arm(cpu), i);
    if (i >= D0) return *arm_cpu_dreg(arm(cpu), i - D0);
    return i == CPSR ? arm_cpsr(arm(cpu)) & CPSR_SHOWN : arm_fpscr(arm(cpu));
}

/* Thumb state is the key's: setting cpsr must not change it. */
static void set(struct cpu_head *cpu, u32 i, u64 v)
{
    struct arm_cpu *c = arm(cpu);
    if (i < CPSR)
        *arm_cpu_reg(c, i) = (u32)v;
    else if (i >= D0)
        *arm_cpu_dreg(c, i - D0) = v;
    else if (i == FPSCR)
        arm_set_fpscr(c, (u32)v);
    else {
        u64 key = cpu->key;
        arm_set_cpsr(c, (u32)v);
        cpu->key = key;
    }
}

static u32 digits(u32 i)
{
    return i >= D0 ? 16 : 8;
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
                               0xcf00000100800000,
                               0x41dfffffffc00000,
                               0xc1e0000000200000,
                               0x3fe0000000000000};
    return r % 4 == 0   ? more
           : r % 4 == 1 ? (more & 0x800fffffffffffff) | 0x3ff0000000000000
                        : nice[(r >> 8) % 16];
}

static u64 random_reg(u32 i, bool mem, u64 (*rnd)(void *), void *arg)
{
    static const u32 nice[] = {0,          1,          2,          31,        32,     0x7f,
                               0x80,       0xff,       0x7fff,     0x8000,    0xffff, 0x7fffffff,
                               0x80000000, 0xffffffff, 0x80008000, 0x7fff7fff};
    u64 r = rnd(arg);
    if (i >= D0) return pick_float(r, rnd(arg));
    if (i == CPSR) return (u32)r & CPSR_SHOWN;
    if (i == FPSCR) return (r >> 40) % 4 ? 0 : ((u32)r & 0x03c00000) | ((r >> 32) % 4 == 0 ? 0x01000000 : 0);
    if (mem && (r >> 32) % 3 != 0)
        return DATA_ADDR + 0x2000 + ((u32)r & 0x7f8) + ((r >> 50) % 8 ? 0 : (r >> 20) & 7);
    if (mem) return (u32)r & 0x1f;
    return (r >> 32) % 2 ? (u32)r : nice[(r >> 8) % 16];
}

/* What the manual calls unpredictable, as far as the tables let it through: fields that name the pc where it
 * may not stand, and base registers that are also loaded. */
static bool wants(const struct isa_row *row, u32 word)
{
    bool mem = false;
    s64 rn = -1, rt = -1, rt2 = -1, w = 0, puw = 4, list = 0, rd = -1, lo = -1, hi = -1, rm = -1, cp = -1,
        sx = 0, fbits = 0, lsb = 0, width1 = 0;
    const struct {
        const char *name;
        s64 *v;
    } known[] = {{"rn", &rn},       {"rt", &rt}, {"rt2", &rt2}, {"w", &w},           {"puw", &puw},
                 {"list", &list},   {"cp", &cp}, {"lsb", &lsb}, {"width1", &width1}, {"sx", &sx},
                 {"fbits", &fbits}, {"rd", &rd}, {"lo", &lo},   {"hi", &hi},         {"rm", &rm}};
    for (u32 i = 0; i < row->fields; i++) {
        const struct isa_field *f = &row->field[i];
        for (u32 k = 0; k < sizeof known / sizeof known[0]; k++)
            if (strcmp(f->name, known[k].name) == 0) *known[k].v = isa_field_get(f, word);
        if (strcmp(f->name, "rt") == 0 || strcmp(f->name, "list") == 0) mem = true;
    }
    if (strcmp(row->name, "svc") == 0 || word == 0xf7f0a000 || word == 0xf7ffbfff || word == 0xde01)
        return false;
    if (strcmp(row->name, "it") == 0 && ((word >> 4 & 15) >= 14)) return false;
    if (strcmp(row->name, "blx_imm") == 0 && word >> 24 & 1)
        return false; /* to the half that is no breakpoint */
    bool pair =
        strncmp(row->name, "ldrd", 4) == 0 || strncmp(row->name, "strd", 4) == 0 || strstr(row->name, "exd");
    if (pair && rt2 < 0) rt2 = rt + 1;
    if (pair && rt2 >= 0 && row->width == 32 && (rt & 1 || rt == 14)) return false;
    if (pair && (rm == rt || rm == rt2)) return false;
    if (lo >= 0 && (lo == hi || lo == 15 || hi == 15)) return false;
    bool back = (puw & 5) != 4 && !strstr(row->name, "_lit");
    if (list && (rn == 15 || (w && (list >> rn & 1)) || (list & 0xa000) == 0xa000 || (list >> 13 & 1)))
        return false;
    if (mem && (rt2 == 15 || (back && (rn == 15 || rn == rt || rn == rt2)))) return false;
    if (rt >= 0 && rd >= 0 && (rd == rt || rd == rn || rd == rt2 || rd == 15)) return false;
    if (lsb + width1 > 31 || word == 0xf7ffffff) return false;
    if (strncmp(row->name, "bxj", 3) == 0 && rm == 15) return false;
    if (strstr(row->name, "rex") && (rt == 13 || rd == 13)) return false;
    if (fbits > (sx ? 32 : 16)) return false;
    if (cp == 1 || cp == 2) return false; /* FPA, which the oracle emulates as an old kernel does */
    if ((mem || strncmp(row->name, "blx", 3) == 0) && rm == 15) return false;
    if (strncmp(row->name, "swp", 3) == 0 && rn == 15) return false;
    return rd != 15 && rt != 15;
}

static u32 fill(const struct guest_isa *isa)
{
    return isa->key_bits ? 0xdef0def0 : 0xe7f0def0;
}

/* An IT block gets as many instructions as its mask asks for. */
static bool more(const struct guest_isa *isa, const struct isa_row *row, u32 first, u32 n, u64 r, u32 *word)
{
    static const u16 body[] = {0x3101, 0x1842, 0x4291, 0x4048, 0x6002, 0x680b,
                               0x46a3, 0x2203, 0x4351, 0xb2d1, 0x4211};
    (void)isa;
    if (strcmp(row->name, "it") != 0 || n > 4 - (u32)__builtin_ctz(first & 15)) return false;
    *word = body[r % (sizeof body / sizeof body[0])];
    return true;
}

const struct insn_guest insn_arm = {
    .name = "arm",
    .nregs = NREGS,
    .reg_name = reg_name,
    .get = get,
    .set = set,
    .fill = fill,
    .more = more,
    .digits = digits,
    .random = random_reg,
    .wants = wants,
};
