/* Runs a file of IR tests. A file holds cases; a line that begins with # is a directive:
 *
 *   # test NAME              begins a case; the unit's text follows
 *   # error TEXT             parsing or verifying must fail with a message that has TEXT in it
 *   # pass fold              the unit built anew through the builder must look like the text that follows
 *   # pass NAME,NAME         the same after these passes (and compact, which closes gaps)
 *   # run slot=v mem:ADDR=hex poll=1 fp_flags=v fp_control=v
 *                            runs the unit; all other slots are zero
 *   # want exit=REASON key=v slot=v mem:ADDR=hex …
 *                            after that run; slots and memory that are not named must not have changed. Also
 * aux, info, signal, code, detail
 *
 * Every unit is verified and its text must come back from printing and parsing. Every run is made by all
 * executors, with the unit as it stands, rebuilt, optimised, and both. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "backend/backend.h"
#include "runtime/base/arena.h"
#include "runtime/base/fmt.h"
#include "runtime/base/gmem.h"
#include "tests/ir/toy.h"

enum { TEXT = 1 << 16, MAX_RUNS = 64 };

struct test {
    char name[80];
    char input[TEXT], expected[TEXT];
    char pass[80], error[200];
    char *run[MAX_RUNS], *want[MAX_RUNS];
    int run_line[MAX_RUNS];
    int nruns;
};

static const char *file;
static int failures, checks;
static struct arena arena;

static void fail(const struct test *t, const char *what, const char *detail)
{
    printf("%s: %s: %s%s%s\n", file, t->name, what, detail ? "\n" : "", detail ? detail : "");
    failures++;
}

/* --- text --- */

static char *printed(const struct ir_unit *u)
{
    struct out o;
    char *buf = arena_alloc(&arena, TEXT, 1);
    out_init_mem(&o, buf, TEXT);
    ir_print(&o, u);
    return buf;
}

static bool parse(const struct test *t, struct ir_unit *u, const char *text)
{
    char err[200];
    if (ir_parse(u, &arena, &toy_layout, text, err, sizeof err) == 0) return true;
    fail(t, err, text);
    return false;
}

static bool verified(const struct test *t, const struct ir_unit *u, const char *when)
{
    char err[200];
    if (ir_verify(u, err, sizeof err) == 0) return true;
    fail(t, when, err);
    puts(printed(u));
    return false;
}

static void round_trip(const struct test *t, const struct ir_unit *u)
{
    struct ir_unit again;
    char *text = printed(u);
    if (parse(t, &again, text) && strcmp(printed(&again), text) != 0) fail(t, "does not round-trip", text);
}

static u64 all_passes_but(const char *names)
{
    char copy[80];
    u64 disabled = ~(u64)0;
    snprintf(copy, sizeof copy, "%s,compact", names);
    for (char *n = strtok(copy, ","); n; n = strtok(NULL, ",")) {
        int i = ir_pass_index(n);
        if (i < 0)
            printf("%s: no pass %s\n", file, n), failures++;
        else
            disabled &= ~((u64)1 << i);
    }
    return disabled;
}

static void check_pass(const struct test *t)
{
    struct ir_unit u, result, expected;
    if (!parse(t, &u, t->input) || !parse(t, &expected, t->expected)) return;
    if (!verified(t, &expected, "the expected text does not verify")) return;
    checks++;
    if (strcmp(t->pass, "fold") == 0) {
        if (!toy_rebuild(&result, &arena, &u)) fail(t, "cannot be rebuilt", NULL);
    } else {
        result = u;
        ir_optimise(&result, all_passes_but(t->pass));
    }
    if (!verified(t, &result, "bad after the pass")) return;
    if (strcmp(printed(&result), printed(&expected)) == 0) return;
    fail(t, "the pass gives", printed(&result));
    printf("but expected\n%s", printed(&expected));
}

static void check_error(const struct test *t)
{
    struct ir_unit u;
    char err[200];
    checks++;
    int r = ir_parse(&u, &arena, &toy_layout, t->input, err, sizeof err);
    if (r == 0) r = ir_verify(&u, err, sizeof err);
    if (r == 0)
        fail(t, "is accepted, but expected an error", t->error);
    else if (!strstr(err, t->error))
        fail(t, "gives another error", err);
}

