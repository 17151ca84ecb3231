/* exec.c: execve and execveat. A program of a guest is run by a new calque, though binfmt_misc knows nothing of it: the host's
 * execveat on calque's own file, with calque's options repeated in argv, never in the environment. What calque does not
 * run (programs of this machine, other formats) goes to the host's execve as it is, so that its errors are the kernel's.
 * `#!` lines are followed here first, since errors must reach the caller. Nothing of libc's state is used. */
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "elf/elf.h"
#include "frontend/guest.h"
#include "runtime/base/gmem.h"
#include "runtime/base/options.h"
#include "runtime/base/rawsys.h"
#include "syscalls/private.h"

#define SCRIPT_DEPTH 5          /* the kernel's limit on `#!` behind `#!` */
#define STRINGS_MAX  (1u << 20) /* more pointers than the kernel's space for them */
#define OPTION_WORDS 96

/* What is about to run. */
struct program {
    const char *name;   /* as the guest named it: goes into a script's arguments */
    const char *path;   /* on the host */
    const char **argv;  /* room for OPTION_WORDS before it */
    const char **envp;
    struct elf_script script[SCRIPT_DEPTH];
};

/* An array of guest strings as host pointers; `room` entries are left free in front. */
static s64 get_strings(struct sys_ctx *c, gaddr addr, u32 room, const char ***out)
{
    u64 n = 0, at;
    for (; addr; n++) {
        if (n > STRINGS_MAX) return -E2BIG;
        if (sys_get_word(c, addr + n * c->abi->word, &at)) return -EFAULT;
        if (!at) break;
    }
    const char **list = sys_tmp(c, (room + n + 2) * sizeof *list);
    list += room;
    for (u64 i = 0; i < n; i++) {
        if (sys_get_word(c, addr + i * c->abi->word, &at)) return -EFAULT;
        if (gmem_strnlen(at, 1) < 0) return -EFAULT;
        list[i] = gmem_ptr(at);
    }
    *out = list;
    return 0;
}

/* The beginning of a file that may be executed. *n is 0 for one that cannot be read: the host decides about it. */
static s64 read_head(const char *path, u8 head[ELF_HEAD], s64 *n)
{
    struct stat st;
    *n = 0;
    s64 r = raw_fstatat(AT_FDCWD, path, &st, 0);
    if (r < 0) return r;
    if (!S_ISREG(st.st_mode)) return -EACCES;
    r = raw_syscall4(SYS_faccessat2, AT_FDCWD, (long)path, 1 /* X_OK */, AT_EACCESS);
    if (r < 0 && r != -ENOSYS) return r;
    s64 fd = raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return fd == -EACCES ? 0 : fd;
    *n = raw_pread((int)fd, head, ELF_HEAD, 0);
    raw_close((int)fd);
    return *n < 0 ? *n : 0;
}

static bool is_guest_program(const u8 *head, s64 n)
{
    struct guest_elf id;
    if (n < 52 || memcmp(head, ELFMAG, SELFMAG) != 0) return false;
    bool be = head[EI_DATA] == ELFDATA2MSB;
    id.elf_class = head[EI_CLASS];
    id.data = head[EI_DATA];
    id.machine = (u16)sys_load_n(head + 18, 2, be);
    id.flags = (u32)sys_load_n(head + (id.elf_class == ELFCLASS64 ? 48 : 36), 4, be);
    return guest_for_elf(&id) != NULL;
}

/* argv of a script: interpreter, its argument, the script, the rest. The words lie in front of argv. */
static void put_script(struct program *p, const struct elf_script *s)
{
    p->argv[0] = p->name; /* in place of the old argv[0] */
    if (s->argument) *--p->argv = s->argument;
    *--p->argv = s->interpreter;
    p->name = s->interpreter;
}

