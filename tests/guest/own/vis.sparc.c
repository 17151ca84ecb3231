// vis.sparc.c: every instruction of VIS 1 and 2 on packed integers, partial stores, short loads and stores, and what siam
// does to rounding, on many pseudo-random operands. The program compares each outcome with the manual's (UltraSPARC
// Architecture 2007, chapter 7, as written down in vis_manual.h and below) and prints a checksum of the outcomes. The .out
// is what the same source prints on the host, where the outcomes are the manual's alone:
//     gcc -O1 -o vis vis.sparc.c && ./vis > vis.sparc.out
// qemu-user 7.2 differs: see qemu_differs.txt.
#include "../../insn/vis_manual.h"
#include "../programs/t.h"

typedef unsigned long long u64;

static u64 seed = 1;
static u64 rnd(void) // SplitMix64
{
    u64 z = (seed += 0x9e3779b97f4a7c15ull);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static u64 sum;
static void add(u64 v)
{
    for (int i = 0; i < 8; i++) sum = (sum ^ (v >> 8 * i & 0xff)) * 0x100000001b3ull;
}

static unsigned wrong;
static void end_of(const char *name)
{
    printf("%-12s %016llx %s\n", name, sum, wrong ? "differs from the manual" : "as in the manual");
    sum = wrong = 0;
}

// --- registers ---

// a is in %g1 and %f34, b in %g2 and %f36, d in %g3 and %f38; sa, sb, sd in %f2:%f3, %f4:%f5, %f6:%f7.
struct io {
    u64 a, b, d, gsr, ccr;
    u64 out[5]; // %g3, %f38, %f6:%f7, %gsr, %ccr
    u64 sa, sb, sd;
};

// The fields of floating-point operands, 3, 5, 7, name %f3 or %f34 and so on, as the instruction takes them.
#define INT(opf) (0x81b00000u | 3u << 25 | 1 << 14 | (opf) << 5 | 2)
#define CMP(opf) (0x81b00000u | 3u << 25 | 3 << 14 | (opf) << 5 | 5)
#define FP(opf)  (0x81b00000u | 7u << 25 | 3 << 14 | (opf) << 5 | 5)
#define SIAM(m)  (0x81b01020u | (m))

#define ROWS(X)                                                                                                        \
    X(edge8, INT(0x00)) X(edge8n, INT(0x01)) X(edge8l, INT(0x02)) X(edge8ln, INT(0x03))                                \
    X(edge16, INT(0x04)) X(edge16n, INT(0x05)) X(edge16l, INT(0x06)) X(edge16ln, INT(0x07))                            \
    X(edge32, INT(0x08)) X(edge32n, INT(0x09)) X(edge32l, INT(0x0a)) X(edge32ln, INT(0x0b))                            \
    X(array8, INT(0x10)) X(array16, INT(0x12)) X(array32, INT(0x14)) X(bmask, INT(0x19))                               \
    X(fcmple16, CMP(0x20)) X(fcmpne16, CMP(0x22)) X(fcmple32, CMP(0x24)) X(fcmpne32, CMP(0x26))                        \
    X(fcmpgt16, CMP(0x28)) X(fcmpeq16, CMP(0x2a)) X(fcmpgt32, CMP(0x2c)) X(fcmpeq32, CMP(0x2e))                        \
    X(fmul8x16, FP(0x31)) X(fmul8x16au, FP(0x33)) X(fmul8x16al, FP(0x35)) X(fmul8sux16, FP(0x36))                      \
    X(fmul8ulx16, FP(0x37)) X(fmuld8sux16, FP(0x38)) X(fmuld8ulx16, FP(0x39)) X(fpack32, FP(0x3a))                     \
    X(fpack16, FP(0x3b)) X(fpackfix, FP(0x3d)) X(pdist, FP(0x3e)) X(fpmerge, FP(0x4b)) X(bshuffle, FP(0x4c))           \
    X(fexpand, FP(0x4d)) X(fpadd16, FP(0x50)) X(fpadd16s, FP(0x51)) X(fpadd32, FP(0x52)) X(fpadd32s, FP(0x53))         \
    X(fpsub16, FP(0x54)) X(fpsub16s, FP(0x55)) X(fpsub32, FP(0x56)) X(fpsub32s, FP(0x57))                              \
    X(siam0, SIAM(0)) X(siam3, SIAM(3)) X(siam4, SIAM(4)) X(siam7, SIAM(7))

static void by_manual(unsigned word, const struct io *io, u64 out[5])
{
    static struct vis_regs s;
    memset(&s, 0, sizeof s);
    s.r[1] = s.d[17] = io->a, s.d[1] = io->sa;
    s.r[2] = s.d[18] = io->b, s.d[2] = io->sb;
    s.r[3] = s.d[19] = io->d, s.d[3] = io->sd;
    s.gsr = io->gsr, s.ccr = (unsigned)io->ccr;
    if (!vis_manual(word, &s)) printf("%08x is unknown\n", word);
    out[0] = s.r[3], out[1] = s.d[19], out[2] = s.d[3], out[3] = s.gsr, out[4] = s.ccr;
}

#ifdef __sparc__
#define RUN(name, w)                                                                                                   \
    static void run_##name(struct io *io)                                                                              \
    {                                                                                                                  \
        __asm__ volatile("ldx [%0], %%g1\n\tldd [%0 + 80], %%f2\n\tldd [%0], %%f34\n\t"                                     \
                         "ldx [%0 + 8], %%g2\n\tldd [%0 + 88], %%f4\n\tldd [%0 + 8], %%f36\n\t"                         \
                         "ldx [%0 + 16], %%g3\n\tldd [%0 + 96], %%f6\n\tldd [%0 + 16], %%f38\n\t"                      \
                         "ldx [%0 + 24], %%g4\n\twr %%g4, 0, %%gsr\n\tldx [%0 + 32], %%g4\n\twr %%g4, 0, %%ccr\n\t"    \
                         ".word %1\n\t"                                                                                \
                         "rd %%ccr, %%g4\n\tstx %%g4, [%0 + 72]\n\trd %%gsr, %%g4\n\tstx %%g4, [%0 + 64]\n\t"          \
                         "stx %%g3, [%0 + 40]\n\tstd %%f38, [%0 + 48]\n\tstd %%f6, [%0 + 56]\n\twr %%g0, 0, %%gsr"     \
                         :                                                                                             \
                         : "r"(io), "i"(w)                                                                             \
                         : "memory", "g1", "g2", "g3", "g4", "cc", "f2", "f3", "f4", "f5", "f6", "f7", "f34", "f36",   \
                           "f38");                                                                                     \
    }
#else
#define RUN(name, w)                                                                                                   \
    static void run_##name(struct io *io)                                                                              \
    {                                                                                                                  \
        by_manual(w, io, io->out);                                                                                     \
    }
#endif
ROWS(RUN)

static const struct row {
    const char *name;
    void (*run)(struct io *io);
    unsigned word;
} rows[] = {
#define ROW(name, w) {#name, run_##name, w},
    ROWS(ROW)};

static u64 lanes(void) // limits, ties, neighbours
{
    static const unsigned short some[16] = {0,      1,      0x7f,   0x80,   0xff,   0x100,  0x7f80, 0x7fff,
                                            0x8000, 0x8001, 0xff00, 0xff80, 0xffff, 0x4000, 0xc000, 0x0180};
    u64 v = 0, r = rnd();
    for (int i = 0; i < 4; i++) v = v << 16 | some[r >> 4 * i & 15];
    return v;
}

// Operands of round i: random; limits; b near a, in the same eight bytes or with some equal elements; an array's size.
static void choose(struct io *io, int i)
{
    io->a = i & 4 ? lanes() : rnd();
    io->b = i & 8 ? lanes() : rnd();
    if (i % 4 == 1) io->b = (io->a ^ (rnd() & 7)) + (i & 16 ? (rnd() & 1) << 32 : 0);
    if (i % 4 == 2) io->b = rnd() & 15;
    if (i % 4 == 3) io->b = io->a ^ (rnd() & rnd() & rnd() & 0x00018000ffff0001ull);
    io->d = rnd();
    io->sa = i & 4 ? lanes() : rnd(), io->sb = i & 8 ? lanes() : rnd(), io->sd = rnd();
    io->gsr = rnd() & 0xffffffff0e0000ffull;
    io->ccr = rnd() & 0xff;
}

static void registers(void)
{
    for (unsigned r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        seed = 1;
        for (int i = 0; i < 400; i++) {
            struct io io = {0};
            u64 want[5];
            choose(&io, i);
            rows[r].run(&io);
            by_manual(rows[r].word, &io, want);
            if (memcmp(want, io.out, sizeof want)) wrong++;
            for (int k = 0; k < 5; k++) add(io.out[k]);
        }
        end_of(rows[r].name);
    }
}

// --- memory ---

static unsigned char memory[32] __attribute__((aligned(8)));

static void refill(unsigned char *p)
{
    for (int i = 0; i < 32; i++) p[i] = (unsigned char)(i * 73 + 41);
}

// STPARTIALF: the elements of v that the mask names, its highest bit the highest; little-endian ones from the other end.
static void partial(unsigned asi, unsigned char *p, u64 v, u64 mask)
{
    int size = 1 << (asi >> 1 & 3), n = 8 / size;
    for (int e = 0; e < n; e++) {
        if (!(mask >> (n - 1 - e) & 1)) continue;
        for (int k = 0; k < size; k++) {
            unsigned char byte = (unsigned char)(v >> (56 - 8 * (e * size + k)));
            p[asi & 8 ? 7 - (e * size + k) : e * size + k] = byte;
        }
    }
}

static void put_short(unsigned asi, unsigned char *p, u64 v)
{
    if (!(asi & 2))
        p[0] = (unsigned char)v;
    else
        p[asi & 8 ? 1 : 0] = (unsigned char)(v >> 8), p[asi & 8 ? 0 : 1] = (unsigned char)v;
}

static u64 get_short(unsigned asi, const unsigned char *p)
{
    return !(asi & 2) ? p[0] : asi & 8 ? (u64)p[1] << 8 | p[0] : (u64)p[0] << 8 | p[1];
}

#define PARTIAL(X) X(0xc0) X(0xc1) X(0xc2) X(0xc3) X(0xc4) X(0xc5) X(0xc8) X(0xc9) X(0xca) X(0xcb) X(0xcc) X(0xcd)
#define SHORT(X)   X(0xd0) X(0xd1) X(0xd2) X(0xd3) X(0xd8) X(0xd9) X(0xda) X(0xdb)

static void run_partial(unsigned asi, unsigned char *p, const u64 *v, u64 mask)
{
#ifdef __sparc__
    switch (asi) {
#define CASE(n)                                                                                                        \
    case n:                                                                                                            \
        __asm__ volatile("ldd [%1], %%f34\n\tldx [%2], %%g1\n\tstda %%f34, [%0 + %%g1] %3"                             \
                         :                                                                                             \
                         : "r"(p), "r"(v), "r"(&mask), "i"(n)                                                          \
                         : "memory", "f34", "g1");                                                                     \
        break;
        PARTIAL(CASE)
#undef CASE
    }
#else
    partial(asi, p, *v, mask);
#endif
}

static void run_put(unsigned asi, unsigned char *p, const u64 *v)
{
#ifdef __sparc__
    switch (asi) {
#define CASE(n)                                                                                                        \
    case n:                                                                                                            \
        __asm__ volatile("ldd [%1], %%f34\n\tstda %%f34, [%0] %2" : : "r"(p), "r"(v), "i"(n) : "memory", "f34");      \
        break;
        SHORT(CASE)
#undef CASE
    }
#else
    put_short(asi, p, *v);
#endif
}

static u64 run_get(unsigned asi, const unsigned char *p)
{
    u64 v = 0;
#ifdef __sparc__
    switch (asi) {
#define CASE(n)                                                                                                        \
    case n:                                                                                                            \
        __asm__ volatile("fone %%f34\n\tldda [%0] %2, %%f34\n\tstd %%f34, [%1]"                                        \
                         :                                                                                             \
                         : "r"(p), "r"(&v), "i"(n)                                                                     \
                         : "memory", "f34");                                                                           \
        break;
        SHORT(CASE)
#undef CASE
    }
#else
    v = get_short(asi, p);
#endif
    return v;
}

static void compare_memory(const unsigned char *want)
{
    if (memcmp(want, memory, sizeof memory)) wrong++;
    for (unsigned i = 0; i < sizeof memory; i++) add(memory[i]);
}

static void one_partial(unsigned asi)
{
    unsigned char want[32];
    char name[16];
    for (unsigned mask = 0; mask < 512; mask++) {
        u64 v = rnd();
        refill(memory), refill(want);
        run_partial(asi, memory + 8, &v, mask);
        partial(asi, want + 8, v, mask);
        compare_memory(want);
    }
    snprintf(name, sizeof name, "partial %x", asi);
    end_of(name);
}

static void one_short(unsigned asi)
{
    unsigned char want[32];
    char name[16];
    for (unsigned at = 0; at < 24; at += asi & 2 ? 2 : 1) {
        u64 v = rnd();
        refill(memory), refill(want);
        u64 got = run_get(asi, memory + at);
        add(got);
        if (got != get_short(asi, want + at)) wrong++;
        run_put(asi, memory + at, &v);
        put_short(asi, want + at, v);
        compare_memory(want);
    }
    snprintf(name, sizeof name, "short %x", asi);
    end_of(name);
}

static void accesses(void)
{
#define ONE(n) one_partial(n);
    PARTIAL(ONE)
#undef ONE
#define ONE(n) one_short(n);
    SHORT(ONE)
#undef ONE
}

// --- rounding: 1 / 3 lies between two doubles, of which nearest and zero take the smaller ---

static u64 rounded(unsigned mode, int negative)
{
    return (negative ? 0xbfd5555555555555ull : 0x3fd5555555555555ull) + (mode == (negative ? 3u : 2u));
}

// Divides with FSR.RD, after siam.
static u64 third(unsigned siam, unsigned rd, int negative)
{
#ifdef __sparc__
    struct {
        double a, b;
        u64 r, fsr, old;
    } m = {negative ? -1 : 1, 3, 0, (u64)rd << 30, 0};
    switch (siam) {
#define CASE(n)                                                                                                        \
    case n:                                                                                                            \
        __asm__ volatile("stx %%fsr, [%0 + 32]\n\tldx [%0 + 24], %%fsr\n\tldd [%0], %%f34\n\tldd [%0 + 8], %%f36\n\t"  \
                         ".word %1\n\tfdivd %%f34, %%f36, %%f38\n\tstd %%f38, [%0 + 16]\n\t"                           \
                         ".word %2\n\tldx [%0 + 32], %%fsr"                                                            \
                         :                                                                                             \
                         : "r"(&m), "i"(SIAM(n)), "i"(SIAM(0))                                                         \
                         : "memory", "f34", "f36", "f38");                                                             \
        break;
        CASE(0) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7)
#undef CASE
    }
    return m.r;
#else
    return rounded(siam & 4 ? siam & 3 : rd, negative);
#endif
}

