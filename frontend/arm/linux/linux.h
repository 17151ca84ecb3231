/* ARM Linux: what the folder gives to guest.c and shares within. */
#ifndef CALQUE_FRONTEND_ARM_LINUX_LINUX_H
#define CALQUE_FRONTEND_ARM_LINUX_LINUX_H

#include "syscalls/abi.h"

extern const struct sys_abi arm_abi;

/* The page of vectors at 0xffff0000 (vectors.c): kernel user helpers and the code that signal handlers return
 * to. */
int arm_map_vectors(struct task *t);
#define ARM_SIGRETURN_CODE                                                                                   \
    0xffff0500u /* sigreturn, rt_sigreturn: two words of A32 each; then the same in Thumb */

/* sigframe.c */
int arm_signal_setup(struct task *t, int sig, const siginfo_t *info, const struct sig_action *act);
int arm_signal_return(struct task *t, bool rt);

#endif
