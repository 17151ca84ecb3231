/* Random units: as written, rebuilt through the builder, optimised, and both must leave the same state, the
 * same memory and the same exit in the interpreter. The generator writes text, so parser, printer and
 * verifier are in it too. What it makes is meant to hit the builder's memory of state: overlapping slots,
 * windows and their plain aliases, helpers that write state, faults between writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "backend/backend.h"
#include "runtime/base/arena.h"
#include "runtime/base/fmt.h"
#include "runtime/base/gmem.h"
#include "tests/ir/toy.h"

enum { TEXT = 1 << 16, MAX_VALUES = 600 };

static u64 seed;
static u32 rnd(u32 n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (u32)((seed >> 11) % n);
}

/* --- the generator --- */

static struct gen {
    struct out o;
    char buf[TEXT];
    struct {
        u8 type;
    } value[MAX_VALUES];
    u32 nvalues; /* values visible here are [0, nvalues) and those of `visible` */
    bool visible[MAX_VALUES];
    u32 key;
    s32 shift;
    u32 nblocks;
    enum { MIXED, WINDOWS, FLOATS, FLAGS, NPROFILES } profile; /* what the unit is full of */
} g;

static u32 fresh(enum ir_type t)
{
    g.value[g.nvalues].type = (u8)t;
    g.visible[g.nvalues] = true;
    return g.nvalues++;
}

static void constant(char *buf, enum ir_type t)
{
    static const s64 corners[] = {0, 0, 1, 1, -1, 2, 3, 7, 8, 16, 24, 31, 32, 63, 255, 65535};
    u32 bits = ir_type_bits[t];
    u64 v = rnd(3) ? (u64)corners[rnd(ARRAY_LEN(corners))] : (u64)rnd(1u << 31) << rnd(34);
    if (rnd(8) == 0) v = (u64)1 << rnd(64);
    if (bits < 64) v &= ((u64)1 << bits) - 1;
    sprintf(buf, "0x%lx:%s", v, ir_type_name[t]);
}

/* An operand of type t: a recent value if there is one, else a constant. */
static const char *operand(enum ir_type t)
{
    static char bufs[8][40];
    static u32 next;
    char *buf = bufs[next++ % 8];
    if (rnd(4))
        for (u32 tries = 0; tries < 12 && g.nvalues; tries++) {
            u32 back = rnd(rnd(2) ? 8 : 40) + 1;
            if (back > g.nvalues) continue;
            u32 v = g.nvalues - back;
            if (!g.visible[v] || g.value[v].type != t) continue;
            sprintf(buf, "v%u", v);
            return buf;
        }
    constant(buf, t);
    return buf;
}

static enum ir_type int_type(void)
{
    static const u8 types[] = {IR_b1, IR_b1, IR_i8, IR_i16, IR_i32, IR_i32, IR_i32, IR_i64, IR_i64, IR_i128};
    return types[rnd(ARRAY_LEN(types))];
}

static void pure_op(void)
{
    static const u8 simple[] = {IR_OP_add, IR_OP_sub, IR_OP_and, IR_OP_or, IR_OP_xor, IR_OP_shl,   IR_OP_shr,
                                IR_OP_sar, IR_OP_neg, IR_OP_not, IR_OP_eq, IR_OP_ne,  IR_OP_select};
    enum ir_type t = int_type();
    enum ir_op op = t == IR_i128 ? simple[rnd(sizeof simple)] : IR_OP_add + rnd(IR_OP_sle - IR_OP_add + 1);
    if (op == IR_OP_bswap && t < IR_i16) t = IR_i32;
    const char *sig = ir_ops[op].sig;
    char line[160] = "";
    for (int i = 0; sig[2 + i]; i++) {
        strcat(line, i ? ", " : " ");
        strcat(line, operand(sig[2 + i] == 'b' ? IR_b1 : t));
    }
    if (sig[0] == 'b') t = IR_b1;
    out_printf(&g.o, "  v%u:%s = %s%s\n", fresh(t), ir_type_name[t], ir_ops[op].name, line);
}

