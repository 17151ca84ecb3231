// test_base_options.c: the option table and its parser: every row in every spelling, the environment, errors.
#include "runtime/base/options_private.h"
#include "test_base_capture.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct options o;
static struct capture out, err;

#define WORDS(...) ((char *[]){"calque", __VA_ARGS__, NULL})
#define ENV(...)   ((char *[]){__VA_ARGS__, NULL})
static char *no_env[] = {NULL};

// Parse with both outputs caught. What was parsed stays in `o` until the next call.
static int parse(char **argv, char **envp, bool secure)
{
    int argc = 0;
    while (argv[argc]) argc++;
    options_free(&o);
    memset(&o, 0x5a, sizeof o); // the parser sets all of it
    capture_begin(&out, 1);
    capture_begin(&err, 2);
    int at = options_parse(&o, argc, argv, envp, secure);
    capture_end(&err);
    capture_end(&out);
    return at;
}

static int parse_args(char **argv)
{
    return parse(argv, no_env, false);
}

// ---- the table ----

static bool is_option(const struct option_row *row)
{
    return row->kind != OPTION_TITLE;
}

static void table_rows_are_complete_and_names_unique(void **state)
{
    (void)state;
    for (u32 i = 0; i < option_row_count; i++) {
        const struct option_row *a = &option_rows[i];
        if (!is_option(a)) continue;
        assert_true(strlen(a->help) > 5);
        assert_true(strlen(a->name) > 0);
        for (u32 j = 0; j < option_row_count; j++) {
            const struct option_row *b = &option_rows[j];
            if (!is_option(b)) continue;
            if (i != j && strcmp(a->name, b->name) == 0) fail_msg("two options -%s", a->name);
            if (strcmp(a->name, b->alias) == 0) fail_msg("alias is an option: -%s", a->name);
            if (i != j && *a->alias && strcmp(a->alias, b->alias) == 0) fail_msg("two aliases -%s", a->alias);
        }
        bool flag = a->kind == OPTION_FLAG || a->kind == OPTION_HELP || a->kind == OPTION_VERSION;
        assert_int_equal(*a->metavar == 0, flag);
    }
}

// A value that the row's kind takes; with another one the field differs.
static const char *sample(const struct option_row *row, int which)
{
    static char choice[64];
    switch (row->kind) {
    case OPTION_UINT: return which ? "8192" : "0x1000";
    case OPTION_ENVLIST: return which ? "A=1" : "B=2,3";
    case OPTION_CHANNELS: return which ? "exec,cpu" : "elf";
    case OPTION_UNITS:
    case OPTION_RANGES: return which ? "1+1" : "2..3";
    case OPTION_CHOICE:
        strcpy(choice, row->metavar);
        return which ? strrchr(choice, '|') + 1 : strtok(choice, "|");
    default: return which ? "some" : "other";
    }
}

static size_t field_size(const struct option_row *row)
{
    switch (row->kind) {
    case OPTION_FLAG: return sizeof(bool);
    case OPTION_CHOICE: return sizeof(u32);
    default: return 8;
    }
}

static void check_field(const struct option_row *row, const char *value)
{
    const char *field = (const char *)&o + row->offset;
    const struct option_list *list = (const struct option_list *)field;
    char text[64] = "|", *bar = text;
    u32 choice;
    assert_true(o.given == (u64)1 << row->id);
    switch (row->kind) {
    case OPTION_FLAG: assert_true(*(const bool *)field); break;
    case OPTION_UINT: assert_true(*(const u64 *)field == strtoull(value, NULL, 0)); break;
    case OPTION_LIST:
    case OPTION_ENVLIST:
        assert_int_equal(list->count, 1);
        assert_string_equal(list->item[0], value);
        break;
    case OPTION_CHOICE: // the index is the number of bars before the word
        choice = *(const u32 *)field;
        strcat(text, row->metavar);
        for (u32 i = 0; i < choice; i++) bar = strchr(bar + 1, '|');
        assert_memory_equal(bar + 1, value, strlen(value));
        break;
    default: assert_string_equal(*(const char *const *)field, value);
    }
}

