/* Golden host code: `golden FILE [--write]`. A file holds cases: a unit of the toy guest's IR after `# unit
 * NAME` (words after the name: pins=a,b,… and features=all|none), then the host code that the JIT must make
 * of it, lines that begin with `> `. A change in generated code shows as a difference of these files; --write
 * prints the file as it would be now, to be read before it is kept. */
#include <capstone/capstone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "backend/backend.h"
#include "backend/x86_64/thunks.h"
#include "runtime/base/arena.h"
#include "runtime/base/error.h"
#include "tests/ir/exec_jit.h"
#include "tests/ir/toy.h"

enum { TEXT = 1 << 16 };
static struct arena arena;
static csh handle;

/* Names in place of what differs from place to place: relocated fields and links. */
static const char *thunk_name(u64 n)
{
    static const char *const leave[8] = {"leave_lookup",  "leave_link", "leave_poll",
                                         "leave_syscall", "leave_trap", "leave_fault"};
    static char helper[32];
    if (n < 6) return leave[n];
    if (n >= THUNK_CONST && n < THUNK_HELPER)
        return snprintf(helper, sizeof helper, "[const %lu]", n - THUNK_CONST), helper;
    if (n >= THUNK_HELPER) return snprintf(helper, sizeof helper, "[helper %lu]", n - THUNK_HELPER), helper;
    switch (n) {
    case THUNK_LOOKUP: return "lookup";
    case THUNK_LOOKUP_MISS: return "lookup_miss";
    case THUNK_RET_MISS: return "ret_miss";
    case THUNK_SOFT: return "softfloat";
    case THUNK_FP_OUT: return "fp_out";
    default: return "fp_in";
    }
}

static char *put_insn(char *out, const struct jit_code *c, const cs_insn *in)
{
    u32 end = (u32)in->address + in->size;
    for (u32 i = 0; i < c->nrelocs; i++)
        if (c->relocs[i].offset >= in->address && c->relocs[i].offset < end)
            return out + sprintf(out, "> %s %s\n", in->mnemonic, thunk_name(c->relocs[i].addend));
    for (u32 i = 0; i < c->nlinks; i++)
        if (c->links[i].offset >= in->address && c->links[i].offset < end)
            return out + sprintf(out, "> %s key 0x%lx\n", in->mnemonic, c->links[i].key);
    return out + sprintf(out, "> %s%s%s\n", in->mnemonic, in->op_str[0] ? " " : "", in->op_str);
}

/* The unit's code without its entry slot and without the stubs that only leave at a key: calls of a thunk. */
static void disassemble(char *out, const struct jit_code *c)
{
    u32 end = c->size;
    for (u32 i = 0; i < c->nrelocs; i++) {
        const struct side_reloc *r = &c->relocs[i];
        bool stub = r->kind == RELOC_THUNK_REL32 && r->addend >= THUNK_KEYED && r->addend < THUNK_COUNT;
        if (stub && r->offset - 1 < end) end = r->offset - 1;
    }
    cs_insn *in;
    size_t n = cs_disasm(handle, c->code + 8, end - 8, 8, 0, &in);
    for (size_t i = 0; i < n; i++)
        if (!strstr(in[i].mnemonic, "nop")) out = put_insn(out, c, &in[i]);
    *out = 0;
    if (n) cs_free(in, n);
}

static bool translate(const char *head, const char *text, char *out)
{
    struct ir_unit u;
    struct ir_layout layout;
    struct ir_slot slots[64];
    char err[200], pins[200] = "";
    const char *p = strstr(head, "pins=");
    if (p) sscanf(p + 5, "%199s", pins);
    for (char *q = pins; *q; q++)
        if (*q == ',') *q = ' ';
    if (ir_parse(&u, &arena, exec_jit_layout(&toy_layout, pins, &layout, slots), text, err, sizeof err)) {
        printf("%s: %s\n", head, err);
        return false;
    }
    u64 best = ~(u64)0; /* the same on every machine: all features, or none */
    struct backend_options o = {.host_features = strstr(head, "features=none") ? 0 : best};
    struct jit_code c;
    int e = jit_translate(&u, &o, &arena, &c);
    if (e) return printf("%s: %s (%s)\n", head, error_text(e), c.why), false;
    disassemble(out, &c);
    return true;
}

/* Reads lines that begin with `mark` (or, mark NULL, lines that are neither # nor >) into out. */
static char *take(char *p, char *out, const char *mark)
{
    while (*p) {
        char *end = strchr(p, '\n');
        size_t n = end ? (size_t)(end - p) + 1 : strlen(p);
        if (mark ? strncmp(p, mark, strlen(mark)) : (*p == '#' || *p == '>')) break;
        memcpy(out, p, n);
        out += n;
        p += n;
    }
    *out = 0;
    return p;
}

int main(int argc, char **argv)
{
    static char file[4 * TEXT], text[TEXT], want[TEXT], got[TEXT], head[400];
    if (argc < 2 || cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK) return 2;
    bool write = argc > 2 && !strcmp(argv[2], "--write");
    FILE *f = fopen(argv[1], "r");
    if (!f) return perror(argv[1]), 2;
    file[fread(file, 1, sizeof file - 1, f)] = 0;
    fclose(f);
    arena_init(&arena, 0);
    int cases = 0, failures = 0;
    char *p = file;
    while (*p) {
        char *end = strchr(p, '\n');
        size_t n = (size_t)(end - p) + 1;
        memcpy(head, p, n), head[n] = 0;
        p += n;
        bool is_case = !strncmp(head, "# unit", 6);
        if (write) printf("%s", head);
        if (!is_case) continue;
        p = take(p, text, NULL);
        p = take(p, want, ">");
        cases++;
        bool good = translate(head, text, got);
        if (write) {
            printf("%s%s", text, got);
        } else if (!good || strcmp(want, got)) {
            printf("%s%s--- expected\n%s--- got\n%s\n", head, text, want, got);
            failures++;
        }
        arena_reset(&arena);
    }
    if (!write) printf("%s: %d cases, %d failures\n", argv[1], cases, failures);
    return failures || !cases;
}
