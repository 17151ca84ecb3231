/* Mapping a checked image into the guest's memory: file parts by mmap, the rest anonymous, the tail of the last file page
 * cleared as the kernel does. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "elf/error.h"
#include "runtime/base/gmem.h"
#include "runtime/base/log.h"
#include "runtime/vm/mm.h"

static u64 down(const struct mm *mm, u64 v) { return v & ~(u64)(mm->page_size - 1); }
static u64 up(const struct mm *mm, u64 v) { return down(mm, v + mm->page_size - 1); }

static int refuse(struct elf_error *err, s64 e, gaddr at)
{
    return elf_fail(err, (int)e, "cannot be loaded at 0x%llx: %s; try -guest-mem base", (unsigned long long)at,
                    strerror((int)-e));
}

/* The bytes between the file's part and the end of its page; a segment that is not writable keeps what the file has. */
static int clear_tail(const struct elf_segment *s, gaddr from, gaddr to)
{
    return s->prot & PROT_WRITE ? gmem_set(from, 0, to - from) : 0;
}

static int map_segment(const struct elf_image *im, struct mm *mm, const struct elf_segment *s, gaddr bias,
                       struct elf_error *err)
{
    const gaddr start = down(mm, s->vaddr + bias), file_end = s->vaddr + bias + s->filesz;
    const gaddr end = up(mm, s->vaddr + bias + s->memsz);
    gaddr mapped = start;
    s64 r;
    if (s->filesz > 0) {
        /* A page of the guest's may begin before the host page of the segment's first byte: same offset difference. */
        u64 offset = s->offset - (s->vaddr + bias - start);
        if (offset > s->offset) return elf_fail(err, -ENOEXEC, "a segment begins before the file's first page");
        mapped = up(mm, file_end);
        r = mm_map(mm, start, mapped - start, s->prot, MAP_PRIVATE | MAP_FIXED, im->fd, offset);
        if (r < 0) return refuse(err, r, start);
        if (s->memsz > s->filesz && clear_tail(s, file_end, mapped) != 0) return refuse(err, -EFAULT, file_end);
    }
    if (end > mapped) {
        r = mm_map(mm, mapped, end - mapped, s->prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        if (r < 0) return refuse(err, r, mapped);
    }
    log_printf(LOG_elf, "segment 0x%llx..0x%llx, %llu bytes of file at offset 0x%llx, %c%c%c", (unsigned long long)start,
               (unsigned long long)end, (unsigned long long)s->filesz, (unsigned long long)s->offset,
               s->prot & PROT_READ ? 'r' : '-', s->prot & PROT_WRITE ? 'w' : '-', s->prot & PROT_EXEC ? 'x' : '-');
    return 0;
}

/* Finds room for an image that may lie anywhere: reserves the whole range, so that the segments stay together. */
static int choose_bias(const struct elf_image *im, struct mm *mm, gaddr *bias, struct elf_error *err)
{
    u64 lo = down(mm, im->lo), len = up(mm, im->hi) - lo;
    u64 slack = im->align > mm->page_size ? im->align : 0;
    s64 r = mm_map(mm, 0, len + slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (r < 0) return refuse(err, r, 0);
    u64 at = slack ? ((u64)r + slack - 1) & ~(slack - 1) : (u64)r;
    if (at > (u64)r) mm_unmap(mm, (u64)r, at - (u64)r);
    if (at + len < (u64)r + len + slack) mm_unmap(mm, at + len, (u64)r + slack - at);
    *bias = at - lo;
    return 0;
}

int elf_map(const struct elf_image *im, struct mm *mm, gaddr bias, gaddr *loaded_bias, struct elf_error *err)
{
    int r = 0;
    if (bias == ELF_BIAS_ANY) r = choose_bias(im, mm, &bias, err);
    for (u32 i = 0; r == 0 && i < im->nseg; i++) r = map_segment(im, mm, &im->seg[i], bias, err);
    if (r == 0) *loaded_bias = bias;
    return r;
}
