// test_vm_fs.c: the library prefix and the hidden descriptors, on a directory made for the test.
#include "runtime/vm/fs.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char root[] = "/tmp/calque-fs-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(root) || chdir(root) != 0) return -1;
    return mkdir("usr", 0755) || mkdir("usr/lib", 0755) || symlink("/nowhere/at/all", "usr/lib/broken") ||
           close(open("usr/lib/libc.so", O_CREAT | O_WRONLY, 0644));
}

static int tear_down(void **state)
{
    (void)state;
    char cmd[64];
    snprintf(cmd, sizeof cmd, "rm -rf %s", root);
    return chdir("/") || system(cmd);
}

static void expect(const char *path, bool below)
{
    char out[PATH_MAX], want[PATH_MAX];
    snprintf(want, sizeof want, "%s%s", root, path);
    assert_string_equal(fs_host_path(path, out, sizeof out), below ? want : path);
}

static void vm_fs_prefix_takes_what_exists_below_it(void **state)
{
    (void)state;
    char with_slashes[64];
    snprintf(with_slashes, sizeof with_slashes, "%s//", root);
    fs_set_prefix(with_slashes);
    expect("/usr/lib/libc.so", true);
    expect("/usr/lib/broken", true); // the link itself exists
    expect("/usr/lib/../lib/libc.so", true);
    expect("//usr/./lib/libc.so", true);
    expect("/usr/lib/libm.so", false);
    expect("/usr/lib/libc.so/x", false);
    expect("usr/lib/libc.so", false); // relative
    expect("", false);
}

static void vm_fs_prefix_is_not_the_root(void **state)
{
    (void)state;
    fs_set_prefix(root);
    expect("/", false);
    expect("//.//", false);
    expect("/usr/..", false);
    expect("/..", false);
    expect("/../usr/lib/libc.so", false); // natively the same as without "..", but never beside the prefix
    expect("/usr/../../tmp", false);
}

static void vm_fs_no_prefix_changes_nothing(void **state)
{
    (void)state;
    fs_set_prefix(NULL);
    expect("/usr/lib/libc.so", false);
    fs_set_prefix("/");
    expect("/usr/lib/libc.so", false);
}

static void vm_fs_path_that_does_not_fit_stays(void **state)
{
    (void)state;
    const char *path = "/usr/lib/libc.so";
    char out[PATH_MAX];
    size_t need = strlen(root) + strlen(path) + 1;
    fs_set_prefix(root);
    assert_ptr_equal(fs_host_path(path, out, need - 1), path);
    assert_ptr_equal(fs_host_path(path, out, need), out);
}

static void vm_fs_hidden_descriptors(void **state)
{
    (void)state;
    assert_int_equal(fs_hide(-ENOENT), -ENOENT);
    int highs[4];
    for (int i = 0; i < 4; i++) {
        int fd = open("/dev/null", O_RDONLY);
        highs[i] = fs_hide(fd);
        assert_true(highs[i] >= 200 && fs_is_hidden(highs[i]) && !fs_is_hidden(fd));
        assert_int_equal(fcntl(fd, F_GETFD), -1);
        assert_int_equal(fcntl(highs[i], F_GETFD), FD_CLOEXEC);
    }
    int fd = open("/dev/null", O_RDONLY);
    assert_int_equal(fs_hide(fd), -EMFILE);
    assert_int_equal(fcntl(fd, F_GETFD), 0); // as it was
    assert_int_equal(fs_hide(9999), -EMFILE);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vm_fs_prefix_takes_what_exists_below_it),
        cmocka_unit_test(vm_fs_prefix_is_not_the_root),
        cmocka_unit_test(vm_fs_no_prefix_changes_nothing),
        cmocka_unit_test(vm_fs_path_that_does_not_fit_stays),
        cmocka_unit_test(vm_fs_hidden_descriptors),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