// -name value, -name=value, --name value, --name=value.
static void check_spellings(const struct option_row *row, const char *name)
{
    for (int form = 0; form < 4; form++) {
        for (int which = 0; which < 2; which++) {
            char word[128], value[64], plain[] = "program";
            strcpy(value, row->kind == OPTION_FLAG ? "" : sample(row, which));
            sprintf(word, "%s%s", form < 2 ? "-" : "--", name);
            if (row->kind == OPTION_FLAG) {
                assert_int_equal(parse_args(WORDS(word, plain)), 2);
            } else if (form % 2) {
                strcat(strcat(word, "="), value);
                assert_int_equal(parse_args(WORDS(word, plain)), 2);
            } else {
                assert_int_equal(parse_args(WORDS(word, value, plain)), 3);
            }
            check_field(row, value);
            assert_string_equal(err.text, "");
        }
    }
}

static bool settable(const struct option_row *row)
{
    return is_option(row) && row->kind != OPTION_HELP && row->kind != OPTION_VERSION &&
           row->kind != OPTION_LATER;
}

static void table_every_option_in_every_spelling(void **state)
{
    (void)state;
    for (u32 i = 0; i < option_row_count; i++) {
        if (!settable(&option_rows[i])) continue;
        check_spellings(&option_rows[i], option_rows[i].name);
        if (*option_rows[i].alias) check_spellings(&option_rows[i], option_rows[i].alias);
    }
}

static void check_variable(const struct option_row *row, const char *name)
{
    char entry[128], value[64];
    strcpy(value, row->kind == OPTION_FLAG ? "1" : sample(row, 1));
    sprintf(entry, "%s=%s", name, value);
    assert_int_equal(parse(WORDS("program"), ENV("HOME=/", entry), false), 1);
    check_field(row, value);
    static const struct options none;
    assert_int_equal(parse(WORDS("program"), ENV(entry), true), 1); // AT_SECURE
    assert_memory_equal((const char *)&o + row->offset, (const char *)&none + row->offset, field_size(row));
    assert_true(o.given == 0);
}

static void table_every_variable_sets_and_is_deaf_when_secure(void **state)
{
    (void)state;
    for (u32 i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        char names[128];
        if (!settable(row)) continue;
        strcpy(names, row->env);
        assert_memory_equal(names, "CALQUE_", 7);
        for (char *name = names; *name; name += strspn(name, " ")) {
            char *end = name + strcspn(name, " "), one[64];
            sprintf(one, "%.*s", (int)(end - name), name);
            check_variable(row, one);
            name = end;
        }
    }
}

static void table_choice_words_match_their_names(void **state)
{
    (void)state;
    parse_args(WORDS("-guest-mem", "identity"));
    assert_int_equal(o.guest_mem, GUEST_MEM_IDENTITY);
    parse_args(WORDS("-guest-mem", "base"));
    assert_int_equal(o.guest_mem, GUEST_MEM_BASE);
    parse_args(WORDS("-backend", "interp"));
    assert_int_equal(o.backend, BACKEND_INTERP);
    parse_args(WORDS("-backend=jit"));
    assert_int_equal(o.backend, BACKEND_JIT);
    parse_args(WORDS("program"));
    assert_int_equal(o.backend, BACKEND_AUTO);
    assert_int_equal(o.guest_mem, GUEST_MEM_AUTO);
}

// ---- habits ----

