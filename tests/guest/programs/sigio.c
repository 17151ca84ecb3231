// sigio.c: input announced by a signal: SIGIO without and a real-time signal with F_SETSIG, which carries the descriptor
// and what can be done with it; a folder watched by F_NOTIFY; owners of descriptors.
#include "t.h"

#include <poll.h>
#include <sys/socket.h>

static volatile sig_atomic_t count;
static siginfo_t last;

static void handler(int sig, siginfo_t *info, void *context)
{
    (void)context;
    last = *info;
    count += sig != 0;
}

static void arrived(const char *what, int sig, int fd)
{
    while (!count) usleep(1000);
    printf("%s: signal %s, descriptor %s, code %d, band in %d\n", what, last.si_signo == sig ? "right" : "WRONG",
           last.si_fd == fd ? "right" : "WRONG", last.si_code, !!(last.si_band & POLLIN));
    count = 0;
}

int main(void)
{
    struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
    int s[2], rt = SIGRTMIN + 3;
    sigaction(SIGIO, &a, NULL);
    sigaction(rt, &a, NULL);
    sigaction(SIGURG, &a, NULL);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    CHECK(fcntl(s[0], F_SETOWN, getpid()) == 0 && fcntl(s[0], F_GETOWN) == getpid());
    CHECK(fcntl(s[0], F_SETFL, O_ASYNC | O_NONBLOCK) == 0 && fcntl(s[0], F_GETFL) == (O_RDWR | O_ASYNC | O_NONBLOCK));
    write(s[1], "x", 1);
    while (!count) usleep(1000);
    CHECK(last.si_signo == SIGIO);
    count = 0;
    CHECK(fcntl(s[0], F_SETSIG, rt) == 0 && fcntl(s[0], F_GETSIG) == rt);
    write(s[1], "x", 1);
    arrived("real-time", rt, s[0]);
    CHECK(fcntl(s[0], F_SETSIG, SIGURG) == 0 && fcntl(s[0], F_GETSIG) == SIGURG);
    write(s[1], "x", 1);
    arrived("another", SIGURG, s[0]);
    CHECK(fcntl(s[0], F_SETSIG, SIGIO) == 0);
    write(s[1], "x", 1);
    arrived("SIGIO itself", SIGIO, s[0]);
    mkdir("d", 0700);
    int d = open("d", O_RDONLY | O_DIRECTORY);
    CHECK(fcntl(d, F_SETSIG, rt) == 0 && fcntl(d, F_NOTIFY, DN_CREATE) == 0);
    close(open("d/f", O_CREAT | O_WRONLY, 0600));
    arrived("folder", rt, d);
    return 0;
}
