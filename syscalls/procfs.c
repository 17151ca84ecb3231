/* procfs.c: the files of /proc that must show the guest, not calque: a program's own exe, cmdline, environ, auxv, maps,
 * stat, and cpuinfo. Opening one gives a memory file with the text as it is at that moment. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/base/fmt.h"
#include "runtime/base/gmem.h"
#include "runtime/base/heap.h"
#include "runtime/base/rawsys.h"
#include "syscalls/private.h"

/* What follows /proc/<this process>/ in path, or NULL. */
static const char *own_entry(const char *path)
{
    char number[16];
    if (strncmp(path, "/proc/", 6) != 0) return NULL;
    const char *p = path + 6, *slash = strchr(p, '/');
    if (!slash) return NULL;
    size_t n = (size_t)(slash - p);
    size_t digits = (size_t)fmt_snprintf(number, sizeof number, "%d", raw_getpid());
    bool own = (n == 4 && memcmp(p, "self", 4) == 0) || (n == 11 && memcmp(p, "thread-self", 11) == 0) ||
               (n == digits && memcmp(p, number, digits) == 0);
    return own ? slash + 1 : NULL;
}

const char *sys_procfs_exe(const char *path)
{
    if (path[0] != '/' || path[1] != 'p') return NULL;
    const char *entry = own_entry(path);
    return entry && strcmp(entry, "exe") == 0 ? process.exe_path : NULL;
}

/* A whole file of the host in heap memory, with a NUL behind it; NULL if it cannot be read. */
static char *slurp(const char *path)
{
    size_t cap = 65536, len = 0;
    long fd = raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0), n = 0;
    if (fd < 0) return NULL;
    char *text = heap_alloc(cap);
    while ((n = raw_read((int)fd, text + len, cap - len - 1)) > 0) {
        len += (size_t)n;
        if (cap - len < 4096) text = heap_realloc(text, cap *= 2);
    }
    raw_close((int)fd);
    text[len] = 0;
    return text;
}

static void write_range(struct out *o, gaddr lo, gaddr hi)
{
    char piece[512];
    while (lo < hi) {
        size_t n = MIN(hi - lo, (u64)sizeof piece);
        if (gmem_read(piece, lo, n)) return;
        out_write(o, piece, n);
        lo += n;
    }
}

static void show_cmdline(struct out *o) { write_range(o, process.arg_lo, process.arg_hi); }
static void show_environ(struct out *o) { write_range(o, process.env_lo, process.env_hi); }
static void show_auxv(struct out *o) { write_range(o, process.auxv_lo, process.auxv_hi); }

/* ---- maps ---- */

struct maps { struct out *o; const char *host; };

/* The name of the host's mapping that holds an address, from the text of its maps. */
static const char *host_name(const char *text, u64 addr, size_t *len)
{
    for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        u64 bound[2] = {0, 0};
        const char *p = line;
        for (u32 i = 0; i < 2; i++, p++)
            for (; *p && *p != '-' && *p != ' '; p++)
                bound[i] = bound[i] << 4 | (u64)(*p <= '9' ? *p - '0' : (*p | 32) - 'a' + 10);
        if (addr < bound[0] || addr >= bound[1]) continue;
        const char *end = strchr(line, '\n'), *slash = strchr(line, '/');
        if (!end) end = line + strlen(line);
        *len = slash && slash < end ? (size_t)(end - slash) : 0;
        return slash;
    }
    *len = 0;
    return NULL;
}

static void show_region(const struct mm_region *r, void *arg)
{
    struct maps *m = arg;
    size_t len = 0;
    const char *name = r->name;
    if (name)
        len = strlen(name);
    else if (r->ino && m->host)
        name = host_name(m->host, (u64)gmem_ptr(r->start), &len);
    size_t before = m->o->total;
    u64 dev_major = (r->dev >> 8 & 0xfff) | (r->dev >> 32 & ~0xfffull), dev_minor = (r->dev & 0xff) | (r->dev >> 12 & ~0xffull);
    out_printf(m->o, "%08lx-%08lx %c%c%c%c %08lx %02lx:%02lx %lu ", r->start, r->end, r->prot & PROT_READ ? 'r' : '-',
               r->prot & PROT_WRITE ? 'w' : '-', r->prot & PROT_EXEC ? 'x' : '-', r->flags & MAP_SHARED ? 's' : 'p',
               r->offset, dev_major, dev_minor & 0xfffff, r->ino);
    if (len) {
        size_t used = m->o->total - before;
        out_pad(m->o, ' ', used < 73 ? 73 - used : 1);
        out_write(m->o, name, len);
    }
    out_putc(m->o, '\n');
}

static void show_maps(struct out *o)
{
    struct maps m = {o, slurp("/proc/self/maps")};
    mm_each(task_self()->mm, show_region, &m);
    heap_free((char *)m.host);
}

/* ---- stat: field 28 is the start of the stack, which garbage collectors look for ---- */

static void show_stat(struct out *o)
{
    char *text = slurp("/proc/self/stat");
    char *p = text ? strrchr(text, ')') : NULL;
    if (p) {
        out_write(o, text, (size_t)(p + 1 - text));
        u32 field = 2;
        for (p++; *p; p++) {
            if (*p == ' ') field++;
            if (*p == ' ' && field == 28) {
                out_printf(o, " %lu", process.arg_lo);
                while (p[1] && p[1] != ' ') p++;
                continue;
            }
            out_putc(o, *p);
        }
    }
    heap_free(text);
}

/* ---- opening ---- */

static const struct { const char *name; void (*show)(struct out *o); } own_files[] = {
    {"cmdline", show_cmdline}, {"environ", show_environ}, {"auxv", show_auxv}, {"maps", show_maps}, {"stat", show_stat},
};

static s64 make(struct sys_ctx *c, void (*show)(struct out *o), int flags)
{
    char buf[1024];
    struct out o;
    (void)c;
    if ((flags & O_ACCMODE) != O_RDONLY) return -EACCES;
    if (flags & O_DIRECTORY) return -ENOTDIR;
    s64 fd = raw_memfd_create("proc", MFD_CLOEXEC);
    if (fd < 0) return fd;
    out_init_fd(&o, (int)fd, buf, sizeof buf);
    show(&o);
    s64 r = out_flush(&o);
    if (r == 0) r = raw_lseek((int)fd, 0, SEEK_SET);
    if (r == 0 && !(flags & O_CLOEXEC)) r = raw_fcntl((int)fd, F_SETFD, 0);
    if (r == 0) return fd;
    raw_close((int)fd);
    return r;
}

s64 sys_procfs_open(struct sys_ctx *c, const char *path, int flags)
{
    if (path[0] != '/' || path[1] != 'p' || strncmp(path, "/proc/", 6) != 0) return -ENOENT;
    if (strcmp(path, "/proc/cpuinfo") == 0 && c->abi->cpuinfo) return make(c, c->abi->cpuinfo, flags);
    const char *entry = own_entry(path);
    for (u32 i = 0; entry && i < ARRAY_LEN(own_files); i++)
        if (strcmp(entry, own_files[i].name) == 0) return make(c, own_files[i].show, flags);
    return -ENOENT;
}
