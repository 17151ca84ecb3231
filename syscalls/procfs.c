/* procfs.c: the files of /proc that must show the guest, not calque: a program's own exe, cmdline, environ, auxv, maps,
 * stat, and cpuinfo; and, for a guest of the other byte order, the tables of net that print addresses as numbers. Opening one gives a memory file with the text as it is at that moment. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/base/endian.h"
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

/* ---- stat: addresses are the guest's (proc(5)) ---- */

/* The guest's value of a field that holds an address; fields without one are 0, as for a reader without permission. */
static bool stat_field(u32 field, u64 *value)
{
    switch (field) {
    case 28: *value = process.arg_lo; return true; /* startstack: garbage collectors look for it */
    case 48: *value = process.arg_lo; return true;
    case 49: *value = process.arg_hi; return true;
    case 50: *value = process.env_lo; return true;
    case 51: *value = process.env_hi; return true;
    case 26: /* startcode, endcode, then startdata, enddata, start_brk */
    case 27:
    case 45:
    case 46:
    case 47: *value = 0; return true;
    default: return false;
    }
}

static void show_stat(struct out *o)
{
    char *text = slurp("/proc/self/stat");
    char *p = text ? strrchr(text, ')') : NULL;
    u32 field = 2;
    u64 value;
    if (p) out_write(o, text, (size_t)(++p - text));
    while (p && *p == ' ') {
        size_t n = 1 + strcspn(p + 1, " \n");
        if (stat_field(++field, &value))
            out_printf(o, " %lu", value);
        else
            out_write(o, p, n);
        p += n;
    }
    if (p) out_puts(o, p);
    heap_free(text);
}

/* ---- net: the kernel prints addresses as numbers in the machine's own byte order ---- */

static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); }

static bool is_port(const char *p)
{
    return p[0] == ':' && is_hex(p[1]) && is_hex(p[2]) && is_hex(p[3]) && is_hex(p[4]) && p[5] == ' ';
}

/* Runs of exactly 8, or 32 (IPv6: four words), capital hexadecimal digits are addresses: their bytes are turned round. In
 * tables of sockets only those in front of a port are. */
static void turn_addresses(char *text, bool with_port)
{
    for (char *p = text; *p;) {
        size_t n = 0;
        while (is_hex(p[n])) n++;
        bool whole = (n == 8 || n == 32) && (p == text || p[-1] == ' ' || p[-1] == '\t') && (!with_port || is_port(p + n));
        for (size_t w = 0; whole && w < n; w += 8) {
            char turned[8];
            for (size_t i = 0; i < 8; i += 2) memcpy(turned + i, p + w + 6 - i, 2);
            memcpy(p + w, turned, 8);
        }
        p += n ? n : 1;
    }
}

static void show_net(struct out *o, const char *path, bool with_port)
{
    char *text = slurp(path);
    if (!text) return;
    turn_addresses(text, with_port);
    out_puts(o, text);
    heap_free(text);
}

static void show_route(struct out *o) { show_net(o, "/proc/self/net/route", false); }
static void show_tcp(struct out *o) { show_net(o, "/proc/self/net/tcp", true); }
static void show_tcp6(struct out *o) { show_net(o, "/proc/self/net/tcp6", true); }
static void show_udp(struct out *o) { show_net(o, "/proc/self/net/udp", true); }
static void show_udp6(struct out *o) { show_net(o, "/proc/self/net/udp6", true); }
static void show_raw(struct out *o) { show_net(o, "/proc/self/net/raw", true); }

/* ---- opening ---- */

static const struct { const char *name; void (*show)(struct out *o); } own_files[] = {
    {"cmdline", show_cmdline}, {"environ", show_environ}, {"auxv", show_auxv}, {"maps", show_maps}, {"stat", show_stat},
};

static const struct { const char *name; void (*show)(struct out *o); } net_files[] = {
    {"route", show_route}, {"tcp", show_tcp}, {"tcp6", show_tcp6}, {"udp", show_udp}, {"udp6", show_udp6}, {"raw", show_raw},
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
    if (c->abi->big_endian == HOST_BIG_ENDIAN) return -ENOENT;
    const char *net = strncmp(path, "/proc/net/", 10) == 0 ? path + 10
                      : entry && strncmp(entry, "net/", 4) == 0 ? entry + 4 : NULL;
    for (u32 i = 0; net && i < ARRAY_LEN(net_files); i++)
        if (strcmp(net, net_files[i].name) == 0) return make(c, net_files[i].show, flags);
    return -ENOENT;
}
