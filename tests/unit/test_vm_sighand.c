// test_vm_sighand.c: dispositions and masks mirrored on this host, signals noted one at a time, none lost: not between the
// poll flag and the system call, not where the mask opens.
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"
#include "runtime/vm/task.h"
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define BIT(sig) (1ull << ((sig) - 1))
#define FAULTS   (BIT(SIGSEGV) | BIT(SIGBUS))
#define HANDLER  0x1234 // a guest address

static struct cpu_head cpu;
static struct sighand sighand;
static struct task task;
static struct task *const t = &task;

static void on_signal(int sig, siginfo_t *info, void *context)
{
    sig_note(&task, sig, info, context);
}

static u64 host_mask(void)
{
    u64 mask = 0;
    raw_rt_sigprocmask(SIG_SETMASK, NULL, &mask);
    return mask & ~FAULTS;
}

static void handle(int sig, u64 flags)
{
    struct sig_action a = {.handler = HANDLER, .flags = flags};
    assert_int_equal(sig_set_action(t, sig, &a, NULL), 0);
}

static int set_up(void **state)
{
    (void)state;
    memset(&cpu, 0, sizeof cpu);
    memset(&sighand, 0, sizeof sighand);
    memset(&task, 0, sizeof task);
    sighand.refs = 1;
    task.cpu = &cpu;
    cpu.task = &task;
    task.sighand = &sighand;
    task.tid = raw_gettid();
    thread_set_self_data(&task);
    sig_host_handler = on_signal;
    u64 none = 0;
    raw_rt_sigprocmask(SIG_SETMASK, &none, NULL);
    sig_init(t);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    u64 none = 0;
    for (int sig = 1; sig < SIG_COUNT; sig++)
        if (sig != SIGKILL && sig != SIGSTOP) {
            struct raw_sigaction ign = {.handler = (void *)1}, dfl = {0};
            raw_rt_sigaction(sig, &ign, NULL); // drops what is pending
            raw_rt_sigaction(sig, &dfl, NULL);
        }
    raw_rt_sigprocmask(SIG_SETMASK, &none, NULL);
    return 0;
}

static siginfo_t expect_next(int sig)
{
    siginfo_t info;
    bool forced;
    assert_true(sig_next(t, &info, &forced));
    assert_int_equal(info.si_signo, sig);
    assert_false(forced);
    return info;
}

static void expect_none(void)
{
    siginfo_t info;
    bool forced;
    assert_false(sig_next(t, &info, &forced));
}

// ---- dispositions ----

static void vm_sig_actions_are_mirrored(void **state)
{
    (void)state;
    struct sig_action a = {.handler = HANDLER, .flags = SA_RESTART | SA_NODEFER | SA_RESETHAND | SA_NOCLDWAIT, .mask = ~0ull};
    struct sig_action old;
    struct raw_sigaction h;
    assert_int_equal(sig_set_action(t, SIGCHLD, &a, &old), 0);
    assert_int_equal(old.handler, 0);
    assert_int_equal(raw_rt_sigaction(SIGCHLD, NULL, &h), 0);
    assert_ptr_equal(h.handler, (void *)(u64)on_signal);
    // restarting and children are the kernel's; the others are ours
    assert_int_equal(h.flags & (SA_RESTART | SA_NOCLDWAIT | SA_NOCLDSTOP | SA_RESETHAND | SA_NODEFER),
                     SA_RESTART | SA_NOCLDWAIT);
    assert_int_equal(h.flags & (SA_SIGINFO | SA_ONSTACK), SA_SIGINFO | SA_ONSTACK);
    assert_int_equal(sig_set_action(t, SIGCHLD, NULL, &old), 0);
    assert_int_equal(old.mask, ~(BIT(SIGKILL) | BIT(SIGSTOP))); // the kernel drops the two
    for (gaddr handler = 0; handler < 2; handler++) {
        a = (struct sig_action){.handler = handler};
        assert_int_equal(sig_set_action(t, SIGUSR1, &a, NULL), 0);
        raw_rt_sigaction(SIGUSR1, NULL, &h);
        assert_int_equal((u64)h.handler, handler);
        assert_int_equal(sig_set_action(t, SIGSEGV, &a, NULL), 0); // faults are always ours
        raw_rt_sigaction(SIGSEGV, NULL, &h);
        assert_ptr_equal(h.handler, (void *)(u64)on_signal);
    }
    for (int sig = 32; sig <= 64; sig++) assert_int_equal(sig_set_action(t, sig, &a, NULL), 0);
    const int bad[] = {0, -1, 65, 1000};
    for (u32 i = 0; i < ARRAY_LEN(bad); i++) assert_int_equal(sig_set_action(t, bad[i], NULL, NULL), -EINVAL);
    assert_int_equal(sig_set_action(t, SIGKILL, &a, NULL), -EINVAL);
    assert_int_equal(sig_set_action(t, SIGSTOP, &a, NULL), -EINVAL);
    assert_int_equal(sig_set_action(t, SIGKILL, NULL, &old), 0);
}

