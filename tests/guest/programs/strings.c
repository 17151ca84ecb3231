// The string functions of libc over every alignment and small length, checked against simple loops.
#include "t.h"
#include <ctype.h>
#include <limits.h>

static unsigned char a[256], b[256], c[256];

static void fill(uint32_t seed)
{
    for (int i = 0; i < 256; i++) a[i] = b[i] = c[i] = (unsigned char)(t_random(&seed) | 1);
}

static void copies(void)
{
    int bad = 0;
    for (int from = 0; from < 9; from++)
        for (int to = 0; to < 9; to++)
            for (int n = 0; n < 70; n++) {
                fill((uint32_t)(n + 1));
                memcpy(b + to, a + from + 90, (size_t)n);
                for (int i = 0; i < n; i++) c[to + i] = a[from + 90 + i];
                bad += memcmp(b, c, 256) != 0;
                memmove(b + to, b + from, (size_t)n);
                if (to <= from) for (int i = 0; i < n; i++) c[to + i] = c[from + i];
                else for (int i = n; i-- > 0;) c[to + i] = c[from + i];
                bad += memcmp(b, c, 256) != 0;
                memset(b + to, n, (size_t)n);
                for (int i = 0; i < n; i++) c[to + i] = (unsigned char)n;
                bad += memcmp(b, c, 256) != 0;
            }
    printf("copies: %d bad\n", bad);
}

static void searches(void)
{
    int bad = 0;
    for (int at = 0; at < 9; at++)
        for (int n = 0; n < 70; n++) {
            fill((uint32_t)(n + 100));
            a[at + n] = 0;
            bad += strlen((char *)a + at) != (size_t)n;
            bad += memchr(a + at, 0, 200) != a + at + n;
            bad += strnlen((char *)a + at, (size_t)n / 2) != (size_t)n / 2;
            memcpy(b, a + at, (size_t)n + 1);
            bad += strcmp((char *)a + at, (char *)b) != 0;
            if (n) {
                b[n / 2] = (unsigned char)(b[n / 2] - 1);
                bad += strcmp((char *)a + at, (char *)b) <= 0 && b[n / 2] != 0;
                bad += memcmp(a + at, b, (size_t)n) <= 0;
                bad += strncmp((char *)a + at, (char *)b, (size_t)n / 2) != 0;
            }
        }
    printf("searches: %d bad\n", bad);
}

int main(void)
{
    copies();
    searches();
    char buf[200] = "one,two;;three";
    for (char *p = strtok(buf, ",;"); p; p = strtok(NULL, ",;")) printf("[%s]", p);
    printf("%s %s %d\n", strstr("a needle in", "need"), strrchr("/usr/bin/x", '/'), (int)strspn("aabbc", "ab"));
    errno = 0;
    printf("%ld %ld %lld %llu\n", strtol("-0x7f", NULL, 0), strtol("0777", NULL, 8), strtoll("-9223372036854775808", NULL, 10),
           strtoull("18446744073709551615", NULL, 10));
    errno = 0;
    bool most = strtoll("99999999999999999999", NULL, 10) == LLONG_MAX;
    printf("%d %s\n", most, strerror(errno));
    snprintf(buf, sizeof buf, "%5d|%-5d|%05d|%+d|%x|%#o|%c|%10.3s|%%|%lld", 42, 42, 42, 42, 48879, 8, 'c', "abcdef", 1LL << 50);
    puts(buf);
    snprintf(buf, sizeof buf, "%.3f %e %g %g %a %10.2f|", 3.14159, 12345.678, 1e-5, 1e20, 1.0, -2.5);
    puts(buf);
    int x = 0, y = 0;
    double d = 0;
    char w[20];
    printf("%d ", sscanf("12 0x1f word 2.5", "%d %i %19s %lf", &x, &y, w, &d));
    printf("%d %d %s %g %d %d\n", x, y, w, d, toupper('q'), !!isdigit('7'));
    return 0;
}
