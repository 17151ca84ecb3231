/* File-system view and descriptors of a task: the library prefix (-L), paths that calque answers itself, descriptors that
 * the guest must not see or close. */
#ifndef CALQUE_RUNTIME_VM_FS_H
#define CALQUE_RUNTIME_VM_FS_H

#include <stdbool.h>
#include <stddef.h>
#include "runtime/base/types.h"

/* Sets the prefix under which absolute paths are looked for first (NULL: none). The string must stay. */
void fs_set_prefix(const char *prefix);
/* Maps a path of the guest to the host's: an absolute path that exists below the prefix is taken there (a final symbolic
 * link counts as existing, wherever it leads); the root itself, paths whose ".." climb above it, and all others stay.
 * Writes at most `size` bytes. Returns out or path itself. */
const char *fs_host_path(const char *path, char *out, size_t size);
/* Descriptors that belong to calque: close, dup2, close_range and /proc/self/fd pass them by. */
bool fs_is_hidden(int fd);
int fs_next_hidden(int fd); /* the lowest such descriptor >= fd, or -1 */
/* Moves fd high, close-on-exec, and hides it: the new number, or -errno (fd itself if that is negative; -EMFILE beyond
 * four) with fd as it was. Before the guest runs. */
int fs_hide(int fd);

#endif
