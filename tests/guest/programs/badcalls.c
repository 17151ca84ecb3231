// Bad arguments to system calls give the kernel's error: null and wild pointers, closed descriptors, unknown numbers.
#include "t.h"
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

int main(void)
{
    char *wild = (char *)OPAQUE((uintptr_t)0x10), *edge = mmap(NULL, 131072, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(edge + 65536, 65536);
    memset(edge, 'x', 65536);
    char *last = edge + 65536;
    int fd = open("f", O_CREAT | O_RDWR, 0600), p[2];
    if (write(fd, "0123456789", 10) != 10) return 1;
    lseek(fd, 0, SEEK_SET);
    TRY(syscall(SYS_openat, AT_FDCWD, NULL, O_RDONLY, 0));
    TRY(syscall(SYS_openat, AT_FDCWD, wild, O_RDONLY, 0));
    TRY(open(last - 3, O_RDONLY)); // no terminating zero before the unmapped page
    TRY(read(fd, wild, 3));
    TRY(read(fd, NULL, 3));
    TRY(write(fd, wild, 3));
    TRY(write(fd, NULL, 0));
    TRY(read(fd, last - 4, 4));
    CHECK(memcmp(last - 4, "0123", 4) == 0);
    TRY(readv(fd, (struct iovec *)wild, 2));
    TRY(readv(fd, NULL, 0));
    TRY(writev(fd, (struct iovec *)(last - 4), 1));
    TRY(readv(fd, &(struct iovec){edge, 1}, 2000));
    TRY(pipe((int *)wild));
    TRY(pipe(p));
#ifdef __sparc__ // the restorer stands before the size
    long sigaction_result = syscall(SYS_rt_sigaction, SIGUSR1, wild, NULL, NULL, 8);
#else
    long sigaction_result = syscall(SYS_rt_sigaction, SIGUSR1, wild, NULL, 8);
#endif
    TRY(sigaction_result);
    TRY(syscall(SYS_rt_sigprocmask, SIG_BLOCK, wild, NULL, 8));
    TRY(syscall(SYS_rt_sigprocmask, 77, edge, NULL, 8));
    TRY(syscall(SYS_getcwd, wild, 100));
    TRY(syscall(SYS_uname, wild));
    TRY(syscall(SYS_wait4, -1, wild, 0, NULL));
    TRY(syscall(SYS_execve, wild, NULL, NULL));
    TRY(ioctl(fd, TIOCGWINSZ, wild));
    TRY(ioctl(fd, 0x12345678, 0));
    TRY(bind(fd, (struct sockaddr *)edge, 16));
    TRY(close(-1));
    TRY(close(1000));
    TRY(read(1000, edge, 1));
    TRY(lseek(fd, -1, SEEK_SET));
    TRY(lseek(fd, 0, 99));
    TRY(lseek(p[0], 0, SEEK_SET));
    TRY(dup2(fd, -1));
    TRY(fcntl(fd, 9999, 0));
    TRY(fcntl(1000, F_GETFD));
    TRY(munmap((void *)1, 10));
    TRY(mprotect(edge, 65536, 0x777));
    TRY(syscall(9999));
    TRY(readlink("f", edge, 0));
    TRY(mkdir("", 0700));
    char path[5000];
    memset(path, 'p', sizeof path);
    path[4999] = 0;
    TRY(open(path, O_RDONLY));
    path[300] = 0;
    TRY(open(path, O_RDONLY));
    TRY(sigaltstack(&(stack_t){.ss_sp = edge, .ss_size = 100}, NULL));
    TRY(kill(0x7ffffff, 0));
    TRY(waitpid(0x7ffffff, NULL, 0));
    return 0;
}
