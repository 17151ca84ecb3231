/* ipc.c: System V semaphores, shared memory and messages, by their own calls and through the ipc multiplexer. Commands
 * of old guests carry IPC_64 for the structures that everybody uses; without it on such a guest they mean structures
 * of the 16-bit days, which are refused. */
#include <limits.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "runtime/base/gmem.h"
#include "syscalls/private.h"

#define IPC_64_FLAG 0x100

/* A control command without its version. -EINVAL for the old structures. */
static s64 command(struct sys_ctx *c, u64 cmd, u64 *out)
{
    *out = (u32)cmd & ~(u32)IPC_64_FLAG;
    bool has_struct = *out == IPC_STAT || *out == IPC_SET || *out == SEM_STAT || *out == SHM_STAT || *out == MSG_STAT;
    if (!sys_is32(c) || !has_struct || (cmd & IPC_64_FLAG)) return 0;
    sys_unimp(c, "old structure of command", *out);
    return -EINVAL;
}

/* ---- semaphores ---- */

#define SEMOPS_MAX 4096u /* more than any kernel allows in one call */

static s64 sem_op(struct sys_ctx *c, const struct timespec *timeout)
{
    void *ops;
    if (c->a[2] > SEMOPS_MAX) return -E2BIG;
    if (c->a[2] == 0) return -EINVAL;
    s64 r = sys_get_array(c, SYS_LAYOUT_sembuf, c->a[1], c->a[2], &ops);
    return r ? r : sys_host(c, SYS_semtimedop, c->a[0], (u64)ops, c->a[2], (u64)timeout, 0, 0);
}

s64 sys_do_semop(struct sys_ctx *c) { return sem_op(c, NULL); }

static s64 sem_timed(struct sys_ctx *c, enum sys_layout_id id)
{
    struct timespec ts;
    void *timeout;
    s64 r = sys_get_opt(c, id, c->a[3], &ts, &timeout);
    return r ? r : sem_op(c, timeout);
}

s64 sys_do_semtimedop(struct sys_ctx *c) { return sem_timed(c, SYS_LAYOUT_timespec); }
s64 sys_do_semtimedop_time64(struct sys_ctx *c) { return sem_timed(c, SYS_LAYOUT_timespec64); }

/* GETALL and SETALL: one u16 for each semaphore of the set. */
static s64 all_values(struct sys_ctx *c, u64 id, u64 cmd, gaddr addr)
{
    struct host_semid64_ds ds;
    s64 r = sys_host(c, SYS_semctl, id, 0, IPC_STAT, (u64)&ds, 0, 0);
    if (r < 0) return r;
    u16 *v = sys_tmp(c, ds.sem_nsems * 2);
    for (u64 i = 0; i < ds.sem_nsems && cmd == SETALL; i++)
        if (gmem_load_u16(addr + 2 * i, c->abi->big_endian, &v[i])) return -EFAULT;
    r = sys_host(c, SYS_semctl, id, 0, cmd, (u64)v, 0, 0);
    for (u64 i = 0; i < ds.sem_nsems && cmd == GETALL && r >= 0; i++)
        if (gmem_store_u16(addr + 2 * i, c->abi->big_endian, v[i])) return -EFAULT;
    return r;
}

/* A command with a structure: read before, written after, or neither. */
static s64 control(struct sys_ctx *c, long nr, const u64 a[3], enum sys_layout_id id, bool in, bool out, gaddr addr)
{
    void *p = sys_tmp(c, 256);
    s64 r = in ? sys_get(c, id, addr, p) : 0;
    if (r) return r;
    if (nr == SYS_semctl)
        r = sys_host(c, nr, a[0], a[1], a[2], (u64)p, 0, 0);
    else
        r = sys_host(c, nr, a[0], a[2], (u64)p, 0, 0, 0);
    if (r < 0 || !out) return r;
    s64 stored = sys_put(c, id, addr, p);
    return stored ? stored : r;
}

