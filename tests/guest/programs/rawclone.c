// Children by clone itself: a process that shares memory and allocates beside its parent, one that dies there, a vfork
// with a stack of its own, one that shares files but not memory, and children of children.
#include "code.h"
#include <sched.h>
#include <sys/syscall.h>

enum { STACK = 256 * 1024, PAGES = 60 };
static volatile int go, done, parent_made, child_made;
static char *mine[PAGES], *theirs[PAGES];
static long page;

// Maps, writes, checks and unmaps; half of the mappings stay and must not be each other's.
static void allocate(char **kept, int tag, volatile int *made)
{
    for (int i = 0; i < PAGES * 2; i++) {
        size_t n = (size_t)(1 + i % 3) * (size_t)page;
        char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED) _exit(90);
        for (size_t k = 0; k < n; k++)
            if (p[k]) _exit(91);
        memset(p, tag, n);
        if (i % 2) munmap(p, n);
        else kept[i / 2] = p;
        ++*made;
    }
}
static bool intact(char **kept, int tag)
{
    for (int i = 0; i < PAGES; i++)
        if (kept[i][0] != tag || kept[i][page - 1] != tag) return false;
    return true;
}

static int shares_memory(void *arg)
{
    while (!go) {}
    allocate(theirs, 2, &child_made);
    done = 1;
    return *(int *)arg;
}
static int brk_beside(void *arg)
{
    char *p = sbrk(page);
    memset(p, 5, (size_t)page);
    *(char **)arg = p;
    return 4;
}
static int spins_until_killed(void *arg)
{
    *(volatile int *)arg = 1;
    for (volatile unsigned i = 0;; i++) {}
    return 0;
}
static int writes_and_closes(void *arg)
{
    *(int *)arg = 1234;
    close(7);
    chdir("/");
    return 6;
}
static int crash(void *arg)
{
    *(volatile int *)arg = 2;
    *(volatile int *)OPAQUE((uintptr_t)16) = 1;
    return 0;
}
static int makes_another(void *arg)
{
    static char inner[STACK];
    int *v = arg;
    ++*v;
    pid_t p = clone(writes_and_closes, inner + STACK, CLONE_VM | SIGCHLD, v + 1);
    int st;
    return waitpid(p, &st, 0) == p && WEXITSTATUS(st) == 6 ? 20 + *v : 1;
}

static int end_of(pid_t p)
{
    int st;
    if (waitpid(p, &st, __WALL) != p) return -1000;
    return WIFEXITED(st) ? WEXITSTATUS(st) : -WTERMSIG(st);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    page = sysconf(_SC_PAGESIZE);
    char *stack = malloc(STACK);
    int status = 17;
    pid_t p = clone(shares_memory, stack + STACK, CLONE_VM | SIGCHLD, &status);
    go = 1;
    allocate(mine, 1, &parent_made);
    while (!done) {}
    int ended = end_of(p);
    printf("beside: %d, intact %d %d\n", ended, intact(mine, 1), intact(theirs, 2));
    CHECK(parent_made == PAGES * 2 && child_made == PAGES * 2);

    char *before = sbrk(0), *got = NULL;
    p = clone(brk_beside, stack + STACK, CLONE_VM | SIGCHLD, &got);
    printf("brk: %d\n", end_of(p));
    CHECK(got == before && sbrk(0) == before + page && got[page - 1] == 5);

    int v[2] = {0, 0};
    p = clone(writes_and_closes, stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, v);
    CHECK(v[0] == 1234); // it has ended or we would not be here
    printf("vfork: %d\n", end_of(p));
    v[0] = 0;
    int fd = open(".", O_RDONLY);
    dup2(fd, 7);
    p = clone(writes_and_closes, stack + STACK, CLONE_FILES | CLONE_FS | SIGCHLD, v);
    int e = end_of(p);
    printf("files: %d, memory %d\n", e, v[0]);
    TRY(fcntl(7, F_GETFD));
    char cwd[100];
    printf("cwd %s\n", getcwd(cwd, sizeof cwd));
    p = clone(makes_another, stack + STACK, CLONE_VM | SIGCHLD, v);
    e = end_of(p);
    printf("children of children: %d, %d %d\n", e, v[0], v[1]);

    // one that dies of a fault and one that is killed, in memory that goes on; much work afterwards
    v[0] = 0;
    p = clone(crash, stack + STACK, CLONE_VM | SIGCHLD, v);
    e = end_of(p);
    printf("crash: %d, %d\n", e, v[0]);
    v[0] = 0;
    p = clone(spins_until_killed, stack + STACK, CLONE_VM | SIGCHLD, v);
    while (!((volatile int *)v)[0]) {}
    kill(p, SIGKILL);
    // not yet waited for, and nothing else may wait for what is left of it
    CHECK(code_generate(code_pages(65536), 65536, 20000));
    printf("killed: %d\n", end_of(p));
    pid_t tid = 0;
    p = (pid_t)syscall(SYS_clone, (long)(SIGCHLD | CLONE_PARENT_SETTID), 0L, &tid, 0L, 0L);
    if (p == 0) _exit(33);
    CHECK(tid == p);
    printf("as fork: %d\n", end_of(p));
    return 0;
}
