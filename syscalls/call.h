/* call.h: one row per system call (calls.def), one kind per argument (kinds.def), and what a handler sees. A guest's own
 * calls are rows of the same form in frontend/<guest>/linux/calls.def. Handlers live in the room's files by subject. */
#ifndef CALQUE_SYSCALLS_CALL_H
#define CALQUE_SYSCALLS_CALL_H

#include <sys/syscall.h>

#include "runtime/base/types.h"
#include "syscalls/layout.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 /* Linux 6.6 */
#endif

struct task;
struct sys_abi;
struct sys_ctx;

/* Families of flags and numbers that guests may number differently. */
enum sys_family {
#define FAMILY(name, unknown) SYS_FLAGS_##name,
#include "syscalls/families.def"
#undef FAMILY
    SYS_FLAGS_COUNT
};

enum sys_kind {
    SYS_KIND_end,
#define KIND(name, help) SYS_KIND_##name,
#include "syscalls/kinds.def"
#undef KIND
    SYS_KIND_COUNT
};

struct sys_arg {
    u16 kind; /* enum sys_kind, and above 8 bits the layout or family of in, out, inout and flags */
    const char *name;
};
typedef s64 sys_handler(struct sys_ctx *c);

#define SYS_ARGS 7
struct sys_call {
    const char *name;
    s16 host;              /* host call number: arguments are converted as their kinds say; -1: fn or todo */
    sys_handler *fn;
    u8 ret;                /* kind of the result, for the trace */
    struct sys_arg args[SYS_ARGS + 1]; /* ends with SYS_KIND_end */
};

/* How calls.def is written:
 *   CALL(name, result kind, HOST(host call) | FN(handler) | TODO, ARG(kind, name) …)
 * kind is a row of kinds.def, or IN(layout) OUT(layout) INOUT(layout) for a pointer to one structure, or
 * FLAGS(family) for flags or numbers of families.def. A handler FN(x) is the function sys_do_x. */
#define SYS_IMPL_HOST(n) SYS_##n, NULL
#define SYS_IMPL_FN(f)   -1, sys_do_##f
#define SYS_IMPL_TODO    -1, NULL
#define SYS_KIND_IN(l)    (SYS_KIND_in | SYS_LAYOUT_##l << 8)
#define SYS_KIND_OUT(l)   (SYS_KIND_out | SYS_LAYOUT_##l << 8)
#define SYS_KIND_INOUT(l) (SYS_KIND_inout | SYS_LAYOUT_##l << 8)
#define SYS_KIND_FLAGS(f) (SYS_KIND_flags | SYS_FLAGS_##f << 8)
#define SYS_ARG_ROW(kind, name) {SYS_KIND_##kind, #name},
#define SYS_CALL_STRUCT(name, ret, impl, ...)                                                                \
    {#name, SYS_IMPL_##impl, SYS_KIND_##ret, {__VA_ARGS__{SYS_KIND_end, NULL}}},
#define SYS_FN_DECL_HOST(n)
#define SYS_FN_DECL_FN(f) sys_handler sys_do_##f;
#define SYS_FN_DECL_TODO
/* #define CALL SYS_CALL_DECL before including a calls.def declares its handlers. */
#define SYS_CALL_DECL(name, ret, impl, ...) SYS_FN_DECL_##impl

enum sys_call_id {
    SYS_CALL_none,
#define CALL(name, ret, impl, ...) SYS_CALL_##name,
#include "syscalls/calls.def"
#undef CALL
    SYS_CALL_COUNT,
    SYS_CALL_OWN = 2048, /* a guest's own calls.def continues from here */
};

/* One call under way. */
#define SYS_SCRATCH 12288
struct sys_spill { struct sys_spill *next; };
struct sys_ctx {
    struct task *t;
    const struct sys_abi *abi;
    const struct sys_call *call;
    u64 nr;                /* the guest's number */
    u32 trap_no;
    u64 a[8];              /* arguments in the order of the row: integers extended as their kinds say, pairs joined,
                              pointers as guest addresses, flags still the guest's */
    bool no_result;        /* the registers are final (sigreturn, exec): store nothing */
    u32 used;              /* of scratch */
    struct sys_spill *spills;
    u8 *scratch;
};

/* Temporary memory for the length of the call, zeroed, 16-aligned. Never NULL. */
void *sys_tmp(struct sys_ctx *c, size_t n);
/* The same, with anything in it: for what the kernel fills. */
void *sys_tmp_raw(struct sys_ctx *c, size_t n);

/* A host call for the guest: task_syscall with up to six arguments. */
s64 sys_host(struct sys_ctx *c, long nr, u64 a, u64 b, u64 d, u64 e, u64 f, u64 g);

/* A guest buffer as host pointer for the kernel to read or write: 0 for guest address 0 (the kernel says EFAULT where that
 * is none), or *out. -EFAULT if the range leaves the guest's address space. `written` announces that the kernel will
 * store there (code in it is retranslated). */
int sys_buf(struct sys_ctx *c, gaddr addr, u64 len, bool written, void **out);

/* Structures between guest memory and host form, by the guest's layout. 0 or -EFAULT. */
int sys_get(struct sys_ctx *c, enum sys_layout_id id, gaddr addr, void *host);
int sys_put(struct sys_ctx *c, enum sys_layout_id id, gaddr addr, const void *host);
u32 sys_size(struct sys_ctx *c, enum sys_layout_id id); /* bytes on the guest */
/* Words of the guest. */
int sys_get_u32(struct sys_ctx *c, gaddr addr, u32 *v);
int sys_put_u32(struct sys_ctx *c, gaddr addr, u32 v);
int sys_get_u64(struct sys_ctx *c, gaddr addr, u64 *v);
int sys_put_u64(struct sys_ctx *c, gaddr addr, u64 v);
int sys_get_word(struct sys_ctx *c, gaddr addr, u64 *v); /* an unsigned long */
int sys_put_word(struct sys_ctx *c, gaddr addr, u64 v);
int sys_get_sigset(struct sys_ctx *c, gaddr addr, u64 *host_mask);
int sys_put_sigset(struct sys_ctx *c, gaddr addr, u64 host_mask);

/* A path argument: copied, under the prefix, /proc/self/exe resolved. -EFAULT, -ENAMETOOLONG. addr 0 gives -EFAULT.
 * sys_path_raw: the guest's own text. */
int sys_path(struct sys_ctx *c, gaddr addr, const char **out);
int sys_path_raw(struct sys_ctx *c, gaddr addr, const char **out);

/* Flags of a family to the host's; -EINVAL for unknown bits in a family that refuses them. */
int sys_flags(struct sys_ctx *c, enum sys_family family, u64 guest, u64 *host);

/* Tells once per number, on -d unimp, what the guest asked for in vain. */
void sys_unimp(struct sys_ctx *c, const char *what, u64 number);

#endif
