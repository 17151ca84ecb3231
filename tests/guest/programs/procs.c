// Processes: fork, wait in all its forms, pipes between them, exit statuses, process groups, resource limits.
#include "t.h"
#include <sys/resource.h>

static void print_status(const char *what, int st)
{
    printf("%s: exited %d code %d, signaled %d signal %d\n", what, WIFEXITED(st), WIFEXITED(st) ? WEXITSTATUS(st) : 0,
           WIFSIGNALED(st), WIFSIGNALED(st) ? WTERMSIG(st) : 0);
    fflush(stdout);
}

static int child_of(void (*body)(void))
{
    int st = -1;
    fflush(stdout);
    pid_t p = fork();
    if (p == 0) {
        body();
        _exit(99);
    }
    waitpid(p, &st, 0);
    return st;
}

static int shared = 1;
static void exit_3(void) { shared = 2; exit(3); }
static void term(void) { kill(getpid(), SIGTERM); }
static void segv(void) { *(volatile int *)OPAQUE((uintptr_t)0) = 1; }
static void fall(void) {}
static void aborts(void) { abort(); }
static void child_fork(void) { _exit(WEXITSTATUS(child_of(exit_3)) + 10); }

static void pipeline(void)
{
    int a[2], b[2];
    if (pipe(a) || pipe2(b, O_CLOEXEC)) return;
    pid_t p = fork();
    if (p == 0) {
        char buf[1000];
        ssize_t n;
        close(a[1]), close(b[0]);
        while ((n = read(a[0], buf, sizeof buf)) > 0) {
            for (ssize_t i = 0; i < n; i++) buf[i] ^= 0x20;
            if (write(b[1], buf, (size_t)n) != n) _exit(1);
        }
        _exit(0);
    }
    close(a[0]), close(b[1]);
    uint32_t h = T_HASH_START;
    size_t total = 0;
    for (int i = 0; i < 50; i++) {
        char buf[997];
        memset(buf, 'a' + i % 26, sizeof buf);
        if (write(a[1], buf, sizeof buf) != (ssize_t)sizeof buf) puts("short write");
        for (size_t got = 0; got < sizeof buf;) {
            ssize_t n = read(b[0], buf, sizeof buf - got);
            if (n <= 0) break;
            h = t_hash(h, buf, (size_t)n);
            got += (size_t)n, total += (size_t)n;
        }
    }
    close(a[1]);
    int st;
    CHECK(waitpid(p, &st, 0) == p);
    printf("piped %zu %08x\n", total, h);
    print_status("filter", st);
}

static void many(void)
{
    pid_t p[20];
    int sum = 0;
    fflush(stdout);
    for (int i = 0; i < 20; i++)
        if ((p[i] = fork()) == 0) _exit(i);
    for (int i = 0; i < 20; i++) {
        int st;
        pid_t got = wait(&st);
        for (int k = 0; k < 20; k++)
            if (p[k] == got && WEXITSTATUS(st) == k) sum += k;
    }
    printf("sum of 20 children: %d\n", sum);
    TRY(wait(NULL));
}

static void waits(void)
{
    int fd[2];
    if (pipe(fd)) return;
    fflush(stdout);
    pid_t p = fork();
    if (p == 0) {
        char c;
        close(fd[1]);
        if (read(fd[0], &c, 1) < 0) _exit(1);
        _exit(7);
    }
    CHECK(waitpid(p, NULL, WNOHANG) == 0);
    CHECK(getpgid(p) == getpgrp());
    CHECK(kill(p, SIGSTOP) == 0);
    int st;
    CHECK(waitpid(p, &st, WUNTRACED) == p && WIFSTOPPED(st) && WSTOPSIG(st) == SIGSTOP);
    CHECK(kill(p, SIGCONT) == 0);
    close(fd[1]);
    siginfo_t si = {0};
    CHECK(waitid(P_PID, (id_t)p, &si, WEXITED | WNOWAIT) == 0);
    CHECK(si.si_pid == p && si.si_code == CLD_EXITED && si.si_status == 7 && si.si_signo == SIGCHLD);
    struct rusage ru;
    CHECK(wait4(p, &st, 0, &ru) == p && WEXITSTATUS(st) == 7);
    TRY(waitpid(p, NULL, 0));
    TRY(kill(p, 0));
}

int main(void)
{
    print_status("exit 3", child_of(exit_3));
    CHECK(shared == 1);
    print_status("SIGTERM", child_of(term));
    print_status("SIGSEGV", child_of(segv));
    print_status("falls", child_of(fall));
    print_status("abort", child_of(aborts));
    print_status("grandchild", child_of(child_fork));
    pipeline();
    many();
    waits();
    CHECK(getppid() > 0 && getpid() != getppid() && getsid(0) > 0);
    struct rlimit rl = {40, 50}, got;
    CHECK(setrlimit(RLIMIT_NOFILE, &rl) == 0 && getrlimit(RLIMIT_NOFILE, &got) == 0 && got.rlim_cur == 40 && got.rlim_max == 50);
    TRY(dup2(0, 45));
    signal(SIGPIPE, SIG_IGN);
    int fd[2];
    CHECK(pipe(fd) == 0 && close(fd[0]) == 0);
    TRY(write(fd[1], "x", 1));
    return 0;
}
