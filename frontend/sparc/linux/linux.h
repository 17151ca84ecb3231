/* SPARC Linux: what the folder gives to guest.c and shares within. */
#ifndef CALQUE_FRONTEND_SPARC_LINUX_LINUX_H
#define CALQUE_FRONTEND_SPARC_LINUX_LINUX_H

#include "syscalls/abi.h"

extern const struct sys_abi sparc_abi;

/* sigframe.c */
int sparc_signal_setup(struct task *t, int sig, const siginfo_t *info, const struct sig_action *act);
int sparc_signal_return(struct task *t, bool rt);

#endif