static s64 sem_control(struct sys_ctx *c, u64 id, u64 number, u64 guest_cmd, u64 arg)
{
    u64 cmd;
    s64 r = command(c, guest_cmd, &cmd);
    if (r) return r;
    const u64 a[3] = {id, number, cmd};
    switch (cmd) {
    case IPC_SET: return control(c, SYS_semctl, a, SYS_LAYOUT_semid64_ds, true, false, arg);
    case IPC_STAT:
    case SEM_STAT: return control(c, SYS_semctl, a, SYS_LAYOUT_semid64_ds, false, true, arg);
    case IPC_INFO:
    case SEM_INFO: return control(c, SYS_semctl, a, SYS_LAYOUT_seminfo, false, true, arg);
    case GETALL:
    case SETALL: return all_values(c, id, cmd, arg);
    default: return sys_host(c, SYS_semctl, id, number, cmd, (u64)(s64)(s32)arg, 0, 0);
    }
}

s64 sys_do_semctl(struct sys_ctx *c) { return sem_control(c, c->a[0], c->a[1], c->a[2], c->a[3]); }

/* ---- shared memory ---- */

s64 sys_do_shmat(struct sys_ctx *c) { return mm_shmat(c->t->mm, (int)c->a[0], c->a[1], (int)c->a[2]); }
s64 sys_do_shmdt(struct sys_ctx *c) { return mm_shmdt(c->t->mm, c->a[0]); }

s64 sys_do_shmctl(struct sys_ctx *c)
{
    u64 cmd;
    s64 r = command(c, c->a[1], &cmd);
    if (r) return r;
    const u64 a[3] = {c->a[0], 0, cmd};
    switch (cmd) {
    case IPC_SET: return control(c, SYS_shmctl, a, SYS_LAYOUT_shmid64_ds, true, false, c->a[2]);
    case IPC_STAT:
    case SHM_STAT: return control(c, SYS_shmctl, a, SYS_LAYOUT_shmid64_ds, false, true, c->a[2]);
    case IPC_INFO: return control(c, SYS_shmctl, a, SYS_LAYOUT_shminfo64, false, true, c->a[2]);
    case SHM_INFO: return control(c, SYS_shmctl, a, SYS_LAYOUT_shm_info, false, true, c->a[2]);
    default: return sys_host(c, SYS_shmctl, c->a[0], cmd, 0, 0, 0, 0);
    }
}

/* ---- messages: { long type; bytes } ---- */

#define MESSAGE_MAX (1u << 20)

s64 sys_do_msgsnd(struct sys_ctx *c)
{
    u64 type, n = c->a[2];
    if (n > MESSAGE_MAX) return -EINVAL;
    u8 *m = sys_tmp(c, 8 + n);
    s64 r = sys_get_word(c, c->a[1], &type);
    if (r == 0) r = gmem_read(m + 8, c->a[1] + c->abi->word, n);
    if (r) return r;
    *(s64 *)m = sys_is32(c) ? (s64)(s32)type : (s64)type;
    return sys_host(c, SYS_msgsnd, c->a[0], (u64)m, n, c->a[3], 0, 0);
}

s64 sys_do_msgrcv(struct sys_ctx *c)
{
    u64 room = c->a[2];
    if ((s64)(sys_is32(c) ? (s64)(s32)room : (s64)room) < 0) return -EINVAL;
    room = MIN(room, MESSAGE_MAX);
    u8 *m = sys_tmp(c, 8 + room);
    s64 n = sys_host(c, SYS_msgrcv, c->a[0], (u64)m, room, c->a[3], c->a[4], 0);
    if (n < 0) return n;
    s64 r = sys_put_word(c, c->a[1], *(u64 *)m);
    if (r == 0) r = gmem_write(c->a[1] + c->abi->word, m + 8, (size_t)n);
    return r ? r : n;
}

s64 sys_do_msgctl(struct sys_ctx *c)
{
    u64 cmd;
    s64 r = command(c, c->a[1], &cmd);
    if (r) return r;
    const u64 a[3] = {c->a[0], 0, cmd};
    switch (cmd) {
    case IPC_SET: return control(c, SYS_msgctl, a, SYS_LAYOUT_msqid64_ds, true, false, c->a[2]);
    case IPC_STAT:
    case MSG_STAT: return control(c, SYS_msgctl, a, SYS_LAYOUT_msqid64_ds, false, true, c->a[2]);
    case IPC_INFO:
    case MSG_INFO: return control(c, SYS_msgctl, a, SYS_LAYOUT_msginfo, false, true, c->a[2]);
    default: return sys_host(c, SYS_msgctl, c->a[0], cmd, 0, 0, 0, 0);
    }
}

