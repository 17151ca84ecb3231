/* layout.h: structures of the guest as rows of bytes with explicit offsets, and the one loop that converts them to and
 * from the host's C structures, in either byte order. Where a guest's layout equals the host's, sys_layout_same is true
 * and pointers may go to the kernel as they are. */
#ifndef CALQUE_SYSCALLS_LAYOUT_H
#define CALQUE_SYSCALLS_LAYOUT_H

#include <stddef.h>

#include "runtime/base/types.h"
#include "syscalls/hosttypes.h"

enum sys_layout_id {
    SYS_LAYOUT_none,
#define STRUCT(name, host, kernel) SYS_LAYOUT_##name,
#include "syscalls/structs.def"
#undef STRUCT
    SYS_LAYOUT_COUNT
};

/* The host's C type of each. */
#define STRUCT(name, host, kernel) typedef host sys_host_##name;
#include "syscalls/structs.def"
#undef STRUCT

/* Types of a field. */
enum sys_field_type {
    SYS_F_layout, /* the row of the structure itself: gsize is its size */
    SYS_F_u,      /* unsigned integer */
    SYS_F_s,      /* signed integer */
    SYS_F_b,      /* bytes, copied; the shorter size counts, the rest of the longer is zero */
    SYS_F_m,      /* signal set: array of longs, the guest's numbering */
    SYS_F_n,      /* nanoseconds of a 64-bit timespec: a 32-bit guest's upper half is not looked at */
    SYS_F_r,      /* resource limit: infinity is the guest's, what does not fit is infinity */
    SYS_F_i,      /* inode number: folded if it does not fit */
    SYS_F_w,      /* number that the kernel cuts off without a word */
    SYS_F_d,      /* user or group id: 65534 if it does not fit */
    SYS_F_v,      /* unsigned; all ones, "unknown", always fits */
};

struct sys_field {
    u8 layout, type;
    u16 goff, gsize, hoff, hsize;
};

/* LAYOUT(name, size)
 * FIELD(name, offset, size, type, member of the host's structure, member as the guest kernel's header names it) */
#define SYS_LAYOUT_ROW(name, size) {SYS_LAYOUT_##name, SYS_F_layout, 0, (size), 0, sizeof(sys_host_##name)},
#define SYS_FIELD_ROW(name, off, size, type, member, kernel)                                                 \
    {SYS_LAYOUT_##name, SYS_F_##type, (off), (size), offsetof(sys_host_##name, member),                      \
     sizeof(((sys_host_##name *)0)->member)},

struct sys_abi;

/* Chooses the layouts of `abi`: its own rows first, then generic ones of its word size. Once, before the guest runs. */
void sys_layout_init(const struct sys_abi *abi);
u32 sys_layout_size(enum sys_layout_id id);   /* bytes on the guest */
u32 sys_layout_host_size(enum sys_layout_id id);
bool sys_layout_same(enum sys_layout_id id);  /* the guest's bytes are the host's */
/* Convert one structure. `host` and `guest` are host memory of those sizes. to_host zeroes what the guest has no field
 * for. to_guest zeroes padding; -EOVERFLOW if an unsigned or signed number does not fit (the rest is converted). */
void sys_layout_to_host(enum sys_layout_id id, void *host, const u8 *guest);
int sys_layout_to_guest(enum sys_layout_id id, u8 *guest, const void *host);

#endif
