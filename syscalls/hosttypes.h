/* hosttypes.h: the host's side of structs.def: the kernel's structures of x86-64, from the system's headers where libc's
 * type is the kernel's, else declared here. */
#ifndef CALQUE_SYSCALLS_HOSTTYPES_H
#define CALQUE_SYSCALLS_HOSTTYPES_H

#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <time.h>

#include "runtime/base/types.h"

struct host_timezone { s32 tz_minuteswest, tz_dsttime; };
struct host_utimbuf { s64 actime, modtime; };

struct host_termios { /* struct termios2 of the kernel; termios is its beginning */
    u32 c_iflag, c_oflag, c_cflag, c_lflag;
    u8 c_line;
    u8 c_cc[19];
    u32 c_ispeed, c_ospeed;
};

struct host_sigaction { /* guest actions on their way to struct sig_action */
    u64 handler, flags, restorer, mask;
};

struct host_sigevent {
    u64 sigev_value;
    s32 sigev_signo, sigev_notify, sigev_tid, pad[11];
};

struct host_iovec { u64 iov_base, iov_len; };
struct host_msghdr {
    u64 msg_name;
    s32 msg_namelen, pad;
    u64 msg_iov, msg_iovlen, msg_control, msg_controllen;
    u32 msg_flags, pad2;
};
struct host_mmsghdr { struct host_msghdr msg_hdr; u32 msg_len, pad; };
struct host_cmsghdr { u64 cmsg_len; s32 cmsg_level, cmsg_type; };
struct host_u8 { u8 self; };
struct host_u16 { u16 self; };
struct host_u32 { u32 self; };
struct host_u64 { u64 self; };
struct host_s64 { s64 self; };
struct host_u64x2 { u64 a, b; };
struct host_name16 { u8 name[16]; };

struct host_ipc64_perm {
    s32 key;
    u32 uid, gid, cuid, cgid, mode;
    u16 seq, pad2;
    u64 unused1, unused2;
};
struct host_semid64_ds {
    struct host_ipc64_perm sem_perm;
    s64 sem_otime, unused1, sem_ctime, unused2;
    u64 sem_nsems, unused3, unused4;
};
struct host_shmid64_ds {
    struct host_ipc64_perm shm_perm;
    u64 shm_segsz;
    s64 shm_atime, shm_dtime, shm_ctime;
    s32 shm_cpid, shm_lpid;
    u64 shm_nattch, unused4, unused5;
};
struct host_msqid64_ds {
    struct host_ipc64_perm msg_perm;
    s64 msg_stime, msg_rtime, msg_ctime;
    u64 msg_cbytes, msg_qnum, msg_qbytes;
    s32 msg_lspid, msg_lrpid;
    u64 unused4, unused5;
};
struct host_shminfo64 { u64 shmmax, shmmin, shmmni, shmseg, shmall, unused[4]; };
struct host_shm_info {
    s32 used_ids, pad;
    u64 shm_tot, shm_rss, shm_swp, swap_attempts, swap_successes;
};
struct host_seminfo { s32 semmap, semmni, semmns, semmnu, semmsl, semopm, semume, semusz, semvmx, semaem; };
struct host_msginfo { s32 msgpool, msgmap, msgmax, msgmnb, msgmni, msgssz, msgtql; u16 msgseg, pad; };

struct host_sched_param { s32 sched_priority; };
struct host_cap_header { u32 version; s32 pid; };
struct host_cap_data { u32 effective, permitted, inheritable; };
struct host_mq_attr { s64 mq_flags, mq_maxmsg, mq_msgsize, mq_curmsgs, reserved[4]; };

struct host_sockaddr16 { u16 family; u8 data[14]; };
struct host_ifreq_int { u8 name[16]; s32 value; u8 pad[20]; };
struct host_ifreq_addr { u8 name[16]; struct host_sockaddr16 addr; u8 pad[8]; };
struct host_ifreq_short { u8 name[16]; s16 value; u8 pad[22]; };
struct host_ifreq_name { u8 name[16]; u8 other[16]; u8 pad[8]; };
struct host_ifreq_map {
    u8 name[16];
    u64 mem_start, mem_end;
    u16 base_addr;
    u8 irq, dma, port, pad[3];
};
struct host_ifconf { s32 len, pad; u64 buf; };
struct host_arpreq {
    struct host_sockaddr16 pa, ha;
    s32 flags;
    struct host_sockaddr16 netmask;
    u8 dev[16];
};
struct host_rtentry {
    u64 pad1;
    struct host_sockaddr16 dst, gateway, genmask;
    u16 flags;
    s16 pad2;
    u32 pad2b;
    u64 pad3;
    u64 pad4;
    s16 metric;
    u16 pad5[3];
    u64 dev;
    u64 mtu, window;
    u16 irtt, pad6[3];
};
struct host_loop_info64 {
    u64 device, inode, rdevice, offset, sizelimit;
    u32 number, encrypt_type, encrypt_key_size, flags;
    u8 names[160];
    u64 init[2];
};
struct host_vt_mode { u8 mode, waitv; s16 relsig, acqsig, frsig; };
struct host_vt_stat { u16 active, signal, state; };
struct host_rtc_time { s32 sec, min, hour, mday, mon, year, wday, yday, isdst; };
struct host_hd_geometry { u8 heads, sectors; u16 cylinders; u32 pad; u64 start; };
struct host_statx_time { s64 sec; u32 nsec; s32 pad; };
struct host_statx {
    u32 mask, blksize;
    u64 attributes;
    u32 nlink, uid, gid;
    u16 mode, pad1;
    u64 ino, size, blocks, attributes_mask;
    struct host_statx_time atime, btime, ctime, mtime;
    u32 rdev_major, rdev_minor, dev_major, dev_minor;
    u64 mnt_id;
    u32 dio_mem_align, dio_offset_align;
    u64 spare[12];
};

#endif
