// Code killed while its frames are live: a callee rewrites the function that its caller's caller returns into, flushes,
// and returns through it; the memory of such functions goes and comes back as others; handlers and jumps cross them.
// The functions are written by the program: CALL is `int f(int (*g)(int), int x) { return g(x) + k; }`.
#include "t.h"
#include <setjmp.h>

typedef int leaf(int);
typedef int middle(leaf *, int);

#if defined __arm__
enum { WORDS = 6 };
static void emit(uint32_t *p, int k) // push {r4, lr}; mov ip, r0; mov r0, r1; blx ip; add r0, r0, #k; pop {r4, pc}
{
    const uint32_t code[WORDS] = {0xe92d4010, 0xe1a0c000, 0xe1a00001, 0xe12fff3c, 0xe2800000u | (uint32_t)k, 0xe8bd8010};
    memcpy(p, code, sizeof code);
}
#elif defined __sparc__
enum { WORDS = 6 };
static void emit(uint32_t *p, int k) // save %sp, -96, %sp; call %i0; mov %i1, %o0; add %o0, k, %i0; ret; restore
{
    const uint32_t code[WORDS] = {0x9de3bfa0, 0x9fc60000, 0x90100019, 0xb0022000u | (uint32_t)k, 0x81c7e008, 0x81e80000};
    memcpy(p, code, sizeof code);
}
#elif defined __x86_64__
enum { WORDS = 5 };
static void emit(uint32_t *p, int k) // push rbx; mov rax, rdi; mov edi, esi; call rax; add eax, k; pop rbx; ret
{
    unsigned char code[WORDS * 4] = {0x53, 0x48, 0x89, 0xf8, 0x89, 0xf7, 0xff, 0xd0, 0x05, (unsigned char)k, 0, 0, 0, 0x5b, 0xc3};
    memcpy(p, code, sizeof code);
}
#endif

enum { SLOTS = 64, DEPTH = 12 };
static uint32_t *code;
static size_t size;
static int constants[SLOTS];
static uint32_t seed = 99;
static jmp_buf out;

static middle *slot(int i) { return (middle *)(void *)(code + i * 16); }
static void write_slot(int i, int k)
{
    constants[i] = k;
    emit(code + i * 16, k);
    t_flush(code + i * 16, WORDS * 4);
}

// What the frames above will add: those that are live take their new constants.
static int path[DEPTH], depth, rewrites;
static int expected(int from)
{
    int sum = 0;
    for (int i = 0; i < from; i++) sum += constants[path[i]];
    return sum;
}
static int bottom(int x)
{
    for (int i = 0; i < 3; i++) {
        int d = (int)(t_random(&seed) % DEPTH);
        write_slot(path[d], (int)(t_random(&seed) & 255));
        rewrites++;
    }
    return x;
}
static int again(int x) // one level more: a C frame between generated ones
{
    if (depth == DEPTH) return bottom(x);
    path[depth] = (int)(t_random(&seed) % SLOTS);
    return slot(path[depth++])(again, x);
}

// The pages go and come back with other functions while frames of the old ones are live.
static int replace_all(int x)
{
    if (mmap(code, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != (void *)code) _exit(9);
    for (int i = 0; i < SLOTS; i++) write_slot(i, (int)(t_random(&seed) & 255));
    return x;
}
static int again_replace(int x)
{
    if (depth == DEPTH) return replace_all(x);
    path[depth] = (int)(t_random(&seed) % SLOTS);
    return slot(path[depth++])(again_replace, x);
}

// The function that is returned into becomes another one at the same place: its tail is at the same distance.
static int jump_out(int x)
{
    write_slot(path[0], 1);
    longjmp(out, x);
}
static int again_jump(int x)
{
    if (depth == DEPTH) return jump_out(x);
    path[depth] = (int)(t_random(&seed) % SLOTS);
    return slot(path[depth++])(again_jump, x);
}

static void handler(int s)
{
    (void)s;
    bottom(0);
}
static int interrupted(int x)
{
    if (depth == DEPTH) {
        raise(SIGUSR1);
        return x;
    }
    path[depth] = (int)(t_random(&seed) % SLOTS);
    return slot(path[depth++])(interrupted, x);
}

static void round_of(const char *name, leaf *f, int rounds)
{
    int right = 0;
    for (int i = 0; i < rounds; i++) {
        depth = 0;
        int got = f(i);
        right += got == i + expected(DEPTH);
    }
    printf("%s: %d of %d right\n", name, right, rounds);
}

int main(void)
{
    size = 65536;
    code = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < SLOTS; i++) write_slot(i, i);
    round_of("rewritten below live frames", again, 400);
    round_of("pages replaced below live frames", again_replace, 100);
    signal(SIGUSR1, handler);
    round_of("rewritten by a handler", interrupted, 300);
    for (volatile int i = 1; i < 200; i++) {
        depth = 0;
        int r = setjmp(out);
        if (r == 0) again_jump(i);
        else if (r != i) puts("a jump gave another value");
    }
    round_of("after jumps", again, 200);
    return 0;
}
