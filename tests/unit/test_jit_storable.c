/* Relocation of guest addresses: one text at several addresses, translated at each; relocated from the first to
 * another, code and side tables must be what is translated there. For guests of 32 and of 64 address bits, with
 * every way in which an address gets into code; and addresses on both sides of where encodings would change
 * (a byte's and a word's sign, 4 GiB). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "backend/backend.h"
#include "runtime/base/arena.h"
#include "tests/ir/exec_jit.h"
#include "tests/ir/toy.h"

enum { THUNK_BYTES = 1 << 14 };

static struct arena arena;
static struct ir_layout layout;
static struct ir_slot slots[64];
static struct jit_thunks thunks;
static struct backend_options opt;
static u8 thunk_code[THUNK_BYTES];
static u64 bias; /* of the unit being made */

static void begin(u8 addr_bits, bool use_base)
{
    exec_jit_layout(&toy_layout, "r0 r1 x0 r2", &layout, slots);
    layout.addr_bits = addr_bits;
    opt = (struct backend_options){.host_features = jit_host_features(0), .use_base = use_base};
    assert_true(jit_make_thunks(&layout, &opt, thunk_code, sizeof thunk_code, 0x10000, &thunks) > 0);
}

/* A unit at @0x1000 + bias; in the body, $x stands for @(x + bias) of the guest's widest address type. */
static void unit(const char *body, struct jit_code *c)
{
    char text[2000], err[200] = "";
    size_t n = (size_t)snprintf(text, sizeof text, "unit key=@0x%lx {\nb0:\n  insn @0x%lx\n", 0x1000 + bias,
                                0x1000 + bias);
    for (; *body; body++) {
        if (*body != '$') {
            text[n++] = *body;
            continue;
        }
        u64 v = 0;
        for (; body[1] >= '0' && body[1] <= '9'; body++) v = v * 10 + (u64)(body[1] - '0');
        n += (size_t)snprintf(text + n, sizeof text - n, "@0x%lx", v + bias);
        assert_true(n < sizeof text - 4);
    }
    memcpy(text + n, "}\n", 3);
    struct ir_unit u;
    if (ir_parse(&u, &arena, &layout, text, err, sizeof err)) fail_msg("%s in\n%s", err, text);
    assert_int_equal(jit_translate(&u, &opt, &arena, c), 0);
}

static void same_rows(const struct jit_code *a, const struct jit_code *b, u64 delta)
{
    assert_int_equal(a->nfaults, b->nfaults);
    assert_int_equal(a->nlinks, b->nlinks);
    for (u32 i = 0; i < a->nfaults; i++) {
        assert_int_equal(a->faults[i].host_end, b->faults[i].host_end);
        assert_int_equal(a->faults[i].rel, b->faults[i].rel);
        assert_true(a->faults[i].rel & SIDE_REL_KEY);
        assert_int_equal(a->faults[i].key + delta, b->faults[i].key);
        u64 aux = a->faults[i].rel & SIDE_REL_AUX ? delta : 0;
        assert_int_equal(a->faults[i].aux + aux, b->faults[i].aux);
    }
    for (u32 i = 0; i < a->nlinks; i++)
        assert_int_equal(a->links[i].key + (a->links[i].rel ? delta : 0), b->links[i].key);
}

static void moves(const char *body, const u64 *biases, u32 n)
{
    struct jit_code a, b;
    static u8 x[4096], y[4096];
    bias = 0;
    unit(body, &a);
    assert_null(a.fixed);
    for (u32 i = 0; i < n; i++) {
        bias = biases[i];
        unit(body, &b);
        assert_null(b.fixed);
        assert_int_equal(a.size, b.size);
        assert_true(a.size <= sizeof x);
        jit_place(&a, &layout, &thunks, x, 0x40000, bias);
        jit_place(&b, &layout, &thunks, y, 0x40000, 0);
        assert_memory_equal(x, y, a.size);
        jit_place(&a, &layout, &thunks, y, 0x40000, 0); /* an address that matters was in it */
        assert_memory_not_equal(x, y, a.size);
        same_rows(&a, &b, bias);
        jit_place(&b, &layout, &thunks, x, 0x50000, 0 - bias); /* and back */
        jit_place(&a, &layout, &thunks, y, 0x50000, 0);
        assert_memory_equal(x, y, a.size);
    }
}

