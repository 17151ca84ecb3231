// fuzz_lift.c: any bytes as code of every guest: a unit comes out, and it is well-formed. The first byte chooses the guest,
// the second its instruction set, the third how many instructions and where in the page they begin.
#include "frontend/guest.h"
#include "ir/ir.h"
#include "runtime/base/arena.h"
#include "runtime/base/gmem.h"
#include "runtime/vm/mm.h"
#include "runtime/vm/space.h"
#include "tests/fuzz/fuzz.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CODE 0x100000u
#define PAGE 8192u

static struct mm mm;
static struct arena arena;

static void set_up(void)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    if (space_setup(32, SPACE_BASE, 0, CODE) != 0) abort();
    mm_init(&mm, 32, 4096);
    if (mm_map(&mm, CODE, PAGE, PROT_READ | PROT_WRITE, flags, -1, 0) < 0) abort();
    arena_init(&arena, 1 << 20);
    fuzz_guard_faults(); // code runs off the page's end
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!arena.chunk_size) set_up();
    if (size <= 3 || guest_count == 0) return 0;
    const struct guest *g = guests[data[0] % guest_count];
    if (g->layout.addr_bits != 32) return 0;
    const u32 sets = g->nisas, n = size - 3 < 256 ? (u32)size - 3 : 256;
    gaddr pc = data[2] & 0x80 ? CODE + PAGE - (n & ~3u) : CODE;
    u64 key = pc | (sets ? g->isas[data[1] % sets].key_bits : 0);
    if (gmem_write(pc, data + 3, MIN(n, CODE + PAGE - pc)) != 0) abort();
    struct ir_unit u;
    char err[256] = "";
    arena_reset(&arena);
    if (guest_lift(g, key, 1 + (data[2] & 31), &u, &arena) != 0 || ir_verify(&u, err, sizeof err) != 0) {
        fprintf(stderr, "fuzz_lift: %s, key 0x%llx: %s\n", g->name, (unsigned long long)key, err);
        abort();
    }
    return 0;
}