/* --- running --- */

struct outcome {
    struct toy_cpu cpu;
    u8 mem[TOY_NONE - TOY_RAM];
    u64 exit, signal, code;
    bool has_key, has_aux, has_info, has_detail, has_signal, has_code;
};

static const char *const exit_names[] = {"lookup", "link", "poll", "syscall", "trap", "fault"};

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A number as up to 32 bytes, the lowest first. */
static bool number(const char *s, u8 out[32])
{
    memset(out, 0, 32);
    if (strncmp(s, "0x", 2) != 0) {
        char *end;
        s64 v = strtoll(s, &end, 10);
        memset(out, v < 0 ? 0xff : 0, 32);
        memcpy(out, &v, 8);
        return *end == 0;
    }
    s += 2;
    size_t n = strlen(s);
    if (n == 0 || n > 64) return false;
    for (size_t i = 0; i < n; i++) {
        int d = hex(s[n - 1 - i]);
        if (d < 0) return false;
        out[i / 2] |= (u8)(d << (i % 2 * 4));
    }
    return true;
}

static bool set_memory(struct outcome *o, const char *addr, const char *bytes)
{
    u64 a = strtoull(addr, NULL, 0);
    for (; bytes[0] && bytes[1]; bytes += 2, a++) {
        if (a < TOY_RAM || a >= TOY_NONE || hex(bytes[0]) < 0 || hex(bytes[1]) < 0) return false;
        o->mem[a - TOY_RAM] = (u8)(hex(bytes[0]) << 4 | hex(bytes[1]));
    }
    return *bytes == 0;
}

static bool set_window(struct outcome *o, const char *offset, const u8 v[32])
{
    u64 base;
    memcpy(&base, o->cpu.wbase, 8);
    memcpy((u8 *)&o->cpu + base + (s64)strtoll(offset, NULL, 0), v, 4);
    return true;
}

static bool set_one(struct outcome *o, char *name, char *text)
{
    u8 v[32];
    u64 w;
    if (strncmp(name, "mem:", 4) == 0) return set_memory(o, name + 4, text);
    if (strcmp(name, "exit") == 0) {
        for (o->exit = 0; o->exit < ARRAY_LEN(exit_names); o->exit++)
            if (strcmp(text, exit_names[o->exit]) == 0) return true;
        return false;
    }
    if (!number(text, v)) return false;
    memcpy(&w, v, 8);
    if (strncmp(name, "w:", 2) == 0) return set_window(o, name + 2, v); /* before any rebase */
    const struct ir_slot *s = toy_slot(name);
    if (strcmp(name, "key") == 0) o->has_key = true;
    if (strcmp(name, "aux") == 0) o->has_aux = true;
    if (s)
        memcpy((u8 *)&o->cpu + s->offset, v, ir_type_size[s->type]);
    else if (strcmp(name, "poll") == 0)
        o->cpu.head.poll = (u32)w;
    else if (strcmp(name, "fp_flags") == 0)
        o->cpu.head.fp_flags = (u32)w;
    else if (strcmp(name, "fp_control") == 0)
        o->cpu.head.fp_control = (u32)w;
    else if (strcmp(name, "info") == 0)
        o->cpu.head.exit_info = w, o->has_info = true;
    else if (strcmp(name, "detail") == 0)
        o->cpu.head.exit_detail = w, o->has_detail = true;
    else if (strcmp(name, "signal") == 0)
        o->signal = w, o->has_signal = true;
    else if (strcmp(name, "code") == 0)
        o->code = w, o->has_code = true;
    else
        return false;
    return true;
}

static bool apply(const struct test *t, struct outcome *o, const char *line)
{
    char *copy = strdup(line);
    for (char *word = strtok(copy, " \t\n"); word; word = strtok(NULL, " \t\n")) {
        char *eq = strchr(word, '=');
        if (eq) *eq = 0;
        if (eq && set_one(o, word, eq + 1)) continue;
        fail(t, "cannot read", word);
        return false;
    }
    free(copy);
    return true;
}