static void conversion(void)
{
    enum ir_type a = int_type(), b = int_type();
    const char *op = rnd(2) ? "zext" : "sext";
    if (a == b) {
        a = rnd(2) ? IR_i32 : IR_i64;
        const char *x = operand(a), *y = operand(a);
        b = a == IR_i32 ? IR_i64 : IR_i128;
        out_printf(&g.o, "  v%u:%s = pair %s, %s\n", fresh(b), ir_type_name[b], x, y);
        return;
    }
    const char *x = operand(a);
    out_printf(&g.o, "  v%u:%s = %s %s\n", fresh(b), ir_type_name[b], a > b ? "trunc" : op, x);
}

/* Places that overlap: whole slots, halves, bytes, pairs of slots, floats over integers. */
static const struct place {
    const char *name;
    u8 type;
} places[] = {
    {"x0", IR_i64}, {"x0", IR_i32},  {"x0+4", IR_i32}, {"x0+3", IR_i8},  {"x0+2", IR_i16}, {"x0", IR_f64},
    {"x1", IR_i64}, {"r0", IR_i32},  {"r1", IR_i32},   {"r0", IR_i64},   {"r2", IR_i32},   {"r3", IR_i32},
    {"r2", IR_i64}, {"r0", IR_f32},  {"r1", IR_i8},    {"r1+1", IR_i8},  {"r1+2", IR_i16}, {"r0", IR_i128},
    {"h0", IR_i16}, {"h0", IR_i32},  {"n", IR_b1},     {"z", IR_b1},     {"c", IR_b1},     {"v", IR_b1},
    {"n", IR_i32},  {"q0", IR_i128}, {"q0", IR_i64},   {"q0+8", IR_i64}, {"q0", IR_v128},  {"s0", IR_f32},
    {"s0", IR_i32}, {"d0", IR_f64},  {"d0", IR_i64},
};

static u32 window_cell(void)
{
    return toy_layout.window_lo + 4 * (TOY_WINDOW_CELLS / 2 - 2 + rnd(4));
}

static void get(void)
{
    const struct place *p = &places[rnd(ARRAY_LEN(places))];
    bool windows = rnd(g.profile == WINDOWS ? 2 : 6) == 0;
    if (windows && rnd(2)) {
        out_printf(&g.o, "  v%u:i32 = get @%u\n", fresh(IR_i32), window_cell());
    } else if (windows) {
        enum ir_type t = rnd(4) ? IR_i32 : IR_i64;
        out_printf(&g.o, "  v%u:%s = getw %d\n", fresh(t), ir_type_name[t], (s32)rnd(6) * 4 - 12);
    } else {
        out_printf(&g.o, "  v%u:%s = get %s\n", fresh(p->type), ir_type_name[p->type], p->name);
    }
}

static void put(void)
{
    const struct place *p = &places[rnd(ARRAY_LEN(places))];
    bool windows = rnd(g.profile == WINDOWS ? 2 : 6) == 0;
    if (windows && rnd(3) == 0) {
        out_printf(&g.o, "  put @%u, %s\n", window_cell(), operand(IR_i32));
    } else if (windows && rnd(6)) {
        out_printf(&g.o, "  putw %d, %s\n", (s32)rnd(6) * 4 - 12, operand(rnd(4) ? IR_i32 : IR_i64));
    } else if (windows) {
        s32 by = g.shift > 0 ? -8 : g.shift < 0 ? 8 : rnd(2) ? 8 : -8;
        g.shift += by;
        out_printf(&g.o, "  rebase %d\n", by);
    } else if (p->type == IR_v128) {
        out_printf(&g.o, "  v%u:v128 = bits %s\n", g.nvalues, operand(IR_i128));
        u32 v = fresh(IR_v128);
        out_printf(&g.o, "  put %s, v%u\n", p->name, v);
    } else {
        out_printf(&g.o, "  put %s, %s\n", p->name, operand(p->type));
    }
}

