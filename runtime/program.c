/* Making the guest process: find the program behind `#!` lines, choose its guest, lay out memory, load, build the stack and
 * the first task. All of it happens before the first guest instruction. */
#include "runtime/program.h"

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "elf/elf.h"
#include "frontend/guest.h"
#include "runtime/base/error.h"
#include "runtime/base/fmt.h"
#include "runtime/base/gmem.h"
#include "runtime/base/heap.h"
#include "runtime/base/log.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/thread.h"
#include "runtime/debug/debug.h"
#include "runtime/exec/exec.h"
#include "runtime/vm/space.h"
#include "syscalls/abi.h"
#include "syscalls/syscalls.h"

#define SCRIPT_DEPTH 5           /* the kernel's limit on `#!` behind `#!` */
#define PIE_BIAS32 0x00400000ull /* where a position-independent program goes: far below mmap's area, clear of null */
#define PIE_BIAS64 0x5500000000ull

/* --- the environment and arguments --- */

static bool names(const char *entry, const char *name, size_t n)
{
    return strncmp(entry, name, n) == 0 && entry[n] == '=';
}

static u32 env_remove(char **envp, u32 n, const char *name, size_t len)
{
    u32 kept = 0;
    for (u32 i = 0; i < n; i++)
        if (!names(envp[i], name, len)) envp[kept++] = envp[i];
    return kept;
}

/* The guest's environment: ours, -U taken out, -E put in. */
static char **make_env(const struct options *o, char **envp)
{
    u32 n = 0;
    while (envp[n]) n++;
    char **out = heap_calloc(n + o->set_env.count + 1, sizeof *out);
    memcpy(out, envp, n * sizeof *out);
    for (u32 i = 0; i < o->unset_env.count; i++)
        n = env_remove(out, n, o->unset_env.item[i], strlen(o->unset_env.item[i]));
    for (u32 i = 0; i < o->set_env.count; i++) {
        n = env_remove(out, n, o->set_env.item[i], strcspn(o->set_env.item[i], "="));
        out[n++] = o->set_env.item[i];
    }
    out[n] = NULL;
    return out;
}

/* argv of a script: interpreter, its argument, the script, the rest (execve(2)). */
static void prepend_script(struct program *p, const struct elf_script *s)
{
    char **argv = heap_calloc((size_t)p->argc + 3, sizeof *argv);
    int n = 0;
    argv[n++] = heap_strdup(s->interpreter);
    if (s->argument) argv[n++] = heap_strdup(s->argument);
    argv[n++] = (char *)p->path;
    for (int i = 1; i < p->argc; i++) argv[n++] = p->argv[i];
    p->argv = argv;
    p->argc = n;
    p->path = argv[0];
}

/* --- finding the program --- */

_Noreturn static void refuse(const char *path, int e, const struct elf_error *err)
{
    die(e == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOEXEC, "%s: %s", path, err->text);
}

static const struct guest *guest_of(const struct elf_image *im)
{
    struct guest_elf id = {im->elf_class, im->data, im->machine, im->flags};
    return guest_for_elf(&id);
}

static const char *byte_order(const struct elf_image *im)
{
    return im->data == ELFDATA2MSB ? "big" : "little";
}

/* One line: what the file is built for, and what calque runs. */
_Noreturn static void refuse_machine(const char *path, const struct elf_image *im)
{
    char runs[512];
    struct out o;
    if (im->machine == EM_X86_64 && im->elf_class == ELFCLASS64)
        die(STATUS_NOEXEC, "%s: is built for this machine (x86-64): run it without calque", path);
    out_init_mem(&o, runs, sizeof runs);
    for (u32 i = 0; i < guest_count; i++) out_printf(&o, "%s%s", i ? "; " : "", guests[i]->title);
    die(STATUS_NOEXEC, "%s: is built for %s (%s-endian); calque runs: %s", path, elf_machine_name(im->machine),
        byte_order(im), runs);
}