static void show_bytes(const char *name, const u8 *got, const u8 *want, u32 n)
{
    printf("  %s: 0x", name);
    for (u32 i = n; i-- > 0;) printf("%02x", got[i]);
    printf(", expected 0x");
    for (u32 i = n; i-- > 0;) printf("%02x", want[i]);
    printf("\n");
}

static int compare_number(const char *name, u64 got, u64 want)
{
    if (got == want) return 0;
    printf("  %s: 0x%lx, expected 0x%lx\n", name, got, want);
    return 1;
}

static int compare_state(const struct outcome *want, const struct toy_cpu *got)
{
    int bad = 0;
    for (u32 i = 0; i < toy_layout.nslots; i++) {
        const struct ir_slot *s = &toy_layout.slots[i];
        const u8 *g = (const u8 *)got + s->offset, *w = (const u8 *)&want->cpu + s->offset;
        if (s->flags & (IR_SLOT_PC | IR_SLOT_AUX)) continue;
        if (memcmp(g, w, ir_type_size[s->type]) == 0) continue;
        show_bytes(s->name, g, w, ir_type_size[s->type]);
        bad++;
    }
    for (u32 i = 0; i < TOY_WINDOW_CELLS; i++)
        bad += compare_number("a window cell", got->window[i], want->cpu.window[i]);
    bad += compare_number("fp_flags", got->head.fp_flags, want->cpu.head.fp_flags);
    bad += compare_number("fp_control", got->head.fp_control, want->cpu.head.fp_control);
    return bad;
}

static int compare_exit(const struct outcome *want, const struct toy_cpu *got, enum cpu_exit why)
{
    const struct cpu_head *g = &got->head, *w = &want->cpu.head;
    int bad = 0;
    if (why == CPU_EXIT_LINK) why = CPU_EXIT_LOOKUP;
    if (why != want->exit)
        printf("  exit: %s, expected %s\n", exit_names[why], exit_names[want->exit]), bad++;
    if (want->has_key) bad += compare_number("key", g->key, w->key);
    if (want->has_aux) bad += compare_number("aux", g->aux, w->aux);
    if (want->has_info) bad += compare_number("info", g->exit_info, w->exit_info);
    if (want->has_detail) bad += compare_number("detail", g->exit_detail, w->exit_detail);
    if (want->has_signal) bad += compare_number("signal", (u64)CPU_FAULT_SIGNAL(g->exit_info), want->signal);
    if (want->has_code) bad += compare_number("code", (u64)CPU_FAULT_CODE(g->exit_info), want->code);
    return bad;
}

static int compare_memory(const struct outcome *want)
{
    const u8 *got = gmem_ptr(TOY_RAM);
    for (u32 i = 0; i < sizeof want->mem; i++) {
        if (got[i] == want->mem[i]) continue;
        printf("  mem:0x%x: %02x, expected %02x\n", TOY_RAM + i, got[i], want->mem[i]);
        return 1;
    }
    return 0;
}

static void run_one(const struct test *t, int k, const struct ir_unit *u, const char *form)
{
    static struct outcome start, want;
    static struct toy_cpu cpu;
    toy_reset_memory();
    memset(&start, 0, sizeof start);
    toy_reset_cpu(&start.cpu);
    memcpy(start.mem, gmem_ptr(TOY_RAM), sizeof start.mem);
    if (!apply(t, &start, t->run[k])) return;
    want = start;
    want.has_key = want.has_aux = false;
    want.exit = ARRAY_LEN(exit_names);
    if (!apply(t, &want, t->want[k])) return;
    if (want.exit == ARRAY_LEN(exit_names)) fail(t, "a want line without exit=", t->want[k]);
    for (unsigned x = 0; x < toy_nexecutors; x++) {
        char err[200] = "";
        enum cpu_exit why;
        memcpy(gmem_ptr(TOY_RAM), start.mem, TOY_ROM - TOY_RAM);
        cpu = start.cpu;
        checks++;
        int bad = 0;
        if (!toy_executors[x].run(u, &cpu.head, &why, err, sizeof err))
            bad = printf("  %s\n", err);
        else
            bad = compare_exit(&want, &cpu, why) + compare_state(&want, &cpu) + compare_memory(&want);
        if (!bad) continue;
        printf("%s:%d: %s: %s, unit %s\n", file, t->run_line[k], t->name, toy_executors[x].name, form);
        puts(printed(u));
        failures++;
    }
}

