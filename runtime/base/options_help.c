// options_help.c: the text of --help, from the table. The parser stands in options.c.
#include "runtime/base/fmt.h"
#include "runtime/base/options_private.h"
#include <string.h>

#define HELP_COLUMN 26

static void spell(struct out *o, const char *name)
{
    out_printf(o, "%s%s", strlen(name) == 1 ? "-" : "--", name);
}

// "  -s, --stack-size BYTES  what it does", the environment variables below it.
static void help_row(struct out *o, const struct option_row *row)
{
    size_t start = o->total;
    out_puts(o, "  ");
    spell(o, row->name);
    if (*row->alias) {
        out_puts(o, ", ");
        spell(o, row->alias);
    }
    if (*row->metavar) out_printf(o, " %s", row->metavar);
    size_t width = o->total - start;
    if (width + 2 > HELP_COLUMN) {
        out_putc(o, '\n');
        width = 0;
    }
    out_pad(o, ' ', HELP_COLUMN - width);
    out_puts(o, row->help);
    if (row->kind == OPTION_LATER) out_puts(o, " (not available yet)");
    out_putc(o, '\n');
    if (!*row->env) return;
    out_pad(o, ' ', HELP_COLUMN);
    out_printf(o, "[%s]\n", row->env);
}

void options_help(int fd)
{
    char buf[1024];
    struct out o;
    out_init_fd(&o, fd, buf, sizeof buf);
    out_puts(&o, "Usage: calque [OPTION...] PROGRAM [ARGUMENT...]\n"
                 "Runs a Linux program built for another processor.\n"
                 "An option takes one dash or two; its value is the next word or follows '='.\n"
                 "The variable in brackets does the same from the environment.\n");
    for (u32 i = 0; i < option_row_count; i++) {
        if (option_rows[i].kind == OPTION_TITLE)
            out_printf(&o, "\n%s:\n", option_rows[i].name);
        else
            help_row(&o, &option_rows[i]);
    }
    out_flush(&o);
}
