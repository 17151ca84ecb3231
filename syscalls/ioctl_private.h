/* ioctl_private.h: what the files of ioctl share. */
#ifndef CALQUE_SYSCALLS_IOCTL_PRIVATE_H
#define CALQUE_SYSCALLS_IOCTL_PRIVATE_H

#include "syscalls/private.h"

/* A request that rows cannot say: the host's number and the guest's argument. */
typedef s64 ioctl_handler(struct sys_ctx *c, u32 host, u64 arg);

ioctl_handler ioctl_tcget, ioctl_tcset, ioctl_tcget2, ioctl_tcset2, ioctl_tcgeta, ioctl_tcseta, ioctl_flagsfd; /* ioctl_tty.c */
ioctl_handler ioctl_ifconf, ioctl_route;                                          /* ioctl_net.c */

#endif
