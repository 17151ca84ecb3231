/* Paths and descriptors: the library prefix of -L, and the descriptors that belong to calque. Called by syscalls/ for
 * every path and for close and its kin. */
#include "runtime/vm/fs.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/base.h"
#include "runtime/base/rawsys.h"

static const char *prefix;
static size_t prefix_len;
#define HIDDEN_MAX 4
static int hidden[HIDDEN_MAX];
static u32 nhidden;

void fs_set_prefix(const char *p)
{
    prefix_len = p ? strlen(p) : 0;
    while (prefix_len > 0 && p[prefix_len - 1] == '/') prefix_len--;
    prefix = prefix_len ? p : NULL;
}

/* How many components deep a path leads, by its text; -1 when it is the root itself or climbs above it on the way. */
static int depth_below_root(const char *path)
{
    int depth = 0;
    while (*path && depth >= 0) {
        size_t n = strcspn(path, "/");
        if (n == 2 && path[0] == '.' && path[1] == '.')
            depth--;
        else if (n > 1 || (n == 1 && path[0] != '.'))
            depth++;
        path += n + (path[n] == '/');
    }
    return depth > 0 ? depth : -1;
}

const char *fs_host_path(const char *path, char *out, size_t size)
{
    if (!prefix || path[0] != '/' || depth_below_root(path) < 0) return path;
    size_t n = strlen(path);
    if (prefix_len + n + 1 > size) return path;
    memcpy(out, prefix, prefix_len);
    memcpy(out + prefix_len, path, n + 1);
    struct stat st;
    return raw_fstatat(AT_FDCWD, out, &st, AT_SYMLINK_NOFOLLOW) == 0 ? out : path;
}

bool fs_is_hidden(int fd)
{
    for (u32 i = 0; i < nhidden; i++)
        if (hidden[i] == fd) return true;
    return false;
}

int fs_next_hidden(int fd)
{
    int best = -1;
    for (u32 i = 0; i < nhidden; i++)
        if (hidden[i] >= fd && (best < 0 || hidden[i] < best)) best = hidden[i];
    return best;
}

int fs_hide(int fd)
{
    if (fd < 0) return fd;
    if (nhidden == HIDDEN_MAX) return -EMFILE;
    int r = base_fd_move_high(fd);
    if (r >= 0) hidden[nhidden++] = r;
    return r;
}
