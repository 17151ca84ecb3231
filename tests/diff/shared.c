/* Two processes count in memory that they share, which lock-step must not disturb; on a guest with a clock register, one
 * look at it, which it must not compare. Prints 40000. */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 20000

static void count(int *p)
{
    for (int i = 0; i < ROUNDS; i++) __sync_fetch_and_add(p, 1);
}

int main(void)
{
    int *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    count(p);
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
#ifdef __sparc__
    unsigned t;
    __asm__ volatile("rd %%tick, %0" : "=r"(t));
#endif
    printf("%d\n", *p);
    return 0;
}
