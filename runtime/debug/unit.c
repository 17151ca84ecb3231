/* One unit in full, for reports: guest instructions, IR as lifted and improved, host code; and the command that leads to it.
 * Nothing is taken from the translation under way, whose arena may be half written: the unit is lifted again. */
#include "runtime/debug/debug.h"

#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/fmt.h"
#include "runtime/debug/disasm.h"
#include "runtime/debug/private.h"
#include "runtime/vm/task.h"

static bool lift(const struct debug_unit *u, struct ir_unit *iu, struct arena *a)
{
    guest_may_execute = NULL; /* it asks under locks that may be held for good */
    return guest_lift(process.guest, u->key, u->max, iu, a) == 0;
}

void debug_print_insns(struct out *o, const struct debug_unit *u)
{
    struct arena a = {0};
    struct ir_unit iu;
    out_puts(o, "guest instructions:\n");
    if (lift(u, &iu, &a)) debug_print_guest(o, process.guest, u->key, iu.guest_hi);
    arena_free(&a);
}

void debug_print_lifted(struct out *o, const struct debug_unit *u)
{
    struct arena a = {0};
    struct ir_unit iu;
    out_puts(o, "IR:\n");
    if (lift(u, &iu, &a)) ir_print(o, &iu);
    arena_free(&a);
}

void debug_print_improved(struct out *o, const struct debug_unit *u)
{
    struct arena a = {0};
    struct ir_unit iu;
    out_puts(o, "IR, improved:\n");
    if (lift(u, &iu, &a)) {
        ir_optimise(&iu, u->disabled);
        ir_print(o, &iu);
    }
    arena_free(&a);
}

void debug_print_host(struct out *o, const struct debug_unit *u)
{
    if (!u->host) {
        out_puts(o, "host code: none yet\n");
        return;
    }
    out_printf(o, "host code, %u bytes:\n", u->host_size);
    disasm_host(o, u->host, u->host_size);
}

static void print_all(struct out *o, const struct debug_unit *u)
{
    debug_print_insns(o, u);
    debug_print_lifted(o, u);
    debug_print_improved(o, u);
    debug_print_host(o, u);
}

/* --- the command --- */

static int saved_argc;
static char **saved_argv, **saved_envp;

void debug_save_command(int argc, char **argv, char **envp)
{
    saved_argc = argc;
    saved_argv = argv;
    saved_envp = envp;
}

static void print_quoted(struct out *o, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,=:+@%-";
    if (*word && word[strspn(word, plain)] == 0) {
        out_puts(o, word);
        return;
    }
    out_putc(o, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            out_puts(o, "'\\''");
        else
            out_putc(o, *word);
    }
    out_putc(o, '\'');
}

void debug_print_command(struct out *o, const char *more)
{
    out_puts(o, "   ");
    for (char **e = saved_envp; e && *e; e++) {
        if (strncmp(*e, "CALQUE_", 7) != 0 && strncmp(*e, "QEMU_", 5) != 0) continue;
        out_putc(o, ' ');
        print_quoted(o, *e);
    }
    for (int i = 0; i < saved_argc; i++) {
        out_putc(o, ' ');
        print_quoted(o, saved_argv[i]);
        if (i == 0) out_puts(o, more);
    }
    out_putc(o, '\n');
}

/* --- differences between the back ends --- */

void debug_begin_difference(struct out *o, u64 key)
{
    struct debug_unit u;
    debug_find_unit(key, 0, &u);
    out_puts(o, "calque: lock-step: the interpreter and translated code differ\n");
    out_printf(o, "unit @%u of guest %s at ", u.number, process.guest->name);
    debug_print_location(o, process.guest->pc_of_key(key));
    out_putc(o, '\n');
}

void debug_end_difference(struct out *o, u64 key)
{
    struct debug_unit u;
    debug_find_unit(key, 0, &u);
    print_all(o, &u);
    out_puts(o, "to see it again:\n");
    debug_print_command(o, "");
    out_flush(o);
}
