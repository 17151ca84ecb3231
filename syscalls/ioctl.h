/* ioctl.h: the numbers of ioctls.def's rows, for the guests' ioctls.def. */
#ifndef CALQUE_SYSCALLS_IOCTL_H
#define CALQUE_SYSCALLS_IOCTL_H

enum sys_ioctl_id {
#define IOCTL(name, arg) SYS_IOCTL_##name,
#include "syscalls/ioctls.def"
#undef IOCTL
    SYS_IOCTL_COUNT
};

#endif
