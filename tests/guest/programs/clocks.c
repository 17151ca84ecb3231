// Time: the clocks agree and advance, sleeping takes as long as asked, calendars, CPU time, resolution.
#include "t.h"
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>

static int64_t ns(clockid_t c)
{
    struct timespec t;
    return clock_gettime(c, &t) ? -1 : (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(void)
{
    struct timeval tv;
    int64_t a = ns(CLOCK_REALTIME);
    CHECK(gettimeofday(&tv, NULL) == 0);
    int64_t b = (int64_t)tv.tv_sec * 1000000000 + (int64_t)tv.tv_usec * 1000;
    CHECK(b - a > -2000000 && b - a < 5000000000);
    struct timezone tz = {1, 2}; // the call itself, with all that it can give
    CHECK(syscall(SYS_gettimeofday, &tv, &tz) == 0 && tv.tv_usec >= 0 && tv.tv_usec < 1000000);
    printf("%d %d\n", tz.tz_minuteswest, tz.tz_dsttime);
    CHECK(syscall(SYS_gettimeofday, NULL, NULL) == 0);
    TRY(syscall(SYS_gettimeofday, (void *)1, NULL));
    CHECK(time(NULL) - tv.tv_sec <= 5);
    int64_t m = ns(CLOCK_MONOTONIC);
    struct timespec t = {0, 30000000}, res;
    CHECK(nanosleep(&t, NULL) == 0 && ns(CLOCK_MONOTONIC) - m >= 30000000);
    m = ns(CLOCK_MONOTONIC) + 20000000;
    t = (struct timespec){m / 1000000000, m % 1000000000};
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == 0 && ns(CLOCK_MONOTONIC) >= m);
    CHECK(usleep(1000) == 0);
    CHECK(clock_getres(CLOCK_MONOTONIC, &res) == 0 && res.tv_sec == 0 && res.tv_nsec > 0);
    TRY(clock_gettime(77, &t));
    t.tv_nsec = 1000000000;
    TRY(nanosleep(&t, NULL));
    int64_t cpu = ns(CLOCK_PROCESS_CPUTIME_ID);
    for (volatile int i = 0; i < 3000000; i++) {}
    CHECK(ns(CLOCK_PROCESS_CPUTIME_ID) > cpu && ns(CLOCK_THREAD_CPUTIME_ID) > 0);
    struct rusage ru;
    CHECK(getrusage(RUSAGE_SELF, &ru) == 0 && ru.ru_maxrss > 0);
    struct tms tms;
    CHECK(times(&tms) != (clock_t)-1);
    time_t when = 1234567890;
    char buf[100];
    strftime(buf, sizeof buf, "%Y-%m-%d %H:%M:%S %a %j", gmtime(&when));
    puts(buf);
    struct tm tm = {.tm_year = 100, .tm_mon = 1, .tm_mday = 29, .tm_hour = 12};
    printf("%lld\n", (long long)timegm(&tm));
    return 0;
}
