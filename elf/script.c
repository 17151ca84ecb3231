/* The first line of a `#!` script, by the rules of execve(2) and the kernel's binfmt_script: 256 bytes are looked at, the
 * interpreter is the first word, the rest of the line without surrounding blanks is one argument. */
#include "elf/elf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool blank(char c) { return c == ' ' || c == '\t'; }

static char *skip_blanks(char *p)
{
    while (blank(*p)) p++;
    return p;
}

int elf_read_script(const char *path, struct elf_script *s)
{
    memset(s, 0, sizeof *s);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    ssize_t n = pread(fd, s->line, sizeof s->line - 1, 0);
    close(fd);
    if (n < 2 || s->line[0] != '#' || s->line[1] != '!') return 0;
    char *end = memchr(s->line, '\n', (size_t)n);
    bool whole = end || n < (ssize_t)sizeof s->line - 1;
    if (!end) end = s->line + n;
    *end = 0;
    while (end > s->line + 2 && blank(end[-1])) *--end = 0;
    s->interpreter = skip_blanks(s->line + 2);
    char *p = s->interpreter;
    while (*p && !blank(*p)) p++;
    if (p == s->interpreter || (!whole && *p == 0)) return -ENOEXEC; /* empty, or cut off inside the name */
    if (*p) {
        *p++ = 0;
        p = skip_blanks(p);
        s->argument = *p ? p : NULL;
    }
    return 1;
}