static void access(void)
{
    static const char *const flags[] = {"", "", ".be", ".align", ".be.align", ".align4", ".acq", ".sc"};
    u32 addr = rnd(20) ? TOY_RAM + rnd(64) * (rnd(3) ? 8 : 1) : rnd(TOY_END + 0x1000);
    enum ir_type t = rnd(6) ? IR_i32 : int_type();
    const char *f = flags[rnd(ARRAY_LEN(flags))];
    if (t == IR_b1) t = IR_i8;
    u32 a = fresh(IR_i64);
    out_printf(&g.o, "  v%u:i64 = add %s, 0x%x:i64\n", a, "0:i64", addr);
    if (rnd(2)) {
        out_printf(&g.o, "  v%u:%s = load%s v%u\n", fresh(t), ir_type_name[t], f, a);
    } else if (rnd(3)) {
        out_printf(&g.o, "  store%s v%u, %s\n", f, a, operand(t));
    } else if (t != IR_i128) {
        const char *x = operand(t);
        out_printf(&g.o, "  v%u:%s = rmw_add%s v%u, %s\n", fresh(t), ir_type_name[t], strchr(f, 'c') ? "" : f,
                   a, x);
    }
}

static void helper(void)
{
    if (rnd(2)) {
        out_puts(&g.o, "  call bump()\n");
    } else if (rnd(2)) {
        out_printf(&g.o, "  v%u:i64 = call peek()\n", fresh(IR_i64));
    } else {
        const char *a = operand(IR_i32), *b = operand(IR_i32);
        out_printf(&g.o, "  v%u:i32 = call sum(%s, %s)\n", fresh(IR_i32), a, b);
    }
}

static void floating(void)
{
    static const char *const ops[] = {"fadd", "fmul", "fsub.rtz", "fdiv", "fneg", "fabs"};
    const char *a = operand(IR_f32), *b = operand(IR_f32), *op = ops[rnd(ARRAY_LEN(ops))];
    static char again[160];
    if (again[0] && rnd(3) == 0) { /* the same once more */
        out_printf(&g.o, "  v%u%s", fresh(IR_f32), again);
    } else if (rnd(6) == 0) {
        out_printf(&g.o, "  v%u:i32 = fpget\n", fresh(IR_i32));
    } else if (rnd(8) == 0) {
        out_printf(&g.o, "  fpset %s\n", operand(IR_i32));
    } else if (rnd(8) == 0) {
        out_printf(&g.o, "  fprm %u:i32\n", rnd(6));
    } else if (rnd(5) == 0) {
        out_printf(&g.o, "  v%u:i8 = fcmp %s, %s\n", fresh(IR_i8), a, b);
    } else if (op[1] == 'n' || op[2] == 'b') {
        out_printf(&g.o, "  v%u:f32 = %s %s\n", fresh(IR_f32), op, a);
    } else {
        out_printf(&g.o, "  v%u:f32 = %s %s, %s\n", fresh(IR_f32), op, a, b);
        if (a[0] != 'v' && b[0] != 'v') sprintf(again, ":f32 = %s %s, %s\n", op, a, b);
    }
}

/* What a lifter writes for a condition: N, Z, C and V of a difference, and a test of them. */
static void condition(void)
{
    static const u8 types[] = {IR_i8, IR_i32, IR_i64};
    enum ir_type t = types[rnd(3)];
    const char *name = ir_type_name[t], *a = operand(t), *b = operand(t);
    u32 d = fresh(t), n = fresh(IR_b1), z = fresh(IR_b1), c = fresh(IR_b1), v = fresh(IR_b1);
    out_printf(&g.o, "  v%u:%s = sub %s, %s\n", d, name, a, b);
    if (rnd(2))
        out_printf(&g.o, "  v%u:b1 = slt v%u, 0:%s\n", n, d, name);
    else {
        u32 top = fresh(t);
        out_printf(&g.o, "  v%u:%s = shr v%u, %u:%s\n", top, name, d, ir_type_bits[t] - 1, name);
        out_printf(&g.o, "  v%u:b1 = trunc v%u\n", n, top);
    }
    out_printf(&g.o, "  v%u:b1 = eq v%u, 0:%s\n  v%u:b1 = ule %s, %s\n", z, d, name, c, b, a);
    out_printf(&g.o, "  v%u:b1 = sub_v %s, %s\n", v, a, b);
    u32 p = fresh(IR_b1), q = fresh(IR_b1);
    static const char *const less[] = {"xor", "ne", "eq"};
    switch (rnd(4)) {
    case 0:
        out_printf(&g.o, "  v%u:b1 = not v%u\n  v%u:b1 = and v%u, v%u\n", p, z, q, rnd(2) ? p : c,
                   rnd(2) ? c : p);
        break;
    case 1: out_printf(&g.o, "  v%u:b1 = not v%u\n  v%u:b1 = or v%u, v%u\n", p, c, q, p, z); break;
    case 2:
        out_printf(&g.o, "  v%u:b1 = %s v%u, v%u\n  v%u:b1 = or v%u, v%u\n", p, less[rnd(3)], n, v, q, z, p);
        break;
    default:
        out_printf(&g.o, "  v%u:b1 = %s v%u, v%u\n  v%u:b1 = not v%u\n", p, less[rnd(3)], v, n, q, z);
        out_printf(&g.o, "  v%u:b1 = and v%u, v%u\n", g.nvalues, p, q);
        fresh(IR_b1);
    }
}

