// Function pointers: qsort and bsearch callbacks out of libc, dispatch tables, state machines, atexit.
#include "t.h"

static int calls;
static int by_value(const void *a, const void *b)
{
    calls++;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}
static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }
static int descending(const void *a, const void *b) { return -by_value(a, b); }

typedef int op(int, int);
static int add(int a, int b) { return a + b; }
static int sub(int a, int b) { return a - b; }
static int mul(int a, int b) { return a * b; }
static int xor(int a, int b) { return a ^ b; }
static op *const ops[] = {add, sub, mul, xor};

typedef struct state *step(struct state *, int);
struct state { step *next; int n; };
static struct state *state_b(struct state *s, int c);
static struct state *state_a(struct state *s, int c) { s->n = s->n * 3 + c; s->next = c & 1 ? state_b : state_a; return s; }
static struct state *state_b(struct state *s, int c) { s->n ^= c << 4; s->next = c & 2 ? state_a : state_b; return s; }

static void bye1(void) { puts("bye 1"); }
static void bye2(void) { puts("bye 2"); }
__attribute__((constructor)) static void before(void) { setvbuf(stdout, NULL, _IOFBF, 4096); }

int main(void)
{
    uint32_t v[3000], s = 42, h = T_HASH_START;
    for (int i = 0; i < 3000; i++) v[i] = t_random(&s) % 1000;
    qsort(v, 3000, sizeof *v, by_value);
    for (int i = 0; i < 3000; i++) h = (h ^ v[i]) * 16777619u;
    printf("sorted %08x, first %u, last %u, called %s\n", h, v[0], v[2999], calls > 3000 ? "often" : "rarely");
    uint32_t key = v[1234], *found = bsearch(&key, v, 3000, sizeof *v, by_value);
    printf("found %u\n", found ? *found : 9999);
    qsort(v, 3000, sizeof *v, descending);
    printf("descending %u %u\n", v[0], v[2999]);
    const char *words[] = {"pear", "fig", "apple", "quince", "date", "banana", "cherry"};
    qsort(words, 7, sizeof *words, by_text);
    for (int i = 0; i < 7; i++) printf("%s ", words[i]);
    int acc = 1;
    for (int i = 0; i < 100000; i++) acc = ops[(acc ^ i) & 3](acc, i);
    printf("\nops %d\n", acc);
    struct state st = {state_a, 0}, *p = &st;
    for (int i = 0; i < 100000; i++) p = p->next(p, i * 7 + (i >> 3));
    printf("machine %d\n", p->n);
    atexit(bye1);
    atexit(bye2);
    return 17;
}
