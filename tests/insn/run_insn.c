/* Runs a file of instruction tests: each line lifted and interpreted, and translated where the JIT is built,
 * from the state it names; compares what comes out. Usage: run_insn GUEST FILE[:LINE]… */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "frontend/isagen/isa_rows.h"
#include "runtime/base/endian.h"
#include "tests/insn/insn.h"
#include "tests/insn/insn_world.h"

static const struct guest *guest;
static const struct insn_guest *regs;

static void set_state(struct cpu_head *cpu, const struct insn_line *l, u64 key)
{
    guest->cpu_init(cpu, 0, 0);
    cpu->key = key;
    for (u32 i = 0; i < regs->nregs; i++) regs->set(cpu, i, l->in[i]);
    for (u32 i = 0; i < DATA_SIZE; i++) world_data[i] = insn_data_byte(i);
}

static u32 put_code(const struct insn_line *l)
{
    u32 n = 0;
    u8 *map = world_code - (CODE_ADDR - CODE_MAP);
    u32 fill = regs->fill(l->isa);
    for (u32 i = 0; i < CODE_SIZE; i += 4)
        guest->layout.big_endian ? store_be32(map + i, fill) : store_le32(map + i, fill);
    for (u32 i = 0; i < l->nwords; i++) n += insn_put_word(guest, l->isa, world_code + n, l->word[i]);
    return n;
}

static u32 trap_signal(u64 trap, u64 detail)
{
    if (regs->trap_signal) return regs->trap_signal(trap, detail);
    return trap == GUEST_TRAP_FETCH      ? SIGSEGV
           : trap == GUEST_TRAP_ALIGN_PC ? SIGBUS
           : trap == GUEST_TRAP_BREAK    ? SIGTRAP
                                         : SIGILL;
}

/* The memory that a line says has changed, applied to the pattern. */
static void expected_data(const struct insn_line *l, u8 *data)
{
    for (u32 i = 0; i < DATA_SIZE; i++) data[i] = insn_data_byte(i);
    for (const char *p = l->memory; p && *p; p = strchr(p, '@')) {
        char *end;
        u64 at = strtoull(p + 1, &end, 16);
        for (p = end + 1; p[0] > ' ' && p[1] > ' '; p += 2) {
            unsigned byte;
            sscanf(p, "%2x", &byte);
            data[at++ - DATA_ADDR] = (u8)byte;
        }
    }
}

static u32 complain(const char *what, u64 want, u64 got)
{
    printf("    %s: expected %" PRIx64 ", got %" PRIx64 "\n", what, want, got);
    return 1;
}

static u32 compare(const struct cpu_head *cpu, const struct insn_line *l, u32 sig)
{
    static u8 want[DATA_SIZE];
    u32 bad = 0;
    u64 pc = guest->pc_of_key(cpu->key);
    for (u32 i = 0; i < regs->nregs; i++) {
        u64 got = regs->get(cpu, i);
        if (got != l->out[i]) bad += complain(regs->reg_name(i), l->out[i], got);
    }
    if (pc != guest->pc_of_key(l->pc)) bad += complain("pc", l->pc, pc);
    if (sig != l->sig) bad += complain("signal", l->sig, sig);
    expected_data(l, want);
    for (u32 i = 0; i < DATA_SIZE; i++)
        if (want[i] != world_data[i]) return bad + complain("memory at", DATA_ADDR + i, world_data[i]);
    return bad;
}

static u32 run_line(const struct insn_line *l, bool jit)
{
    struct cpu_head *cpu = world_cpu;
    u64 key = (guest->key_of_entry(CODE_ADDR) | l->isa->key_bits);
    set_state(cpu, l, key);
    key = cpu->key | l->isa->key_bits;
    u32 bytes = put_code(l), sig = 0;
    u64 sys = NO_SYS;
    for (u32 tries = 2 * l->nwords; tries > 0; tries--) { /* a word may begin a second unit */
        enum cpu_exit why = world_run(cpu, cpu->key, l->nwords, jit);
        if (guest->pc_of_key(cpu->key) - CODE_ADDR >= bytes) { /* translated code runs on into the fill */
            if (why == CPU_EXIT_SYSCALL) sys = cpu->exit_info;
            break;
        }
        if (why == CPU_EXIT_TRAP) sig = trap_signal(cpu->exit_info, cpu->exit_detail);
        if (why == CPU_EXIT_FAULT) sig = (u32)cpu->exit_info;
        if (why != CPU_EXIT_LOOKUP && why != CPU_EXIT_LINK) break;
    }
    return compare(cpu, l, sig) + (sys == l->sys ? 0 : complain("system call", l->sys, sys));
}

static u32 check(const char *text, const char *path, u32 number, const struct insn_line *l)
{
    for (int jit = 0; jit <= world_has_jit; jit++) {
        fflush(stdout);
        if (run_line(l, jit) != 0) {
            printf("  %s:%u (%s): %s", path, number, jit ? "JIT" : "interpreter", text);
            return 1;
        }
    }
    return 0;
}

/* Marks the rows that the line's words belong to. */
static void cover(const struct insn_line *l, u8 **seen)
{
    for (u32 w = 0; w < l->nwords; w++)
        for (u32 i = 0; i < *l->isa->count; i++)
            if (isa_row_matches(&l->isa->rows[i], l->word[w])) seen[l->isa - guest->isas][i] = 1;
}

static u32 report_rows(u8 **seen)
{
    u32 missing = 0;
    for (u32 s = 0; s < guest->nisas; s++)
        for (u32 i = 0; i < *guest->isas[s].count; i++)
            if (!guest->isas[s].rows[i].todo && !seen[s][i]) {
                printf("  no line for %s.%s\n", guest->isas[s].name, guest->isas[s].rows[i].name);
                missing++;
            }
    return missing;
}

static u32 run_file(const char *path, u32 only, u32 *lines, u8 **seen)
{
    static char text[16384];
    u32 bad = 0;
    FILE *f = fopen(path, "r");
    if (!f) {
        perror(path);
        exit(2);
    }
    for (u32 number = 1; fgets(text, sizeof text, f); number++) {
        struct insn_line l;
        char err[256];
        if (text[0] == '#' || text[0] == '\n' || (only && number != only)) continue;
        if (!insn_parse(guest, regs, text, &l, err, sizeof err)) {
            printf("  %s:%u: %s\n", path, number, err);
            bad++;
            continue;
        }
        ++*lines;
        cover(&l, seen);
        bad += check(text, path, number, &l);
    }
    fclose(f);
    return bad;
}

int main(int argc, char **argv)
{
    guest = argc >= 3 ? guest_by_name(argv[1]) : NULL;
    regs = guest ? insn_guest_by_name(argv[1]) : NULL;
    if (!regs) {
        fprintf(stderr, "usage: run_insn GUEST FILE[:LINE]…\n");
        return 2;
    }
    u32 lines = 0, bad = 0, missing = 0;
    bool all = true;
    u8 *seen[16];
    for (u32 s = 0; s < guest->nisas; s++) seen[s] = calloc(*guest->isas[s].count, 1);
    world_init_insn(guest);
    for (int i = 2; i < argc; i++) {
        char *colon = strrchr(argv[i], ':');
        if (colon) *colon = '\0', all = false;
        bad += run_file(argv[i], colon ? (u32)atoi(colon + 1) : 0, &lines, seen);
    }
    if (all) missing = report_rows(seen);
    for (u32 s = 0; s < guest->nisas; s++) free(seen[s]);
    printf("%s: %u lines, %u differ, %u rows without a line\n", guest->name, lines, bad, missing);
    return bad || missing || lines == 0;
}
