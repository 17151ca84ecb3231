/* A program whose stack is executable may execute all that it can read (the kernel's elf_read_implies_exec for ARM, and
 * READ_IMPLIES_EXEC of personality(2)). The nested function makes the compiler ask for such a stack. */
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/personality.h>

static int call_code(uint32_t *code, unsigned v)
{
    code[0] = 0xe3a00000 | v; /* mov r0, #v */
    code[1] = 0xe12fff1e;     /* bx lr */
    __builtin___clear_cache((char *)code, (char *)(code + 2));
    return ((int (*)(void))code)();
}

int main(void)
{
    static uint32_t block[2];
    uint32_t local[2];
    int seen = 0;
    void note(int v) { seen = v; }
    void (*volatile f)(int) = note;
    f(1);
    printf("nested %d\n", seen);
    printf("READ_IMPLIES_EXEC %d\n", (personality(0xffffffff) & READ_IMPLIES_EXEC) != 0);
    printf("stack %d\n", call_code(local, 2));
    printf("static memory %d\n", call_code(block, 3));
    printf("heap %d\n", call_code(malloc(8), 4));
    uint32_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("page %d\n", call_code(page, 5));
    printf("mprotect %d\n", mprotect(page, 4096, PROT_READ));
    printf("page %d\n", ((int (*)(void))page)());
    return 0;
}
