// vdso.h: the clocks without a system call, by the code that the kernel maps into every process (vdso(7)).
#ifndef CALQUE_RUNTIME_BASE_X86_64_VDSO_H
#define CALQUE_RUNTIME_BASE_X86_64_VDSO_H

#include <time.h>

// clock_gettime(2): 0 or -errno. A system call where the kernel gives no such code, and for the clocks that its code does
// not know. Safe in every thread and in signal handlers.
long vdso_clock_gettime(int clock, struct timespec *ts);

#endif
