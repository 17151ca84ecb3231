/* toyasm: a program for the toy machine of frontend/README.md, written as an ELF file. Reads the source from
 * standard input, a statement a line (# begins a comment), and writes the file to standard output:
 *
 *     addi RD IMM     sys     word N     at OFFSET     text STRING (to the line's end; \n is understood)
 *
 * The file is mapped whole at 0x40000, readable, writable and executable; `at` moves to an offset in it. The
 * program begins at 0x40100. Encodings are written here anew, so that the tables of the guest are checked by
 * them. Used by add_toy. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BASE = 0x40000, START = 0x100, SIZE = 0x1000, MACHINE = 0x746f };

static unsigned char image[SIZE];
static unsigned at = START;

static void die(int line, const char *what)
{
    fprintf(stderr, "toyasm: line %d: %s\n", line, what);
    exit(1);
}

static void byte(int line, unsigned v)
{
    if (at >= SIZE) die(line, "beyond the end of the file");
    image[at++] = (unsigned char)v;
}

static void word(int line, unsigned v)
{
    for (int i = 0; i < 4; i++) byte(line, v >> (8 * i));
}

static void text(int line, const char *s)
{
    for (; *s && *s != '\n'; s++) {
        int newline = s[0] == '\\' && s[1] == 'n';
        byte(line, newline ? '\n' : (unsigned char)*s);
        s += newline;
    }
}

static void statement(int line, const char *s)
{
    char name[16];
    int used = 0;
    long a, b;
    if (sscanf(s, " %15[a-z] %n", name, &used) != 1) {
        s += strspn(s, " \t\n");
        if (*s && *s != '#') die(line, "no statement");
        return;
    }
    int numbers = sscanf(s + used, "%li %li", &a, &b);
    if (strcmp(name, "addi") == 0 && numbers == 2 && a >= 0 && a < 8 && b >= -0x80000 && b < 0x80000)
        word(line, 0x01000000u | (unsigned)a << 20 | ((unsigned)b & 0xfffff));
    else if (strcmp(name, "sys") == 0)
        word(line, 0x02000000u);
    else if (strcmp(name, "word") == 0 && numbers == 1)
        word(line, (unsigned)a);
    else if (strcmp(name, "at") == 0 && numbers == 1 && a >= START && a < SIZE)
        at = (unsigned)a;
    else if (strcmp(name, "text") == 0)
        text(line, s + used);
    else
        die(line, "bad statement");
}

int main(void)
{
    char s[256];
    for (int line = 1; fgets(s, sizeof s, stdin); line++) statement(line, s);
    Elf32_Ehdr e = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
                    .e_type = ET_EXEC,
                    .e_machine = MACHINE,
                    .e_version = EV_CURRENT,
                    .e_entry = BASE + START,
                    .e_phoff = sizeof e,
                    .e_ehsize = sizeof e,
                    .e_phentsize = sizeof(Elf32_Phdr),
                    .e_phnum = 1};
    Elf32_Phdr p = {.p_type = PT_LOAD,
                    .p_vaddr = BASE,
                    .p_paddr = BASE,
                    .p_filesz = SIZE,
                    .p_memsz = SIZE,
                    .p_flags = PF_R | PF_W | PF_X,
                    .p_align = SIZE};
    memcpy(image, &e, sizeof e);
    memcpy(image + sizeof e, &p, sizeof p);
    return fwrite(image, 1, SIZE, stdout) == SIZE ? 0 : 1;
}