/* The script's interpreter is a program of this machine: it runs natively, as execve would have it. */
static void run_native(const struct program *p, const char *host_path, const char *script)
{
    execve(host_path, p->argv, p->envp);
    die(STATUS_NOEXEC, "%s: its interpreter %s cannot be run: %s", script, host_path, strerror(errno));
}

static const char *host_path_of(const char *path)
{
    char buf[PATH_MAX];
    return heap_strdup(fs_host_path(path, buf, sizeof buf));
}

/* Opens the program, following `#!`. p->path becomes the host path of the ELF file. */
static const struct guest *find_program(struct program *p, struct elf_image *im)
{
    struct elf_error err;
    const char *first = p->path, *path = p->path;
    for (int depth = 0;; depth++) {
        int e = elf_open(path, im, &err);
        if (e == 0) break;
        struct elf_script s;
        int script = e == -ENOEXEC ? elf_read_script(path, &s) : 0;
        if (script < 0) die(STATUS_NOEXEC, "%s: its #! line names no usable interpreter: mend the first line", path);
        if (script == 0 && depth > 0)
            die(e == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOEXEC, "%s: its interpreter %s: %s", first, path, err.text);
        if (script == 0) refuse(path, e, &err);
        if (depth == SCRIPT_DEPTH) die(STATUS_NOEXEC, "%s: %s", first, strerror(ELOOP));
        prepend_script(p, &s);
        path = host_path_of(p->path);
    }
    const struct guest *g = guest_of(im);
    if (!g && path != first && im->machine == EM_X86_64) run_native(p, path, first);
    if (!g) refuse_machine(path, im);
    p->path = path;
    return g;
}

/* --- loading --- */

struct loaded {
    gaddr bias, interp_base, start; /* start: where execution begins */
};

static void load_interp(const struct elf_image *main_im, const struct program *p, struct mm *mm, struct loaded *l)
{
    static struct elf_image im;
    struct elf_error err;
    const char *path = host_path_of(main_im->interp);
    int e = elf_open(path, &im, &err);
    if (e == -ENOENT)
        die(STATUS_NOT_FOUND, "%s: its dynamic loader %s is missing: name the guest's root with -L DIR", p->path, main_im->interp);
    if (e) die(STATUS_NOEXEC, "%s: its dynamic loader %s: %s", p->path, path, err.text);
    if (guest_of(&im) != process.guest)
        die(STATUS_NOEXEC, "%s: its dynamic loader %s is built for %s (%s-endian), the program for %s (%s-endian): "
                           "name the guest's root with -L DIR",
            p->path, path, elf_machine_name(im.machine), byte_order(&im), elf_machine_name(main_im->machine), byte_order(main_im));
    if ((e = elf_map(&im, mm, im.dyn ? ELF_BIAS_ANY : 0, &l->interp_base, &err)) != 0) refuse(path, e, &err);
    l->start = im.entry + l->interp_base;
    debug_add_symbols(path, l->interp_base);
    elf_close(&im);
}

static void load(const struct elf_image *im, const struct program *p, struct mm *mm, struct loaded *l)
{
    struct elf_error err;
    gaddr bias = im->dyn ? (im->elf_class == ELFCLASS64 ? PIE_BIAS64 : PIE_BIAS32) : 0;
    if (im->dyn) bias = (bias + im->align - 1) & ~(im->align - 1);
    int e = elf_map(im, mm, bias, &l->bias, &err);
    if (e) refuse(p->path, e, &err);
    mm_set_brk(mm, im->hi + l->bias);
    l->start = im->entry + l->bias;
    l->interp_base = 0;
    debug_add_symbols(p->path, l->bias);
}