s64 sys_do_mq_open(struct sys_ctx *c)
{
    struct host_mq_attr attr;
    void *attrp, *name;
    u64 flags;
    s64 r = sys_flags(c, SYS_FLAGS_open, c->a[1], &flags);
    if (r == 0) r = sys_get_opt(c, SYS_LAYOUT_mq_attr, c->a[3], &attr, &attrp);
    if (r == 0) r = sys_buf(c, c->a[0], 1, false, &name);
    return r ? r : sys_host(c, SYS_mq_open, (u64)name, flags, c->a[2], (u64)attrp, 0, 0);
}

/* ---- ipc(call, first, second, third, ptr, fifth) ---- */

static s64 ipc_shmat(struct sys_ctx *c, const u64 a[6])
{
    s64 at = mm_shmat(c->t->mm, (int)a[1], a[4], (int)a[2]);
    if (at < 0 && at >= -4095) return at;
    return sys_put_word(c, a[3], (u64)at);
}

static s64 ipc_msgrcv(struct sys_ctx *c, const u64 a[6], u64 version)
{
    u64 msg = a[4], type = a[5];
    if (version == 0) { /* the first form: pointer to { message, type } */
        if (sys_get_word(c, a[4], &msg) || sys_get_word(c, a[4] + c->abi->word, &type)) return -EFAULT;
    }
    return sys_forward(c, SYS_CALL_msgrcv, (u64[8]){a[1], msg, a[2], type, a[3]});
}

s64 sys_do_ipc(struct sys_ctx *c)
{
    enum { IPC_SEMOP = 1, IPC_SEMGET, IPC_SEMCTL, IPC_SEMTIMEDOP, IPC_MSGSND = 11, IPC_MSGRCV, IPC_MSGGET, IPC_MSGCTL,
           IPC_SHMAT = 21, IPC_SHMDT, IPC_SHMGET, IPC_SHMCTL };
    u64 a[6], arg;
    memcpy(a, c->a, sizeof a);
    switch (a[0] & 0xffff) {
    case IPC_SEMOP: return sys_forward(c, SYS_CALL_semop, (u64[8]){a[1], a[4], a[2]});
    case IPC_SEMTIMEDOP: return sys_forward(c, SYS_CALL_semtimedop, (u64[8]){a[1], a[4], a[2], a[5]});
    case IPC_SEMGET: return sys_forward(c, SYS_CALL_semget, (u64[8]){a[1], a[2], a[3]});
    case IPC_SEMCTL:
        if (!a[4]) return -EINVAL;
        if (sys_get_word(c, a[4], &arg)) return -EFAULT;
        return sem_control(c, (u64)(s64)(s32)a[1], a[2], a[3], arg);
    case IPC_MSGSND: return sys_forward(c, SYS_CALL_msgsnd, (u64[8]){a[1], a[4], a[2], a[3]});
    case IPC_MSGRCV: return ipc_msgrcv(c, a, a[0] >> 16);
    case IPC_MSGGET: return sys_forward(c, SYS_CALL_msgget, (u64[8]){a[1], a[2]});
    case IPC_MSGCTL: return sys_forward(c, SYS_CALL_msgctl, (u64[8]){a[1], a[2], a[4]});
    case IPC_SHMAT: return ipc_shmat(c, a);
    case IPC_SHMDT: return mm_shmdt(c->t->mm, a[4]);
    case IPC_SHMGET: return sys_forward(c, SYS_CALL_shmget, (u64[8]){a[1], a[2], a[3]});
    case IPC_SHMCTL: return sys_forward(c, SYS_CALL_shmctl, (u64[8]){a[1], a[2], a[4]});
    default: return -ENOSYS;
    }
}
