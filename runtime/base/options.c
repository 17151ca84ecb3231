// options.c: the parser over the table of options.def. The help text stands in options_help.c. See options.h.
#include "runtime/base/options.h"
#include "runtime/base/fmt.h"
#include "runtime/base/heap.h"
#include "runtime/base/log.h"
#include "runtime/base/options_private.h"
#include "runtime/base/ranges.h"
#include <errno.h>
#include <string.h>

#define STDOUT 1
#define STDERR 2

const struct option_row option_rows[] = {
#define OPTION(kind, field, name, alias, env, metavar, help)                                                 \
    {OPTION_##kind, OPT_##field, offsetof(struct options, field), name, alias, env, metavar, help},
#define OPTION_GROUP(title)                      {OPTION_TITLE, 0, 0, title, "", "", "", ""},
#define OPTION_ACTION(action, name, alias, help) {OPTION_##action, 0, 0, name, alias, "", "", help},
#include "runtime/base/options.def"
#undef OPTION
#undef OPTION_GROUP
#undef OPTION_ACTION
};
const u32 option_row_count = ARRAY_LEN(option_rows);

// What a step of the parser came to.
enum outcome { GO_ON, DONE, FAILED };

// Where a value comes from, for messages: "option -s" or "environment variable CALQUE_STACK_SIZE".
struct origin {
    const char *what, *dash, *name;
};

// One line of what is wrong and one of what to do, on stderr.
static enum outcome fail(const struct origin *from, const char *fmt, ...) FMT_PRINTF(2, 3);
static enum outcome fail(const struct origin *from, const char *fmt, ...)
{
    char buf[1024];
    struct out o;
    va_list ap;
    out_init_fd(&o, STDERR, buf, sizeof buf);
    out_printf(&o, "calque: %s %s%s: ", from->what, from->dash, from->name);
    va_start(ap, fmt);
    out_vprintf(&o, fmt, ap);
    va_end(ap);
    out_puts(&o, "; 'calque --help' shows what there is\n");
    out_flush(&o);
    return FAILED;
}

// ---- values, by kind ----

static void list_add(struct option_list *list, const char *word, size_t n)
{
    list->item = heap_realloc(list->item, (list->count + 1) * sizeof *list->item);
    list->item[list->count++] = heap_strndup(word, n);
}

static enum outcome set_list(struct option_list *list, const char *text, const struct origin *from)
{
    for (const char *p = text;; p++) {
        size_t n = strcspn(p, ",");
        if (n == 0) return fail(from, "an empty word in '%s'", text);
        list_add(list, p, n);
        p += n;
        if (!*p) return GO_ON;
    }
}

// True when text starts with a variable's name and a '='.
static bool starts_assignment(const char *text)
{
    size_t n = strcspn(text, "=,");
    return n > 0 && text[n] == '=' && strcspn(text, " \t\n/:;") > n;
}

// NAME=VALUE words. A comma ends one only where another assignment follows: values may have commas.
static enum outcome set_env_list(struct option_list *list, const char *text, const struct origin *from)
{
    for (const char *p = text;; p++) {
        size_t n = strcspn(p, ",");
        if (!starts_assignment(p)) return fail(from, "'%s' is not NAME=VALUE", p);
        while (p[n] && !starts_assignment(p + n + 1)) n += 1 + strcspn(p + n + 1, ",");
        list_add(list, p, n);
        p += n;
        if (!*p) return GO_ON;
    }
}

static enum outcome set_uint(u64 *field, const char *text, const struct origin *from)
{
    switch (fmt_parse_u64(text, strlen(text), true, field)) {
    case 0: return GO_ON;
    case -ERANGE: return fail(from, "'%s' does not fit 64 bits", text);
    default: return fail(from, "'%s' is not a number (4096, 0x1000, 4K, 1M)", text);
    }
}

static enum outcome set_choice(u32 *field, const char *words, const char *text, const struct origin *from)
{
    size_t len = strlen(text);
    u32 index = 0;
    for (const char *p = words;; p++, index++) {
        size_t n = strcspn(p, "|");
        if (n == len && memcmp(p, text, n) == 0) {
            *field = index;
            return GO_ON;
        }
        p += n;
        if (!*p) return fail(from, "'%s' is none of %s", text, words);
    }
}

static enum outcome list_channels(void)
{
    char buf[512];
    struct out o;
    out_init_fd(&o, STDOUT, buf, sizeof buf);
    log_list_channels(&o);
    out_flush(&o);
    return DONE;
}

// The text is kept; it is only checked that who reads it later will take it.
static enum outcome set_checked(const struct option_row *row, const char **field, const char *text,
                                const struct origin *from)
{
    char message[512];
    struct out o;
    u64 mask;
    out_init_mem(&o, message, sizeof message);
    if (row->kind == OPTION_CHANNELS && strcmp(text, "help") == 0) return list_channels();
    struct ranges r;
    int bad = row->kind == OPTION_CHANNELS ? log_parse_mask(text, &mask, &o)
                                           : ranges_parse(&r, text, row->kind == OPTION_UNITS, &o);
    if (bad) return fail(from, "%s", message);
    *field = text;
    return GO_ON;
}

// A flag's value in the environment: anything counts as yes, but for the usual words for no.
static bool flag_value(const char *text)
{
    return !(text && (!*text || !strcmp(text, "0") || !strcmp(text, "no") || !strcmp(text, "off")));
}

static enum outcome act(enum option_kind kind)
{
    char buf[128];
    struct out o;
    if (kind == OPTION_HELP) {
        options_help(STDOUT);
        return DONE;
    }
    out_init_fd(&o, STDOUT, buf, sizeof buf);
    out_puts(&o, "calque " CALQUE_VERSION "\n");
    out_flush(&o);
    return DONE;
}

// `text` is NULL for a flag on the command line.
static enum outcome set_value(struct options *o, const struct option_row *row, const char *text,
                              const struct origin *from)
{
    void *field = (char *)o + row->offset;
    o->given |= (u64)1 << row->id;
    switch (row->kind) {
    case OPTION_FLAG: *(bool *)field = flag_value(text); return GO_ON;
    case OPTION_STR: *(const char **)field = text; return GO_ON;
    case OPTION_UINT: return set_uint(field, text, from);
    case OPTION_CHOICE: return set_choice(field, row->metavar, text, from);
    case OPTION_LIST: return set_list(field, text, from);
    case OPTION_ENVLIST: return set_env_list(field, text, from);
    case OPTION_CHANNELS:
    case OPTION_UNITS:
    case OPTION_RANGES: return set_checked(row, field, text, from);
    default: return fail(from, "not available yet");
    }
}

// ---- the environment ----

static const char *env_value(char **envp, const char *name, size_t n)
{
    for (; *envp; envp++)
        if (strncmp(*envp, name, n) == 0 && (*envp)[n] == '=') return *envp + n + 1;
    return NULL;
}

// The first of the row's variables that is set.
static enum outcome read_variable(struct options *o, const struct option_row *row, char **envp)
{
    for (const char *p = row->env; *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        const char *text = env_value(envp, p, n);
        if (text) {
            char name[64];
            fmt_snprintf(name, sizeof name, "%.*s", (int)n, p);
            return set_value(o, row, text, &(struct origin){"environment variable", "", name});
        }
        p += n;
    }
    return GO_ON;
}

// All variables of the table begin so; most environments have none, and looking for each by name costs microseconds.
static bool has_variables(char **envp)
{
    for (; *envp; envp++)
        if (strncmp(*envp, "CALQUE_", 7) == 0 || strncmp(*envp, "QEMU_", 5) == 0) return true;
    return false;
}

static enum outcome read_environment(struct options *o, char **envp)
{
    if (!has_variables(envp)) return GO_ON;
    for (u32 i = 0; i < option_row_count; i++) {
        enum outcome result = read_variable(o, &option_rows[i], envp);
        if (result != GO_ON) return result;
    }
    return GO_ON;
}

// ---- the command line ----

static bool is_name(const char *name, const char *word, size_t n)
{
    return n > 0 && strlen(name) == n && memcmp(name, word, n) == 0;
}

static const struct option_row *find_row(const char *word, size_t n)
{
    for (const struct option_row *row = option_rows; row < option_rows + option_row_count; row++)
        if (row->kind != OPTION_TITLE && (is_name(row->name, word, n) || is_name(row->alias, word, n)))
            return row;
    return NULL;
}

// The option at argv[*at]; *at moves past it and its value.
static enum outcome read_option(struct options *o, char **argv, int *at)
{
    const char *word = argv[(*at)++];
    const char *name = word + (word[1] == '-' ? 2 : 1);
    size_t n = strcspn(name, "=");
    const char *text = name[n] == '=' ? name + n + 1 : NULL;
    char shown[64];
    fmt_snprintf(shown, sizeof shown, "%.*s", (int)(name - word + (long)n), word);
    struct origin from = {"option", "", shown};
    const struct option_row *row = find_row(name, n);
    if (!row) return fail(&from, "there is no such option");
    bool takes_value = row->metavar[0] != 0;
    if (!takes_value && text) return fail(&from, "takes no value");
    if (row->kind == OPTION_HELP || row->kind == OPTION_VERSION) return act(row->kind);
    if (takes_value && !text) text = argv[*at] ? argv[(*at)++] : NULL;
    if (takes_value && !text) return fail(&from, "needs a value: %s", row->metavar);
    return set_value(o, row, text, &from);
}

static enum outcome read_words(struct options *o, char **argv, int *at)
{
    while (argv[*at] && argv[*at][0] == '-' && argv[*at][1]) {
        if (strcmp(argv[*at], "--") == 0) {
            ++*at;
            return GO_ON;
        }
        enum outcome result = read_option(o, argv, at);
        if (result != GO_ON) return result;
    }
    return GO_ON;
}

int options_parse(struct options *o, int argc, char **argv, char **envp, bool secure)
{
    *o = (struct options){0};
    int at = 1;
    if (argc < 1) {
        fail(&(struct origin){"argument", "", "0"}, "there is none; whoever started calque gave no argv[0]");
        return -1;
    }
    enum outcome result = secure ? GO_ON : read_environment(o, envp);
    if (result == GO_ON) result = read_words(o, argv, &at);
    if (secure) {
        o->log_file = NULL;
        o->given &= ~((u64)1 << OPT_log_file);
    }
    return result == GO_ON ? at : result == DONE ? 0 : -1;
}

static void list_free(struct option_list *list)
{
    for (u32 i = 0; i < list->count; i++) heap_free(list->item[i]);
    heap_free(list->item);
}

void options_free(struct options *o)
{
    for (u32 i = 0; i < option_row_count; i++)
        if (option_rows[i].kind == OPTION_LIST || option_rows[i].kind == OPTION_ENVLIST)
            list_free((struct option_list *)((char *)o + option_rows[i].offset));
    *o = (struct options){0};
}
