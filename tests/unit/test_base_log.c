// test_base_log.c: log channels, the address filter, where the log goes.
#include "runtime/base/base.h"
#include "runtime/base/log.h"
#include "test_base_capture.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#define BIT(channel) ((u64)1 << LOG_##channel)

static char message[1024];
static struct out err;

static int no_channels(void **state)
{
    (void)state;
    log_mask = 0;
    out_init_mem(&err, message, sizeof message);
    return 0;
}

// ---- channels ----

static void log_mask_from_names(void **state)
{
    (void)state;
    u64 mask = 7;
    assert_int_equal(log_parse_mask("in_asm", &mask, &err), 0);
    assert_true(mask == BIT(in_asm));
    assert_int_equal(log_parse_mask("strace,exec,strace", &mask, &err), 0);
    assert_true(mask == (BIT(strace) | BIT(exec)));
    assert_int_equal(log_parse_mask("op,op_opt,int", &mask, &err), 0);
    assert_true(mask == (BIT(ir) | BIT(ir_opt) | BIT(signal)));
    assert_int_equal(log_parse_mask("all", &mask, &err), 0);
    assert_int_equal(__builtin_popcountl(mask), LOG_COUNT);
    assert_int_equal(err.total, 0);
    assert_true(log_mask == 0);
}

static void log_mask_adds_up(void **state)
{
    (void)state;
    assert_int_equal(log_set_mask("cpu", &err), 0);
    assert_int_equal(log_set_mask("elf", &err), 0);
    assert_true(log_mask == (BIT(cpu) | BIT(elf)));
    assert_true(log_on(LOG_cpu) && log_on(LOG_elf) && !log_on(LOG_exec));
}

static void log_unknown_channel_is_named_and_the_list_shown(void **state)
{
    (void)state;
    static const char *const bad[] = {"exec,nonsense,cpu", "nonsense", "cpu,nonsense"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        u64 mask = 7;
        out_init_mem(&err, message, sizeof message);
        assert_int_equal(log_parse_mask(bad[i], &mask, &err), -EINVAL);
        assert_true(mask == 7);
        assert_non_null(strstr(message, "'nonsense'"));
#define LOG_CHANNEL(name, help) assert_non_null(strstr(message, " " #name));
#define LOG_ALIAS(name, channel)
#include "runtime/base/channels.def"
#undef LOG_CHANNEL
#undef LOG_ALIAS
    }
    u64 mask;
    assert_int_equal(log_parse_mask("", &mask, &err), -EINVAL);
    assert_int_equal(log_parse_mask("cpu,", &mask, &err), -EINVAL);
    assert_int_equal(log_parse_mask("cp", &mask, &err), -EINVAL);
    assert_int_equal(log_parse_mask("cpux", &mask, &err), -EINVAL);
}