/* One guest instruction: state is written last. */
static void guest_insn(void)
{
    out_printf(&g.o, "  insn 0x%x, 0x%x\n", g.key, rnd(3));
    g.key += 4;
    for (u32 n = rnd(6); n--;) {
        switch (rnd(12)) {
        case 0:
        case 1: get(); break;
        case 2: access(); break;
        case 3: conversion(); break;
        case 4: floating(); break;
        case 5:
            if (g.profile == FLAGS) condition();
            break;
        case 6:
        case 7:
            if (g.profile == WINDOWS)
                get();
            else
                pure_op();
            break;
        default:
            if (g.profile == FLOATS && rnd(2))
                floating();
            else
                pure_op();
            break;
        }
    }
    if (rnd(10) == 0) helper();
    for (u32 n = rnd(g.profile == WINDOWS ? 5 : 3); n--;) put();
}

static void straight(void)
{
    for (u32 n = 1 + rnd(5); n-- && g.nvalues < MAX_VALUES - 120;) guest_insn();
}

static void hide_from(u32 first)
{
    for (u32 i = first; i < g.nvalues; i++) g.visible[i] = false;
}

/* if (…) … else …, whose results meet in a block parameter; an arm may be empty or leave the unit. */
static void diamond(void)
{
    u32 yes = g.nblocks++, no = g.nblocks++, join = g.nblocks++;
    bool leaves = rnd(4) == 0;
    out_printf(&g.o, "  brc %s, b%u, b%u\n", operand(IR_b1), yes, no);
    u32 first = g.nvalues;
    s32 shift = g.shift;
    out_printf(&g.o, "b%u:\n", yes);
    if (rnd(3)) straight();
    if (g.shift != shift) out_printf(&g.o, "  insn 0x%x\n  rebase %d\n", g.key, shift - g.shift);
    g.shift = shift;
    out_printf(&g.o, "  br b%u(%s)\n", join, operand(IR_i32));
    hide_from(first);
    out_printf(&g.o, "b%u:\n", no);
    if (rnd(2)) straight();
    if (g.shift != shift) out_printf(&g.o, "  insn 0x%x\n  rebase %d\n", g.key, shift - g.shift);
    g.shift = shift;
    if (leaves)
        out_printf(&g.o, "  exit 0x%x\n", g.key);
    else
        out_printf(&g.o, "  br b%u(%s)\n", join, operand(IR_i32));
    hide_from(first);
    out_printf(&g.o, "b%u(v%u:i32):\n", join, g.nvalues);
    fresh(IR_i32);
}

static const char *generate(void)
{
    g.nvalues = 0;
    g.key = 0x8000;
    g.shift = 0;
    g.nblocks = 1;
    g.profile = rnd(NPROFILES);
    out_init_mem(&g.o, g.buf, TEXT);
    out_puts(&g.o, "unit key=0x8000 {\nb0:\n");
    straight();
    while (rnd(3) == 0 && g.nvalues < MAX_VALUES / 2) {
        diamond();
        straight();
    }
    out_printf(&g.o, "  exit 0x%x\n}\n", g.key);
    return g.buf;
}

/* --- the comparison --- */

struct outcome {
    enum cpu_exit why;
    struct toy_cpu cpu;
    u8 mem[TOY_NONE - TOY_RAM];
};

