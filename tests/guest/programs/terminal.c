// terminal.c: a pseudo-terminal through every form of its settings: termios, termios2, System V's termio (where characters
// share places on some processors), sizes, locks, packet mode, line editing and what signals a control character sends.
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/termios.h>

#include "t.h"

int ioctl(int fd, unsigned long request, ...); // its header has structures that the kernel's have too
static int master, slave;

static void flags(const char *what, const struct termios *t)
{
    printf("%s: ICRNL %d IXON %d OPOST %d ONLCR %d CS8 %d CREAD %d ISIG %d ICANON %d ECHO %d\n", what, !!(t->c_iflag & ICRNL),
           !!(t->c_iflag & IXON), !!(t->c_oflag & OPOST), !!(t->c_oflag & ONLCR), (t->c_cflag & CSIZE) == CS8,
           !!(t->c_cflag & CREAD), !!(t->c_lflag & ISIG), !!(t->c_lflag & ICANON), !!(t->c_lflag & ECHO));
    printf("%s: intr %d quit %d erase %d kill %d", what, t->c_cc[VINTR], t->c_cc[VQUIT], t->c_cc[VERASE], t->c_cc[VKILL]);
    if (t->c_lflag & ICANON)
        printf(" eof %d eol %d\n", t->c_cc[VEOF], t->c_cc[VEOL]);
    else
        printf(" min %d time %d\n", t->c_cc[VMIN], t->c_cc[VTIME]);
}

// The echo of a line arrives in pieces, and some of it after the line itself: read until all of its bytes are there.
static void line(const char *keys, size_t n, ssize_t echo)
{
    char buf[64];
    write(master, keys, n);
    ssize_t got = read(slave, buf, sizeof buf);
    printf("line of %zd:", got);
    for (ssize_t i = 0; i < got; i++) printf(" %02x", buf[i]);
    printf("\n");
    ssize_t all = 0;
    while (all < echo && (got = read(master, buf, sizeof buf)) > 0) all += got;
    printf("echo of %zd\n", all);
}

static void settings(void)
{
    struct termios t;
    CHECK(ioctl(slave, TCGETS, &t) == 0);
    flags("fresh", &t);
    line("abX\177c\n", 6, 9);
    t.c_cc[VERASE] = 'E', t.c_cc[VINTR] = 1;
    t.c_lflag &= ~(unsigned)ECHO;
    CHECK(ioctl(slave, TCSETSW, &t) == 0);
    CHECK(ioctl(slave, TCGETS, &t) == 0);
    flags("erase", &t);
    t.c_lflag |= ECHO;
    CHECK(ioctl(slave, TCSETS, &t) == 0);
    line("abXEc\n", 6, 9);
    t.c_lflag &= ~(unsigned)(ICANON | ISIG);
    t.c_cc[VMIN] = 3, t.c_cc[VTIME] = 0;
    CHECK(ioctl(slave, TCSETSF, &t) == 0);
    CHECK(ioctl(slave, TCGETS, &t) == 0);
    flags("raw", &t);
    line("ab\1", 3, 4);
}

static void old_settings(void)
{
    struct termio o;
    struct termios t;
    CHECK(ioctl(slave, TCGETA, &o) == 0);
    printf("termio: ISIG %d ICANON %d intr %d erase %d min %d time %d\n", !!(o.c_lflag & ISIG), !!(o.c_lflag & ICANON),
           o.c_cc[VINTR], o.c_cc[VERASE], o.c_cc[VMIN], o.c_cc[VTIME]);
    o.c_cc[VMIN] = 1, o.c_cc[VTIME] = 7;
    o.c_oflag &= (unsigned short)~ONLCR;
    CHECK(ioctl(slave, TCSETA, &o) == 0);
    CHECK(ioctl(slave, TCGETS, &t) == 0);
    flags("old raw", &t);
    o.c_lflag |= ICANON | ISIG;
    o.c_cc[VEOF] = 5, o.c_cc[5] = 0; // the place of VTIME, or of VEOL
    CHECK(ioctl(slave, TCSETAW, &o) == 0);
    CHECK(ioctl(slave, TCGETS, &t) == 0);
    flags("old lines", &t);
    t.c_iflag ^= IUTF8, t.c_lflag ^= IEXTEN; // above and below the 16 bits
    CHECK(ioctl(slave, TCSETS, &t) == 0);
    bool utf8 = t.c_iflag & IUTF8, extended = t.c_lflag & IEXTEN;
    CHECK(ioctl(slave, TCGETA, &o) == 0 && ioctl(slave, TCSETAF, &o) == 0 && ioctl(slave, TCGETS, &t) == 0);
    CHECK(utf8 == !!(t.c_iflag & IUTF8) && extended == !!(t.c_lflag & IEXTEN));
    CHECK(ioctl(slave, TCSETA, NULL) == -1 && errno == EFAULT);
}

