// Signals and processes: what fork and exec keep of masks, dispositions and pending signals, signals around vfork and
// exec, SIGCHLD with wait, a storm of children that the handler reaps, stopping and continuing.
#include "t.h"
#include <sys/time.h>

static volatile sig_atomic_t chld, reaped, usr1;
static void on_chld(int s)
{
    (void)s;
    int e = errno;
    chld++;
    while (waitpid(-1, NULL, WNOHANG) > 0) reaped++;
    errno = e;
}
static void on_usr1(int s) { (void)s; usr1++; }
static siginfo_t last;
static void on_info(int s, siginfo_t *si, void *uc) { (void)s, (void)uc; last = *si; }

static void set(int s, void (*h)(int), int flags)
{
    struct sigaction sa = {.sa_handler = h, .sa_flags = flags};
    sigaction(s, &sa, NULL);
}

// What the program sees when it is started again as `sigprocs MODE`.
static int started(const char *mode)
{
    sigset_t now, pending;
    sigprocmask(SIG_BLOCK, NULL, &now);
    sigpending(&pending);
    struct sigaction usr, hup;
    sigaction(SIGUSR1, NULL, &usr);
    sigaction(SIGHUP, NULL, &hup);
    printf("%s: blocked USR2 %d TERM %d, pending USR2 %d, USR1 %s, HUP %s\n", mode, sigismember(&now, SIGUSR2),
           sigismember(&now, SIGTERM), sigismember(&pending, SIGUSR2), usr.sa_handler == SIG_DFL ? "default" : "?",
           hup.sa_handler == SIG_IGN ? "ignored" : "?");
    stack_t ss;
    sigaltstack(NULL, &ss);
    printf("%s: alternate stack %s\n", mode, ss.ss_flags == SS_DISABLE ? "none" : "?");
    return 5;
}
static char *self;
static sigset_t none, only_chld;
static int run(pid_t p)
{
    int st;
    while (waitpid(p, &st, 0) != p) {}
    return WIFEXITED(st) ? WEXITSTATUS(st) : -WTERMSIG(st);
}