/* Follows `#!` lines to the program. 1: a guest's, 0: the host's business, or an error. */
static s64 resolve(struct sys_ctx *c, struct program *p)
{
    u8 head[ELF_HEAD];
    for (u32 depth = 0;; depth++) {
        s64 n, r = read_head(p->path, head, &n);
        if (r) return r;
        if (is_guest_program(head, n)) return 1;
        if (n < 2 || head[0] != '#' || head[1] != '!') return 0;
        if (depth == SCRIPT_DEPTH) return -ELOOP;
        int script = elf_parse_script((const char *)head, (size_t)n, &p->script[depth]);
        if (script <= 0) return -ENOEXEC;
        put_script(p, &p->script[depth]);
        char buf[PATH_MAX];
        const char *host = fs_host_path(p->name, buf, sizeof buf);
        p->path = host == p->name ? host : strcpy(sys_tmp(c, strlen(host) + 1), host);
    }
}

/* ---- calque's own options, repeated for the new calque ---- */

struct words {
    struct sys_ctx *c;
    const char *word[OPTION_WORDS];
    u32 n;
    bool full;
};

static void add_word(struct words *w, const char *s)
{
    if (w->n == OPTION_WORDS - 8)
        w->full = true;
    else
        w->word[w->n++] = s;
}

static char *printed(struct words *w, const char *fmt, const char *name, u64 v)
{
    char *s = sys_tmp(w->c, strlen(name) + 32);
    fmt_snprintf(s, strlen(name) + 32, fmt, name, v);
    return s;
}

static void add_flag(struct words *w, const char *name, bool on)
{
    if (on) add_word(w, printed(w, "-%s", name, 0));
}

static void add_text(struct words *w, const char *name, const char *value)
{
    if (!value) return;
    add_word(w, printed(w, "-%s", name, 0));
    add_word(w, value);
}

static void add_number(struct words *w, const char *name, u64 v)
{
    add_word(w, printed(w, "-%s=%lu", name, v));
}

/* The v'th of "a|b|c". */
static void add_choice(struct words *w, const char *name, const char *choices, u32 v)
{
    while (v-- && *choices) choices += strcspn(choices, "|") + 1;
    char *s = sys_tmp(w->c, strlen(name) + strlen(choices) + 3);
    size_t n = strcspn(choices, "|");
    fmt_snprintf(s, strlen(name) + n + 3, "-%s=%.*s", name, (int)n, choices);
    add_word(w, s);
}

static void add_list(struct words *w, const char *name, const struct option_list *l)
{
    for (u32 i = 0; i < l->count; i++) add_text(w, name, l->item[i]);
}

/* Limits may have changed since: add_limits has what holds now. */
static void add_uint(struct words *w, const char *name, u32 option, u64 v)
{
#define ROW(resource, field, name) OPT_##field, OPT_##field##_max,
    static const u32 limits[] = {SYS_KEPT_LIMITS(ROW)};
#undef ROW
    for (u32 i = 0; i < ARRAY_LEN(limits); i++)
        if (option == limits[i]) return;
    add_number(w, name, v);
}

static void add_limit(struct words *w, int resource, const char *name, const char *max_name)
{
    const struct rlimit *l = sys_kept_limit(resource);
    if (!l) return;
    add_number(w, name, l->rlim_cur);
    add_number(w, max_name, l->rlim_max);
}

static void add_limits(struct words *w)
{
#define ROW(resource, field, name) add_limit(w, resource, name, name "-max");
    SYS_KEPT_LIMITS(ROW)
#undef ROW
}

