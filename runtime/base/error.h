// error.h: the ends that are not the guest's: trouble with the host or the command line, and our own bugs.
//
// A fault of the guest becomes its signal and a bad request of the guest becomes its errno; neither comes
// here. Usable at any time, in signal handlers too; nothing is allocated.
#ifndef CALQUE_RUNTIME_BASE_ERROR_H
#define CALQUE_RUNTIME_BASE_ERROR_H

#include "runtime/base/fmt.h"

// Exit statuses of calque itself. A guest's own status is passed on unchanged, so these can collide with one;
// the line on stderr tells them apart. 126 and 127 are the shell's, 70 and 71 those of <sysexits.h>.
enum {
    STATUS_USAGE = 1,       // the command line or an environment option is wrong
    STATUS_BUG = 70,        // internal error
    STATUS_HOST = 71,       // the host refuses what calque needs (memory, a system call)
    STATUS_NOEXEC = 126,    // the program cannot be run
    STATUS_NOT_FOUND = 127, // there is no such program
};

// "calque: <text>" as one line on stderr, then the process ends with `status`. Say what happened and what to
// do.
_Noreturn void die(int status, const char *fmt, ...) FMT_PRINTF(2, 3);

// "calque: warning: <text>" on stderr; goes on.
void warn(const char *fmt, ...) FMT_PRINTF(1, 2);

// "calque: internal error: <text>" on stderr, then the hook, then exit STATUS_BUG. A bug() inside the hook
// ends the process at once.
_Noreturn void bug(const char *fmt, ...) FMT_PRINTF(1, 2);

// What bug() calls to show the state: guest pc, bytes, IR, host code, how to reproduce it. Writes to `o`
// (stderr).
typedef void (*bug_hook)(struct out *o);
void bug_set_hook(bug_hook hook);

// An invariant that always holds, checked in every build.
#define bug_unless(cond)                                                                                     \
    do {                                                                                                     \
        if (unlikely(!(cond))) bug("%s:%d: %s: (%s) does not hold", __FILE__, __LINE__, __func__, #cond);    \
    } while (0)

// Text for an error number, positive or negative: "No such file or directory"; "unknown error" for others.
const char *error_text(int err);

// Its name: "ENOENT"; NULL for an unknown one.
const char *error_name(int err);

#endif
