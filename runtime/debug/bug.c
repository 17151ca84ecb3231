/* The report of our own bugs: bug() prints one line and then, through this hook, where the guest is, its
 * registers, the bytes and the IR of its unit, the host code, and the command that leads here again.
 *
 * The state that is shown may be what the bug has broken: the report is made in parts, and a bug() or a fault
 * in one of them goes on with the next. A part that waits for a lock for ever is ended by an alarm. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "runtime/base/error.h"
#include "runtime/base/fmt.h"
#include "runtime/base/gmem.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"
#include "runtime/debug/debug.h"
#include "runtime/debug/private.h"
#include "runtime/vm/task.h"

#define SECONDS 10 /* the whole report */

u64 debug_fault_pc;

static bool nothing_found(u64 key, u64 host_pc, struct debug_unit *out)
{
    (void)host_pc;
    *out = (struct debug_unit){.key = key, .max = 64};
    return false;
}
bool (*debug_find_unit)(u64 key, u64 host_pc, struct debug_unit *out) = nothing_found;

static struct debug_unit unit;
static bool unit_known;

/* --- the parts --- */

static void show_place(struct out *o)
{
    const struct task *t = task_self();
    out_printf(o, "  guest %s, task %d, last known pc 0x%llx\n", process.guest->name, t->tid,
               (unsigned long long)process.guest->pc_of_key(t->cpu->key));
    unit_known = debug_find_unit(t->cpu->key, debug_fault_pc, &unit);
    if (debug_fault_pc && unit.host && debug_fault_pc - (u64)unit.host < unit.host_size)
        out_printf(o, "  in the translated unit @%u, 0x%llx bytes from its start\n", unit.number,
                   (unsigned long long)(debug_fault_pc - (u64)unit.host));
    else
        out_puts(o, unit_known ? "  in C code\n" : "  in C code; the unit has no translation yet\n");
}

static void show_symbol(struct out *o)
{
    out_puts(o, "  at ");
    debug_print_location(o, process.guest->pc_of_key(task_self()->cpu->key));
    out_putc(o, '\n');
}

static void show_bytes(struct out *o)
{
    u8 bytes[16];
    if (gmem_read(bytes, process.guest->pc_of_key(task_self()->cpu->key), sizeof bytes) != 0) {
        out_puts(o, "  bytes: not readable\n");
        return;
    }
    out_puts(o, "  bytes:");
    for (u32 i = 0; i < sizeof bytes; i++) out_printf(o, " %02x", bytes[i]);
    out_putc(o, '\n');
}

static void show_registers(struct out *o)
{
    out_puts(o, "registers:\n");
    debug_print_cpu(o, task_self()->cpu);
}

static void show_insns(struct out *o)
{
    debug_print_insns(o, &unit);
}
static void show_lifted(struct out *o)
{
    debug_print_lifted(o, &unit);
}
static void show_improved(struct out *o)
{
    debug_print_improved(o, &unit);
}
static void show_host(struct out *o)
{
    debug_print_host(o, &unit);
}

static void show_command(struct out *o)
{
    char more[96] = "";
    const struct task *t = task_self();
    if (t && process.guest)
        fmt_snprintf(more, sizeof more, " -d in_asm,ir,ir_opt,out_asm,exec -dfilter 0x%llx+1",
                     (unsigned long long)process.guest->pc_of_key(unit.key));
    out_puts(o, "to see it again, with what leads to it:\n");
    debug_print_command(o, more);
}

static const struct part {
    void (*show)(struct out *o);
    bool guest; /* needs a running guest */
    const char *what;
} parts[] = {
    {show_place, true, "place"},          {show_bytes, true, "bytes"},
    {show_symbol, true, "symbol"},        {show_registers, true, "registers"},
    {show_insns, true, "instructions"},   {show_lifted, true, "IR"},
    {show_improved, true, "improved IR"}, {show_host, true, "host code"},
    {show_command, false, "command"},
};

/* --- the hook --- */

static void give_up(int sig)
{
    (void)sig;
    raw_exit_group(STATUS_BUG);
}

/* Faults must reach the handler though one is being handled. */
static void let_faults_through(void)
{
    u64 open = 1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1) | 1ull << (SIGALRM - 1);
    raw_rt_sigprocmask(SIG_UNBLOCK, &open, NULL);
}

/* An alarm ends what hangs. */
static void set_alarm(void)
{
    struct raw_sigaction a = {
        .handler = (void *)(u64)give_up, .flags = RAW_SA_RESTORER, .restorer = raw_sigreturn};
    raw_rt_sigaction(SIGALRM, &a, NULL);
    raw_syscall1(SYS_alarm, SECONDS);
}

static void report(struct out *o)
{
    static u32 reporter; /* thread id */
    static u32 next;
    u32 nobody = 0, self = thread_tid();
    bug_set_hook(report); /* it is taken away before it is called */
    bool first =
        __atomic_compare_exchange_n(&reporter, &nobody, self, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    if (!first && nobody != self)
        for (;;) raw_syscall0(SYS_pause); /* another thread's bug: the process is about to end */
    if (first) set_alarm();
    let_faults_through();
    const bool guest = task_self() && task_self()->cpu && process.guest;
    if (!first) out_printf(o, "  (that was while the report's %s were shown)\n", parts[next - 1].what);
    while (next < ARRAY_LEN(parts)) {
        const struct part *p = &parts[next++];
        if (p->guest && !guest) continue;
        p->show(o);
        out_flush(o);
    }
}

void debug_install_bug_hook(int argc, char **argv, char **envp)
{
    debug_save_command(argc, argv, envp);
    bug_set_hook(report);
}
