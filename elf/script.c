/* The first line of a `#!` script, by the rules of execve(2) and the kernel's binfmt_script: 256 bytes are looked at, zeros
 * behind the file's end; the interpreter is the first word, the rest of the line without surrounding blanks is one argument. Used
 * before the guest starts and by its execve: keeps no state. */
#include "elf/elf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/base/rawsys.h"

static bool blank(char c) { return c == ' ' || c == '\t'; }

static char *skip_blanks(char *p, const char *end)
{
    while (p < end && blank(*p)) p++;
    return p;
}

/* The first blank or zero byte at or behind p; end if there is none. */
static char *word_end(char *p, const char *end)
{
    while (p < end && !blank(*p) && *p) p++;
    return p;
}

/* Where the line ends; NULL if the interpreter's name may go on behind what is looked at. */
static char *line_end(char *line)
{
    char *last = line + ELF_HEAD - 1; /* the kernel keeps this byte for its own zero */
    char *end = memchr(line, '\n', strnlen(line, ELF_HEAD));
    if (end) return end;
    char *name = skip_blanks(line + 2, last), *p = word_end(name, last);
    return p == last && *last && !blank(*last) ? NULL : last;
}

int elf_parse_script(const char *head, size_t n, struct elf_script *s)
{
    memset(s, 0, sizeof *s);
    if (n < 2 || head[0] != '#' || head[1] != '!') return 0;
    memcpy(s->line, head, MIN(n, ELF_HEAD));
    char *end = line_end(s->line);
    if (!end) return -ENOEXEC;
    while (end > s->line + 2 && blank(end[-1])) end--;
    *end = 0;
    s->interpreter = skip_blanks(s->line + 2, end);
    char *p = word_end(s->interpreter, end);
    if (p == s->interpreter) return -ENOEXEC; /* it names nothing */
    if (p == end || *p == 0) return 1;
    *p++ = 0;
    p = skip_blanks(p, end);
    s->argument = p < end ? p : NULL; /* empty where a zero byte follows the blank, as for the kernel */
    return 1;
}

int elf_read_script(const char *path, struct elf_script *s)
{
    char head[ELF_HEAD];
    long fd = raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0) return (int)fd;
    long n = raw_pread((int)fd, head, sizeof head, 0);
    raw_close((int)fd);
    return n < 0 ? (int)n : elf_parse_script(head, (size_t)n, s);
}
