// Die the way the first argument says: the emulator's own end must be the same.
#include "t.h"
#include <sys/resource.h>

static void handler(int s)
{
    signal(s, SIG_DFL);
    raise(s);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    printf("dying by %s\n", how);
    fflush(stdout);
    if (!strcmp(how, "abort")) abort();
    if (!strcmp(how, "segv")) *(volatile int *)OPAQUE((uintptr_t)4) = 1;
    if (!strcmp(how, "term")) raise(SIGTERM);
    if (!strcmp(how, "kill")) kill(getpid(), SIGKILL);
    if (!strcmp(how, "alarm")) alarm(1), pause();
    if (!strcmp(how, "realtime")) raise(45);
    if (!strcmp(how, "trap")) __builtin_trap();
    if (!strcmp(how, "reraise")) signal(SIGQUIT, handler), raise(SIGQUIT);
    if (!strcmp(how, "blocked")) { // a fault whose signal is blocked kills all the same
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, NULL);
        *(volatile int *)OPAQUE((uintptr_t)4) = 1;
    }
    if (!strcmp(how, "ignored")) signal(SIGSEGV, SIG_IGN), *(volatile int *)OPAQUE((uintptr_t)4) = 1;
    if (!strcmp(how, "exit")) _exit(0x1234);
    return 3;
}
