/* Where guest memory lies on the host; see space.c. */
#ifndef CALQUE_RUNTIME_VM_SPACE_H
#define CALQUE_RUNTIME_VM_SPACE_H

#include "runtime/base/types.h"

enum space_mode { SPACE_AUTO, SPACE_IDENTITY, SPACE_BASE }; /* the order of the guest-mem option's words */

/* Chooses and sets up guest memory for addresses of `bits` bits. want_base: host address of guest address 0, or 0.
 * lowest: the lowest address the image wants. 0; -EADDRINUSE if identity mode was demanded and cannot be; -EOPNOTSUPP;
 * or what the kernel said to the reservation. */
int space_setup(u32 bits, enum space_mode mode, u64 want_base, gaddr lowest);
/* The per-thread part (the gs base): in every new thread. 0 or -errno. */
int space_enter_thread(void);

#endif
