/* Parses lines of instruction tests; see README.md for their form. */
#include "tests/insn/insn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/endian.h"

const struct insn_guest *insn_guest_by_name(const char *name)
{
    static const struct insn_guest *const all[] = {
#define INSN_GUEST(name) &insn_##name,
#include "insn_guests.def"
#undef INSN_GUEST
    };
    for (u32 i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i]->name, name) == 0) return all[i];
    return NULL;
}

u32 insn_put_word(const struct guest *g, const struct guest_isa *isa, u8 *at, u32 word)
{
    bool be = g->layout.big_endian;
    if (isa->width == 16) {
        be ? store_be16(at, (u16)word) : store_le16(at, (u16)word);
        return 2;
    }
    if (isa->halves) {
        be ? store_be16(at, (u16)(word >> 16)) : store_le16(at, (u16)(word >> 16));
        be ? store_be16(at + 2, (u16)word) : store_le16(at + 2, (u16)word);
        return 4;
    }
    be ? store_be32(at, word) : store_le32(at, word);
    return 4;
}

static bool parse_words(struct insn_line *l, const char *s)
{
    char *end;
    do {
        if (l->nwords == MAX_WORDS) return false;
        l->word[l->nwords++] = (u32)strtoul(s, &end, 16);
        s = end + 1;
    } while (*end == ',');
    return *end == '\0';
}

static u32 find_reg(const struct insn_guest *r, const char *name, size_t n)
{
    for (u32 i = 0; i < r->nregs; i++)
        if (strncmp(r->reg_name(i), name, n) == 0 && r->reg_name(i)[n] == '\0') return i;
    return MAX_REGS;
}

static bool parse_value(const struct insn_guest *r, struct insn_line *l, const char *tok, bool after)
{
    const char *eq = strchr(tok, '=');
    if (!eq) return false;
    u64 v = strtoull(eq + 1, NULL, 16);
    size_t n = (size_t)(eq - tok);
    if (after && strncmp(tok, "pc=", 3) == 0) return l->pc = v, true;
    if (after && strncmp(tok, "sig=", 4) == 0) return l->sig = (u32)strtoul(eq + 1, NULL, 10), true;
    if (after && strncmp(tok, "sys=", 4) == 0) return l->sys = v, true;
    u32 i = find_reg(r, tok, n);
    if (i == MAX_REGS) return false;
    if (!after) l->in[i] = v;
    l->out[i] = v;
    l->out_known[i] = after;
    return true;
}

static bool parse_set(const struct guest *g, struct insn_line *l, const char *name)
{
    for (u32 i = 0; i < g->nisas; i++)
        if (strcmp(g->isas[i].name, name) == 0) l->isa = &g->isas[i];
    return l->isa != NULL;
}

bool insn_parse(const struct guest *g, const struct insn_guest *r, const char *text, struct insn_line *l,
                char *err, size_t n)
{
    static char copy[8192];
    char *save;
    bool after = false;
    memset(l, 0, sizeof *l);
    l->sys = NO_SYS;
    snprintf(copy, sizeof copy, "%s", text);
    copy[strcspn(copy, "\n")] = '\0';
    l->memory = strchr(text, '@');
    char *tok = strtok_r(copy, " ", &save);
    if (!tok || !parse_set(g, l, tok)) return snprintf(err, n, "no such set"), false;
    tok = strtok_r(NULL, " ", &save);
    if (!tok || !parse_words(l, tok)) return snprintf(err, n, "words expected"), false;
    u32 bytes = 0;
    for (u32 i = 0; i < l->nwords; i++) bytes += l->isa->width / 8u;
    l->pc = CODE_ADDR + bytes;
    while ((tok = strtok_r(NULL, " ", &save))) {
        if (strcmp(tok, "->") == 0)
            after = true;
        else if (*tok != '@' && !parse_value(r, l, tok, after))
            return snprintf(err, n, "cannot read '%s'", tok), false;
    }
    return after || (snprintf(err, n, "no ->"), false);
}