static void vm_sig_init_adopts_what_exec_left(void **state)
{
    (void)state;
    struct raw_sigaction ign = {.handler = (void *)1}, h;
    raw_rt_sigaction(SIGHUP, &ign, NULL);
    raw_rt_sigaction(SIGSEGV, &ign, NULL);
    u64 mask = BIT(SIGUSR2) | BIT(SIGSEGV);
    raw_rt_sigprocmask(SIG_SETMASK, &mask, NULL);
    sig_init(t);
    struct sig_action a;
    sig_get_action(t, SIGHUP, &a);
    assert_int_equal(a.handler, 1);
    sig_get_action(t, SIGSEGV, &a);
    assert_int_equal(a.handler, 1);
    sig_get_action(t, SIGUSR1, &a);
    assert_int_equal(a.handler, 0);
    assert_int_equal(t->sig.mask, mask);
    raw_rt_sigaction(SIGSEGV, NULL, &h);
    assert_ptr_equal(h.handler, (void *)(u64)on_signal);
    u64 now;
    raw_rt_sigprocmask(SIG_SETMASK, NULL, &now);
    assert_int_equal(now, BIT(SIGUSR2));
}

// An illegal instruction or division error of calque's own code must end in a report, not in a silent death.
static sigjmp_buf after_own_fault;

static void on_own_fault(int sig, siginfo_t *info, void *context)
{
    (void)info, (void)context;
    siglongjmp(after_own_fault, sig);
}

static void vm_sig_own_faults_reach_the_handler(void **state)
{
    (void)state;
    sig_host_handler = on_own_fault;
    sig_init(t);
    int sig = sigsetjmp(after_own_fault, 1);
    if (sig == 0) __asm__ volatile("ud2");
    assert_int_equal(sig, SIGILL);
    const struct sig_action dfl = {.handler = 0};
    sig_set_action(t, SIGFPE, &dfl, NULL);
    sig = sigsetjmp(after_own_fault, 1);
    if (sig == 0) __asm__ volatile("divl %0" ::"r"(0), "a"(1), "d"(0));
    assert_int_equal(sig, SIGFPE);
}

static void vm_sig_exec_hands_faults_on(void **state)
{
    (void)state;
    const struct sig_action ign = {.handler = 1};
    struct raw_sigaction h;
    u64 mask, pending;
    handle(SIGBUS, 0);
    sig_set_action(t, SIGSEGV, &ign, NULL);
    sig_change_mask(t, BIT(SIGBUS) | BIT(SIGUSR1));
    raw_kill(raw_getpid(), SIGBUS);
    assert_int_equal(t->sig.held, BIT(SIGBUS));
    sig_before_exec(t);
    raw_rt_sigprocmask(SIG_SETMASK, NULL, &mask);
    raw_rt_sigpending(&pending);
    raw_rt_sigaction(SIGSEGV, NULL, &h);
    assert_int_equal(mask, BIT(SIGBUS) | BIT(SIGUSR1));
    assert_int_equal(pending, BIT(SIGBUS));
    assert_ptr_equal(h.handler, (void *)1);
    sig_exec_failed(t);
    raw_rt_sigprocmask(SIG_SETMASK, NULL, &mask);
    raw_rt_sigaction(SIGSEGV, NULL, &h);
    assert_int_equal(mask, BIT(SIGUSR1));
    assert_int_equal(t->sig.held, BIT(SIGBUS));
    assert_int_equal(t->sig.held_info[1].si_code, SI_USER);
    assert_ptr_equal(h.handler, (void *)(u64)on_signal);
}