static void rounding(void)
{
    for (unsigned i = 0; i < 64; i++) {
        unsigned siam = i & 7, rd = i >> 3 & 3;
        u64 got = third(siam, rd, i >> 5);
        add(got);
        if (got != rounded(siam & 4 ? siam & 3 : rd, i >> 5)) wrong++;
    }
    end_of("siam");
}

// A handler that rounds otherwise changes nothing for what it interrupts.
static void handler(int sig)
{
    (void)sig;
#ifdef __sparc__
    __asm__ volatile(".word %0" : : "i"(SIAM(7)));
#endif
}

static void interrupted(void)
{
    u64 r[2] = {rounded(2, 0), 0x0c000000};
    signal(SIGUSR1, handler);
#ifdef __sparc__
    double a[2] = {1, 3};
    __asm__ volatile(".word %0" : : "i"(SIAM(6)));
    raise(SIGUSR1);
    __asm__ volatile("ldd [%1], %%f34\n\tldd [%1 + 8], %%f36\n\tfdivd %%f34, %%f36, %%f38\n\tstd %%f38, [%0]\n\t"
                     "rd %%gsr, %%g1\n\tstx %%g1, [%0 + 8]\n\twr %%g0, 0, %%gsr"
                     :
                     : "r"(r), "r"(a)
                     : "memory", "f34", "f36", "f38", "g1");
#endif
    add(r[0]);
    if (r[0] != rounded(2, 0) || (r[1] & 0x0e000000) != 0x0c000000) wrong++;
    end_of("interrupted");
}

int main(void)
{
    registers();
    accesses();
    rounding();
    interrupted();
    return 0;
}