static void options_as_people_type_them(void **state)
{
    (void)state;
    assert_int_equal(parse_args(WORDS("-L", "/usr/arm", "-strace", "-cpu", "max", "-d", "in_asm,exec", "-D",
                                      "log", "-E", "A=1", "-E", "B=2", "-U", "X,Y", "-0", "name", "-r",
                                      "5.10", "-s", "8M", "-one-insn-per-tb", "./prog", "-d", "not-ours")),
                     23);
    assert_string_equal(o.prefix, "/usr/arm");
    assert_true(o.strace && o.singlestep && !o.stats);
    assert_string_equal(o.cpu, "max");
    assert_string_equal(o.channels, "in_asm,exec");
    assert_string_equal(o.log_file, "log");
    assert_int_equal(o.set_env.count, 2);
    assert_string_equal(o.set_env.item[1], "B=2");
    assert_int_equal(o.unset_env.count, 2);
    assert_string_equal(o.unset_env.item[0], "X");
    assert_string_equal(o.argv0, "name");
    assert_string_equal(o.uname, "5.10");
    assert_int_equal(o.stack_size, 8 << 20);
}

static void options_end_at_the_program(void **state)
{
    (void)state;
    assert_int_equal(parse_args(WORDS("./prog", "-strace")), 1);
    assert_false(o.strace);
    assert_int_equal(parse_args(WORDS("-strace", "--", "-odd-name", "-d")), 3);
    assert_int_equal(parse_args(WORDS("-strace", "-", "x")), 2);
    assert_int_equal(parse_args(WORDS("-strace")), 2); // argc: there is no program
    assert_int_equal(parse((char *[]){"calque", NULL}, no_env, false), 1);
    assert_int_equal(parse((char *[]){NULL}, no_env, false), -1);
    assert_non_null(strstr(err.text, "argv[0]"));
}

static void environment_list_splits_only_before_assignments(void **state)
{
    (void)state;
    parse_args(WORDS("-E", "A=1,2,3,B=x=y,C=,D=a b,e=f"));
    assert_int_equal(o.set_env.count, 5);
    assert_string_equal(o.set_env.item[0], "A=1,2,3");
    assert_string_equal(o.set_env.item[1], "B=x=y");
    assert_string_equal(o.set_env.item[2], "C=");
    assert_string_equal(o.set_env.item[3], "D=a b");
    assert_string_equal(o.set_env.item[4], "e=f");
    parse_args(WORDS("-E", "LS_COLORS=no=00:fi=00,/x/y=3"));
    assert_int_equal(o.set_env.count, 1);
}

static void command_line_wins_over_environment_and_lists_add_up(void **state)
{
    (void)state;
    char **env =
        ENV("QEMU_STACK_SIZE=1M", "CALQUE_CPU=a", "QEMU_CPU=b", "CALQUE_SET_ENV=A=1", "CALQUE_STRACE=0");
    assert_int_equal(parse(WORDS("-s", "0", "-E", "B=2", "x"), env, false), 5);
    assert_true(o.stack_size == 0 && option_given(&o, stack_size));
    assert_string_equal(o.cpu, "a");
    assert_int_equal(o.set_env.count, 2);
    assert_string_equal(o.set_env.item[0], "A=1");
    assert_string_equal(o.set_env.item[1], "B=2");
    assert_false(o.strace);
    assert_false(option_given(&o, prefix));
    assert_int_equal(parse(WORDS("x"), ENV("QEMU_CPU=b", "CALQUE_CPUX=c"), false), 1);
    assert_string_equal(o.cpu, "b");
}

static void secure_drops_the_log_file(void **state)
{
    (void)state;
    assert_int_equal(parse(WORDS("-D", "/etc/passwd", "-strace", "x"), no_env, true), 4);
    assert_null(o.log_file);
    assert_false(option_given(&o, log_file));
    assert_true(o.strace);
}

// ---- information ----

static void help_names_every_option_and_variable(void **state)
{
    (void)state;
    static const char *const spellings[] = {"-h", "--help", "-help", "--h"};
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
        char word[16];
        strcpy(word, spellings[i]);
        assert_int_equal(parse_args(WORDS("-strace", word, "-nonsense")), 0);
        assert_string_equal(err.text, "");
        for (u32 j = 0; j < option_row_count; j++) {
            char want[64];
            sprintf(want, "%s%s", option_rows[j].kind == OPTION_TITLE ? "\n" : "-", option_rows[j].name);
            assert_non_null(strstr(out.text, want));
            assert_non_null(strstr(out.text, option_rows[j].help));
            assert_non_null(strstr(out.text, option_rows[j].env));
        }
    }
}