static void vm_sig_clear_keeps_what_is_ignored(void **state)
{
    (void)state;
    struct sig_action ign = {.handler = 1, .flags = SA_RESTART}, a;
    struct raw_sigaction h;
    handle(SIGUSR1, SA_RESTART);
    handle(SIGSEGV, 0);
    sig_set_action(t, SIGUSR2, &ign, NULL);
    sig_clear_handlers(t);
    sig_get_action(t, SIGUSR1, &a);
    assert_true(a.handler == 0 && a.flags == 0);
    sig_get_action(t, SIGSEGV, &a);
    assert_int_equal(a.handler, 0);
    sig_get_action(t, SIGUSR2, &a);
    assert_int_equal(a.handler, 1);
    raw_rt_sigaction(SIGUSR1, NULL, &h);
    assert_ptr_equal(h.handler, NULL);
    raw_rt_sigaction(SIGUSR2, NULL, &h);
    assert_ptr_equal(h.handler, (void *)1);
    raw_rt_sigaction(SIGSEGV, NULL, &h);
    assert_ptr_equal(h.handler, (void *)(u64)on_signal);
}

// ---- noting ----

static void vm_sig_one_is_noted_the_rest_wait_in_the_kernel(void **state)
{
    (void)state;
    handle(SIGUSR1, 0);
    handle(SIGUSR2, 0);
    assert_int_equal(cpu.poll, 0);
    raw_tgkill(raw_getpid(), raw_gettid(), SIGUSR1);
    assert_int_equal(cpu.poll, POLL_SIGNAL);
    assert_int_equal(host_mask(), ~(FAULTS | BIT(SIGKILL) | BIT(SIGSTOP)));
    raw_kill(raw_getpid(), SIGUSR2);
    raw_kill(raw_getpid(), SIGUSR1);
    siginfo_t info = expect_next(SIGUSR1);
    assert_int_equal(info.si_code, SI_TKILL);
    assert_int_equal(info.si_pid, raw_getpid());
    expect_none();
    assert_int_equal(sig_pending(t), 0); // they wait, but the guest does not block them
    t->sig.mask = BIT(SIGUSR2);
    assert_int_equal(sig_pending(t), BIT(SIGUSR2));
    sig_resume(t); // opens the mask: the kernel delivers SIGUSR1 at once, SIGUSR2 is blocked
    assert_int_equal(cpu.poll, POLL_SIGNAL);
    assert_int_equal(expect_next(SIGUSR1).si_code, SI_USER);
    sig_resume(t);
    expect_none();
    assert_int_equal(cpu.poll, 0);
    assert_int_equal(host_mask(), BIT(SIGUSR2));
    sig_set_mask(t, 0);
    expect_next(SIGUSR2);
    sig_resume(t);
    assert_int_equal(host_mask(), 0);
}

static void vm_sig_mask_drops_what_cannot_be_blocked(void **state)
{
    (void)state;
    sig_set_mask(t, ~0ull);
    assert_int_equal(t->sig.mask, ~(BIT(SIGKILL) | BIT(SIGSTOP)));
    u64 now;
    raw_rt_sigprocmask(SIG_SETMASK, NULL, &now);
    assert_int_equal(now, ~(BIT(SIGKILL) | BIT(SIGSTOP) | FAULTS));
    assert_int_equal(sig_host_mask(~0ull), ~FAULTS);
    sig_set_mask(t, 0);
    assert_int_equal(host_mask(), 0);
}