static void fill(struct toy_cpu *cpu)
{
    toy_reset_cpu(cpu);
    for (u32 i = 0; i < toy_layout.nslots; i++) {
        const struct ir_slot *s = &toy_layout.slots[i];
        if (s->flags & IR_SLOT_WBASE) continue;
        for (u32 k = 0; k < ir_type_size[s->type]; k++)
            ((u8 *)cpu)[s->offset + k] = s->type == IR_b1 ? rnd(2)
                                         : rnd(3)         ? (u8)rnd(256)
                                         : rnd(2)         ? 0xff
                                                          : 0;
    }
    for (u32 i = 0; i < TOY_WINDOW_CELLS; i++) cpu->window[i] = rnd(1u << 31);
}

static void run(const struct ir_unit *u, const struct toy_cpu *start, struct outcome *o)
{
    struct interp_code *c = interp_prepare(u);
    assert_non_null(c);
    o->cpu = *start;
    toy_reset_memory();
    toy_running = &o->cpu.head;
    o->why = interp_run(c, &o->cpu.head);
    toy_running = NULL;
    memcpy(o->mem, gmem_ptr(TOY_RAM), sizeof o->mem);
    interp_free(c);
    if (o->why != CPU_EXIT_FAULT) o->cpu.head.exit_info = o->cpu.head.exit_detail = 0;
}

static char *printed(struct arena *arena, const struct ir_unit *u)
{
    struct out o;
    char *buf = arena_alloc(arena, 4 * TEXT, 1);
    out_init_mem(&o, buf, 4 * TEXT);
    ir_print(&o, u);
    return buf;
}

static void compare(struct arena *arena, const struct outcome *want, const struct ir_unit *u,
                    const struct toy_cpu *start, const char *form)
{
    static struct outcome got;
    char err[200] = "";
    if (ir_verify(u, err, sizeof err)) fail_msg("%s: %s\n%s\n%s", form, err, g.buf, printed(arena, u));
    run(u, start, &got);
    if (got.why == want->why && memcmp(&got.cpu, &want->cpu, sizeof got.cpu) == 0 &&
        memcmp(got.mem, want->mem, sizeof got.mem) == 0)
        return;
    for (u32 i = 0; i < toy_layout.nslots; i++) {
        const struct ir_slot *s = &toy_layout.slots[i];
        if (memcmp((u8 *)&got.cpu + s->offset, (const u8 *)&want->cpu + s->offset, ir_type_size[s->type]))
            print_message("differs: %s\n", s->name);
    }
    fail_msg("%s differs (exit %d, %d)\n%s\n%s", form, got.why, want->why, g.buf, printed(arena, u));
}

static void random_units_mean_the_same(void **state)
{
    (void)state;
    toy_setup();
    struct arena arena;
    static struct outcome want;
    arena_init(&arena, 0);
    for (u32 n = 0; n < 6000; n++) {
        struct ir_unit plain, rebuilt, optimised, both;
        struct toy_cpu start;
        char err[200] = "";
        seed = (n + 1) * 0x9e3779b97f4a7c15u;
        for (int i = 0; i < 8; i++) rnd(2);
        const char *text = generate();
        if (ir_parse(&plain, &arena, &toy_layout, text, err, sizeof err)) fail_msg("%s\n%s", err, text);
        assert_int_equal(ir_parse(&optimised, &arena, &toy_layout, text, err, sizeof err), 0);
        if (ir_verify(&plain, err, sizeof err)) fail_msg("%s\n%s", err, text);
        char *once = printed(&arena, &plain);
        struct ir_unit again;
        assert_int_equal(ir_parse(&again, &arena, &toy_layout, once, err, sizeof err), 0);
        assert_string_equal(printed(&arena, &again), once);
        assert_true(toy_rebuild(&rebuilt, &arena, &plain) && toy_rebuild(&both, &arena, &plain));
        ir_optimise(&optimised, 0);
        ir_optimise(&both, 0);
        for (int k = 0; k < 2; k++) {
            fill(&start);
            run(&plain, &start, &want);
            compare(&arena, &want, &rebuilt, &start, "rebuilt");
            compare(&arena, &want, &optimised, &start, "optimised");
            compare(&arena, &want, &both, &start, "rebuilt and optimised");
        }
        arena_reset(&arena);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_units_mean_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