static void version_and_lists(void **state)
{
    (void)state;
    assert_int_equal(parse_args(WORDS("--version")), 0);
    assert_memory_equal(out.text, "calque ", 7);
    assert_int_equal(parse_args(WORDS("-d", "help", "x")), 0);
    assert_non_null(strstr(out.text, "in_asm"));
    assert_string_equal(err.text, "");
}

// ---- errors ----

static void expect_error(char **argv, const char *what)
{
    assert_int_equal(parse_args(argv), -1);
    assert_string_equal(out.text, "");
    if (!strstr(err.text, what)) print_error("stderr: '%s', wanted '%s'\n", err.text, what);
    assert_non_null(strstr(err.text, what));
    assert_memory_equal(err.text, "calque: ", 8);
    assert_non_null(strstr(err.text, "calque --help")); // the next step
}

static void bad_command_lines_are_explained(void **state)
{
    (void)state;
    expect_error(WORDS("-nonsense"), "option -nonsense: there is no such option");
    expect_error(WORDS("--nonsense=3"), "option --nonsense: there is no such option");
    expect_error(WORDS("-strac"), "option -strac: there is no such option");
    expect_error(WORDS("-=3"), "there is no such option");
    expect_error(WORDS("-strace", "-L"), "option -L: needs a value: DIR");
    expect_error(WORDS("-strace=yes"), "option -strace: takes no value");
    expect_error(WORDS("-help=yes"), "option -help: takes no value");
    expect_error(WORDS("-s", "big"), "option -s: 'big' is not a number");
    expect_error(WORDS("-s="), "'' is not a number");
    expect_error(WORDS("-s", "99999999999999999999"), "does not fit");
    expect_error(WORDS("-backend", "magic"), "'magic' is none of auto|interp|jit");
    expect_error(WORDS("-backend="), "'' is none of");
    expect_error(WORDS("-backend", "inter"), "'inter' is none of");
    expect_error(WORDS("-d", "exec,nonsense"), "option -d: unknown log channel 'nonsense'");
    expect_error(WORDS("-dfilter", "12"), "bad address range '12'");
    expect_error(WORDS("-E", "novalue"), "'novalue' is not NAME=VALUE");
    expect_error(WORDS("-E", "=x"), "is not NAME=VALUE");
    expect_error(WORDS("-U", "a,,b"), "an empty word");
    expect_error(WORDS("-g", "1234", "x"), "option -g: not available yet");
}

static void bad_variables_are_explained(void **state)
{
    (void)state;
    assert_int_equal(parse(WORDS("x"), ENV("QEMU_STACK_SIZE=big"), false), -1);
    assert_non_null(strstr(err.text, "environment variable QEMU_STACK_SIZE: 'big' is not a number"));
    assert_int_equal(parse(WORDS("x"), ENV("QEMU_STACK_SIZE=big"), true), 1);
    assert_string_equal(err.text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_rows_are_complete_and_names_unique),
        cmocka_unit_test(table_every_option_in_every_spelling),
        cmocka_unit_test(table_every_variable_sets_and_is_deaf_when_secure),
        cmocka_unit_test(table_choice_words_match_their_names),
        cmocka_unit_test(options_as_people_type_them),
        cmocka_unit_test(options_end_at_the_program),
        cmocka_unit_test(environment_list_splits_only_before_assignments),
        cmocka_unit_test(command_line_wins_over_environment_and_lists_add_up),
        cmocka_unit_test(secure_drops_the_log_file),
        cmocka_unit_test(help_names_every_option_and_variable),
        cmocka_unit_test(version_and_lists),
        cmocka_unit_test(bad_command_lines_are_explained),
        cmocka_unit_test(bad_variables_are_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
