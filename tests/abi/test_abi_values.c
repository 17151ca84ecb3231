/* The numbers that a guest's tables translate to, against those of the guest's own headers (the file that `values` made with
 * its compiler). Arguments: the guest's name and that file. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frontend/guest.h"
#include "syscalls/abi.h"
#include "syscalls/private.h"
#include "syscalls/syscalls.h"

#define F_GETLK64_32  12
#define F_SETLK64_32  13
#define F_SETLKW64_32 14

static const struct { const char *family, *name; enum sys_family id; u32 host; } flags[] = {
#define NAME(f, c)  {#f, #c, SYS_FLAGS_##f, (u32)(c)},
#define VNAME(f, c) {#f, #c, SYS_FLAGS_##f, (u32)(c)},
#include "syscalls/flag_names.def"
};

static const struct { const char *name; int number; } errors[] = {
#define E(name) {#name, name}
    E(EPERM), E(ENOENT), E(ESRCH), E(EINTR), E(EIO), E(ENXIO), E(E2BIG), E(ENOEXEC), E(EBADF), E(ECHILD), E(EAGAIN),
    E(ENOMEM), E(EACCES), E(EFAULT), E(ENOTBLK), E(EBUSY), E(EEXIST), E(EXDEV), E(ENODEV), E(ENOTDIR), E(EISDIR),
    E(EINVAL), E(ENFILE), E(EMFILE), E(ENOTTY), E(ETXTBSY), E(EFBIG), E(ENOSPC), E(ESPIPE), E(EROFS), E(EMLINK),
    E(EPIPE), E(EDOM), E(ERANGE), E(EDEADLK), E(ENAMETOOLONG), E(ENOLCK), E(ENOSYS), E(ENOTEMPTY), E(ELOOP), E(ENOMSG),
    E(EIDRM), E(ECHRNG), E(EL2NSYNC), E(EL3HLT), E(EL3RST), E(ELNRNG), E(EUNATCH), E(ENOCSI), E(EL2HLT), E(EBADE),
    E(EBADR), E(EXFULL), E(ENOANO), E(EBADRQC), E(EBADSLT), E(EBFONT), E(ENOSTR), E(ENODATA), E(ETIME), E(ENOSR),
    E(ENONET), E(ENOPKG), E(EREMOTE), E(ENOLINK), E(EADV), E(ESRMNT), E(ECOMM), E(EPROTO), E(EMULTIHOP), E(EDOTDOT),
    E(EBADMSG), E(EOVERFLOW), E(ENOTUNIQ), E(EBADFD), E(EREMCHG), E(ELIBACC), E(ELIBBAD), E(ELIBSCN), E(ELIBMAX),
    E(ELIBEXEC), E(EILSEQ), E(ERESTART), E(ESTRPIPE), E(EUSERS), E(ENOTSOCK), E(EDESTADDRREQ), E(EMSGSIZE),
    E(EPROTOTYPE), E(ENOPROTOOPT), E(EPROTONOSUPPORT), E(ESOCKTNOSUPPORT), E(EOPNOTSUPP), E(EPFNOSUPPORT),
    E(EAFNOSUPPORT), E(EADDRINUSE), E(EADDRNOTAVAIL), E(ENETDOWN), E(ENETUNREACH), E(ENETRESET), E(ECONNABORTED),
    E(ECONNRESET), E(ENOBUFS), E(EISCONN), E(ENOTCONN), E(ESHUTDOWN), E(ETOOMANYREFS), E(ETIMEDOUT), E(ECONNREFUSED),
    E(EHOSTDOWN), E(EHOSTUNREACH), E(EALREADY), E(EINPROGRESS), E(ESTALE), E(EUCLEAN), E(ENOTNAM), E(ENAVAIL),
    E(EISNAM), E(EREMOTEIO), E(EDQUOT), E(ENOMEDIUM), E(EMEDIUMTYPE), E(ECANCELED), E(ENOKEY), E(EKEYEXPIRED),
    E(EKEYREVOKED), E(EKEYREJECTED), E(EOWNERDEAD), E(ENOTRECOVERABLE), E(ERFKILL), E(EHWPOISON),
}, signals[] = {
    E(SIGHUP), E(SIGINT), E(SIGQUIT), E(SIGILL), E(SIGTRAP), E(SIGABRT), E(SIGBUS), E(SIGFPE), E(SIGKILL), E(SIGUSR1),
    E(SIGSEGV), E(SIGUSR2), E(SIGPIPE), E(SIGALRM), E(SIGTERM), E(SIGCHLD), E(SIGCONT), E(SIGSTOP), E(SIGTSTP),
    E(SIGTTIN), E(SIGTTOU), E(SIGURG), E(SIGXCPU), E(SIGXFSZ), E(SIGVTALRM), E(SIGPROF), E(SIGWINCH), E(SIGIO),
    E(SIGPWR), E(SIGSYS), E(SIGSTKFLT),
#undef E
};

static unsigned checked, wrong;

static void check(const char *family, const char *name, long long ours, long long theirs)
{
    checked++;
    if (ours == theirs) return;
    wrong++;
    printf("%s %s: the tables give %lld (0x%llx), the guest's headers %lld (0x%llx)\n", family, name, ours, ours, theirs,
           theirs);
}

/* The family's name for open flags that only other calls take is not distinct there. */
static void check_flag(const struct sys_abi *abi, const char *family, const char *name, long long theirs)
{
    for (unsigned i = 0; i < ARRAY_LEN(flags); i++) {
        if (strcmp(flags[i].family, family) != 0 || strcmp(flags[i].name, name) != 0) continue;
        check(family, name, (u32)sys_flags_to_guest(abi, flags[i].id, flags[i].host), (u32)theirs);
        check(family, name, (u32)sys_flags_to_host(abi, flags[i].id, (u32)theirs, NULL), flags[i].host);
    }
}

static void check_line(const struct sys_abi *abi, const char *family, const char *name, long long theirs)
{
    if (strcmp(family, "error") == 0) {
        for (unsigned i = 0; i < ARRAY_LEN(errors); i++)
            if (strcmp(errors[i].name, name) == 0)
                check(family, name, sys_errno_to_guest(abi, errors[i].number), theirs);
    } else if (strcmp(family, "signal") == 0) {
        for (unsigned i = 0; i < ARRAY_LEN(signals); i++) {
            if (strcmp(signals[i].name, name) != 0) continue;
            check(family, name, sys_signal_to_guest(abi, signals[i].number), theirs);
            check(family, name, sys_signal_to_host(abi, (int)theirs), signals[i].number);
        }
    } else if (strcmp(family, "ioctl") == 0) {
        const char *ours = sys_ioctl_name((u32)theirs);
        if (!ours || strcmp(ours, name) != 0) printf("the guest's %s is our %s\n", name, ours ? ours : "nothing");
        check(family, name, ours && strcmp(ours, name) == 0 ? theirs : 0, theirs);
    } else {
        check_flag(abi, family, name, theirs);
    }
}

int main(int argc, char **argv)
{
    char family[32], name[64];
    long long value;
    const struct guest *g = argc == 3 ? guest_by_name(argv[1]) : NULL;
    FILE *f = g ? fopen(argv[2], "r") : NULL;
    if (!f) {
        fprintf(stderr, "usage: test_abi_values GUEST FILE\n");
        return 2;
    }
    sys_init(g->abi);
    while (fscanf(f, "%31s %63s %lld", family, name, &value) == 3) check_line(g->abi, family, name, value);
    fclose(f);
    printf("%s: %u numbers checked, %u wrong\n", argv[1], checked, wrong);
    return wrong || checked < 300;
}
