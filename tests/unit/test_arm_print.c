/* The ARM printer against capstone: words of every row in every set, compared after removing what is a matter
 * of taste (aliases of register names, decimal or hexadecimal, .w, blanks). Rows that capstone 4 prints
 * otherwise or does not know are listed with the reason; words that it refuses (most are unpredictable) do
 * not count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <capstone/capstone.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/guest.h"
#include "frontend/isagen/isa_rows.h"
#include "runtime/base/endian.h"
#include "runtime/base/fmt.h"

#define WORDS 24

static u64 state = 1;

static u64 rnd(void *arg)
{
    (void)arg;
    u64 z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Rows not compared: "set.row" or a prefix ending in *. */
static const char *const differ[] = {
#include "tests/unit/arm_print_differ.inc"
};

static bool is_listed(const char *name)
{
    for (size_t i = 0; i < sizeof differ / sizeof differ[0]; i++) {
        size_t n = strlen(differ[i]);
        if (differ[i][n - 1] == '*' ? strncmp(name, differ[i], n - 1) == 0 : strcmp(name, differ[i]) == 0)
            return true;
    }
    return false;
}

static bool replace_word(const char *s, char *out, size_t *len)
{
    static const char *const names[][2] = {{"sb", "r9"}, {"sl", "r10"}, {"fp", "r11"}, {"ip", "r12"}};
    for (size_t i = 0; i < 4; i++) {
        if (strncmp(s, names[i][0], 2) != 0 || isalnum((unsigned char)s[2])) continue;
        *len = (size_t)sprintf(out, "%s", names[i][1]);
        return true;
    }
    return false;
}

/* Text without blanks, with one spelling of registers and numbers. */
static void normalise(const char *s, char *out)
{
    char last = ' ';
    while (*s) {
        size_t n;
        if (*s == ' ' || *s == '\t') {
            last = *s++;
        } else if (strncmp(s, ".w ", 3) == 0 || strcmp(s, ".w") == 0) {
            s += 2;
        } else if (!isalnum((unsigned char)last) && replace_word(s, out, &n)) {
            out += n;
            s += 2;
            last = '0';
        } else if (*s == ':' && isdigit((unsigned char)s[1])) { /* alignment of an address */
            char *end;
            out += sprintf(out, ":%lu", strtoul(s + 1, &end, 0));
            s = end;
        } else if (*s == '#') {
            char *end;
            s += 1;
            if (*s == '-' && strchr(s, '.') == NULL && strtoul(s + 1, NULL, 0) == 0) s++;
            double f = strtod(s, &end);
            char *hex;
            long long v = strtoll(s, &hex, 0);
            if (end > hex || strpbrk(s, ".e") == end - 0) v = 0;
            if (hex >= end)
                out += sprintf(out, "#%d", (int)v), s = hex;
            else
                out += sprintf(out, "#%g", f), s = end;
            last = '0';
        } else {
            last = *out++ = (char)tolower((unsigned char)*s++);
        }
    }
    *out = '\0';
}

struct counts {
    unsigned same, refused, different;
};

static void compare(const struct guest *g, const struct guest_isa *isa, const struct isa_row *row, csh cs,
                    u32 word, struct counts *n)
{
    u8 bytes[4];
    char ours[256], theirs[256], a[512], b[512];
    struct out o;
    cs_insn *insn;
    size_t len = isa->width == 16 ? 2 : 4;
    if (len == 2)
        store_le16(bytes, (u16)word);
    else
        store_le32(bytes, isa->halves ? word << 16 | word >> 16 : word);
    out_init_mem(&o, ours, sizeof ours);
    g->print_insn(&o, 0x1000 | isa->key_bits, bytes, len);
    if (cs_disasm(cs, bytes, len, 0x1000, 1, &insn) != 1) {
        n->refused++;
        return;
    }
    snprintf(theirs, sizeof theirs, "%s %s", insn->mnemonic, insn->op_str);
    cs_free(insn, 1);
    if (strstr(theirs, "fpinst") || strstr(theirs, "mvfr0, mvfr1")) { /* a list that runs past d31 */
        n->refused++;
        return;
    }
    normalise(ours, a);
    normalise(theirs, b);
    if (strcmp(a, b) == 0) {
        n->same++;
    } else {
        if (n->different++ == 0 || getenv("ARM_PRINT_ALL"))
            print_message("%s.%s %08x: %s | capstone: %s\n", isa->name, row->name, word, ours, theirs);
    }
}

/* Conditions 2 and 3 are cs and cc here and hs and lo there. */
static u32 without_cs(const struct isa_row *row, u32 word)
{
    for (u32 i = 0; i < row->fields; i++)
        if (strcmp(row->field[i].name, "cond") == 0 && (isa_field_get(&row->field[i], word) | 1) == 3)
            word = isa_field_set(&row->field[i], word, 9);
    return word;
}

static void arm_print_as_capstone(void **arg)
{
    const struct guest *g = guest_by_name("arm");
    unsigned bad = 0, same = 0;
    (void)arg;
    for (u32 s = 0; s < g->nisas; s++) {
        const struct guest_isa *isa = &g->isas[s];
        csh cs;
        assert_int_equal(cs_open(CS_ARCH_ARM, isa->key_bits ? CS_MODE_THUMB : CS_MODE_ARM, &cs), CS_ERR_OK);
        for (u32 i = 0; i < *isa->count; i++) {
            const struct isa_row *row = &isa->rows[i];
            struct counts n = {0};
            char name[64];
            snprintf(name, sizeof name, "%s.%s", isa->name, row->name);
            if (is_listed(name)) continue;
            for (u32 k = 0; k < WORDS; k++) {
                u32 word = without_cs(row, isa_random_word(row, rnd, NULL));
                if (isa_row_matches(row, word)) compare(g, isa, row, cs, word, &n);
            }
            bad += n.different != 0;
            same += n.same != 0;
        }
        cs_close(&cs);
    }
    print_message("%u rows print alike, %u differ\n", same, bad);
    assert_int_equal(bad, 0);
    assert_true(same > 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(arm_print_as_capstone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
