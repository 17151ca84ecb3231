/* private.h: what the room's files share among themselves. */
#ifndef CALQUE_SYSCALLS_PRIVATE_H
#define CALQUE_SYSCALLS_PRIVATE_H

#include <errno.h>
#include <sys/resource.h>

#include "syscalls/abi.h"
#include "syscalls/call.h"

#define CALL SYS_CALL_DECL
#include "syscalls/calls.def"
#undef CALL

/* The row of a call id of this guest. */
const struct sys_call *sys_call_row(const struct sys_abi *a, u32 id);

/* Numbers of 1, 2, 4 or 8 bytes. */
u64 sys_load_n(const u8 *p, u32 size, bool be);
void sys_store_n(u8 *p, u32 size, bool be, u64 v);

void sys_maps_init(const struct sys_abi *abi);
void sys_ioctl_init(const struct sys_abi *abi);

/* A 32-bit guest's word in memory order, sign of a word. */
static inline bool sys_is32(const struct sys_ctx *c) { return c->abi->word == 4; }

/* kinds.c: arguments. */
void sys_fetch(struct sys_ctx *c, const u64 words[8]);
int sys_convert(struct sys_ctx *c, u64 host[6]);         /* for calls with a HOST number: 0 or -errno */
int sys_store(struct sys_ctx *c, const u64 host[6]);     /* what the kernel wrote, to the guest */
s64 sys_host_call(struct sys_ctx *c, long nr);           /* convert, call, store */
/* Does another row's call with arguments of this one. */
s64 sys_forward(struct sys_ctx *c, enum sys_call_id id, const u64 words[8]);

/* ioctl.c: name of a guest's request, or NULL. */
const char *sys_ioctl_name(u32 guest);

/* trace.c */
void sys_trace_enter(struct sys_ctx *c);
void sys_trace_leave(struct sys_ctx *c, s64 result);

/* limits.c: the guest's RLIMIT_AS, RLIMIT_DATA or RLIMIT_STACK if it has one that the host does not know, else NULL. */
const struct rlimit *sys_kept_limit(int resource);
/* They and the options that hand them on: X(RESOURCE, field of struct options, name); what is called _max and -max there is
 * the hard limit. */
#define SYS_KEPT_LIMITS(X)                                                                                   \
    X(RLIMIT_AS, limit_as, "limit-as")                                                                       \
    X(RLIMIT_DATA, limit_data, "limit-data")                                                                 \
    X(RLIMIT_STACK, limit_stack, "limit-stack")
#define SYS_KEPT_COUNT 3
struct sys_kept {
    int resource;
    bool set; /* `limit` holds; else what the host says */
    struct rlimit limit;
};
/* A vfork child has limits of its own, in our memory: taken before it is made, put back when it has left. */
struct sys_limits {
    struct sys_kept kept[SYS_KEPT_COUNT];
    u64 mm[SYS_KEPT_COUNT];
};
void sys_limits_save(struct sys_limits *s, const struct mm *mm);
void sys_limits_restore(const struct sys_limits *s, struct mm *mm);

/* Arrays of structures. Converted array in sys_tmp memory, or -EFAULT, -EINVAL. */
int sys_get_array(struct sys_ctx *c, enum sys_layout_id id, gaddr addr, u64 count, void **out);
int sys_put_array(struct sys_ctx *c, enum sys_layout_id id, gaddr addr, u64 count, const void *host);

/* file_io.c: an iovec array with host pointers; written: the kernel stores there. */
struct iovec;
int sys_iovec(struct sys_ctx *c, gaddr addr, u64 count, bool written, struct iovec **out);

/* file_fd.c: descriptors whose data has a byte order. SYS_FD_ROUTE: route netlink for a guest of the other one. */
enum sys_fd_kind { SYS_FD_PLAIN, SYS_FD_U64, SYS_FD_INOTIFY, SYS_FD_SIGNAL, SYS_FD_ROUTE };
void sys_fd_set_kind(int fd, enum sys_fd_kind kind);
enum sys_fd_kind sys_fd_kind(int fd);
/* Converts what was read from fd in place (guest memory), or data to be written. */
int sys_fd_after_read(struct sys_ctx *c, int fd, gaddr buf, s64 n);

/* procfs.c: -ENOENT when the path is none of ours, else a descriptor or another error. */
s64 sys_procfs_open(struct sys_ctx *c, const char *path, int flags);
/* The guest program's path if `path` names its exe link, else NULL. */
const char *sys_procfs_exe(const char *path);

/* time.c, poll.c: a timeout structure that may be absent. *out is NULL then. */
int sys_get_opt(struct sys_ctx *c, enum sys_layout_id id, gaddr addr, void *buf, void **out);

/* dir.c: a directory position that a 32-bit guest holds, back to the host's. */
s64 sys_dir_cookie_to_host(int fd, s64 offset);

#endif
