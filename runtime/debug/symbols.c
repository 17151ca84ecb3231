/* Guest symbols for the logs: address to function, from an ELF file's .symtab or .dynsym. The file is mapped at the first
 * look-up and searched in place; every offset is checked against its size, since a guest may have replaced it. */
#include <elf.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/base/endian.h"
#include "runtime/base/fmt.h"
#include "runtime/base/lock.h"
#include "runtime/base/rawsys.h"
#include "runtime/debug/debug.h"

#define FILES_MAX 16

struct symbol_file {
    const char *path;
    gaddr bias;
    const u8 *map;
    u64 size;
    bool tried, wide, be;
    u64 sym_off, sym_count, str_off, str_size;
};
static struct symbol_file files[FILES_MAX];
static u32 nfiles;
static struct lock lock;

void debug_add_symbols(const char *path, gaddr bias)
{
    lock_acquire(&lock);
    if (nfiles < FILES_MAX) files[nfiles++] = (struct symbol_file){.path = path, .bias = bias};
    lock_release(&lock);
}

static bool inside(const struct symbol_file *f, u64 off, u64 n) { return off <= f->size && n <= f->size - off; }

/* An unsigned field of the file; 0 if it lies outside. */
static u64 field(const struct symbol_file *f, u64 off, u32 size)
{
    if (!inside(f, off, size)) return 0;
    const u8 *p = f->map + off;
    switch (size) {
    case 2: return load_u16(p, f->be);
    case 4: return load_u32(p, f->be);
    default: return load_u64(p, f->be);
    }
}

/* Section header fields differ only in place and width between the classes. */
static void find_table(struct symbol_file *f, u32 wanted)
{
    u64 shoff = f->wide ? field(f, 40, 8) : field(f, 32, 4);
    u32 entsize = (u32)field(f, f->wide ? 58 : 46, 2), n = (u32)field(f, f->wide ? 60 : 48, 2);
    const u32 w = f->wide ? 8 : 4;
    for (u32 i = 0; i < n; i++) {
        u64 sh = shoff + (u64)i * entsize;
        if (field(f, sh + 4, 4) != wanted) continue;
        u64 off = field(f, sh + (f->wide ? 24 : 16), w), size = field(f, sh + (f->wide ? 32 : 20), w);
        u64 link = shoff + field(f, sh + (f->wide ? 40 : 24), 4) * entsize;
        u64 str = field(f, link + (f->wide ? 24 : 16), w), strsize = field(f, link + (f->wide ? 32 : 20), w);
        if (!inside(f, off, size) || !inside(f, str, strsize)) return;
        f->sym_off = off;
        f->sym_count = size / (f->wide ? 24 : 16);
        f->str_off = str;
        f->str_size = strsize;
        return;
    }
}

static void open_file(struct symbol_file *f)
{
    f->tried = true;
    int fd = (int)raw_openat(AT_FDCWD, f->path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return;
    struct stat st;
    if (raw_fstat(fd, &st) == 0 && st.st_size >= 64) {
        long m = raw_mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (!raw_is_error(m)) {
            f->map = (const u8 *)m;
            f->size = (u64)st.st_size;
        }
    }
    raw_close(fd);
    if (!f->map || memcmp(f->map, ELFMAG, SELFMAG) != 0) return;
    f->wide = f->map[EI_CLASS] == ELFCLASS64;
    f->be = f->map[EI_DATA] == ELFDATA2MSB;
    find_table(f, SHT_SYMTAB);
    if (!f->sym_count) find_table(f, SHT_DYNSYM);
}

/* The nearest function at or below addr: its value in *best (bias included), its name or NULL. */
static const char *nearest(const struct symbol_file *f, gaddr addr, gaddr *best)
{
    const u32 entry = f->wide ? 24 : 16;
    const char *name = NULL;
    for (u64 i = 0; i < f->sym_count; i++) {
        u64 s = f->sym_off + i * entry;
        u8 info = f->map[s + (f->wide ? 4 : 12)];
        u64 value = (f->wide ? field(f, s + 8, 8) : field(f, s + 4, 4)) + f->bias;
        u64 str = field(f, s, 4);
        if ((info & 15) != STT_FUNC || value > addr || (name && value < *best) || str >= f->str_size) continue;
        *best = value;
        name = (const char *)f->map + f->str_off + str;
    }
    return name;
}

const char *debug_symbol(gaddr addr, char *buf, size_t size)
{
    buf[0] = 0;
    lock_acquire(&lock);
    for (u32 i = 0; i < nfiles && !buf[0]; i++) {
        struct symbol_file *f = &files[i];
        if (!f->tried) open_file(f);
        gaddr at = 0;
        const char *name = f->sym_count ? nearest(f, addr, &at) : NULL;
        if (!name) continue;
        int room = (int)(f->str_size - (u64)(name - (const char *)f->map - f->str_off));
        if (addr == at)
            fmt_snprintf(buf, size, "<%.*s>", room, name);
        else
            fmt_snprintf(buf, size, "<%.*s+0x%llx>", room, name, (unsigned long long)(addr - at));
    }
    lock_release(&lock);
    return buf;
}
