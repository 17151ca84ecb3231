// What a program finds after execve that its predecessor has set: blocked and pending signals of the kinds that a
// processor raises, one that is ignored, limits on memory; and what a failing execve leaves alone.
#include <sys/resource.h>

#include "t.h"

#define MIB ((rlim_t)1 << 20)

static const int faults[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV};
static const char *const names[] = {"ILL", "TRAP", "BUS", "FPE", "SEGV"};
enum { FAULTS = sizeof faults / sizeof faults[0] };

static void print_set(const char *what, const sigset_t *set)
{
    printf("%s:", what);
    for (int i = 0; i < FAULTS; i++)
        if (sigismember(set, faults[i])) printf(" %s", names[i]);
    putchar('\n');
}

static void print_signals(void)
{
    sigset_t blocked, pending;
    struct sigaction sa;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    sigpending(&pending);
    print_set("blocked", &blocked);
    print_set("pending", &pending);
    for (int i = 0; i < FAULTS; i++) {
        sigaction(faults[i], NULL, &sa);
        printf("%s %s\n", names[i], sa.sa_handler == SIG_IGN ? "ignored" : sa.sa_handler == SIG_DFL ? "default" : "caught");
    }
}

static void print_limit(const char *name, int resource)
{
    struct rlimit l;
    CHECK(getrlimit(resource, &l) == 0);
    printf("%s: %lu %lu MiB\n", name, (unsigned long)(l.rlim_cur / MIB), (unsigned long)(l.rlim_max / MIB));
    l.rlim_max += MIB;
    if (geteuid() != 0) TRY(setrlimit(resource, &l));
}

// Room for a mapping of so many MiB?
static bool has_room(size_t mib, int prot)
{
    void *p = mmap(NULL, mib << 20, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p != MAP_FAILED) munmap(p, mib << 20);
    return p != MAP_FAILED;
}

static void take_pending(void)
{
    const struct timespec none = {0, 0};
    sigset_t blocked;
    siginfo_t info;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int sig; (sig = sigtimedwait(&blocked, &info, &none)) > 0;)
        printf("took %d: %s %d\n", sig == SIGBUS ? 1 : sig == SIGSEGV ? 2 : 3,
               info.si_code == SI_USER ? "kill" : info.si_code == SI_QUEUE ? "sigqueue" : "other",
               info.si_code == SI_QUEUE ? info.si_value.sival_int : info.si_pid == getpid());
}

static int report(char **argv)
{
    printf("after %s\n", argv[2]);
    print_signals();
    take_pending();
    print_limit("AS", RLIMIT_AS);
    print_limit("DATA", RLIMIT_DATA);
    CHECK(has_room(600, PROT_NONE));
    CHECK(!has_room(1100, PROT_NONE));
    CHECK(has_room(400, PROT_READ | PROT_WRITE));
    CHECK(!has_room(600, PROT_READ | PROT_WRITE));
    fflush(stdout);
    return 0;
}

static char self[4096];

static void run(const char *how, bool use_vfork)
{
    char *argv[] = {self, (char *)"report", (char *)how, NULL};
    int st = -1;
    fflush(stdout);
    pid_t p = use_vfork ? vfork() : fork();
    if (p == 0) {
        execv(self, argv);
        _exit(1);
    }
    waitpid(p, &st, 0);
    printf("%s: %x\n", how, (unsigned)st);
}

// A program of the host, whatever runs this one.
static void run_shell(void)
{
    fflush(stdout);
    if (fork() == 0) {
        execl("/nonexistent/program", "none", (char *)NULL);
        CHECK(has_room(200, PROT_READ | PROT_WRITE));
        fflush(stdout);
        execl("/bin/sh", "sh", "-c", "ulimit -S -v; ulimit -S -d", (char *)NULL);
        _exit(1);
    }
    wait(NULL);
}

static void limit(int resource, rlim_t cur, rlim_t max)
{
    const struct rlimit l = {cur * MIB, max * MIB};
    CHECK(setrlimit(resource, &l) == 0);
}

// The program goes on, in this process, with what it holds pending.
static void replace_self(void)
{
    char *argv[] = {self, (char *)"report", (char *)"execve in place", NULL};
    sigset_t pending;
    kill(getpid(), SIGSEGV);
    sigqueue(getpid(), SIGBUS, (union sigval){.sival_int = 4711});
    TRY(execv("/nonexistent/program", argv));
    sigpending(&pending);
    print_set("pending after failing", &pending);
    fflush(stdout);
    execv(self, argv);
    puts("execv failed");
}

int main(int argc, char **argv)
{
    sigset_t set;
    if (argc > 2) return report(argv);
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) return 1;
    limit(RLIMIT_AS, 1024, 1536);
    limit(RLIMIT_DATA, 512, 1024);
    run("fork", false);
    run_shell();
    sigemptyset(&set);
    for (int i = 0; i < FAULTS; i++) sigaddset(&set, faults[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    run("vfork", true);
    signal(SIGILL, SIG_IGN);
    signal(SIGSEGV, SIG_IGN);
    run("ignoring", false);
    signal(SIGSEGV, SIG_DFL);
    replace_self();
    return 1;
}