static void log_list_has_every_channel_and_its_help(void **state)
{
    (void)state;
    static char text[4096];
    struct out o;
    out_init_mem(&o, text, sizeof text);
    log_list_channels(&o);
    assert_false(out_truncated(&o));
#define LOG_CHANNEL(name, help)                                                                              \
    assert_non_null(strstr(text, "  " #name " "));                                                           \
    assert_non_null(strstr(text, help "\n"));
#define LOG_ALIAS(name, channel)
#include "runtime/base/channels.def"
#undef LOG_CHANNEL
#undef LOG_ALIAS
}

// ---- lines ----

static int evaluated;
static int count_evaluation(void)
{
    return ++evaluated;
}

static void log_line_only_when_on_and_always_with_newline(void **state)
{
    (void)state;
    static struct capture c;
    evaluated = 0;
    capture_begin(&c, 2);
    log_printf(LOG_exec, "off %d", count_evaluation());
    log_mask = BIT(exec);
    log_printf(LOG_exec, "one %d", count_evaluation());
    log_printf(LOG_exec, "two\n");
    log_printf(LOG_cpu, "off %d", count_evaluation());
    log_line("three");
    log_write("a\nb\n", 4);
    assert_string_equal(capture_end(&c), "one 1\ntwo\nthree\na\nb\n");
    assert_int_equal(evaluated, 1);
}

static void log_line_too_long_is_cut_visibly(void **state)
{
    (void)state;
    static struct capture c;
    static char big[10000];
    memset(big, 'x', sizeof big - 1);
    capture_begin(&c, 2);
    log_line("%s\n", big);
    const char *text = capture_end(&c);
    size_t n = strlen(text);
    assert_in_range(n, 1000, 5000);
    assert_string_equal(text + n - 5, "x...\n");
}

// ---- output ----

static void read_file(const char *path, char *buf, size_t cap)
{
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n = read(fd, buf, cap - 1);
    assert_true(n >= 0);
    buf[n] = 0;
    close(fd);
}

static void log_file_is_high_cloexec_named_by_pid_and_appended_on_demand(void **state)
{
    (void)state;
    char dir[] = "/tmp/calque-log-XXXXXX", path[64], shown[64], text[64];
    assert_non_null(mkdtemp(dir));
    sprintf(path, "%s/%%d-%%%%", dir);
    sprintf(shown, "%s/%d-%%", dir, getpid());
    assert_int_equal(log_open(path, false), 0);
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    assert_true(log_fd() >= (int)(rl.rlim_cur >= 1016 ? 1000 : rl.rlim_cur - 16));
    assert_int_equal(fcntl(log_fd(), F_GETFD), FD_CLOEXEC);
    assert_true(fcntl(log_fd(), F_GETFL) & O_APPEND);
    log_line("first");
    assert_int_equal(log_open(path, true), 0);
    log_line("second");
    read_file(shown, text, sizeof text);
    assert_string_equal(text, "first\nsecond\n");
    assert_int_equal(log_open(path, false), 0);
    read_file(shown, text, sizeof text);
    assert_string_equal(text, "");
    unlink(shown);
    rmdir(dir);
}

static void log_open_failure_keeps_the_output(void **state)
{
    (void)state;
    static struct capture c;
    capture_begin(&c, 2);
    assert_int_equal(log_open(NULL, false), 0); // a copy of stderr, that is: of the capture
    assert_true(log_fd() > 2);
    assert_int_equal(log_open("/nonexistent/directory/log", false), -ENOENT);
    log_line("still here");
    assert_string_equal(capture_end(&c), "still here\n");
    assert_int_equal(log_open(NULL, false), 0);
}

static void fd_high_under_a_small_limit(void **state)
{
    (void)state;
    struct rlimit rl, small;
    getrlimit(RLIMIT_NOFILE, &rl);
    small = (struct rlimit){64, rl.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
    int fd = base_fd_copy_high(2), moved = base_fd_move_high(fd);
    setrlimit(RLIMIT_NOFILE, &rl);
    assert_in_range(fd, 48, 63);
    assert_in_range(moved, 48, 63);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(fcntl(moved, F_GETFD), FD_CLOEXEC);
    close(moved);
    assert_int_equal(base_fd_move_high(-1), -EBADF);
}

// ---- filter ----

struct edge {
    gaddr in, out; // neighbours across an edge of the filter
};

static void filter_edges(const char *text, const struct edge *edges, size_t count)
{
    assert_int_equal(log_check_filter(text, &err), 0);
    assert_int_equal(log_set_filter(text, &err), 0);
    for (size_t i = 0; i < count; i++) {
        assert_true(log_in_filter(edges[i].in));
        assert_false(log_in_filter(edges[i].out));
    }
}
#define FILTER_EDGES(text, ...)                                                                              \
    filter_edges(text, (struct edge[]){__VA_ARGS__},                                                         \
                 sizeof((struct edge[]){__VA_ARGS__}) / sizeof(struct edge))

static void log_filter_ranges(void **state)
{
    (void)state;
    assert_true(log_in_filter(0) && log_in_filter(~(gaddr)0));
    FILTER_EDGES("0x8000..0x8fff", {0x8000, 0x7fff}, {0x8fff, 0x9000});
    FILTER_EDGES("0x9000+0x100", {0x9000, 0x8fff}, {0x90ff, 0x9100});
    FILTER_EDGES("0x8000-0x100", {0x7f00, 0x7eff}, {0x7fff, 0x8000});
    FILTER_EDGES("4096+1", {4096, 4095}, {4096, 4097});
    FILTER_EDGES("0x10..0x10,0xffffffffffffff00..0xffffffffffffffff,0x100-0x10", {0x10, 0xf}, {0x10, 0x11},
                 {0xffffffffffffff00, 0xfffffffffffffeff}, {~(gaddr)0, 0}, {0xf0, 0xef}, {0xff, 0x100});
    FILTER_EDGES("0xfffffffffffffff0+0x10", {~(gaddr)0, 0xffffffffffffffef});
}

static void log_filter_refuses_bad_ranges_and_stays(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "0x8000",
                                      "0x8000..",
                                      "..0x8000",
                                      "0x9000..0x8000",
                                      "0x10+0",
                                      "0x10-0",
                                      "0x10-0x11",
                                      "zebra",
                                      "0x10+z",
                                      "0x10.20",
                                      "0x10..0x20,",
                                      "0x10..0x20,0x30",
                                      "0x10...0x20",
                                      "~0+1",
                                      "0xffffffffffffffff+2",
                                      "0x1..0x2 "};
    assert_int_equal(log_set_filter("0x10..0x1f", &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        out_init_mem(&err, message, sizeof message);
        if (log_set_filter(bad[i], &err) != -EINVAL) fail_msg("'%s' was taken", bad[i]);
        assert_non_null(strstr(message, "bad address range '"));
        assert_true(log_in_filter(0x10) && log_in_filter(0x1f) && !log_in_filter(0x20));
    }
    char many[33 * 5] = "";
    for (int i = 0; i < 33; i++) strcat(many, i ? ",1+1" : "1+1");
    assert_int_equal(log_set_filter(many, &err), -E2BIG);
    many[strlen(many) - 4] = 0;
    assert_int_equal(log_set_filter(many, &err), 0);
}

#define TEST(f) cmocka_unit_test_setup(f, no_channels)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(log_mask_from_names),
        TEST(log_mask_adds_up),
        TEST(log_unknown_channel_is_named_and_the_list_shown),
        TEST(log_list_has_every_channel_and_its_help),
        TEST(log_line_only_when_on_and_always_with_newline),
        TEST(log_line_too_long_is_cut_visibly),
        TEST(log_filter_ranges),
        TEST(log_filter_refuses_bad_ranges_and_stays),
        TEST(log_file_is_high_cloexec_named_by_pid_and_appended_on_demand),
        TEST(log_open_failure_keeps_the_output),
        TEST(fd_high_under_a_small_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