// What fork and exec keep.
static void inherited(void)
{
    sigset_t block, old;
    sigemptyset(&block);
    sigaddset(&block, SIGUSR2);
    sigaddset(&block, SIGTERM);
    set(SIGUSR1, on_usr1, 0);
    signal(SIGHUP, SIG_IGN);
    static char alt[65536];
    stack_t ss = {.ss_sp = alt, .ss_size = sizeof alt};
    sigaltstack(&ss, NULL);
    sigprocmask(SIG_BLOCK, &block, &old);
    raise(SIGUSR2);
    pid_t p = fork();
    if (p == 0) {
        sigset_t now, pending;
        sigprocmask(SIG_BLOCK, NULL, &now);
        sigpending(&pending);
        stack_t s;
        sigaltstack(NULL, &s);
        _exit(sigismember(&now, SIGUSR2) + 2 * sigismember(&pending, SIGUSR2) + 4 * (s.ss_sp == alt));
    }
    printf("fork: %d\n", run(p));
    p = fork();
    if (p == 0) {
        raise(SIGUSR2);
        execl(self, self, "exec", NULL);
        _exit(1);
    }
    printf("-> %d\n", run(p));
    p = vfork();
    if (p == 0) {
        execl(self, self, "vfork", NULL);
        _exit(1);
    }
    printf("-> %d\n", run(p));
    siginfo_t si;
    sigset_t u2;
    sigemptyset(&u2);
    sigaddset(&u2, SIGUSR2);
    sigwaitinfo(&u2, &si);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

// The child of a vfork raises a signal for itself and for its parent.
static void around_vfork(void)
{
    usr1 = 0;
    pid_t p = vfork();
    if (p == 0) {
        kill(getpid(), SIGUSR1);
        kill(getppid(), SIGUSR1);
        _exit(usr1 == 1 ? 7 : 8);
    }
    printf("vfork: %d, handled %d\n", run(p), (int)usr1);
}

// A timer that fires all the time, around fork, vfork and exec.
static void under_fire(void)
{
    pid_t p;
    struct itimerval it = {{0, 700}, {0, 700}}, off = {{0, 0}, {0, 0}};
    struct sigaction sa = {.sa_handler = on_usr1, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &sa, NULL);
    setitimer(ITIMER_REAL, &it, NULL);
    static volatile int good;
    for (volatile int i = 0; i < 12; i++) {
        p = i & 1 ? vfork() : fork();
        if (p == 0) {
            if (i % 4 < 2) _exit(9);
            execl("/nonexistent/program", "x", NULL);
            _exit(9);
        }
        good += run(p) == 9;
    }
    printf("under fire %d\n", good);
    fflush(stdout);
    for (int i = 0; i < 4; i++) { // an exec takes the timer along, whose signal the new program does not handle
        p = fork();
        if (p == 0) {
            sigset_t al;
            sigemptyset(&al);
            sigaddset(&al, SIGALRM);
            setitimer(ITIMER_REAL, &it, NULL);
            sigprocmask(SIG_BLOCK, &al, NULL);
            execl(self, self, "fire", NULL);
            _exit(1);
        }
        printf("-> %d\n", run(p));
    }
    setitimer(ITIMER_REAL, &off, NULL);
}

// The handler reaps a storm of children; later ones in this program leave SIGCHLD blocked.
static void storm(void)
{
    pid_t p;
    struct sigaction sa = {.sa_handler = on_chld, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigaction(SIGCHLD, &sa, NULL);
    for (int i = 0; i < 40; i++) {
        p = fork();
        if (p == 0) _exit(i);
    }
    sigprocmask(SIG_BLOCK, &only_chld, NULL);
    while (reaped < 40) sigsuspend(&none);
    CHECK(reaped == 40 && chld >= 1 && chld <= 40);
    CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
}

// What SIGCHLD says of a child's end, its stop and its death.
static void details(void)
{
    struct sigaction sa = {.sa_sigaction = on_info, .sa_flags = SA_SIGINFO};
    sigaction(SIGCHLD, &sa, NULL);
    pid_t p = fork();
    if (p == 0) _exit(77);
    while (last.si_pid != p) sigsuspend(&none);
    CHECK(last.si_code == CLD_EXITED && last.si_status == 77 && last.si_uid == getuid());
    CHECK(run(p) == 77);
    p = fork();
    if (p == 0) {
        raise(SIGSTOP);
        raise(SIGKILL);
    }
    while (last.si_pid != p || last.si_code != CLD_STOPPED) sigsuspend(&none);
    CHECK(last.si_status == SIGSTOP);
    int st;
    CHECK(waitpid(p, &st, WUNTRACED) == p && WIFSTOPPED(st) && WSTOPSIG(st) == SIGSTOP);
    kill(p, SIGCONT);
    CHECK(run(p) == -SIGKILL);
}

// Children of a parent that does not want to know leave nothing to wait for.
static void unwanted(void)
{
    struct sigaction sa = {.sa_handler = SIG_IGN};
    sigaction(SIGCHLD, &sa, NULL);
    pid_t p = fork();
    if (p == 0) _exit(1);
    CHECK(waitpid(p, NULL, 0) == -1 && errno == ECHILD);
    sa = (struct sigaction){.sa_handler = on_chld, .sa_flags = SA_NOCLDWAIT};
    sigprocmask(SIG_UNBLOCK, &only_chld, NULL);
    chld = 0;
    sigaction(SIGCHLD, &sa, NULL);
    p = fork();
    if (p == 0) _exit(1);
    while (waitpid(p, NULL, 0) == -1 && errno == EINTR) {}
    CHECK(chld == 1);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "again") == 0) return execl(argv[0], argv[0], NULL);
    if (argc > 1) return started(argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 1000);
    self = argv[0];
    sigemptyset(&none);
    sigemptyset(&only_chld);
    sigaddset(&only_chld, SIGCHLD);
    inherited();
    around_vfork();
    under_fire();
    storm();
    details();
    unwanted();
    return 0;
}
