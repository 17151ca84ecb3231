/* oabi.arm.c: a program of the ABI before EABI (gcc's apcs-gnu), freestanding: calls by number in the SVC
 * instruction, 64-bit arguments that begin at any register, structures whose 64-bit members are aligned to 4
 * and whose size is a multiple of 4, and the calls that EABI has no more. The kernel's headers, compiled for
 * this ABI, are the expectation; what the program prints is the name of each check and "ok". */
#include <asm/ioctls.h>
#include <asm/stat.h>
#include <asm/unistd.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/net.h>
#include <linux/sem.h>
#include <linux/socket.h>
#include <linux/time.h>
#include <linux/un.h>

_Static_assert(__NR_SYSCALL_BASE == 0x900000, "not the old ABI");
_Static_assert(sizeof(struct stat64) == 96 && sizeof(struct epoll_event) == 12, "not the old ABI");

/* Calls that the kernel's headers no longer number for every library. */
enum {
    AF_LOCAL = 1,
    NR_time = 0x90000d,
    NR_select = 0x900052,
    NR_mmap = 0x90005a,
    NR_socketcall = 0x900066,
    NR_syscall = 0x900071,
    NR_ipc = 0x900075,
    NR_utime = 0x90001e,
    NR_alarm = 0x90001b
};

#define CALL(nr, a, b, c, d, e, f)                                                                           \
    ({                                                                                                       \
        register long r0 __asm__("r0") = (long)(a);                                                          \
        register long r1 __asm__("r1") = (long)(b);                                                          \
        register long r2 __asm__("r2") = (long)(c);                                                          \
        register long r3 __asm__("r3") = (long)(d);                                                          \
        register long r4 __asm__("r4") = (long)(e);                                                          \
        register long r5 __asm__("r5") = (long)(f);                                                          \
        __asm__ volatile("swi %1"                                                                            \
                         : "+r"(r0)                                                                          \
                         : "i"(nr), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5)                              \
                         : "memory");                                                                        \
        r0;                                                                                                  \
    })

static void print(const char *s)
{
    unsigned n = 0;
    while (s[n]) n++;
    CALL(__NR_write, 1, s, n, 0, 0, 0);
}

static void check(const char *name, int ok)
{
    print(name);
    print(ok ? " ok\n" : " WRONG\n");
}

void *memset(void *p, int c, unsigned long n)
{
    for (char *b = p; n; n--) *b++ = (char)c;
    return p;
}

void *memcpy(void *to, const void *from, unsigned long n)
{
    const char *b = from;
    for (char *p = to; n; n--) *p++ = *b++;
    return to;
}

#define BIG 0x123456789ll
static char path[] = "oabi.file";

static void files(void)
{
    struct stat64 st;
    char buf[4] = "old";
    int fd = CALL(__NR_open, path, O_RDWR | O_CREAT | O_TRUNC, 0600, 0, 0, 0);
    check("ftruncate64", CALL(__NR_ftruncate64, fd, (long)BIG, BIG >> 32, 0, 0, 0) == 0);
    check("fstat64",
          CALL(__NR_fstat64, fd, &st, 0, 0, 0, 0) == 0 && st.st_size == BIG && (st.st_mode & 0777) == 0600);
    check("pwrite64", CALL(__NR_pwrite64, fd, buf, 3, (long)BIG, BIG >> 32, 0) == 3);
    memset(buf, 0, sizeof buf);
    check("pread64",
          CALL(__NR_pread64, fd, buf, 3, (long)BIG, BIG >> 32, 0) == 3 && buf[0] == 'o' && buf[2] == 'd');
    check("truncate64", CALL(__NR_truncate64, path, 5, 1, 0, 0, 0) == 0);
    check("stat64",
          CALL(__NR_stat64, path, &st, 0, 0, 0, 0) == 0 && st.st_size == 0x100000005ll && st.st_blksize > 0);
    const long times[2] = {1000000000, 1234567890};
    check("utime", CALL(NR_utime, path, times, 0, 0, 0, 0) == 0);
    check("lstat64", CALL(__NR_lstat64, path, &st, 0, 0, 0, 0) == 0 && st.st_atime == 1000000000 &&
                         st.st_mtime == 1234567890);
    struct flock64 lock = {.l_type = F_WRLCK, .l_whence = 0, .l_start = BIG, .l_len = 1};
    check("fcntl64 F_SETLK64", CALL(__NR_fcntl64, fd, F_SETLK64, &lock, 0, 0, 0) == 0);
    lock.l_len = BIG;
    check("fcntl64 F_GETLK64", CALL(__NR_fcntl64, fd, F_GETLK64, &lock, 0, 0, 0) == 0 &&
                                   lock.l_type == F_UNLCK && lock.l_start == BIG && lock.l_len == BIG);
    unsigned long map[6] = {0, 4096, 3, 0x22, -1ul, 0};
    char *p = (char *)CALL(NR_mmap, map, 0, 0, 0, 0, 0);
    check("mmap by pointer", (unsigned long)p < -4096ul && (p[4095] = 1) == 1);
    CALL(__NR_unlink, path, 0, 0, 0, 0, 0);
}