static void check_runs(const struct test *t)
{
    struct ir_unit plain, rebuilt, optimised, both;
    if (!parse(t, &plain, t->input) || !parse(t, &optimised, t->input)) return;
    bool can = toy_rebuild(&rebuilt, &arena, &plain) && toy_rebuild(&both, &arena, &plain);
    ir_optimise(&optimised, 0);
    if (!verified(t, &optimised, "bad when optimised")) return;
    if (can) {
        ir_optimise(&both, 0);
        if (!verified(t, &rebuilt, "bad when rebuilt") ||
            !verified(t, &both, "bad when rebuilt and optimised"))
            return;
    }
    for (int k = 0; k < t->nruns; k++) {
        if (!t->want[k]) {
            fail(t, "a run line without a want line", t->run[k]);
            continue;
        }
        run_one(t, k, &plain, "as it stands");
        run_one(t, k, &optimised, "optimised");
        if (can) run_one(t, k, &rebuilt, "rebuilt");
        if (can) run_one(t, k, &both, "rebuilt and optimised");
    }
}

/* --- the file --- */

static void run_test(struct test *t)
{
    struct ir_unit u;
    if (!t->name[0]) return;
    int before = checks;
    if (t->error[0]) {
        check_error(t);
    } else if (parse(t, &u, t->input) && verified(t, &u, "does not verify")) {
        round_trip(t, &u);
        if (t->pass[0]) check_pass(t);
        check_runs(t);
    }
    if (checks == before) fail(t, "a case that checks nothing", NULL);
    for (int i = 0; i < t->nruns; i++) free(t->run[i]), free(t->want[i]);
    memset(t, 0, sizeof *t);
    arena_reset(&arena);
}

static bool directive(struct test *t, char *line, int n, char **text)
{
    char *arg;
    line[strcspn(line, "\n")] = 0;
#define IS(word)                                                                                             \
    (strncmp(line, "# " word, strlen(word) + 2) == 0 && (arg = line + strlen(word) + 2, arg += *arg == ' '))
    if (IS("test")) {
        run_test(t);
        snprintf(t->name, sizeof t->name, "%s", arg);
        *text = t->input;
    } else if (IS("pass")) {
        snprintf(t->pass, sizeof t->pass, "%s", arg);
        *text = t->expected;
    } else if (IS("error")) {
        snprintf(t->error, sizeof t->error, "%s", arg);
    } else if (IS("run") && t->nruns < MAX_RUNS) {
        t->run_line[t->nruns] = n;
        t->run[t->nruns++] = strdup(arg);
    } else if (IS("want") && t->nruns && !t->want[t->nruns - 1]) {
        t->want[t->nruns - 1] = strdup(arg);
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct test t;
    static char line[4096];
    char *text = NULL;
    if (argc != 2) return fprintf(stderr, "usage: %s FILE\n", argv[0]), 2;
    file = argv[1];
    FILE *f = fopen(file, "r");
    if (!f) return perror(file), 2;
    toy_setup();
    arena_init(&arena, 0);
    for (int n = 1; fgets(line, sizeof line, f); n++) {
        if (line[0] == '#') {
            if (!directive(&t, line, n, &text))
                printf("%s:%d: no such directive: %s\n", file, n, line), failures++;
        } else if (text) {
            size_t len = strlen(text);
            snprintf(text + len, TEXT - len, "%s", line);
        }
    }
    run_test(&t);
    fclose(f);
    printf("%s: %d checks, %d failures\n", file, checks, failures);
    return failures || !checks;
}