static void vm_sig_forced_comes_first(void **state)
{
    (void)state;
    handle(SIGUSR1, 0);
    raw_kill(raw_getpid(), SIGUSR1);
    sig_force(t, SIGSEGV, SEGV_ACCERR, 0xdead0000);
    siginfo_t info;
    bool forced = false;
    assert_true(sig_next(t, &info, &forced) && forced);
    assert_int_equal(info.si_signo, SIGSEGV);
    assert_int_equal(info.si_code, SEGV_ACCERR);
    assert_ptr_equal(info.si_addr, (void *)0xdead0000);
    expect_next(SIGUSR1);
    expect_none();
    sig_resume(t);
}

static void vm_sig_noted_then_blocked_goes_back(void **state)
{
    (void)state;
    handle(SIGUSR1, 0);
    handle(SIGUSR2, 0);
    union sigval value = {.sival_int = 4711};
    sigqueue(raw_getpid(), SIGUSR1, value);
    assert_true(t->sig.taken);
    sig_set_mask(t, BIT(SIGUSR1));
    expect_none(); // no handler inside what the guest has just protected
    assert_int_equal(host_mask(), BIT(SIGUSR1));
    assert_int_equal(sig_pending(t), BIT(SIGUSR1));
    sig_resume(t);
    expect_none();
    raw_kill(raw_getpid(), SIGUSR2); // others go on
    expect_next(SIGUSR2);
    sig_resume(t);
    sig_set_mask(t, 0);
    siginfo_t info = expect_next(SIGUSR1);
    assert_int_equal(info.si_code, SI_QUEUE);
    assert_int_equal(info.si_value.sival_int, 4711);
    sig_resume(t);
    // one that is not blocked by the new mask stays noted, and keeps the door shut
    raw_kill(raw_getpid(), SIGUSR1);
    sig_set_mask(t, BIT(SIGUSR2));
    assert_true(t->sig.taken);
    raw_kill(raw_getpid(), SIGUSR1);
    expect_next(SIGUSR1);
    expect_none();
    sig_resume(t);
    expect_next(SIGUSR1);
    sig_resume(t);
    assert_int_equal(host_mask(), BIT(SIGUSR2));
}

static void vm_sig_children_inherit_no_noted_signal(void **state)
{
    (void)state;
    handle(SIGUSR1, 0);
    t->sig.mask = BIT(SIGHUP);
    raw_kill(raw_getpid(), SIGUSR1);
    sig_force(t, SIGILL, 1, 0);
    t->sig.held = BIT(SIGBUS);
    sig_after_fork(t);
    expect_none();
    assert_int_equal(cpu.poll, 0);
    assert_int_equal(host_mask(), BIT(SIGHUP));
}

// ---- SIGSEGV and SIGBUS that others send ----

static void vm_sig_sent_faults_wait_while_blocked(void **state)
{
    (void)state;
    const int sigs[] = {SIGSEGV, SIGBUS};
    for (u32 i = 0; i < 2; i++) {
        int sig = sigs[i];
        union sigval value = {.sival_int = 1};
        handle(sig, 0);
        sig_set_mask(t, BIT(sig) | BIT(SIGUSR1));
        sigqueue(raw_getpid(), sig, value);
        value.sival_int = 2;
        sigqueue(raw_getpid(), sig, value); // merged with the first, as the kernel does
        assert_int_equal(cpu.poll, 0);
        expect_none();
        assert_int_equal(sig_pending(t), BIT(sig));
        sig_set_mask(t, BIT(SIGUSR1));
        assert_int_equal(cpu.poll, POLL_SIGNAL);
        assert_int_equal(expect_next(sig).si_value.sival_int, 1);
        expect_none();
        sig_resume(t);
        assert_int_equal(cpu.poll, 0);
        raw_kill(raw_getpid(), sig); // not blocked: at once
        assert_int_equal(cpu.poll, POLL_SIGNAL);
        expect_next(sig);
        sig_resume(t);
    }
}

