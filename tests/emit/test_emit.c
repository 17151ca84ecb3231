/* The encoder against an independent disassembler: every row of enc.def and every shape of emit.h, over all
 * registers, widths and displacement classes. What is expected is written from the operands; the disassembler
 * reads the bytes. */
#include <capstone/capstone.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "backend/x86_64/emit.h"

static csh handle;
static unsigned checks, failures;
static u8 bytes[64];
static struct codebuf b;

static const char *const gpr[4][16] = {
    {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b",
     "r15b"},
    {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w",
     "r15w"},
    {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d", "r13d",
     "r14d", "r15d"},
    {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
     "r15"},
};
static const char *reg_name(int bits, u8 r)
{
    return gpr[bits == 8 ? 0 : bits == 16 ? 1 : bits == 32 ? 2 : 3][r];
}
static const char *ptr_name(int bits)
{
    return bits == 8 ? "byte" : bits == 16 ? "word" : bits == 32 ? "dword" : bits == 64 ? "qword" : "xmmword";
}

/* --- memory operands --- */

static const s32 disps[] = {0, 8, -128, 127, 128, -129, 0x12345678, -0x7fffff00};

static void number(char *out, s64 v, bool sign)
{
    u64 m = v < 0 ? 0 - (u64)v : (u64)v;
    sprintf(out, m > 9 ? "%s0x%lx" : "%s%lu", !sign ? "" : v < 0 ? " - " : " + ", m);
}

static void mem_text(char *out, struct xmem m, int bits)
{
    char disp[32] = "";
    int aw = m.flags & XM_A32 ? 32 : 64;
    bool plain = m.base == XNOREG && m.index == XNOREG;
    if (m.disp && !plain) number(disp, m.disp, true);
    if (plain) number(disp, (s64)(u32)m.disp, false); /* see narrow_absolute */
    out += sprintf(out, "%s ptr %s[", ptr_name(bits), m.flags & XM_GS ? "gs:" : "");
    if (m.base != XNOREG) out += sprintf(out, "%s", reg_name(aw, m.base));
    if (m.index != XNOREG) out += sprintf(out, "%s%s", m.base != XNOREG ? " + " : "", reg_name(aw, m.index));
    if (m.index != XNOREG && m.scale) out += sprintf(out, "*%d", 1 << m.scale);
    sprintf(out, "%s]", disp);
}

/* Calls f for every kind of memory operand. */
static void each_mem(void (*f)(struct xmem, void *), void *arg)
{
    for (u32 d = 0; d < ARRAY_LEN(disps); d++) {
        for (u8 base = 0; base < 16; base++) {
            f((struct xmem){.base = base, .index = XNOREG, .disp = disps[d], .flags = (u8)(d & 3)}, arg);
            for (u8 index = 0; index < 16; index++)
                if (index != RSP)
                    f(
                        (struct xmem){
                            .base = base, .index = index, .scale = (base + index + d) & 3, .disp = disps[d]},
                        arg);
        }
        f((struct xmem){.base = XNOREG, .index = XNOREG, .disp = disps[d], .flags = XM_GS}, arg);
        f((struct xmem){.base = XNOREG, .index = XNOREG, .disp = disps[d], .flags = XM_A32}, arg);
        for (u8 index = 0; index < 16; index++)
            if (index != RSP)
                f((struct xmem){.base = XNOREG, .index = index, .scale = 2, .disp = 0x1000}, arg);
    }
}

/* The disassembler extends an absolute address now by the width of the operand, now not: 32 bits are
 * compared. */
static void narrow_absolute(char *text)
{
    char *p = strstr(text, "[0xffffffff");
    if (p && strlen(p) >= 20 && p[19] == ']') memmove(p + 3, p + 11, strlen(p + 11) + 1);
}

/* It also shows the comparisons of scalars with the wrong width. */
static void drop_width(char *text)
{
    char *p = strstr(text, "word ptr ");
    if (!p || !strstr(text, "comis")) return;
    char *from = p + strlen("word ptr ");
    while (p > text && p[-1] != ' ') p--;
    memmove(p, from, strlen(from) + 1);
}

/* --- the check --- */

