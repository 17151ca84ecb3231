/* Mapping a checked image into the guest's memory: room for the whole of it first, then file parts by mmap, the rest
 * anonymous, the tail of the last file page cleared as the kernel does. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "elf/error.h"
#include "runtime/base/gmem.h"
#include "runtime/base/log.h"
#include "runtime/vm/mm.h"

static u64 down(const struct mm *mm, u64 v) { return v & ~(u64)(mm->page_size - 1); }
static u64 up(const struct mm *mm, u64 v) { return down(mm, v + mm->page_size - 1); }

static int refuse(struct elf_error *err, s64 e, gaddr at, u64 len)
{
    if (e == -ENOMEM)
        return elf_fail(err, (int)e, "there is no room for its %llu bytes at 0x%llx: see ulimit -v and -d, or try "
                                     "-guest-mem base", (unsigned long long)len, (unsigned long long)at);
    return elf_fail(err, (int)e, "cannot be loaded at 0x%llx: %s; try -guest-mem base", (unsigned long long)at,
                    strerror((int)-e));
}

/* The bytes between the file's part and the end of its page; a segment that is not writable keeps what the file has. */
static int clear_tail(const struct elf_segment *s, gaddr from, gaddr to)
{
    return s->prot & PROT_WRITE ? gmem_set(from, 0, to - from) : 0;
}

static int map_file_part(const struct elf_image *im, struct mm *mm, const struct elf_segment *s, gaddr bias, gaddr *mapped,
                         struct elf_error *err)
{
    const gaddr start = down(mm, s->vaddr + bias), file_end = s->vaddr + bias + s->filesz;
    const u64 before = s->vaddr + bias - start; /* of the guest's first page: the same bytes before it in the file */
    *mapped = up(mm, file_end);
    if (before > s->offset || ((s->offset - before) & (mm->page_size - 1)))
        return elf_fail(err, -ENOEXEC, "a segment's address and file offset differ within the guest's page of %u bytes: it "
                                       "cannot be mapped; link the program with page-aligned segments", mm->page_size);
    s64 r = mm_map(mm, start, *mapped - start, s->prot, MAP_PRIVATE | MAP_FIXED, im->fd, s->offset - before);
    if (r < 0) return refuse(err, r, start, *mapped - start);
    if (s->memsz > s->filesz && clear_tail(s, file_end, *mapped) != 0)
        return refuse(err, -EFAULT, file_end, *mapped - file_end);
    return 0;
}

static int map_segment(const struct elf_image *im, struct mm *mm, const struct elf_segment *s, gaddr bias,
                       struct elf_error *err)
{
    const gaddr start = down(mm, s->vaddr + bias), end = up(mm, s->vaddr + bias + s->memsz);
    gaddr mapped = start;
    int e = s->filesz > 0 ? map_file_part(im, mm, s, bias, &mapped, err) : 0;
    if (e) return e;
    if (end > mapped) { /* the kernel's vm_brk: writable whatever the segment says */
        s64 r = mm_map(mm, mapped, end - mapped, PROT_READ | PROT_WRITE | (s->prot & PROT_EXEC),
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        if (r < 0) return refuse(err, r, mapped, end - mapped);
    }
    log_printf(LOG_elf, "segment 0x%llx..0x%llx, %llu bytes of file at offset 0x%llx, %c%c%c", (unsigned long long)start,
               (unsigned long long)end, (unsigned long long)s->filesz, (unsigned long long)s->offset,
               s->prot & PROT_READ ? 'r' : '-', s->prot & PROT_WRITE ? 'w' : '-', s->prot & PROT_EXEC ? 'x' : '-');
    return 0;
}

/* Reserves the range of all segments, so that they stay together and replace nothing: at `bias`, or where there is room. */
static int reserve(const struct elf_image *im, struct mm *mm, gaddr *bias, gaddr *at, struct elf_error *err)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    const gaddr lo = down(mm, im->lo);
    const u64 len = up(mm, im->hi) - lo, slack = im->align > mm->page_size ? im->align : 0;
    s64 r;
    if (*bias != ELF_BIAS_ANY) {
        *at = lo + *bias;
        r = mm_map(mm, *at, len, PROT_NONE, flags | MAP_FIXED_NOREPLACE, -1, 0);
        return r < 0 ? refuse(err, r, *at, len) : 0;
    }
    r = len + slack < len ? -ENOMEM : mm_map(mm, 0, len + slack, PROT_NONE, flags, -1, 0);
    if (r < 0) return refuse(err, r, 0, len);
    *at = slack ? ((u64)r + slack - 1) & ~(slack - 1) : (u64)r;
    if (*at > (u64)r) mm_unmap(mm, (u64)r, *at - (u64)r);
    if (*at < (u64)r + slack) mm_unmap(mm, *at + len, (u64)r + slack - *at);
    *bias = *at - lo;
    return 0;
}

/* What of the range no segment covers. */
static void free_gaps(const struct elf_image *im, struct mm *mm, gaddr bias)
{
    for (u32 i = 1; i < im->nseg; i++) {
        gaddr end = up(mm, im->seg[i - 1].vaddr + im->seg[i - 1].memsz + bias), next = down(mm, im->seg[i].vaddr + bias);
        if (next > end) mm_unmap(mm, end, next - end);
    }
}

int elf_map(const struct elf_image *im, struct mm *mm, gaddr bias, gaddr *loaded_bias, struct elf_error *err)
{
    gaddr at = 0;
    int r = reserve(im, mm, &bias, &at, err);
    if (r != 0) return r;
    for (u32 i = 0; r == 0 && i < im->nseg; i++) r = map_segment(im, mm, &im->seg[i], bias, err);
    if (r != 0) {
        mm_unmap(mm, at, up(mm, im->hi) - down(mm, im->lo));
        return r;
    }
    free_gaps(im, mm, bias);
    *loaded_bias = bias;
    return 0;
}