static u32 make_auxv(struct task *t, const struct elf_image *im, const struct loaded *l, u64 (*v)[2])
{
    const struct sys_abi *abi = process.guest->abi;
    const u64 fixed[][2] = {
        {AT_PHDR, im->phdr ? im->phdr + l->bias : 0},
        {AT_PHENT, im->phentsize},
        {AT_PHNUM, im->phnum},
        {AT_PAGESZ, process.guest->page_size},
        {AT_BASE, l->interp_base},
        {AT_FLAGS, 0},
        {AT_ENTRY, im->entry + l->bias},
        {AT_UID, getuid()},
        {AT_EUID, geteuid()},
        {AT_GID, getgid()},
        {AT_EGID, getegid()},
        {AT_SECURE, process.at_secure},
        {AT_CLKTCK, (u64)sysconf(_SC_CLK_TCK)},
        {AT_HWCAP, abi->hwcap},
        {AT_HWCAP2, abi->hwcap2},
    };
    memcpy(v, fixed, sizeof fixed);
    u32 n = ARRAY_LEN(fixed);
    return abi->auxv ? n + abi->auxv(t, v + n) : n;
}

static void random_bytes(const struct options *o, u8 out[16])
{
    /* Kernels before 3.17 have no such call; they gave calque random bytes of its own. */
    if (raw_getrandom(out, 16, 0) != 16) memcpy(out, (const void *)getauxval(AT_RANDOM), 16); // NOLINT(performance-no-int-to-ptr)
    if (!option_given(o, seed)) return;
    u64 x = o->seed;
    for (int i = 0; i < 16; i++) { /* splitmix64, one byte a step */
        x += 0x9e3779b97f4a7c15ull;
        u64 z = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
        out[i] = (u8)((z ^ z >> 27) >> 24);
    }
}

/* Before the program is loaded: what mm places then stays clear of the stack. */
static void map_stack(const struct options *o, struct task *t, const struct elf_image *im, const struct program *p,
                      struct elf_stack *s)
{
    const struct sys_abi *abi = process.guest->abi;
    struct elf_error err;
    *s = (struct elf_stack){.word = abi->word, .big_endian = abi->big_endian, .reserve = abi->stack_reserve};
    s->align = abi->stack_align ? abi->stack_align : 16;
    s->size = o->stack_size;
    s->exec = im->exec_stack;
    s->argc = p->argc;
    s->argv = p->argv;
    s->envp = p->envp;
    int e = elf_map_stack(s, t->mm, &err);
    if (e) refuse(p->path, e, &err);
}

static void fill_stack(const struct options *o, struct task *t, const struct elf_image *im, const struct program *p,
                       const struct loaded *l, struct elf_stack *s)
{
    u64 auxv[32][2];
    u8 random[16];
    struct elf_error err;
    random_bytes(o, random);
    s->execfn = p->path;
    s->platform = process.guest->abi->platform;
    s->random = random;
    s->auxv = (const u64(*)[2])auxv;
    s->nauxv = make_auxv(t, im, l, auxv);
    int e = elf_fill_stack(s, &err);
    if (e) refuse(p->path, e, &err);
    process.stack_lo = s->lo, process.stack_hi = s->hi;
    process.arg_lo = s->arg_lo, process.arg_hi = s->arg_hi;
    process.env_lo = s->env_lo, process.env_hi = s->env_hi;
    process.auxv_lo = s->auxv_lo, process.auxv_hi = s->auxv_hi;
}

/* --- the first task --- */

static void set_up_space(const struct options *o, const struct elf_image *im, const struct program *p)
{
    u32 bits = process.guest->layout.addr_bits;
    int e = space_setup(bits, (enum space_mode)o->guest_mem, o->guest_base, im->dyn ? PIE_BIAS32 : im->lo);
    if (e == -EADDRINUSE)
        die(STATUS_HOST, "%s: its addresses from 0x%llx on are not free on this host: run without -guest-mem identity",
            p->path, (unsigned long long)im->lo);
    if (e) die(STATUS_HOST, "no room for guest memory: %s; see ulimit -v and -B", error_text(e));
}

static struct task *first_task(void)
{
    static struct mm mm;
    static struct sighand sighand = {.refs = 1};
    struct task *t = heap_calloc(1, sizeof *t);
    t->mm = &mm;
    t->sighand = &sighand;
    t->tid = (int)thread_tid();
    t->cpu = heap_calloc(1, process.guest->layout.size);
    mm_init(&mm, process.guest->layout.addr_bits, process.guest->page_size);
    thread_set_self_data(t);
    return t;
}