static void check(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void check(const char *fmt, ...)
{
    char want[160], got[256] = "nothing";
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(want, sizeof want, fmt, ap);
    va_end(ap);
    cs_insn *in;
    size_t size = (size_t)(b.p - bytes);
    size_t n = cs_disasm(handle, bytes, size, 0x1000, 0, &in);
    if (n) snprintf(got, sizeof got, "%s%s%s", in->mnemonic, in->op_str[0] ? " " : "", in->op_str);
    narrow_absolute(got);
    drop_width(got);
    drop_width(want);
    bool whole = n == 1 && in->size == size;
    checks++;
    if (!whole || strcmp(want, got)) {
        if (failures++ < 20) {
            printf("expected %-50s got %s%s  ", want, got, whole ? "" : " (not all bytes)");
            for (size_t i = 0; i < size; i++) printf(" %02x", bytes[i]);
            printf("\n");
        }
    }
    if (n) cs_free(in, n);
    b.p = bytes;
}

/* --- the rows of enc.def --- */

struct row {
    const char *name, *text;
    u32 op;
    int imm;
};
static const struct row rows[] = {
#define X_OP(name, word, imm, text) {#name, text, word, imm},
#include "backend/x86_64/enc.def"
};

/* Fills the row's text in: reg, v, and rm as a register or as memory text. */
static void row_text(char *out, const struct row *r, u8 reg, u8 v, u8 rm, const struct xmem *m)
{
    for (const char *p = r->text; *p; p++) {
        if (*p != '{') {
            *out++ = *p;
            continue;
        }
        char kind = p[1];
        int bits = atoi(p + 2);
        p = strchr(p, '}');
        if (kind == 'r' && bits) out += sprintf(out, "%s", reg_name(bits, reg));
        if (kind == 'r' && !bits) out += sprintf(out, "xmm%d", reg);
        if (kind == 'v' && bits) out += sprintf(out, "%s", reg_name(bits, v));
        if (kind == 'v' && !bits) out += sprintf(out, "xmm%d", v);
        if (kind == 'i') out += sprintf(out, "5");
        if ((kind == 'm' || kind == 'M') && !m) out += sprintf(out, "%s", reg_name(bits, rm));
        if (kind == 'x' && !m) out += sprintf(out, "xmm%d", rm);
        if ((kind == 'm' || kind == 'M' || kind == 'x') && m) {
            mem_text(out, *m, bits);
            out += strlen(out);
        }
    }
    *out = 0;
}

struct row_arg {
    const struct row *r;
    u8 reg;
};

static void row_mem(struct xmem m, void *arg)
{
    struct row_arg *a = arg;
    char text[160];
    u8 reg = a->reg++ & 15, v = strstr(a->r->text, "{v") ? (reg * 7 + 3) & 15 : 0;
    if (a->r->op & X_VEX)
        x_vrm(&b, a->r->op, reg, v, m);
    else
        x_rm(&b, a->r->op, reg, m);
    if (a->r->imm) x_u8(&b, 5);
    row_text(text, a->r, reg, v, 0, &m);
    check("%s", text);
}

static void test_rows(void)
{
    for (const struct row *r = rows; r < rows + ARRAY_LEN(rows); r++) {
        bool digit =
            !(r->op & X_REG) && r->imm && (r->op & 0xff) == 0x73; /* psrldq, pslldq: registers only */
        for (u8 reg = 0; reg < 16; reg++) {
            for (u8 rm = 0; rm < 16; rm++) {
                char text[160];
                u8 v = strstr(r->text, "{v") ? (u8)(reg + rm) & 15 : 0,
                   given = digit ? (strcmp(r->name, "psrldq") ? 7 : 3) : reg;
                if (strstr(r->text, "{M")) continue;
                if (r->op & X_VEX)
                    x_vrr(&b, r->op, given, v, rm);
                else
                    x_rr(&b, r->op, given, rm);
                if (r->imm) x_u8(&b, 5);
                row_text(text, r, reg, v, rm, NULL);
                check("%s", text);
            }
        }
        struct row_arg a = {.r = r};
        if (!digit) each_mem(row_mem, &a);
    }
}

/* --- the shapes of emit.h --- */

static const char *const alu_name[8] = {"add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"};
static const char *const shift_name[8] = {"rol", "ror", "rcl", "rcr", "shl", "shr", "", "sar"};
static const char *const cc_name[16] = {"o", "no", "b", "ae", "e", "ne", "be", "a",
                                        "s", "ns", "p", "np", "l", "ge", "le", "g"};
static const int sizes[4] = {1, 2, 4, 8};

/* An immediate as the disassembler shows it in an operand of that size. */
static const char *imm_text(s64 v, int size, bool is_sum)
{
    static char text[2][32];
    static int turn;
    char *t = text[turn ^= 1];
    u64 u = size == 1 ? (u8)v : size == 2 ? (u16)v : size == 4 ? (u32)v : (u64)v;
    bool show_minus = v < 0 && is_sum && (size == 8 || (v == (s8)v && size > 1)); /* its custom */
    if (show_minus) u = (u64)-v;
    sprintf(t, u > 9 ? "%s0x%lx" : "%s%lu", show_minus ? "-" : "", u);
    return t;
}

static void alu_mem(struct xmem m, void *arg)
{
    if (m.base == XNOREG && m.index == XNOREG && m.disp != 8) return; /* shown cut to the operand's width */
    u8 *turn = arg, r = *turn & 15;
    enum xalu op = (enum xalu)(*turn >> 1 & 7);
    int size = sizes[*turn & 3];
    char t[80];
    ++*turn;
    mem_text(t, m, 8 * size);
    x_alu_rm(&b, op, size, r, m), check("%s %s, %s", alu_name[op], reg_name(8 * size, r), t);
    x_alu_mr(&b, op, size, m, r), check("%s %s, %s", alu_name[op], t, reg_name(8 * size, r));
    x_alu_mi(&b, op, size, m, 0x12), check("%s %s, 0x12", alu_name[op], t);
    x_alu_mi(&b, op, size, m, 0x61), check("%s %s, 0x61", alu_name[op], t);
    if (size > 1) x_alu_mi(&b, op, size, m, 0x1234), check("%s %s, 0x1234", alu_name[op], t);
    x_store(&b, size, m, r), check("mov %s, %s", t, reg_name(8 * size, r));
    x_store_i(&b, size, m, 0x34), check("mov %s, 0x34", t);
    x_setcc_m(&b, CC_BE, m), mem_text(t, m, 8), check("setbe %s", t);
    struct xmem plain = m;
    plain.flags &= ~XM_GS;
    mem_text(t, plain, 64);
    if (size >= 4) x_lea(&b, size, r, plain), check("lea %s, %s", reg_name(8 * size, r), strchr(t, '['));
    mem_text(t, m, 8 * size);
    x_load(&b, size, r, m);
    check("%s %s, %s", size < 4 ? "movzx" : "mov", reg_name(size == 8 ? 64 : 32, r), t);
}

static void alu_regs(u8 r, u8 s)
{
    for (int k = 0; k < 4; k++) {
        int size = sizes[k], bits = 8 * size;
        for (u32 op = 0; op < 8; op++) {
            x_alu_rr(&b, (enum xalu)op, size, r, s),
                check("%s %s, %s", alu_name[op], reg_name(bits, r), reg_name(bits, s));
        }
        x_test_rr(&b, size, r, s), check("test %s, %s", reg_name(bits, r), reg_name(bits, s));
        if (size < 4) continue;
        x_mov_rr(&b, size, r, s), check("mov %s, %s", reg_name(bits, r), reg_name(bits, s));
        for (u8 cc = 0; cc < 16; cc++)
            x_cmov_rr(&b, cc, size, r, s),
                check("cmov%s %s, %s", cc_name[cc], reg_name(bits, r), reg_name(bits, s));
        x_imul_rri(&b, size, r, s, 0x1234567);
        check("imul %s, %s, 0x1234567", reg_name(bits, r), reg_name(bits, s));
    }
}

static void one_reg(u8 r)
{
    static const s32 imms[] = {0, 1, 0x7f, -1, -128, 128, 0x1234, 0x7fffffff, -0x7fffffff};
    static const char *const f7[8] = {"", "", "not", "neg", "mul", "imul", "div", "idiv"};
    for (int k = 0; k < 4; k++) {
        int size = sizes[k], bits = 8 * size;
        for (u32 n = 0; n < ARRAY_LEN(imms); n++) {
            s32 v = imms[n];
            if ((size == 1 && v != (s8)v) || (size == 2 && v != (s16)v)) continue;
            for (u32 op = 0; op < 8; op++)
                x_alu_ri(&b, (enum xalu)op, size, r, v),
                    check("%s %s, %s", alu_name[op], reg_name(bits, r),
                          imm_text(v, size, op != ALU_AND && op != ALU_OR && op != ALU_XOR));
            x_test_ri(&b, size, r, v), check("test %s, %s", reg_name(bits, r), imm_text(v, size, size == 8));
        }
        for (u32 op = 0; op < 8; op++) {
            if (op == 6) continue;
            x_shift_ri(&b, (enum xshift)op, size, r, 7), check("%s %s, 7", shift_name[op], reg_name(bits, r));
            x_shift_ri(&b, (enum xshift)op, size, r, 1), check("%s %s, 1", shift_name[op], reg_name(bits, r));
            x_shift_cl(&b, (enum xshift)op, size, r), check("%s %s, cl", shift_name[op], reg_name(bits, r));
        }
        for (u32 op = F7_NOT; op <= F7_IDIV; op++)
            x_f7(&b, (enum xf7)op, size, r), check("%s %s", f7[op], reg_name(bits, r));
        if (size >= 4) x_bswap(&b, size, r), check("bswap %s", reg_name(bits, r));
    }
    for (u8 cc = 0; cc < 16; cc++) x_setcc_r(&b, cc, r), check("set%s %s", cc_name[cc], reg_name(8, r));
    x_mov_ri(&b, r, 0x12345678), check("mov %s, 0x12345678", reg_name(32, r));
    x_mov_ri(&b, r, 0xfffffffffffffff0), check("mov %s, -0x10", reg_name(64, r));
    x_mov_ri(&b, r, 0x123456789abcdef0), check("movabs %s, 0x123456789abcdef0", reg_name(64, r));
    x_push(&b, r), check("push %s", reg_name(64, r));
    x_pop(&b, r), check("pop %s", reg_name(64, r));
    x_rip(&b, 0x8d | X_W, r), check("lea %s, [rip]", reg_name(64, r));
    x_rr(&b, 0xba | X_0F, 4, r), x_u8(&b, 0), check("bt %s, 0", reg_name(32, r));
    x_rr(&b, 0xff, 4, r), check("jmp %s", reg_name(64, r));
}

/* [rbp + disp], the short way to the state block. */
static void state_access(u8 r)
{
    for (u32 n = 0; n < ARRAY_LEN(disps); n++) {
        char t[80];
        struct xmem m = {.base = RBP, .index = XNOREG, .disp = disps[n]};
        mem_text(t, m, 32), x_rbp(&b, 0x8b, r, disps[n]), check("mov %s, %s", reg_name(32, r), t);
        mem_text(t, m, 64), x_rbp(&b, 0x89 | X_W, r, disps[n]), check("mov %s, %s", t, reg_name(64, r));
    }
}

static void control(void)
{
    for (u8 cc = 0; cc < 16; cc++) {
        x_link(x_jcc(&b, cc), b.base + 0x100), check("j%s 0x1100", cc_name[cc]);
        u8 *from = x_jcc8(&b, cc);
        x_nops(&b, 3);
        x_land(&b, from);
        b.p = from;
        check("j%s 0x1005", cc_name[cc]);
    }
    x_link(x_jmp(&b), b.base + 0x100), check("jmp 0x1100");
    x_link(x_call(&b), b.base - 0x100), check("call 0xf00");
    x_ret(&b), check("ret");
    for (unsigned n = 1; n <= 9; n++) {
        x_nops(&b, n);
        cs_insn *in;
        size_t got = cs_disasm(handle, bytes, n, 0, 0, &in);
        checks++;
        if (got != 1 || in->size != n || !strstr(in->mnemonic, "nop"))
            failures++, printf("no-operation of %u bytes\n", n);
        if (got) cs_free(in, got);
        b.p = bytes;
    }
}

int main(void)
{
    if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK) return printf("no disassembler\n"), 1;
    b = (struct codebuf){.p = bytes, .base = bytes, .end = bytes + sizeof bytes};
    test_rows();
    u8 turn = 0;
    each_mem(alu_mem, &turn);
    for (u8 r = 0; r < 16; r++) {
        one_reg(r), state_access(r);
        for (u8 s = 0; s < 16; s++) alu_regs(r, s);
    }
    control();
    cs_close(&handle);
    printf("%u encodings, %u wrong\n", checks, failures);
    return failures != 0 || checks < 50000;
}
