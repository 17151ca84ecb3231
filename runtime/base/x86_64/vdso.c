// vdso.c: finds a function in the shared object that the kernel maps (AT_SYSINFO_EHDR), by its GNU hash table.
// See vdso.h.
#include "runtime/base/x86_64/vdso.h"
#include "runtime/base/rawsys.h"
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

typedef long clock_fn(int clock, struct timespec *ts);

struct object {
    u64 bias;
    const Elf64_Sym *syms;
    const char *names;
    const u32 *hash; // the GNU one
};

static const void *at(const struct object *o, u64 address)
{
    return (const void *)(o->bias + address); // NOLINT(performance-no-int-to-ptr)
}

static void read_dynamic(struct object *o, const Elf64_Dyn *d)
{
    for (; d->d_tag != DT_NULL; d++) {
        if (d->d_tag == DT_SYMTAB) o->syms = at(o, d->d_un.d_ptr);
        if (d->d_tag == DT_STRTAB) o->names = at(o, d->d_un.d_ptr);
        if (d->d_tag == DT_GNU_HASH) o->hash = at(o, d->d_un.d_ptr);
    }
}

static bool open_object(struct object *o, u64 ehdr)
{
    const Elf64_Ehdr *e = (const Elf64_Ehdr *)ehdr; // NOLINT(performance-no-int-to-ptr)
    const Elf64_Phdr *p = (const Elf64_Phdr *)(ehdr + e->e_phoff); // NOLINT(performance-no-int-to-ptr)
    const Elf64_Phdr *load = NULL, *dynamic = NULL;
    for (int i = e->e_phnum - 1; i >= 0; i--) {
        if (p[i].p_type == PT_LOAD) load = &p[i];
        if (p[i].p_type == PT_DYNAMIC) dynamic = &p[i];
    }
    if (!load || !dynamic) return false;
    *o = (struct object){.bias = ehdr + load->p_offset - load->p_vaddr};
    read_dynamic(o, at(o, dynamic->p_vaddr));
    return o->syms && o->names && o->hash;
}

static u64 value_of(const struct object *o, u32 i, const char *name)
{
    const Elf64_Sym *s = &o->syms[i];
    return s->st_shndx != SHN_UNDEF && strcmp(o->names + s->st_name, name) == 0 ? o->bias + s->st_value : 0;
}

// Buckets of chains; the lowest bit of a hash in a chain ends it. In front of them a filter that a single look can do without.
static u64 look_up(const struct object *o, const char *name)
{
    const u32 buckets = o->hash[0], first = o->hash[1], filter_words = o->hash[2];
    const u32 *bucket = o->hash + 4 + 2 * filter_words, *chain = bucket + buckets;
    u32 h = 5381;
    for (const char *c = name; *c; c++) h = h * 33 + (u8)*c;
    u32 i = buckets ? bucket[h % buckets] : 0;
    if (i < first) return 0;
    for (;; i++) {
        u64 v = (chain[i - first] | 1) == (h | 1) ? value_of(o, i, name) : 0;
        if (v || (chain[i - first] & 1)) return v;
    }
}

static long by_system_call(int clock, struct timespec *ts)
{
    return raw_clock_gettime(clock, ts);
}

static clock_fn *find(void)
{
    struct object o;
    u64 ehdr = getauxval(AT_SYSINFO_EHDR), f = 0;
    if (ehdr && open_object(&o, ehdr)) f = look_up(&o, "__vdso_clock_gettime");
    return f ? (clock_fn *)f : by_system_call; // NOLINT(performance-no-int-to-ptr)
}

long vdso_clock_gettime(int clock, struct timespec *ts)
{
    static clock_fn *found; // each thread that comes early finds the same
    clock_fn *fn = __atomic_load_n(&found, __ATOMIC_RELAXED);
    if (unlikely(!fn)) __atomic_store_n(&found, fn = find(), __ATOMIC_RELAXED);
    return fn(clock, ts);
}
