// Files and folders: the calls that make, read, write, rename, inspect and remove them, and their errors.
#include "t.h"
#include <dirent.h>
#include <limits.h>
#include <sys/uio.h>
#include <utime.h>

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

static void list(const char *dir)
{
    static char name[64][NAME_MAX + 1];
    int n = 0;
    DIR *d = opendir(dir);
    struct dirent64 *e;
    while (d && (e = readdir64(d)) && n < 64)
        if (e->d_name[0] != '.') snprintf(name[n++], sizeof *name, "%s", e->d_name);
    if (d) closedir(d);
    qsort(name, (size_t)n, sizeof *name, by_name);
    printf("%s:", dir);
    for (int i = 0; i < n; i++) printf(" %s", name[i]);
    puts("");
}

static void show(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        printf("%s: %s\n", path, strerror(errno));
        return;
    }
    printf("%s: mode %o links %d size %lld mtime %lld\n", path, (unsigned)st.st_mode, (int)st.st_nlink,
           S_ISDIR(st.st_mode) ? 0 : (long long)st.st_size, S_ISREG(st.st_mode) ? (long long)st.st_mtime : 0);
}

static void contents(void)
{
    char buf[100];
    int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0640);
    CHECK(write(fd, "hello, world\n", 13) == 13);
    CHECK(lseek(fd, 7, SEEK_SET) == 7);
    CHECK(write(fd, "WORLD", 5) == 5);
    CHECK(lseek(fd, 0, SEEK_END) == 13);
    CHECK(pwrite(fd, "end", 3, 5000000000LL % 2000000000) == 3);
    CHECK(pread(fd, buf, 5, 7) == 5 && memcmp(buf, "WORLD", 5) == 0);
    struct iovec v[3] = {{(char *)"ab", 2}, {NULL, 0}, {(char *)"cde", 3}}, r[2] = {{buf, 3}, {buf + 10, 90}};
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && writev(fd, v, 3) == 5);
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && readv(fd, r, 2) == 93 && memcmp(buf, "abc", 3) == 0 && memcmp(buf + 10, "de, WORLD", 9) == 0);
    CHECK(ftruncate(fd, 20) == 0 && lseek(fd, 0, SEEK_END) == 20);
    CHECK(fcntl(fd, F_GETFL) == (O_RDWR | O_LARGEFILE) || (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
    int d = dup(fd), e = dup2(fd, 50);
    CHECK(d > fd && e == 50 && lseek(50, 0, SEEK_CUR) == lseek(d, 0, SEEK_CUR));
    CHECK(fcntl(fd, F_DUPFD_CLOEXEC, 60) == 60 && fcntl(60, F_GETFD) == FD_CLOEXEC);
    close(60), close(d), close(50), close(fd);
    CHECK(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
    fd = open("f", O_WRONLY | O_APPEND);
    CHECK(write(fd, "tail", 4) == 4 && lseek(fd, 0, SEEK_CUR) == 24);
    CHECK(read(fd, buf, 1) == -1 && errno == EBADF);
    close(fd);
}

static void big_offsets(void)
{
    int fd = open("big", O_RDWR | O_CREAT | O_LARGEFILE, 0600);
    off64_t far = (5LL << 32) + 123;
    CHECK(lseek64(fd, far, SEEK_SET) == far);
    CHECK(write(fd, "x", 1) == 1);
    CHECK(pwrite64(fd, "y", 1, far + 0x100000000) == 1);
    struct stat64 st;
    CHECK(fstat64(fd, &st) == 0 && st.st_size == far + 0x100000001);
    char c = 0;
    CHECK(pread64(fd, &c, 1, far) == 1 && c == 'x');
    CHECK(ftruncate64(fd, far) == 0 && lseek64(fd, -1, SEEK_END) == far - 1);
    struct flock64 lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = far, .l_len = 10};
    CHECK(fcntl(fd, F_SETLK64, &lock) == 0);
    close(fd);
    unlink("big");
}

int main(void)
{
    umask(022);
    contents();
    big_offsets();
    TRY(open("missing", O_RDONLY));
    TRY(open("f", O_CREAT | O_EXCL | O_WRONLY, 0600));
    TRY(open(".", O_WRONLY));
    TRY(open("f/x", O_RDONLY));
    TRY(mkdir("d", 0755));
    TRY(mkdir("d", 0755));
    TRY(link("f", "d/hard"));
    TRY(symlink("../f", "d/soft"));
    TRY(symlink("loop", "loop"));
    TRY(open("loop", O_RDONLY));
    char target[100] = "";
    CHECK(readlink("d/soft", target, sizeof target) == 4 && strcmp(target, "../f") == 0);
    CHECK(readlink("d/soft", target, 2) == 2);
    TRY(readlink("f", target, sizeof target));
    struct utimbuf when = {1000000000, 1234567890};
    TRY(utime("f", &when));
    TRY(chmod("f", 0604));
    show("f"), show("d"), show("d/soft"), show("d/hard"), show("nothing");
    TRY(access("f", R_OK));
    TRY(access("f", X_OK));
    list("."), list("d");
    TRY(rename("d/hard", "g"));
    TRY(rename("g", "f"));
    TRY(rename("missing", "h"));
    TRY(rmdir("d"));
    TRY(unlink("d"));
    char cwd[PATH_MAX] = "";
    CHECK(chdir("d") == 0 && getcwd(cwd, sizeof cwd) && strcmp(strrchr(cwd, '/'), "/d") == 0);
    TRY(getcwd(cwd, 2) ? 0 : -1);
    list(".");
    CHECK(chdir("..") == 0 && unlink("d/soft") == 0 && rmdir("d") == 0 && unlink("loop") == 0);
    int dir = open(".", O_RDONLY | O_DIRECTORY);
    TRY(mkdirat(dir, "e", 0700));
    TRY(symlinkat("x", dir, "e/s"));
    TRY(fchownat(dir, "e", (uid_t)-1, (gid_t)-1, 0));
    TRY(faccessat(dir, "e/s", F_OK, 0));
    TRY(renameat(dir, "e/s", dir, "t"));
    struct timespec ts[2] = {{1, 0}, {1111111111, 5}};
    TRY(utimensat(dir, "f", ts, 0));
    show("f"), show("g");
    TRY(unlinkat(dir, "t", 0));
    TRY(unlinkat(dir, "e", AT_REMOVEDIR));
    TRY(unlinkat(dir, "e", AT_REMOVEDIR));
    TRY(mkfifo("p", 0600));
    show("p");
    for (int i = 0; i < 40; i++) {
        char name[20];
        snprintf(name, sizeof name, "file%02d", i);
        close(open(name, O_CREAT | O_WRONLY, 0600));
    }
    list(".");
    return 0;
}
