// timer.c: run commands in turn, many times, and print the median of each: the measuring half of tests/bench/run.
//
//   timer ROUNDS COMMAND [-- COMMAND]...
//
// Interleaved: round 1 of every command, then round 2, so that what else the machine does hits all alike. Prints one
// line per command: wall milliseconds, CPU milliseconds (user and system, children included), peak memory in KiB; or
// "fails" for a command that does not end with status 0. The commands' output goes to /dev/null.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 8, MAX_ROUNDS = 1000 };

struct sample {
    double wall_ms, cpu_ms;
    long rss_kib;
};

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static double ms(struct timeval t)
{
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec * 1e-3;
}

// Run one command to its end. Returns 0, or -1 if it does not end with status 0.
static int run(char **command, struct sample *s)
{
    struct rusage ru;
    int status;
    double start = now_ms();
    pid_t pid = vfork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0) _exit(125);
        execvp(command[0], command);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &ru) != pid) return -1;
    s->wall_ms = now_ms() - start;
    s->cpu_ms = ms(ru.ru_utime) + ms(ru.ru_stime);
    s->rss_kib = ru.ru_maxrss;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int by_wall(const void *a, const void *b)
{
    double x = ((const struct sample *)a)->wall_ms, y = ((const struct sample *)b)->wall_ms;
    return (x > y) - (x < y);
}
static int by_cpu(const void *a, const void *b)
{
    double x = ((const struct sample *)a)->cpu_ms, y = ((const struct sample *)b)->cpu_ms;
    return (x > y) - (x < y);
}

// The medians of n samples; reorders them.
static void report(struct sample *s, int n)
{
    long rss = 0;
    for (int i = 0; i < n; i++) rss = s[i].rss_kib > rss ? s[i].rss_kib : rss;
    qsort(s, (size_t)n, sizeof *s, by_wall);
    double wall = s[n / 2].wall_ms;
    qsort(s, (size_t)n, sizeof *s, by_cpu);
    printf("%.3f %.3f %ld\n", wall, s[n / 2].cpu_ms, rss);
}

int main(int argc, char **argv)
{
    static struct sample sample[MAX_COMMANDS][MAX_ROUNDS];
    char **command[MAX_COMMANDS];
    int failed[MAX_COMMANDS] = {0}, commands = 0, rounds = argc > 2 ? atoi(argv[1]) : 0;
    if (rounds < 1 || rounds > MAX_ROUNDS) {
        fprintf(stderr, "usage: timer ROUNDS COMMAND [-- COMMAND]...\n");
        return 1;
    }
    command[commands++] = argv + 2;
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], "--") == 0 && commands < MAX_COMMANDS) {
            argv[i] = NULL;
            command[commands++] = argv + i + 1;
        }
    for (int r = 0; r < rounds; r++)
        for (int c = 0; c < commands; c++)
            if (!failed[c] && run(command[c], &sample[c][r])) failed[c] = 1;
    for (int c = 0; c < commands; c++)
        if (failed[c]) puts("fails");
        else report(sample[c], rounds);
    return 0;
}
