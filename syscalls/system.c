/* system.c: the machine and the process's settings: uname, sysinfo, prctl, priorities, reboot. */
#include <linux/reboot.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#include "runtime/base/gmem.h"
#include "runtime/base/options.h"
#include "runtime/base/rawsys.h"
#include "syscalls/private.h"
#include "syscalls/syscalls.h"

#define NAME_SIZE 65 /* of each of utsname's names */

static void set_name(char *field, const char *name)
{
    size_t n = MIN(strlen(name), (size_t)NAME_SIZE - 1);
    memset(field, 0, NAME_SIZE);
    memcpy(field, name, n);
}

/* The host's names with the guest's machine; the six fields of 65 bytes have no byte order. */
s64 sys_do_uname(struct sys_ctx *c)
{
    struct utsname u;
    s64 r = sys_host(c, SYS_uname, (u64)&u, 0, 0, 0, 0, 0);
    if (r < 0) return r;
    set_name(u.machine, c->abi->machine);
    if (process.uname_release) set_name(u.release, process.uname_release);
    return gmem_write(c->a[0], &u, sizeof u);
}

s64 sys_do_gethostname(struct sys_ctx *c)
{
    struct utsname u;
    s32 size = (s32)c->a[1];
    s64 r = size < 0 ? -EINVAL : sys_host(c, SYS_uname, (u64)&u, 0, 0, 0, 0, 0);
    if (r < 0) return r;
    return gmem_write(c->a[0], u.nodename, MIN((size_t)size, strlen(u.nodename) + 1));
}

/* In units that fit: the kernel does the same for 32-bit programs. */
s64 sys_do_sysinfo(struct sys_ctx *c)
{
    struct sysinfo s;
    s64 r = sys_host(c, SYS_sysinfo, (u64)&s, 0, 0, 0, 0, 0);
    if (r < 0) return r;
    u32 shift = 0;
    while (sys_is32(c) && ((s.totalram >> shift) > 0xffffffffu || (s.totalswap >> shift) > 0xffffffffu)) shift++;
    if (shift) {
        s.mem_unit <<= shift;
        s.totalram >>= shift;
        s.freeram >>= shift;
        s.sharedram >>= shift;
        s.bufferram >>= shift;
        s.totalswap >>= shift;
        s.freeswap >>= shift;
        s.totalhigh >>= shift;
        s.freehigh >>= shift;
    }
    return sys_put(c, SYS_LAYOUT_sysinfo, c->a[0], &s);
}

s64 sys_do_getcpu(struct sys_ctx *c)
{
    u32 cpu, node;
    s64 r = sys_host(c, SYS_getcpu, (u64)&cpu, (u64)&node, 0, 0, 0, 0);
    if (r == 0 && c->a[0]) r = sys_put_u32(c, c->a[0], cpu);
    if (r == 0 && c->a[1]) r = sys_put_u32(c, c->a[1], node);
    return r;
}

s64 sys_do_reboot(struct sys_ctx *c)
{
    void *arg = NULL;
    s64 r = c->a[2] == LINUX_REBOOT_CMD_RESTART2 ? sys_buf(c, c->a[3], 1, false, &arg) : 0;
    return r ? r : sys_host(c, SYS_reboot, c->a[0], c->a[1], c->a[2], (u64)arg, 0, 0);
}

s64 sys_do_nice(struct sys_ctx *c)
{
    s64 now = 20 - sys_host(c, SYS_getpriority, PRIO_PROCESS, 0, 0, 0, 0, 0);
    s64 want = now + (s32)c->a[0];
    want = want < -20 ? -20 : want > 19 ? 19 : want;
    s64 r = sys_host(c, SYS_setpriority, PRIO_PROCESS, 0, (u64)want, 0, 0, 0);
    return r == -EACCES ? -EPERM : r;
}

/* Bits that the host keeps for the next program are passed on. What may be executed is decided by the guest's own table of
 * mappings. */
s64 sys_do_personality(struct sys_ctx *c)
{
    const u32 want = (u32)c->a[0], read_exec = READ_IMPLIES_EXEC;
    const bool query = want == 0xffffffff;
    struct mm *mm = c->t->mm;
    s64 r = sys_host(c, SYS_personality, query ? want : want & ~read_exec, 0, 0, 0, 0, 0);
    if (r < 0) return r;
    bool had = __atomic_load_n(&mm->read_exec, __ATOMIC_RELAXED);
    if (!query) __atomic_store_n(&mm->read_exec, (want & read_exec) != 0, __ATOMIC_RELAXED);
    return (r & ~(s64)read_exec) | (had ? read_exec : 0);
}

/* ---- prctl ---- */

static s64 prctl_name(struct sys_ctx *c, bool set)
{
    char name[16] = {0};
    if (set) {
        long n = gmem_strncpy(name, c->a[1], sizeof name - 1);
        if (n < 0 && n != -ENAMETOOLONG) return n;
    }
    s64 r = sys_host(c, SYS_prctl, set ? PR_SET_NAME : PR_GET_NAME, (u64)name, 0, 0, 0, 0);
    return r || set ? r : gmem_write(c->a[1], name, sizeof name);
}

static s64 prctl_get_int(struct sys_ctx *c)
{
    int v = 0;
    s64 r = sys_host(c, SYS_prctl, c->a[0], (u64)&v, 0, 0, 0, 0);
    if (c->a[0] == PR_GET_PDEATHSIG) v = sys_signal_to_guest(c->abi, v);
    return r < 0 ? r : sys_put_u32(c, c->a[1], (u32)v);
}

s64 sys_do_prctl(struct sys_ctx *c)
{
    u64 arg = c->a[1];
    switch (c->a[0]) {
    case PR_SET_NAME: return prctl_name(c, true);
    case PR_GET_NAME: return prctl_name(c, false);
    case PR_GET_PDEATHSIG:
    case PR_GET_CHILD_SUBREAPER: return prctl_get_int(c);
    case PR_SET_PDEATHSIG:
        arg = (u64)(s64)sys_signal_to_host(c->abi, (int)arg);
        break;
    case PR_GET_TID_ADDRESS: return sys_put_word(c, c->a[1], c->t->clear_child_tid);
    case PR_SET_DUMPABLE:
    case PR_GET_DUMPABLE:
    case PR_GET_KEEPCAPS:
    case PR_SET_KEEPCAPS:
    case PR_GET_TIMING:
    case PR_SET_TIMING:
    case PR_GET_SECUREBITS:
    case PR_SET_SECUREBITS:
    case PR_SET_TIMERSLACK:
    case PR_GET_TIMERSLACK:
    case PR_CAPBSET_READ:
    case PR_CAPBSET_DROP:
    case PR_CAP_AMBIENT:
    case PR_SET_CHILD_SUBREAPER:
    case PR_SET_NO_NEW_PRIVS:
    case PR_GET_NO_NEW_PRIVS:
    case PR_GET_THP_DISABLE:
    case PR_SET_THP_DISABLE:
    case PR_SET_PTRACER: break;
    case PR_GET_SECCOMP: return 0;
    default: sys_unimp(c, "option", c->a[0]); return -EINVAL; /* what a kernel without the option says */
    }
    return sys_host(c, SYS_prctl, c->a[0], arg, c->a[2], c->a[3], c->a[4], 0);
}
