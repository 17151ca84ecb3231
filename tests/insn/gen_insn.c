/* Makes candidate lines for the oracle: for every row that is not todo, words and states, without what comes
 * out. The oracle adds that. Usage: gen_insn GUEST ROW|all COUNT SEED */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/isagen/isa_rows.h"
#include "tests/insn/insn.h"

static u64 state;

static u64 rnd(void *arg)
{
    (void)arg;
    u64 z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static bool has_field(const struct isa_row *row, const char *name)
{
    for (u32 i = 0; i < row->fields; i++)
        if (strcmp(row->field[i].name, name) == 0) return true;
    return false;
}

/* A word of the row that the guest wants; conditions mostly "always", since those execute. */
static bool choose_word(const struct insn_guest *r, const struct isa_row *row, u32 *word)
{
    for (u32 tries = 0; tries < 200; tries++) {
        *word = isa_random_word(row, rnd, NULL);
        for (u32 i = 0; i < row->fields; i++)
            if (strcmp(row->field[i].name, "cond") == 0 && rnd(NULL) % 4)
                *word = isa_field_set(&row->field[i], *word, 14);
        if (isa_row_matches(row, *word) && (!r->wants || r->wants(row, *word))) return true;
    }
    return false;
}

static void print_state(const struct insn_guest *r, const struct isa_row *row)
{
    bool mem =
        r->is_mem ? r->is_mem(row) : has_field(row, "rt") || has_field(row, "list") || has_field(row, "puw");
    for (u32 i = 0; i < r->nregs; i++) {
        u64 v = r->random(i, mem, rnd, NULL);
        if (v) printf(" %s=%0*" PRIx64, r->reg_name(i), (int)r->digits(i), v);
    }
}

static void rows_of(const struct insn_guest *r, const struct guest_isa *isa, const char *only, u32 count)
{
    for (u32 i = 0; i < *isa->count; i++) {
        const struct isa_row *row = &isa->rows[i];
        u32 word;
        if (row->todo || (strcmp(only, "all") != 0 && strcmp(only, row->name) != 0)) continue;
        printf("# %s.%s\n", isa->name, row->name);
        for (u32 k = 0; k < count; k++) {
            if (!choose_word(r, row, &word)) {
                fprintf(stderr, "gen_insn: no word of %s.%s will do\n", isa->name, row->name);
                break;
            }
            printf("%s %0*x", isa->name, isa->width / 4, word);
            u32 next;
            for (u32 n = 1; r->more && r->more(isa, row, word, n, rnd(NULL), &next); n++)
                printf(",%0*x", isa->width / 4, next);
            print_state(r, row);
            printf(" ->\n");
        }
    }
}

int main(int argc, char **argv)
{
    const struct guest *g = argc == 5 ? guest_by_name(argv[1]) : NULL;
    const struct insn_guest *r = g ? insn_guest_by_name(argv[1]) : NULL;
    if (!r) {
        fprintf(stderr, "usage: gen_insn GUEST ROW|all COUNT SEED\n");
        return 1;
    }
    state = strtoull(argv[4], NULL, 0);
    for (u32 i = 0; i < g->nisas; i++) rows_of(r, &g->isas[i], argv[2], (u32)atoi(argv[3]));
    return 0;
}