/* Is this file the program that runs here? Its program headers are compared with those in memory. */
static bool is_calque(int fd)
{
    const Elf64_Phdr *own = (const Elf64_Phdr *)getauxval(AT_PHDR); // NOLINT(performance-no-int-to-ptr): the kernel's word
    size_t size = getauxval(AT_PHNUM) * sizeof *own;
    Elf64_Ehdr e;
    char text[4096];
    return own && size <= sizeof text && pread(fd, &e, sizeof e, 0) == (ssize_t)sizeof e &&
           memcmp(e.e_ident, ELFMAG, SELFMAG) == 0 && e.e_machine == EM_X86_64 &&
           pread(fd, text, size, (off_t)e.e_phoff) == (ssize_t)size && memcmp(text, own, size) == 0;
}

/* A descriptor of calque's own file; -1 if it cannot be had. Where no /proc is mounted it is found by the name that the
 * kernel gave it, which after run_by_calque (syscalls/exec.c) is a descriptor, and under binfmt_misc the guest program's. */
static int open_self(void)
{
    static const char by_fd[] = "/dev/fd/";
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    const char *name = (const char *)getauxval(AT_EXECFN); // NOLINT(performance-no-int-to-ptr): the kernel's word
    if (fd >= 0 || !name) return fd;
    if (strncmp(name, by_fd, sizeof by_fd - 1) == 0)
        fd = atoi(name + sizeof by_fd - 1);
    else
        fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || is_calque(fd)) return fd;
    close(fd);
    return -1;
}

static void fill_process(const struct options *o, const struct program *p, const struct guest *g)
{
    char real[PATH_MAX];
    process.guest = g;
    process.guest_be = g->layout.big_endian;
    process.guest_bits = g->layout.addr_bits;
    process.uname_release = o->uname;
    process.at_secure = getauxval(AT_SECURE);
    process.exe_path = heap_strdup(realpath(p->path, real) ? real : p->path);
    process.self_fd = fs_hide(open_self());
    const char *slash = strrchr(process.exe_path, '/');
    raw_prctl(PR_SET_NAME, (u64)(slash ? slash + 1 : process.exe_path), 0, 0, 0);
}

struct task *program_start(const struct options *o, int argc, char **argv, char **envp)
{
    static struct elf_image im;
    struct program p = {.path = argv[0], .argc = argc, .argv = argv, .envp = make_env(o, envp)};
    struct loaded l;
    struct elf_stack stack;
    fs_set_prefix(o->prefix);
    if (o->argv0) argv[0] = (char *)o->argv0;
    const struct guest *g = find_program(&p, &im);
    fill_process(o, &p, g);
    set_up_space(o, &im, &p);
    sys_init(g->abi->variant ? g->abi->variant(im.flags) : g->abi);
    exec_init();
    struct task *t = first_task();
    sys_start_limits(t->mm, o);
    t->mm->read_exec = g->abi->exec_stack_all && im.exec_stack;
    t->mm->heap_exec = g->abi->heap_exec;
    exec_task_init(t);
    map_stack(o, t, &im, &p, &stack);
    load(&im, &p, t->mm, &l);
    if (im.interp[0]) load_interp(&im, &p, t->mm, &l);
    fill_stack(o, t, &im, &p, &l, &stack);
    elf_close(&im);
    g->cpu_init(t->cpu, l.start, stack.sp);
    if (g->abi->start) g->abi->start(t->cpu, stack.sp);
    if (g->abi->map_pages) {
        int e = g->abi->map_pages(t);
        if (e) die(STATUS_HOST, "the pages that the guest's kernel provides: %s", error_text(e));
    }
    log_printf(LOG_elf, "guest %s, entry 0x%llx, sp 0x%llx, guest memory at host 0x%llx", g->name,
               (unsigned long long)l.start, (unsigned long long)stack.sp, (unsigned long long)gmem_base);
    sig_init(t);
    return t;
}
