/* Random instruction sequences, interpreter against JIT. See README.md. Each sequence has a seed of its own, printed when it
 * fails: `--seed S --count 1` repeats it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/isagen/isa_rows.h"
#include "runtime/base/endian.h"
#include "runtime/base/error.h"
#include "runtime/base/fmt.h"
#include "tests/diff/diff.h"

#define FAILURES_MAX 5

static struct {
    const char *guest, *row;
    u64 count, seed;
    u32 len;
    bool base;
} opt = {.count = 1000, .seed = 1, .len = 8};

static u64 current_seed;
static u32 sequence_words[64];
static u32 sequence_len;
static u64 sequence_key;

static void print_sequence(const struct world *w)
{
    u32 step = 0;
    for (u32 i = 0; i < sequence_len; i++) {
        char text[128];
        struct out o;
        out_init_mem(&o, text, sizeof text);
        u32 n = w->guest->print_insn(&o, sequence_key + step, w->code + step, 8);
        fprintf(stderr, "  %08llx  %08x  %s\n", (unsigned long long)(CODE_ADDR + step), sequence_words[i], text);
        step += n ? n : 4;
    }
}

static struct world world;

void diff_report(void)
{
    fprintf(stderr, "diff_random --guest %s --mem %s%s%s --len %u --seed %llu --count 1\n", opt.guest,
            opt.base ? "base" : "identity", opt.row ? " --row " : "", opt.row ? opt.row : "", opt.len,
            (unsigned long long)current_seed);
    print_sequence(&world);
}

static void on_bug(struct out *o)
{
    out_printf(o, "  in the sequence of --seed %llu --count 1\n", (unsigned long long)current_seed);
}

static bool usable(const struct guest *g, const struct guest_isa *isa, const struct isa_row *r)
{
    if (r->attrs & isa->varying) return false;
    if (r->todo || (r->need & ~g->default_features) || (r->forbid & g->default_features)) return false;
    return !opt.row || strcmp(opt.row, r->name) == 0;
}

static const struct isa_row *pick_row(const struct guest *g, const struct guest_isa *isa, struct rng *r)
{
    for (u32 tries = 0; tries < 100000; tries++) {
        const struct isa_row *row = &isa->rows[rng_next(r) % *isa->count];
        if (usable(g, isa, row)) return row;
    }
    return NULL;
}

/* Writes one random instruction; returns its bytes. Words are in the guest's byte order; a 32-bit word of a set of 16-bit
 * units (Thumb-2) is two halfwords, first one high. */
static u32 put_insn(struct world *w, const struct guest_isa *isa, u32 at, struct rng *r)
{
    const struct isa_row *row = pick_row(w->guest, isa, r);
    if (!row) {
        fprintf(stderr, "diff: no row %s\n", opt.row ? opt.row : "is implemented");
        exit(2);
    }
    u32 word = isa_random_word(row, rng_next, r);
    bool be = w->guest->layout.big_endian;
    sequence_words[sequence_len++] = word;
    if (isa->width == 16) {
        store_u16(w->code + at, (u16)word, be);
        return 2;
    }
    if (isa->halves) {
        store_u16(w->code + at, (u16)(word >> 16), be);
        store_u16(w->code + at + 2, (u16)word, be);
        return 4;
    }
    store_u32(w->code + at, word, be);
    return 4;
}

static void make_sequence(struct world *w, struct rng *r)
{
    const struct guest *g = w->guest;
    const struct guest_isa *isa = &g->isas[rng_next(r) % g->nisas];
    for (u32 tries = 0; opt.row && tries < 1000; tries++) { /* a set that has the row */
        bool has = false;
        for (u32 i = 0; i < *isa->count; i++) has |= usable(g, isa, &isa->rows[i]);
        if (has) break;
        isa = &g->isas[rng_next(r) % g->nisas];
    }
    u32 len = opt.row ? 1 : 1 + (u32)(rng_next(r) % opt.len);
    memset(w->code, 0, CODE_SIZE);
    sequence_len = 0;
    sequence_key = CODE_ADDR | isa->key_bits;
    for (u32 at = 0, i = 0; i < len; i++) at += put_insn(w, isa, at, r);
}

static enum cpu_exit plain(enum cpu_exit why) { return why == CPU_EXIT_LINK ? CPU_EXIT_LOOKUP : why; }

