// execve in all its forms: of this very file under other names and arguments, with another environment, after
// vfork, through PATH, of a script that names it as interpreter; what survives it and what does not; its errors.
#include "t.h"

extern char **environ;
static char self[4096];

static int run(const char *what, const char *file, char *const argv[], char *const envp[], bool use_vfork)
{
    int st = -1;
    fflush(stdout);
    pid_t p = use_vfork ? vfork() : fork();
    if (p == 0) {
        execve(file, argv, envp);
        _exit(errno == ENOENT ? 200 : errno == EACCES ? 201 : errno == ENOEXEC ? 202 : errno == ENOTDIR ? 203 : errno == ELOOP ? 204 : 205);
    }
    waitpid(p, &st, 0);
    printf("%s: %s %d\n", what, WIFSIGNALED(st) ? "signal" : "exit", WIFSIGNALED(st) ? WTERMSIG(st) : WEXITSTATUS(st));
    return st;
}

static const char *base(const char *p) { return strrchr(p, '/') ? strrchr(p, '/') + 1 : p; }

// What the executed image prints of its world: argv, environment, open descriptors, signals.
static int report(int argc, char **argv)
{
    printf("  argc %d:", argc);
    for (int i = 0; i < argc; i++) printf(" [%s]", base(argv[i]));
    printf(" env:");
    for (char **e = environ; *e; e++) printf(" %s", *e);
    struct sigaction sa;
    sigset_t set;
    sigaction(SIGUSR1, NULL, &sa);
    sigprocmask(SIG_BLOCK, NULL, &set);
    printf(" usr1 %s, usr2 %s", sa.sa_handler == SIG_DFL ? "default" : "other", sigismember(&set, SIGUSR2) ? "blocked" : "free");
    sigaction(SIGHUP, NULL, &sa);
    printf(", hup %s, fd 40 %s, fd 41 %s\n", sa.sa_handler == SIG_IGN ? "ignored" : "other",
           fcntl(40, F_GETFD) < 0 ? "closed" : "open", fcntl(41, F_GETFD) < 0 ? "closed" : "open");
    return argc;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0700);
    if (write(fd, text, strlen(text)) < 0) puts("write failed");
    fchmod(fd, mode);
    close(fd);
}

static void ignore(int s) { (void)s; }

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "report") == 0) return report(argc, argv);
    if (argc > 1 && strncmp(argv[1], "-x", 2) == 0) return report(argc, argv);
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n < 0) return 1;
    signal(SIGUSR1, ignore);
    signal(SIGHUP, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    dup2(1, 40), dup2(1, 41);
    fcntl(41, F_SETFD, FD_CLOEXEC);

    char *args[] = {(char *)"zero", (char *)"report", (char *)"a b", (char *)"", NULL}, *env[] = {(char *)"A=1", (char *)"B=x y", NULL}, *none[] = {NULL};
    run("self", self, args, env, false);
    run("vfork", self, args, none, true);
    symlink(self, "link");
    run("by link", "./link", args, env, false);
    run("relative", "link", args, env, true);
    setenv("PATH", "/nonexistent:.", 1);
    fflush(stdout);
    if (fork() == 0) {
        environ = env;
        setenv("PATH", "/nonexistent:.", 1);
        execlp("link", "from-path", "report", (char *)NULL);
        _exit(1);
    }
    wait(NULL);

    char text[5000];
    snprintf(text, sizeof text, "#!%s -x\n", self);
    write_file("script", text, 0755);
    run("script", "./script", args, env, false);
    snprintf(text, sizeof text, "#! ./link -x two words \t\nrest\n");
    write_file("script2", text, 0755);
    run("one argument", "./script2", args, env, false);
    write_file("script3", "#!./script\n", 0755);
    run("script of a script", "./script3", args, env, false);
    write_file("script4", "#!./script4\n", 0755);
    run("script of itself", "./script4", args, env, false);
    write_file("script5", "#!/nonexistent/interpreter\n", 0755);
    run("interpreter missing", "./script5", args, env, false);
    write_file("empty", "", 0755);
    run("empty", "./empty", args, env, false);
    write_file("text", "just text\n", 0755);
    run("text", "./text", args, env, false);
    write_file("noexec", text, 0644);
    run("not executable", "./noexec", args, env, false);
    run("missing", "./missing", args, env, false);
    run("folder", ".", args, env, false);
    run("below a file", "./text/x", args, env, false);

    int fd = open(self, O_RDONLY | O_CLOEXEC), st;
    fflush(stdout);
    pid_t p = fork();
    if (p == 0) {
        fexecve(fd, args, env);
        _exit(1);
    }
    waitpid(p, &st, 0);
    printf("fexecve: %d\n", WEXITSTATUS(st));
    return 0;
}
