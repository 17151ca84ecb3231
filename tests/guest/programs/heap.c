// malloc, realloc and free in a random order, with contents checked; sizes on both sides of the mmap threshold.
#include "t.h"

enum { SLOTS = 400, STEPS = 20000 };
static struct { unsigned char *p; size_t n; unsigned char tag; } slot[SLOTS];

static bool intact(int i)
{
    for (size_t k = 0; k < slot[i].n; k += 1 + slot[i].n / 50)
        if (slot[i].p[k] != slot[i].tag) return false;
    return true;
}

int main(void)
{
    uint32_t s = 7;
    int bad = 0, steps[3] = {0};
    for (int step = 0; step < STEPS; step++) {
        int i = (int)(t_random(&s) % SLOTS);
        size_t n = t_random(&s) % (t_random(&s) % 200 == 0 ? 300000 : 700);
        if (slot[i].p && !intact(i)) bad++;
        int what = (int)(t_random(&s) % 3);
        steps[what]++;
        if (what == 0) {
            free(slot[i].p);
            slot[i].p = NULL, n = 0;
        } else if (what == 1) {
            unsigned char *p = realloc(slot[i].p, n + 1);
            size_t both = n < slot[i].n ? n : slot[i].n;
            for (size_t k = 0; slot[i].p && k < both; k++) bad += p[k] != slot[i].tag;
            slot[i].p = p;
        } else {
            free(slot[i].p);
            slot[i].p = calloc(1, n + 1);
            for (size_t k = 0; k < n; k++) bad += slot[i].p[k] != 0;
        }
        slot[i].n = n;
        slot[i].tag = (unsigned char)step;
        if (slot[i].p) memset(slot[i].p, slot[i].tag, n);
    }
    for (int i = 0; i < SLOTS; i++) free(slot[i].p);
    printf("%d %d %d, %d bad\n", steps[0], steps[1], steps[2], bad);
    void *p = NULL;
    printf("%d %d\n", posix_memalign(&p, 4096, 100), (int)((uintptr_t)p % 4096));
    free(p);
    return 0;
}