static void vm_sig_sent_fault_does_not_disturb_a_noted_signal(void **state)
{
    (void)state;
    handle(SIGUSR1, 0);
    handle(SIGSEGV, 0);
    handle(SIGBUS, 0);
    raw_kill(raw_getpid(), SIGUSR1);
    raw_kill(raw_getpid(), SIGSEGV);
    raw_kill(raw_getpid(), SIGBUS);
    expect_next(SIGUSR1);
    expect_next(SIGBUS); // the kernel takes the lower number first
    t->sig.mask |= BIT(SIGSEGV); // what the handler's frame does
    expect_none();
    sig_resume(t);
    assert_int_equal(sig_pending(t), BIT(SIGSEGV));
    siginfo_t info;
    assert_false(sig_take_held(t, BIT(SIGBUS), &info));
    assert_true(sig_take_held(t, BIT(SIGSEGV) | BIT(SIGUSR1), &info)); // sigtimedwait
    assert_int_equal(info.si_signo, SIGSEGV);
    assert_int_equal(sig_pending(t), 0);
}

// ---- the stub ----

extern const char sys_stub_test[], sys_stub_call[], sys_stub_abort[];
s64 sys_stub(const u32 *poll, long nr, const u64 *args);

static void traced_call(int fd)
{
    char c;
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    s64 r = task_syscall(t, SYS_read, (u64)fd, (u64)&c, 1, 0, 0, 0);
    raw_exit_group(r == -SYS_RESTART && t->sig.taken ? 42 : 1);
}

// A signal at each instruction from the stub's first to its `syscall`: the call is not made. Without and with SA_RESTART.
static void vm_sig_stub_undoes_a_call_at_every_instruction(void **state)
{
    (void)state;
    u32 points = 0;
    for (u64 pc = (u64)sys_stub; pc <= (u64)sys_stub_call; pc++) {
        handle(SIGUSR1, pc & 1 ? SA_RESTART : 0);
        int fds[2], status;
        assert_int_equal(pipe(fds), 0);
        pid_t pid = fork();
        if (pid == 0) traced_call(fds[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        bool stopped = WIFSTOPPED(status);
        // an address inside an instruction is never reached: then the stub's end is, with data to read
        bool boundary = false;
        struct user_regs_struct regs;
        for (int i = 0; stopped && i < 100000; i++) {
            if (ptrace(PTRACE_SINGLESTEP, pid, 0, 0) != 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) break;
            ptrace(PTRACE_GETREGS, pid, 0, &regs);
            if (regs.rip == pc) boundary = true;
            if (boundary || regs.rip == (u64)sys_stub_call) break;
        }
        if (boundary) {
            points++;
            ptrace(PTRACE_CONT, pid, 0, SIGUSR1);
            assert_int_equal(waitpid(pid, &status, 0), pid);
            if (!WIFEXITED(status) || WEXITSTATUS(status) != 42)
                fail_msg("at sys_stub+%llu: status 0x%x", (unsigned long long)(pc - (u64)sys_stub), (unsigned)status);
        } else {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
        }
        close(fds[0]);
        close(fds[1]);
    }
    assert_int_equal(points, 12); // three moves, six arguments, test, branch, syscall
}

static u64 random_state = 88172645463325252ull;
static u32 pick(u32 n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (u32)(random_state >> 11) % n;
}

// A timer fires around a read that has nothing to read: whenever it comes, the read ends and the signal is noted. If one came
// unseen the read would never end.
static void fire_at_reads(u64 flags, u32 times, u32 *undone, u32 *interrupted)
{
    int fds[2];
    char c;
    timer_t timer;
    struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    handle(SIGUSR1, flags);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &ev, &timer), 0);
    for (u32 i = 0; i < times; i++) {
        struct itimerspec when = {.it_value = {0, 1 + (long)pick(i & 1 ? 2500 : 8000)}};
        assert_int_equal(timer_settime(timer, 0, &when, NULL), 0);
        for (u32 spin = pick(300); spin; spin--) __asm__ volatile("");
        s64 r = task_syscall(t, SYS_read, (u64)fds[0], (u64)&c, 1, 0, 0, 0);
        if (r == -SYS_RESTART)
            ++*undone;
        else if (r == -EINTR)
            ++*interrupted;
        else
            fail_msg("read gave %lld", (long long)r);
        expect_next(SIGUSR1);
        sig_resume(t);
        expect_none();
    }
    timer_delete(timer);
    close(fds[0]);
    close(fds[1]);
}