static void rest(void)
{
    struct termios2 t;
    CHECK(ioctl(slave, TCGETS2, &t) == 0);
    t.c_cflag = (t.c_cflag & ~(unsigned)CBAUD) | BOTHER;
    t.c_ispeed = t.c_ospeed = 12345;
    CHECK(ioctl(slave, TCSETS2, &t) == 0 && ioctl(slave, TCGETS2, &t) == 0);
    printf("speeds %u %u\n", t.c_ispeed, t.c_ospeed);
    struct winsize w = {24, 80, 640, 480};
    CHECK(ioctl(master, TIOCSWINSZ, &w) == 0);
    memset(&w, 0, sizeof w);
    CHECK(ioctl(slave, TIOCGWINSZ, &w) == 0 && w.ws_row == 24 && w.ws_col == 80 && w.ws_xpixel == 640 && w.ws_ypixel == 480);
    int n = 1;
    CHECK(ioctl(master, TIOCPKT, &n) == 0 && ioctl(master, TIOCGPKT, &n) == 0 && n == 1);
    n = 0;
    ioctl(master, TIOCPKT, &n);
    CHECK(ioctl(master, TIOCGPTLCK, &n) == 0 && n == 0);
    CHECK(ioctl(slave, TIOCEXCL) == 0 && ioctl(slave, TIOCGEXCL, &n) == 0 && n == 1 && ioctl(slave, TIOCNXCL) == 0);
    struct termios l;
    CHECK(ioctl(slave, TIOCGLCKTRMIOS, &l) == 0 && l.c_lflag == 0);
    CHECK(ioctl(master, FIONREAD, &n) == 0);
}

// A session of its own: the terminal's control characters and its hang-up are signals there.
static volatile sig_atomic_t caught[3];
static void handler(int sig) { caught[sig == SIGINT ? 0 : sig == SIGWINCH ? 1 : 2]++; }

static void session(void)
{
    fflush(stdout);
    pid_t p = fork();
    if (p == 0) {
        CHECK(setsid() == getpid() && ioctl(slave, TIOCSCTTY, 0) == 0);
        for (int i = 0; i < 3; i++) signal((int[]){SIGINT, SIGWINCH, SIGHUP}[i], handler);
        int n;
        CHECK(ioctl(slave, TIOCGSID, &n) == 0 && n == getpid());
        n = getpid();
        CHECK(ioctl(slave, TIOCSPGRP, &n) == 0 && ioctl(slave, TIOCGPGRP, &n) == 0 && n == getpid());
        write(master, "\1", 1);
        while (!caught[0]) usleep(1000);
        struct winsize w = {1, 2, 3, 4};
        ioctl(master, TIOCSWINSZ, &w);
        while (!caught[1]) usleep(1000);
        close(master);
        while (!caught[2]) usleep(1000);
        CHECK(caught[0] == 1 && caught[1] == 1 && caught[2] == 1);
        fflush(stdout);
        _exit(0);
    }
    close(master);
    CHECK(waitpid(p, NULL, 0) == p);
}

int main(void)
{
    int n = 0;
    char name[32];
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    CHECK(ioctl(master, TIOCSPTLCK, &n) == 0 && ioctl(master, TIOCGPTN, &n) == 0);
    snprintf(name, sizeof name, "/dev/pts/%d", n);
    slave = open(name, O_RDWR | O_NOCTTY);
    settings();
    old_settings();
    rest();
    session();
    return 0;
}
