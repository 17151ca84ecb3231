// Reading a folder by the calls whose offsets and inode numbers are the processor's own width: telldir, seekdir and
// rewinddir included. A file system may hand out 64-bit positions; they must not make it fail with EOVERFLOW.
#include "t.h"
#include <dirent.h>

int main(void)
{
    uint64_t seen = 0;
    int entries = 0, dots = 0;
    if (mkdir("x", 0700)) return 1;
    for (int i = 0; i < 64; i++) {
        char name[20];
        snprintf(name, sizeof name, "x/n%d", i);
        close(open(name, O_CREAT | O_WRONLY, 0600));
    }
    DIR *d = opendir("x");
    struct dirent *e;
    long middle = 0;
    while ((errno = 0, e = readdir(d))) {
        if (e->d_name[0] == '.') dots++;
        else seen |= 1ull << atoi(e->d_name + 1), entries++;
        if (e->d_ino == 0) puts("inode 0");
        if (entries == 32 && !middle) middle = telldir(d);
    }
    printf("%d entries, %d dots, all seen %s: %s\n", entries, dots, seen == UINT64_MAX ? "yes" : "NO", strerror(errno));
    seekdir(d, middle);
    int rest = 0;
    while (readdir(d)) rest++;
    CHECK(rest >= 32 && rest <= 34);
    rewinddir(d);
    for (rest = 0; readdir(d);) rest++;
    CHECK(rest == 66);
    closedir(d);
    return 0;
}