/* Why a SIGSEGV came (no mapping, no right) the loop asks the guest's map; what the host says of its reservation is not
 * compared. */
static u64 plain_info(enum cpu_exit why, u64 info)
{
    return why == CPU_EXIT_FAULT && CPU_FAULT_SIGNAL(info) == SIGSEGV ? SIGSEGV : info;
}

/* Reasons and what they report; for a fault, signal, code and address. */
static u32 compare_exits(enum cpu_exit a, enum cpu_exit b, const struct snapshot *sa, const struct snapshot *sb, bool print)
{
    const struct cpu_head *ha = (const void *)sa->cpu, *hb = (const void *)sb->cpu;
    bool detail = a == CPU_EXIT_SYSCALL || a == CPU_EXIT_TRAP || a == CPU_EXIT_FAULT;
    bool same = plain(a) == plain(b) && (!detail || plain_info(a, ha->exit_info) == plain_info(b, hb->exit_info)) &&
                ((a != CPU_EXIT_TRAP && a != CPU_EXIT_FAULT) || ha->exit_detail == hb->exit_detail);
    if (!same && print)
        fprintf(stderr, "  exit       interp %d info %llx detail %llx  jit %d info %llx detail %llx\n", a,
                (unsigned long long)ha->exit_info, (unsigned long long)ha->exit_detail, b,
                (unsigned long long)hb->exit_info, (unsigned long long)hb->exit_detail);
    return !same;
}

static bool run_one(struct world *w, u64 seed, struct snapshot *start, struct snapshot *a, struct snapshot *b)
{
    struct rng r = {seed};
    current_seed = seed;
    make_sequence(w, &r);
    state_random(w, &r, sequence_key);
    snapshot_take(w, start);
    static u8 code[CODE_SIZE]; /* the sequence may write over itself */
    memcpy(code, w->code, sizeof code);
    enum cpu_exit wa = world_run_interp(w, sequence_key, 64, 4);
    snapshot_take(w, a);
    snapshot_put(w, start);
    memcpy(w->code, code, sizeof code);
    enum cpu_exit wb = world_run_jit(w, sequence_key, 64, 4);
    snapshot_take(w, b);
    if (!compare_exits(wa, wb, a, b, false) && !snapshot_compare(w, a, b, false)) return true;
    fprintf(stderr, "DIFFERENT: ");
    diff_report();
    compare_exits(wa, wb, a, b, true);
    snapshot_compare(w, a, b, true);
    return false;
}

static void parse(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *k = argv[i], *v = argv[i + 1];
        if (!strcmp(k, "--guest")) opt.guest = v;
        else if (!strcmp(k, "--row")) opt.row = v;
        else if (!strcmp(k, "--count")) opt.count = strtoull(v, NULL, 0);
        else if (!strcmp(k, "--seed")) opt.seed = strtoull(v, NULL, 0);
        else if (!strcmp(k, "--len")) opt.len = (u32)strtoul(v, NULL, 0);
        else if (!strcmp(k, "--mem")) opt.base = !strcmp(v, "base");
        else opt.guest = NULL, argc = 0;
    }
    if (opt.guest && opt.len >= 1 && opt.len <= 32) return;
    fprintf(stderr, "usage: diff_random --guest NAME [--count N] [--seed S] [--len 1..32] [--mem identity|base] [--row NAME]\n");
    exit(2);
}

int main(int argc, char **argv)
{
    struct snapshot start, a, b;
    parse(argc, argv);
    world_init(&world, opt.guest, opt.base);
    bug_set_hook(on_bug);
    snapshot_alloc(&world, &start);
    snapshot_alloc(&world, &a);
    snapshot_alloc(&world, &b);
    u32 failures = 0;
    for (u64 i = 0; i < opt.count && failures < FAILURES_MAX; i++)
        failures += !run_one(&world, opt.seed + i, &start, &a, &b);
    printf("%s: %llu sequences from seed %llu, units entered: interp %llu, jit %llu, %u different\n", opt.guest,
           (unsigned long long)opt.count, (unsigned long long)opt.seed, (unsigned long long)units_interp,
           (unsigned long long)units_jit, failures);
    return failures || !units_interp || !units_jit;
}
