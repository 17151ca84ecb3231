// A program with a dynamic loader: libraries found under the guest's root, constructors, lazy and early binding, dlopen,
// thread-local storage, IFUNCs behind string functions, auxv, and itself executed again, which must find its loader too.
#include <dlfcn.h>
#include <link.h>
#include <math.h>
#include <pthread.h>
#include <sys/auxv.h>

#include "t.h"

static int constructed;
static __thread int local = 5;
__attribute__((constructor)) static void construct(void)
{
    constructed = 1;
}
__attribute__((destructor)) static void destruct(void)
{
    printf("destructor\n");
}
static void at_exit(void)
{
    printf("atexit\n");
}

static int count_object(struct dl_phdr_info *info, size_t size, void *count)
{
    (void)info, (void)size;
    ++*(int *)count;
    return 0;
}

static void *in_thread(void *arg)
{
    local += *(int *)arg;
    return (void *)(long)local;
}

static void libraries(void)
{
    int objects = 0;
    dl_iterate_phdr(count_object, &objects);
    printf("constructed %d, more than two objects %d\n", constructed, objects > 2);
    void *lib = dlopen("libm.so.6", RTLD_NOW);
    double (*f)(double) = lib ? (double (*)(double))dlsym(lib, "cbrt") : NULL;
    printf("dlopen %d, cbrt(27) = %.6f, none %d\n", lib != NULL, f ? f(27) : 0, dlsym(lib, "no_such_symbol") == NULL);
    printf("missing library %d %d\n", dlopen("libno-such.so", RTLD_LAZY) == NULL, dlerror() != NULL);
    Dl_info info;
    printf("dladdr %d\n", dladdr((void *)f, &info) && strstr(info.dli_fname, "libm") != NULL);
    volatile double two = 2;
    printf("%.6f %.6f %zu %s\n", sqrt(two), pow(two, 0.5), strlen("length"), strchr("a=b", '='));
}

static void vector(void)
{
    printf("loader's base %d, entry %d, page %d, headers %d\n", getauxval(AT_BASE) != 0, getauxval(AT_ENTRY) != 0,
           getauxval(AT_PAGESZ) == (unsigned long)getpagesize(), getauxval(AT_PHNUM) > 3);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        printf("again: %s, bound early %d\n", argv[1], getenv("LD_BIND_NOW") != NULL);
        return 7;
    }
    atexit(at_exit);
    libraries();
    vector();
    pthread_t t;
    void *result = NULL;
    pthread_create(&t, NULL, in_thread, &(int){10});
    pthread_join(t, &result);
    printf("local %d, the thread's %ld\n", local, (long)result);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        setenv("LD_BIND_NOW", "1", 1);
        execl("/proc/self/exe", argv[0], "argument", (char *)NULL);
        _exit(1);
    }
    int status;
    waitpid(child, &status, 0);
    printf("child %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 3;
}