static void vm_sig_no_signal_is_lost_at_a_blocking_read(void **state)
{
    (void)state;
    u32 undone = 0, interrupted = 0, times = getenv("CALQUE_LONG") ? 2000000 : 60000;
    fire_at_reads(0, times, &undone, &interrupted);
    print_message("without SA_RESTART: %u undone, %u interrupted\n", undone, interrupted);
    assert_int_equal(undone + interrupted, times);
    undone = interrupted = 0;
    fire_at_reads(SA_RESTART, times, &undone, &interrupted);
    assert_int_equal(interrupted, 0); // the kernel backs up: undone every time
    assert_int_equal(undone, times);
}

// ---- opening the mask ----

#define FLOOD_SIGNALS 4

// Real-time signals are queued: every number must come exactly once, while masks change and deliveries interleave. The queue
// is short, so that often it is full when a signal has to go back into it.
static void vm_sig_flood_loses_and_doubles_none(void **state)
{
    (void)state;
    const int count = getenv("CALQUE_LONG") ? 500000 : 8000;
    u8 *seen = calloc(1, (size_t)count);
    for (int i = 0; i < FLOOD_SIGNALS; i++) handle(SIGRTMIN + i, 0);
    struct rlimit old, queue = {300, 300};
    assert_int_equal(getrlimit(RLIMIT_SIGPENDING, &old), 0);
    queue.rlim_max = old.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_SIGPENDING, &queue), 0);
    pid_t main_pid = getpid(), pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); // lest it go on and meet another process of that number
        if (getppid() != main_pid) _exit(1);
        for (int i = 0; i < count; i++) {
            union sigval v = {.sival_int = i};
            while (sigqueue(main_pid, SIGRTMIN + i % FLOOD_SIGNALS, v) != 0) raw_sched_yield();
        }
        _exit(0);
    }
    for (int got = 0; got < count;) {
        u64 mask = 0;
        for (int i = 0; i < FLOOD_SIGNALS; i++)
            if (pick(2)) mask |= BIT(SIGRTMIN + i);
        sig_set_mask(t, pick(8) ? mask : 0);
        if (pick(4) == 0) sig_force(t, SIGILL, 1, 0);
        if (!(cpu.poll & POLL_SIGNAL)) continue;
        siginfo_t info;
        bool forced;
        while (sig_next(t, &info, &forced)) {
            if (forced) continue;
            int n = info.si_value.sival_int;
            assert_true(n >= 0 && n < count);
            assert_int_equal(info.si_signo, SIGRTMIN + n % FLOOD_SIGNALS);
            if (t->sig.mask & BIT(info.si_signo)) fail_msg("signal %d delivered while blocked", info.si_signo);
            assert_int_equal(seen[n]++, 0);
            got++;
        }
        sig_resume(t);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(setrlimit(RLIMIT_SIGPENDING, &old), 0);
    expect_none();
    free(seen);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(vm_sig_actions_are_mirrored),
        T(vm_sig_init_adopts_what_exec_left),
        T(vm_sig_own_faults_reach_the_handler),
        T(vm_sig_exec_hands_faults_on),
        T(vm_sig_clear_keeps_what_is_ignored),
        T(vm_sig_one_is_noted_the_rest_wait_in_the_kernel),
        T(vm_sig_mask_drops_what_cannot_be_blocked),
        T(vm_sig_forced_comes_first),
        T(vm_sig_noted_then_blocked_goes_back),
        T(vm_sig_children_inherit_no_noted_signal),
        T(vm_sig_sent_faults_wait_while_blocked),
        T(vm_sig_sent_fault_does_not_disturb_a_noted_signal),
        T(vm_sig_stub_undoes_a_call_at_every_instruction),
        T(vm_sig_no_signal_is_lost_at_a_blocking_read),
        T(vm_sig_flood_loses_and_doubles_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
