/* The first line of a `#!` script, by the rules of execve(2) and the kernel's binfmt_script: 256 bytes are looked at, the
 * interpreter is the first word, the rest of the line without surrounding blanks is one argument. Used before
 * the guest starts and by its execve: keeps no state. */
#include "elf/elf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/base/rawsys.h"

static bool blank(char c) { return c == ' ' || c == '\t'; }

static char *skip_blanks(char *p)
{
    while (blank(*p)) p++;
    return p;
}

int elf_parse_script(const char *head, size_t n, struct elf_script *s)
{
    memset(s, 0, sizeof *s);
    if (n < 2 || head[0] != '#' || head[1] != '!') return 0;
    if (n > ELF_HEAD) n = ELF_HEAD;
    memcpy(s->line, head, n);
    char *end = memchr(s->line, '\n', n);
    bool whole = end || n < ELF_HEAD;
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

int elf_read_script(const char *path, struct elf_script *s)
{
    char head[ELF_HEAD];
    long fd = raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return (int)fd;
    long n = raw_pread((int)fd, head, sizeof head, 0);
    raw_close((int)fd);
    return n < 0 ? (int)n : elf_parse_script(head, (size_t)n, s);
}