static const char *const bodies32[] = {
    "  exit $4100\n",
    "  exit.poll $4100\n",
    "  put r0, $4100:i32\n  put r3, $4104:i32\n  exit 0xffff0fe0\n",
    "  v1:i32 = load $8192:i32\n  put r0, v1\n  exit $4100\n",
    "  v1:i32 = load.be.align $8192:i32\n  put r0, v1\n  exit $4100\n",
    "  store $8192:i32, $4100:i32\n  store $8192:i32, 7:i32\n  exit $4100\n",
    "  store.be $8192:i32, $4100:i32\n  exit $4100\n",
    ("  v1:i32 = get r0\n  v2:i32 = add v1, $4100:i32\n  put r1, v2\n  v3:i32 = sub $4100:i32, v1\n  put r2, v3\n"
     "  v4:i32 = sub v1, $4100:i32\n  put r0, v4\n  exit $4100\n"),
    "  v1:i32 = get r0\n  v2:i32 = add v1, $4100:i32\n  v3:i32 = load v2\n  put r1, v3\n  exit $4100\n",
    ("  v1:i32 = get r0\n  v2:i32 = mul v1, $4100:i32\n  put r1, v2\n  v3:i32 = and v1, $4100:i32\n  put r2, v3\n"
     "  exit $4100\n"),
    ("  v1:i32 = get r0\n  v2:b1 = ult v1, $4100:i32\n  v3:i32 = select v2, $4100:i32, v1\n  put r1, v3\n"
     "  exit $4100\n"),
    "  put x0, $4100:i64\n  put x1, $4100:i64\n  exit_call $4200, $4104\n",
    "  v1:i64 = get x0\n  v2:i64 = or v1, $4100:i64\n  exit_ind v2\n",
    "  exit_sys $4100, 3\n",
    "  exit_trap 3, $4100:i64\n",
    "  poll $4100\n  insn $4100, $4104\n  v1:i32 = get r0\n  v2:i32 = load v1\n  put r0, v2\n  exit $4104\n",
};

static const char *const bodies64[] = {
    "  exit.poll $4100\n",
    "  put x0, $4100:i64\n  put x1, $4104:i64\n  exit 0x7fffffff\n",
    "  v1:i32 = load $8192:i64\n  put r0, v1\n  v2:i32 = load.align $8200:i64\n  put r1, v2\n  exit $4100\n",
    "  store $8192:i64, $4100:i64\n  exit $4100\n",
    ("  v1:i64 = get x0\n  v2:i64 = add v1, $4100:i64\n  put x1, v2\n  v3:i64 = sub v1, $4100:i64\n  put x0, v3\n"
     "  exit_call $4200, $4104\n"),
    "  v1:i64 = get x0\n  v2:i64 = add v1, $4100:i64\n  v3:i64 = load v2\n  put x1, v3\n  exit_ret v3\n",
    "  exit_sys $4100, 3\n",
    "  exit_trap 3, $4100:i64\n",
    "  poll $4100\n  insn $4100, $4104\n  v1:i64 = get x0\n  v2:i32 = load.align v1\n  put r0, v2\n  exit $4104\n",
};

static void addresses_of_32_bits(void **state)
{
    (void)state;
    static const u64 biases[] = {0x1000, 0x10000, 0x7fffd000, 0x7ffff000, 0x80000000, 0xf0000000};
    for (int base = 0; base < 2; base++) {
        begin(32, base);
        for (u32 i = 0; i < ARRAY_LEN(bodies32); i++) moves(bodies32[i], biases, ARRAY_LEN(biases));
    }
}

static void addresses_of_64_bits(void **state)
{
    (void)state;
    static const u64 biases[] = {0x1000, 0x7ffff000, 0xfffff000, 0x100000000, 0x555555554000, 0x7ffff0000000};
    for (int base = 0; base < 2; base++) {
        begin(64, base);
        for (u32 i = 0; i < ARRAY_LEN(bodies64); i++) moves(bodies64[i], biases, ARRAY_LEN(biases));
    }
}

/* A shift by an address is no shift that a lifter makes; the code for it holds at one address, and says so. */
static void what_cannot_move_says_so(void **state)
{
    (void)state;
    struct jit_code c;
    begin(32, false);
    bias = 0;
    unit("  v1:i32 = get r0\n  v2:i32 = shl v1, $4100:i32\n  put r0, v2\n  exit $4100\n", &c);
    assert_non_null(c.fixed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_32_bits),
        cmocka_unit_test(addresses_of_64_bits),
        cmocka_unit_test(what_cannot_move_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
