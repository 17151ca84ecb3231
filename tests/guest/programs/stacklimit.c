// A small RLIMIT_STACK: the process goes on, its children start, the next program sees it; a vfork child's limits are its
// own though its memory is not.
#include <sys/resource.h>

#include "t.h"

enum { KIB = 1024, MIB = 1024 * KIB };

static void show(const char *who)
{
    struct rlimit stack, data;
    getrlimit(RLIMIT_STACK, &stack);
    getrlimit(RLIMIT_DATA, &data);
    printf("%s: stack %" PRIu64 ", data %s\n", who, (uint64_t)stack.rlim_cur,
           data.rlim_cur == 300 * MIB ? "300 MiB" : "any");
    fflush(stdout);
}

static int set_stack(long soft, long hard)
{
    struct rlimit now;
    getrlimit(RLIMIT_STACK, &now);
    return setrlimit(RLIMIT_STACK, &(struct rlimit){(rlim_t)soft, hard ? (rlim_t)hard : now.rlim_max});
}

static int deep(int n)
{
    volatile char room[256];
    room[n % 256] = (char)n;
    return n ? deep(n - 1) + room[n % 256] : 0;
}

static void run_child(bool use_vfork, const char *name)
{
    pid_t p = use_vfork ? vfork() : fork();
    if (p == 0) {
        if (use_vfork) {
            set_stack(MIB, 0);
            setrlimit(RLIMIT_DATA, &(struct rlimit){300 * MIB, 400 * MIB});
        }
        execl("/proc/self/exe", "stacklimit", name, (char *)NULL);
        _exit(9);
    }
    int st = 0;
    waitpid(p, &st, 0);
    printf("%s ended with %d\n", name, st);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        CHECK(deep(40) != 1);
        show(argv[1]);
        return 0;
    }
    CHECK(set_stack(64 * KIB, 0) == 0);
    CHECK(deep(60) != 1);
    show("after 64 KiB");
    run_child(false, "fork");
    run_child(true, "vfork");
    show("after vfork");
    TRY(set_stack(2 * MIB, MIB));
    TRY(set_stack(48 * KIB, 700 * KIB));
    run_child(false, "fork with less");
    if (geteuid() != 0) {
        TRY(set_stack(48 * KIB, 800 * KIB));
        TRY(set_stack(48 * KIB, MIB));
    }
    return 0;
}
