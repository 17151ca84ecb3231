// Children that do the same one after the other, as a shell's: what the parent has not done yet, and did before the last of
// them; children of children.
#include "t.h"

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

// Of no use to the parent.
static __attribute__((noinline)) uint32_t work(int n)
{
    int v[200];
    char text[64];
    uint32_t h = T_HASH_START;
    for (int i = 0; i < 200; i++) v[i] = (i * 7919 + n) % 1009;
    qsort(v, 200, sizeof v[0], compare);
    for (int i = 0; i < 200; i += 20) {
        int len = snprintf(text, sizeof text, "%d:%08x:%s:%.3f", v[i], h, strrchr("a/b/c", '/'), v[i] / 8.0);
        h = t_hash(h, text, (size_t)len);
    }
    return h;
}

static uint32_t ask_child(int n, int depth)
{
    int fd[2];
    uint32_t h = 0;
    CHECK(pipe(fd) == 0);
    fflush(stdout);
    pid_t p = fork();
    if (p == 0) {
        h = depth ? ask_child(n, depth - 1) ^ work(n + 1) : work(n);
        _exit(write(fd[1], &h, sizeof h) != sizeof h);
    }
    close(fd[1]);
    int status = -1;
    CHECK(read(fd[0], &h, sizeof h) == sizeof h && waitpid(p, &status, 0) == p && status == 0);
    close(fd[0]);
    return h;
}

// With an argument, work is for the children alone.
int main(int argc, char **argv)
{
    (void)argv;
    for (int i = 0; i < 6; i++) printf("child %d: %08x\n", i, ask_child(i % 2, 0));
    for (int i = 0; i < 4; i++) printf("grandchild %d: %08x\n", i, ask_child(i % 2, 2));
    if (argc == 1) printf("the parent: %08x\n", work(0));
    printf("the last: %08x\n", ask_child(0, 0));
    return 0;
}
