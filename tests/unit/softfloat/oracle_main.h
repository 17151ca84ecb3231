/* The other half: runs every op on every choice of the special operands, in every mode; see oracle.h. */

static const u64 values_f16[] = {0x0000, 0x8000, 0x3c00, 0x0001, 0x7bff,
                                 0x7c00, 0xfc00, 0x7e01, 0xfc02, 0x7c03};
static const u64 values_f32[] = {0x00000000, 0x80000000, 0xbfc00000, 0x00000003, 0x7f800000,
                                 0xff800000, 0x7fc12345, 0xffc54321, 0x7f812347, 0xff812346};
static const u64 values_f64[] = {
    0x0000000000000000, 0x8000000000000000, 0xbff8000000000000, 0x0000000000000003, 0x7ff0000000000000,
    0xfff0000000000000, 0x7ff8123456789abc, 0xfff8cba987654321, 0x7ff0123456789abd, 0xfff0123456789abe};
/* For three operands: 0, inf, two quiet and two signaling NaNs. */
static const u64 triples_f32[] = {0, 0x7f800000, 0x7fc12345, 0xffc54321, 0x7f812347, 0xff812346};
static const u64 triples_f64[] = {
    0, 0x7ff0000000000000, 0x7ff8123456789abc, 0xfff8cba987654321, 0x7ff0123456789abd, 0xfff0123456789abe};
/* For one operand, besides values_f64: around the limits of integers of 32 and 64 bits, and of halves and
 * floats. */
static const u64 more_f32[] = {0x3f000000, 0xbf000000, 0xbf7fffff, 0xcf000000, 0xcf000001, 0x4effffff,
                               0x4f000000, 0x4f7fffff, 0x4f800000, 0xdf000000, 0xdf000001, 0x5f000000,
                               0x5f800000, 0x477ff000, 0x33000001, 0x7fc00001, 0xffbfffff};
static const u64 more_f64[] = {
    0x3fe0000000000000, 0xbfe0000000000000, 0xbfefffffffffffff, 0xc1e0000000000000, 0xc1e0000000100000,
    0xc1e0000000200000, 0x41dfffffffc00000, 0x41dfffffffe00000, 0x41e0000000000000, 0x41efffffffe00000,
    0x41effffffff00000, 0x41f0000000000000, 0xc3e0000000000000, 0xc3e0000000000001, 0x43e0000000000000,
    0x43f0000000000000, 0x47effffff0000000, 0x36a0000000000001, 0x7ff8000000000001, 0xfff7ffffffffffff};

struct list {
    const u64 *v;
    unsigned n;
};
#define LIST(a)                                                                                              \
    {                                                                                                        \
        a, sizeof(a) / sizeof((a)[0])                                                                        \
    }
static const struct list values[] = {LIST(values_f16), LIST(values_f32), LIST(values_f64)};
static const struct list triples[] = {{0, 0}, LIST(triples_f32), LIST(triples_f64)};
static const struct list more[] = {{0, 0}, LIST(more_f32), LIST(more_f64)};

static char line[160];
static unsigned len;

static void put(const char *s)
{
    while (*s) line[len++] = *s++;
}

static void put_hex(u64 v)
{
    char digits[17];
    int n = 16;

    digits[n] = 0;
    do {
        u32 digit = v & 15;
        digits[--n] = (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);
        v >>= 4;
    } while (v);
    put(" ");
    put(digits + n);
}

static void row(const struct op *op, char mode, const u64 *x)
{
    char letter[] = {' ', mode, 0};

    len = 0;
    put(op->name);
    put(letter);
    for (int i = 0; i < op->operands; i++) put_hex(x[i]);
    put(" =");
    flags_clear();
    u64 r = op->run(x[0], x[1], x[2]);
    u32 flags = flags_get();
    put_hex(r);
    put_hex(flags);
    put("\n");
    sys_write(line, len);
}

static void rows(const struct op *op, char mode)
{
    const struct list *x = op->operands == 3 ? &triples[op->format] : &values[op->format];
    for (unsigned i = 0; i < x->n; i++)
        for (unsigned j = 0; j < (op->operands > 1 ? x->n : 1); j++)
            for (unsigned k = 0; k < (op->operands > 2 ? x->n : 1); k++)
                row(op, mode, (u64[]){x->v[i], x->v[j], x->v[k]});
    for (unsigned i = 0; op->operands == 1 && i < more[op->format].n; i++)
        row(op, mode, (u64[]){more[op->format].v[i], 0, 0});
}

static int contains(const char *s, char c)
{
    while (*s && *s != c) s++;
    return *s == c;
}

void _start(void);
void _start(void)
{
    for (unsigned m = 0; modes[m]; m++) {
        mode_set(m);
        for (unsigned i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
            if (contains(ops[i].modes, modes[m])) rows(&ops[i], modes[m]);
    }
    sys_exit(0);
}