static void waiting(void)
{
    int fd[2];
    struct epoll_event e = {.events = 1, .data = BIG}, got[2] = {{0}};
    CALL(__NR_pipe, fd, 0, 0, 0, 0, 0);
    int ep = CALL(__NR_epoll_create, 1, 0, 0, 0, 0, 0);
    check("epoll_ctl", CALL(__NR_epoll_ctl, ep, EPOLL_CTL_ADD, fd[0], &e, 0, 0) == 0);
    e.events = 4, e.data = ~BIG;
    CALL(__NR_epoll_ctl, ep, EPOLL_CTL_ADD, fd[1], &e, 0, 0);
    CALL(__NR_write, fd[1], "x", 1, 0, 0, 0);
    check("epoll_wait", CALL(__NR_epoll_wait, ep, got, 2, -1, 0, 0) == 2 &&
                            (got[0].data ^ got[1].data) == ~0ull &&
                            (got[0].data == BIG || got[1].data == BIG));
    unsigned long set = 1ul << fd[0];
    struct {
        long sec, usec;
    } tv = {0, 0};
    unsigned long args[5] = {(unsigned long)fd[0] + 1, (unsigned long)&set, 0, 0, (unsigned long)&tv};
    check("select by pointer", CALL(NR_select, args, 0, 0, 0, 0, 0) == 1 && set == 1ul << fd[0]);
    long now;
    check("time", CALL(NR_time, &now, 0, 0, 0, 0, 0) == now && now > 1000000000);
    check("alarm", CALL(NR_alarm, 100, 0, 0, 0, 0, 0) == 0 && CALL(NR_alarm, 0, 0, 0, 0, 0, 0) >= 99);
}

static void talking(void)
{
    struct {
        struct sockaddr_un a;
    } name = {{AF_LOCAL, "oabi.socket"}};
    _Static_assert(sizeof name.a == 112, "padded");
    unsigned long words[3] = {AF_LOCAL, 1, 0};
    int s = CALL(NR_socketcall, SYS_SOCKET, words, 0, 0, 0, 0);
    unsigned long address[3] = {(unsigned long)s, (unsigned long)&name, sizeof name.a};
    check("bind", CALL(NR_socketcall, SYS_BIND, address, 0, 0, 0, 0) == 0);
    CALL(NR_socketcall, SYS_LISTEN, ((unsigned long[]){(unsigned long)s, 1}), 0, 0, 0, 0);
    address[0] = (unsigned long)CALL(NR_socketcall, SYS_SOCKET, words, 0, 0, 0, 0);
    check("connect", CALL(NR_socketcall, SYS_CONNECT, address, 0, 0, 0, 0) == 0);
    CALL(__NR_unlink, "oabi.socket", 0, 0, 0, 0, 0);
    int id = CALL(NR_ipc, 2, 0, 2, 0600, 0, 0);
    struct sembuf ops[2] = {{0, 2, 0}, {1, 1, 0}};
    _Static_assert(sizeof ops == 16, "padded");
    check("semop", CALL(NR_ipc, 1, id, 2, 0, ops, 0) == 0);
    unsigned long value = 0;
    check("semctl", CALL(NR_ipc, 3, id, 1, 12 /* GETVAL */, &value, 0) == 1);
    CALL(NR_ipc, 3, id, 0, 0 /* IPC_RMID */, &value, 0);
    check("syscall", CALL(NR_syscall, __NR_getpid, 0, 0, 0, 0, 0) == CALL(__NR_getpid, 0, 0, 0, 0, 0, 0));
    check("syscall of six", CALL(NR_syscall, __NR_pread64, -1, 0, 0, 0, 0) == -9);
    check("unknown number", CALL(0x900fff, 0, 0, 0, 0, 0, 0) == -38);
}

static volatile int caught;
static void handler(int sig)
{
    caught += sig;
}

void _start(void)
{
    files();
    waiting();
    talking();
    struct {
        void (*handler)(int);
        unsigned long mask, flags;
        void (*restorer)(void);
    } act = {handler, 0, 0, 0};
    CALL(__NR_sigaction, 10, &act, 0, 0, 0, 0);
    CALL(__NR_kill, CALL(__NR_getpid, 0, 0, 0, 0, 0, 0), 10, 0, 0, 0, 0);
    check("signal", caught == 10);
    CALL(__NR_exit, 0, 0, 0, 0, 0, 0);
}
