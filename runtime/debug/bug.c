/* The report of our own bugs: bug() prints one line and then, through this hook, where the guest is, its registers, the
 * bytes and the IR of its unit, and the command that shows more. */
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/error.h"
#include "runtime/base/fmt.h"
#include "runtime/base/gmem.h"
#include "runtime/debug/debug.h"
#include "runtime/vm/task.h"

static int saved_argc;
static char **saved_argv;

static void print_guest_bytes(struct out *o, gaddr pc)
{
    u8 bytes[16];
    if (gmem_read(bytes, pc, sizeof bytes) != 0) {
        out_printf(o, "  bytes: not readable\n");
        return;
    }
    out_puts(o, "  bytes:");
    for (u32 i = 0; i < sizeof bytes; i++) out_printf(o, " %02x", bytes[i]);
    out_putc(o, '\n');
}

static void print_unit(struct out *o, u64 key)
{
    static struct arena arena;
    struct ir_unit u;
    if (guest_lift(process.guest, key, 64, &u, &arena) == 0) ir_print(o, &u);
}

static void report(struct out *o)
{
    struct task *t = task_self();
    if (t && process.guest) {
        gaddr pc = process.guest->pc_of_key(t->cpu->key);
        char sym[128];
        out_printf(o, "  guest %s, task %d, last known pc 0x%llx %s\n", process.guest->name, t->tid,
                   (unsigned long long)pc, debug_symbol(pc, sym, sizeof sym));
        print_guest_bytes(o, pc);
        debug_print_cpu(o, t->cpu);
        out_flush(o);
        print_unit(o, t->cpu->key);
        out_puts(o, "  to see host code too, run:\n    calque -d in_asm,ir_opt,out_asm,exec --no-chain");
    } else {
        out_puts(o, "  before the guest ran; the command was:\n    calque");
    }
    for (int i = 1; i < saved_argc; i++) out_printf(o, " %s", saved_argv[i]);
    out_putc(o, '\n');
}

void debug_install_bug_hook(int argc, char **argv)
{
    saved_argc = argc;
    saved_argv = argv;
    bug_set_hook(report);
}
