// What a program sees of itself: arguments, environment, the auxiliary vector, /proc/self, uname, limits.
#include "t.h"
#include <link.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

extern char **environ;
static int global = 1;

static bool maps_have(const void *p, const char *what, const char *perms)
{
    char line[600];
    bool found = false;
    FILE *f = fopen("/proc/self/maps", "r");
    while (f && fgets(line, sizeof line, f)) {
        unsigned long long a, b;
        char mode[8];
        if (sscanf(line, "%llx-%llx %7s", &a, &b, mode) != 3) puts("a line of maps cannot be read");
        if ((uintptr_t)p >= a && (uintptr_t)p < b) found = strstr(line, what) && strncmp(mode, perms, strlen(perms)) == 0;
    }
    if (f) fclose(f);
    return found;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) printf("argv[%d] = [%s]\n", i, argv[i]);
    CHECK(argv[argc] == NULL);
    char **env = environ;
    while (*env) env++;
    CHECK(getenv("CALQUE_TEST_VARIABLE") && strcmp(getenv("CALQUE_TEST_VARIABLE"), "its value") == 0);
    const ElfW(auxv_t) *aux = (const void *)(env + 1);
    int seen = 0;
    for (; aux->a_type != AT_NULL; aux++) {
        unsigned t = (unsigned)aux->a_type;
        if (t == AT_PHDR || t == AT_PHENT || t == AT_PHNUM || t == AT_PAGESZ || t == AT_ENTRY || t == AT_UID || t == AT_RANDOM || t == AT_EXECFN) seen++;
    }
    CHECK(seen == 8);
    CHECK(getauxval(AT_PAGESZ) == (unsigned long)sysconf(_SC_PAGESIZE) && getauxval(AT_UID) == getuid() && getauxval(AT_SECURE) == 0);
    const char *execfn = (const char *)getauxval(AT_EXECFN), *slash = strrchr(argv[0], '/');
    CHECK(strcmp(strrchr(execfn, '/') ? strrchr(execfn, '/') : execfn, slash ? slash : argv[0]) == 0);

    char exe[4096] = "", real[4096] = "", buf[8192];
    CHECK(readlink("/proc/self/exe", exe, sizeof exe - 1) > 0 && realpath(argv[0], real) && strcmp(exe, real) == 0);
    snprintf(buf, sizeof buf, "/proc/%d/exe", getpid());
    memset(real, 0, sizeof real);
    CHECK(readlink(buf, real, sizeof real - 1) > 0 && strcmp(exe, real) == 0);
    int fd = open("/proc/self/exe", O_RDONLY);
    CHECK(read(fd, buf, 4) == 4 && memcmp(buf, "\177ELF", 4) == 0);
    struct stat s1, s2;
    CHECK(fstat(fd, &s1) == 0 && stat(argv[0], &s2) == 0 && s1.st_ino == s2.st_ino);
    close(fd);
    fd = open("/proc/self/cmdline", O_RDONLY);
    ssize_t n = read(fd, buf, sizeof buf);
    bool same = n > 0;
    char *p = buf;
    for (int i = 0; i < argc && same; i++) {
        same = strcmp(p, argv[i]) == 0;
        p += strlen(p) + 1;
    }
    CHECK(same && p == buf + n);
    close(fd);
    char comm[20] = "", want[16];
    snprintf(want, sizeof want, "%.15s", slash ? slash + 1 : argv[0]);
    CHECK(prctl(PR_GET_NAME, comm) == 0 && strcmp(comm, want) == 0);
    fd = open("/proc/self/comm", O_RDONLY);
    n = read(fd, buf, sizeof buf - 1);
    buf[n > 0 ? n - 1 : 0] = 0;
    CHECK(strcmp(buf, want) == 0);
    close(fd);
    CHECK(maps_have((void *)main, strrchr(exe, '/'), "r-xp") && maps_have(&global, "", "rw") && maps_have(&argc, "[stack]", "rw-p"));
    FILE *f = fopen("/proc/self/stat", "r");
    int pid = 0;
    CHECK(f && fscanf(f, "%d (%8191[^)]", &pid, buf) == 2 && pid == getpid() && strcmp(buf, want) == 0);
    f = fopen("/proc/self/auxv", "r");
    CHECK(f && fread(buf, 1, sizeof buf, f) >= 20 * sizeof(long) && memcmp(buf, env + 1, 16) == 0);
    struct utsname un;
    CHECK(uname(&un) == 0 && strcmp(un.sysname, "Linux") == 0);
#if defined __arm__
    bool right = strncmp(un.machine, "armv", 4) == 0;
#elif defined __sparc__
    bool right = strncmp(un.machine, "sparc", 5) == 0;
#else
    bool right = strcmp(un.machine, "x86_64") == 0;
#endif
    CHECK(right);
    return argc;
}