/* Variables set and removed are in the guest's environment already, and argv[0] is another program's. */
#define PASS_FLAG(f, name, mv)     add_flag(w, name, o->f)
#define PASS_STR(f, name, mv)      add_text(w, name, OPT_##f == OPT_argv0 ? NULL : (const char *)o->f)
#define PASS_CHANNELS(f, name, mv) add_text(w, name, o->f)
#define PASS_RANGES(f, name, mv)   add_text(w, name, o->f)
#define PASS_UNITS(f, name, mv)    add_text(w, name, o->f)
#define PASS_LATER(f, name, mv)    (void)0
#define PASS_UINT(f, name, mv)     add_uint(w, name, OPT_##f, o->f)
#define PASS_CHOICE(f, name, mv)   add_choice(w, name, mv, o->f)
#define PASS_LIST(f, name, mv)                                                                               \
    if (OPT_##f != OPT_unset_env) add_list(w, name, &o->f)
#define PASS_ENVLIST(f, name, mv) (void)0

static void add_options(struct words *w, const struct options *o)
{
#define OPTION(kind, field, name, alias, env, metavar, help)                                                 \
    if (option_given(o, field)) {                                                                            \
        PASS_##kind(field, name, metavar);                                                                   \
    }
#define OPTION_GROUP(title)
#define OPTION_ACTION(action, name, alias, help)
#include "runtime/base/options.def"
#undef OPTION
#undef OPTION_GROUP
#undef OPTION_ACTION
}

/* The host's call. It comes back only if it fails. */
static s64 replace(struct sys_ctx *c, long nr, u64 a, u64 b, u64 d, u64 e, u64 f)
{
    sig_before_exec(c->t);
    s64 r = sys_host(c, nr, a, b, d, e, f, 0);
    sig_exec_failed(c->t);
    return r;
}

/* The file of calque as the new calque will find it: in /proc, or where that is not mounted as a descriptor that stays open
 * over the exec, which the kernel tells it. */
static int self_to_pass(void)
{
    char link[8];
    if (raw_readlinkat(AT_FDCWD, "/proc/self/exe", link, sizeof link) > 0) return process.self_fd;
    s64 fd = raw_fcntl(process.self_fd, F_DUPFD, 900);
    if (fd == -EINVAL) fd = raw_fcntl(process.self_fd, F_DUPFD, 3);
    return fd < 0 ? process.self_fd : (int)fd;
}

/* argv of the new calque: calque, options, -0 argv[0], --, the program, its other arguments. */
static s64 run_by_calque(struct sys_ctx *c, struct program *p)
{
    struct words w = {.c = c};
    add_word(&w, "calque");
    add_options(&w, process.options);
    add_limits(&w);
    add_flag(&w, "log-append", process.options->log_file != NULL); /* what this process wrote stays */
    if (w.full) return -E2BIG;
    w.word[w.n++] = "-0";
    w.word[w.n++] = p->argv[0];
    w.word[w.n++] = "--";
    w.word[w.n++] = p->path;
    const char **argv = p->argv + 1 - w.n;
    memcpy(argv, w.word, w.n * sizeof *argv);
    int self = self_to_pass();
    s64 r = replace(c, SYS_execveat, (u64)self, (u64) "", (u64)argv, (u64)p->envp, AT_EMPTY_PATH);
    if (self != process.self_fd) raw_close(self);
    return r;
}

/* A program of this machine gets the guest's limits on memory from the host's kernel: what is left of calque between this and
 * the call maps nothing, unless other threads do. The hard limits stay: they could not be taken back if the call fails. */
static bool lend_limit(struct sys_ctx *c, int resource, struct rlimit *before)
{
    const struct rlimit *l = sys_kept_limit(resource);
    if (!l || __atomic_load_n(&c->t->sighand->refs, __ATOMIC_ACQUIRE) != 1) return false;
    if (raw_prlimit(0, resource, NULL, before) != 0) return false;
    const struct rlimit lent = {MIN(l->rlim_cur, before->rlim_max), before->rlim_max};
    return raw_prlimit(0, resource, &lent, NULL) == 0;
}

static s64 run_by_host(struct sys_ctx *c, const char *path, const char **argv, const char **envp)
{
#define ROW(resource, field, name) resource,
    static const int lent[] = {SYS_KEPT_LIMITS(ROW)};
#undef ROW
    struct rlimit before[ARRAY_LEN(lent)];
    bool done[ARRAY_LEN(lent)];
    for (u32 i = 0; i < ARRAY_LEN(lent); i++) done[i] = lend_limit(c, lent[i], &before[i]);
    s64 r = replace(c, SYS_execve, (u64)path, (u64)argv, (u64)envp, 0, 0);
    for (u32 i = 0; i < ARRAY_LEN(lent); i++)
        if (done[i]) raw_prlimit(0, lent[i], &before[i], NULL);
    return r;
}

static s64 run(struct sys_ctx *c, struct program *p, gaddr argv, gaddr envp)
{
    const char *path = p->path;
    s64 r = get_strings(c, argv, OPTION_WORDS + 2 * SCRIPT_DEPTH, &p->argv);
    if (r == 0) r = get_strings(c, envp, 0, &p->envp);
    if (r) return r;
    if (!p->argv[0]) p->argv[0] = ""; /* as Linux 5.18 and later; the list has room for it */
    const char **given = p->argv, *first = given[0];
    r = resolve(c, p);
    if (r < 0) return r;
    if (r == 1 && process.self_fd >= 0) return run_by_calque(c, p);
    if (strcmp(path, p->path) == 0 || p->path[0] != '/' || strcmp(p->path, p->name) == 0) {
        given[0] = first; /* the host follows the same lines */
        return run_by_host(c, path, given, p->envp);
    }
    return run_by_host(c, p->path, p->argv, p->envp); /* interpreter under the prefix */
}

s64 sys_do_execve(struct sys_ctx *c)
{
    struct program *p = sys_tmp(c, sizeof *p);
    s64 r = sys_path_raw(c, c->a[0], &p->name);
    if (r == 0) r = sys_path(c, c->a[0], &p->path);
    return r ? r : run(c, p, c->a[1], c->a[2]);
}

/* A name for the file behind a descriptor that holds after exec: its path if it has one, else a copy of the descriptor
 * that stays open. */
static s64 name_of_fd(struct sys_ctx *c, int fd, const char **out)
{
    char link[40];
    char *path = sys_tmp(c, PATH_MAX);
    struct stat a, b;
    fmt_snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    s64 n = raw_readlinkat(AT_FDCWD, link, path, PATH_MAX - 1), r = raw_fstat(fd, &a);
    if (n < 0 || r < 0) return r < 0 ? r : n;
    path[n] = 0;
    if (path[0] == '/' && raw_fstatat(AT_FDCWD, path, &b, 0) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev) {
        *out = path;
        return 0;
    }
    if (raw_fcntl(fd, F_GETFD, 0) & FD_CLOEXEC) fd = (int)raw_fcntl(fd, F_DUPFD, 900);
    if (fd < 0) return fd;
    fmt_snprintf(path, PATH_MAX, "/proc/self/fd/%d", fd);
    *out = path;
    return 0;
}

s64 sys_do_execveat(struct sys_ctx *c)
{
    struct program *p = sys_tmp(c, sizeof *p);
    const int dirfd = (int)c->a[0], flags = (int)c->a[4];
    const char *dir = NULL;
    if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) return -EINVAL;
    s64 r = sys_path_raw(c, c->a[1], &p->name);
    if (r == 0) r = sys_path(c, c->a[1], &p->path);
    if (r) return r;
    if (*p->name == 0 && !(flags & AT_EMPTY_PATH)) return -ENOENT;
    if (flags & AT_SYMLINK_NOFOLLOW) {
        struct stat st;
        r = raw_fstatat(dirfd, p->path, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
        if (r < 0 || S_ISLNK(st.st_mode)) return r < 0 ? r : -ELOOP;
    }
    if (p->name[0] == '/' || (dirfd == AT_FDCWD && *p->name)) return run(c, p, c->a[2], c->a[3]);
    r = name_of_fd(c, dirfd, &dir);
    if (r) return r;
    if (*p->name) {
        size_t size = strlen(dir) + strlen(p->name) + 2;
        char *joined = sys_tmp(c, size);
        fmt_snprintf(joined, size, "%s/%s", dir, p->name);
        dir = joined;
    }
    p->name = p->path = dir;
    return run(c, p, c->a[2], c->a[3]);
}
