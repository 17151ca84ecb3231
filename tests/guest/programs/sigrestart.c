// Calls that a handler interrupts: with SA_RESTART they go on or start again, without it they fail with EINTR; those that
// never start again. Each call has a helper that first interrupts it, then lets it succeed.
#include "t.h"
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static volatile int count;
static void handler(int s) { (void)s; count++; }
static void on(int flags)
{
    struct sigaction sa = {.sa_handler = handler, .sa_flags = flags};
    sigaction(SIGUSR1, &sa, NULL);
}

static pthread_t main_thread;
static int fds[2], sockets[2];
static sem_t sem;
static volatile int word;
static void (*release)(void);
static volatile bool stop;

// Whether the main thread sleeps in a call: a signal that comes earlier would interrupt nothing.
static bool sleeps(void)
{
    char text[512], *state;
    FILE *f = fopen("/proc/self/stat", "r"); // the main thread's, as its number is the process's
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) fclose(f);
    text[n] = 0;
    state = strrchr(text, ')');
    return state && state[1] == ' ' && state[2] == 'S';
}

// Interrupts the main thread when it sleeps in its call, until the handler has run, then does what the call waits for, if
// it still waits.
static void *interrupt(void *arg)
{
    (void)arg;
    do {
        usleep(4000);
        while (!sleeps()) usleep(500);
        usleep(1000);
        pthread_kill(main_thread, SIGUSR1);
    } while (!count);
    usleep(8000);
    if (!stop) release();
    return NULL;
}

static void release_pipe(void) { if (write(fds[1], "p", 1) != 1) puts("no write"); }
static void release_socket(void) { if (write(sockets[1], "s", 1) != 1) puts("no write"); }
static void release_sem(void) { sem_post(&sem); }
static void release_word(void)
{
    word = 1;
    syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
}
static void release_nothing(void) {}

static char c;
static long do_read(void) { return read(fds[0], &c, 1); }
static long do_recv(void) { return recv(sockets[0], &c, 1, 0); }
static long do_poll(void)
{
    struct pollfd p = {.fd = fds[0], .events = POLLIN};
    long r = poll(&p, 1, 3000);
    return r;
}
static long do_sem(void) { return sem_wait(&sem); }
static long do_futex(void)
{
    word = 0;
    return syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}
static struct timespec left;
static long do_nanosleep(void)
{
    struct timespec ts = {2, 0};
    left.tv_sec = 99;
    return nanosleep(&ts, &left);
}
static pid_t child;
static int child_fds[2];
static void release_child(void) { if (write(child_fds[1], "c", 1) != 1) puts("no write"); }
static long do_wait(void) // for a child that ends when it is released
{
    int st;
    child = fork();
    if (child == 0) {
        while (read(child_fds[0], &c, 1) != 1) {}
        _exit(3);
    }
    long r = waitpid(child, &st, 0);
    return r == child ? WEXITSTATUS(st) : r;
}
static void after_wait(void)
{
    release_child();
    while (waitpid(child, NULL, 0) == -1 && errno == EINTR) {}
}
static void after_read(void) { fcntl(fds[0], F_SETFL, O_NONBLOCK), read(fds[0], &c, 1), fcntl(fds[0], F_SETFL, 0); }

static void attempt(const char *what, long (*call)(void), void (*rel)(void), void (*after)(void))
{
    for (int restart = 0; restart < 2; restart++) {
        pthread_t t;
        on(restart ? SA_RESTART : 0);
        count = 0, stop = false, release = rel;
        pthread_create(&t, NULL, interrupt, NULL);
        errno = 0;
        long r = call();
        int e = errno;
        stop = r == -1;
        pthread_join(t, NULL);
        printf("%s %s: %ld %s\n", what, restart ? "with SA_RESTART" : "without", r, r == -1 ? strerror(e) : "-");
        if (after && (r == -1 || after == after_read)) after();
    }
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 1000);
    main_thread = pthread_self();
    if (pipe(fds) || pipe(child_fds) || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets)) return 1;
    sem_init(&sem, 0, 0);
    attempt("read", do_read, release_pipe, after_read);
    attempt("recv", do_recv, release_socket, NULL);
    attempt("poll", do_poll, release_pipe, after_read);
    attempt("futex", do_futex, release_word, NULL);
    attempt("sem_wait", do_sem, release_sem, NULL);
    attempt("nanosleep", do_nanosleep, release_nothing, NULL);
    CHECK(left.tv_sec == 1 && left.tv_nsec > 0);
    attempt("waitpid", do_wait, release_child, after_wait);
    // a wait with a timeout is not begun again
    on(SA_RESTART);
    count = 0, release = release_nothing;
    pthread_t t;
    pthread_create(&t, NULL, interrupt, NULL);
    sem_t never;
    sem_init(&never, 0, 0);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 30;
    int r = sem_timedwait(&never, &until);
    printf("sem_timedwait %d %s\n", r, strerror(errno));
    pthread_join(t, NULL);
    return 0;
}
