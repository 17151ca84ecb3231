/* The initial stack, as the System V ABI's process initialisation and the kernel's binfmt_elf lay it out. From high to low:
 *
 *   null word, execfn, environment strings, argument strings, platform, random bytes,
 *   (alignment), auxv, 0, envp[], 0, argv[], argc  <- stack pointer, below it `reserve` bytes */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "elf/error.h"
#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"
#include "runtime/vm/mm.h"

#define STACK_MIN (512 * 1024ull)          /* the kernel takes 128 KiB of arguments whatever the limit */
#define STACK_MAX32 (256 * 1024 * 1024ull) /* what an unlimited stack means in 4 GiB */
#define STACK_GAP (1024 * 1024ull)         /* kept free below the stack */

struct writer {
    const struct elf_stack *s;
    gaddr at;
    bool failed;
};

static void put_word(struct writer *w, u64 v)
{
    int r = w->s->word == 4 ? gmem_store_u32(w->at, w->s->big_endian, (u32)v) : gmem_store_u64(w->at, w->s->big_endian, v);
    if (r != 0) w->failed = true;
    w->at += w->s->word;
}

/* Copies a block just below w->at, which moves down. */
static gaddr push(struct writer *w, const void *data, u64 n)
{
    w->at -= n;
    if (gmem_write(w->at, data, n) != 0) w->failed = true;
    return w->at;
}

static u32 count(char **list)
{
    u32 n = 0;
    while (list[n]) n++;
    return n;
}

static u64 strings_size(char **list)
{
    u64 n = 0;
    for (; *list; list++) n += strlen(*list) + 1;
    return n;
}

static u64 stack_size(const struct elf_stack *s, const struct mm *mm)
{
    u64 size = s->size ? s->size : mm->limit_stack;
    if (!s->size && (size == RLIM_INFINITY || (s->word == 4 && size > STACK_MAX32))) size = STACK_MAX32;
    return size < STACK_MIN ? STACK_MIN : size;
}

/* What grows with argv and envp: strings and pointers. */
static u64 vectors_size(const struct elf_stack *s)
{
    return strings_size(s->argv) + strings_size(s->envp) + (u64)(count(s->argv) + count(s->envp)) * s->word;
}

int elf_map_stack(struct elf_stack *s, struct mm *mm, struct elf_error *err)
{
    u64 size = stack_size(s, mm), needed = vectors_size(s);
    if (size > mm->hi / 2) return elf_fail(err, -ENOMEM, "no room for a stack of %llu bytes: try a smaller one with -s",
                                           (unsigned long long)size);
    size = (size + mm->page_size - 1) & ~(u64)(mm->page_size - 1);
    if (needed > size / 4) /* the kernel's own limit: a quarter of the stack */
        return elf_fail(err, -E2BIG, "arguments and environment of %llu bytes do not fit its stack of %llu: try a larger one "
                                     "with -s", (unsigned long long)needed, (unsigned long long)size);
    int prot = PROT_READ | PROT_WRITE | (s->exec ? PROT_EXEC : 0);
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE;
    s64 r = mm_map(mm, mm->hi - size, size, prot, flags, -1, 0);
    if (r < 0) return elf_fail(err, (int)r, "no room for a stack of %llu bytes: try a smaller one with -s", (unsigned long long)size);
    s->lo = (gaddr)r;
    s->hi = mm->hi;
    mm_set_name(mm, s->lo, "[stack]");
    mm->grows = false;
    mm->mmap_top = s->lo - STACK_GAP;
    return 0;
}

/* Writes a vector of pointers to strings that lie one behind the other from `at` on. */
static void put_pointers(struct writer *w, char **list, gaddr at)
{
    for (; *list; list++) {
        put_word(w, at);
        at += strlen(*list) + 1;
    }
    put_word(w, 0);
}

/* Strings of a list, in order, ending at w->at. Returns the address of the first. */
static gaddr push_strings(struct writer *w, char **list)
{
    u64 size = strings_size(list);
    gaddr start = w->at - size, at = start;
    for (; *list; list++) {
        u64 n = strlen(*list) + 1;
        if (gmem_write(at, *list, n) != 0) w->failed = true;
        at += n;
    }
    return w->at = start;
}

static void put_auxv(struct writer *w, struct elf_stack *s, gaddr execfn, gaddr platform, gaddr random)
{
    s->auxv_lo = w->at;
    for (u32 i = 0; i < s->nauxv; i++) {
        put_word(w, s->auxv[i][0]);
        put_word(w, s->auxv[i][1]);
    }
    const u64 ours[][2] = {{AT_EXECFN, execfn}, {AT_RANDOM, random}, {AT_PLATFORM, platform}, {AT_NULL, 0}};
    for (u32 i = 0; i < ARRAY_LEN(ours); i++) {
        if (ours[i][0] == AT_PLATFORM && !platform) continue;
        put_word(w, ours[i][0]);
        put_word(w, ours[i][1]);
    }
    s->auxv_hi = w->at;
}

int elf_fill_stack(struct elf_stack *s, struct elf_error *err)
{
    struct writer w = {.s = s, .at = s->hi};
    u64 zero = 0;
    push(&w, &zero, s->word);
    gaddr execfn = push(&w, s->execfn, strlen(s->execfn) + 1);
    s->env_hi = w.at;
    s->env_lo = push_strings(&w, s->envp);
    s->arg_hi = w.at;
    s->arg_lo = push_strings(&w, s->argv);
    gaddr platform = s->platform ? push(&w, s->platform, strlen(s->platform) + 1) : 0;
    w.at &= ~15ull;
    gaddr random = push(&w, s->random, 16);

    u32 nargs = count(s->argv), nenv = count(s->envp);
    u64 words = 1 + nargs + 1 + nenv + 1 + 2 * (s->nauxv + 3 + (platform != 0));
    w.at = ((w.at - words * s->word) & ~(u64)(s->align - 1));
    s->sp = w.at - s->reserve;
    put_word(&w, nargs);
    put_pointers(&w, s->argv, s->arg_lo);
    put_pointers(&w, s->envp, s->env_lo);
    put_auxv(&w, s, execfn, platform, random);
    return w.failed ? elf_fail(err, -EFAULT, "its initial stack cannot be written") : 0;
}
