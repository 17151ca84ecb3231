// options.h: calque's command line and environment, parsed from the table in options.def.
//
// Every option is accepted with one dash and with two; its value is the next word or follows a '='. Options
// end at the first word that is none, or at `--`. The environment is read first, so the command line wins;
// lists add up, the environment's words first. Parsing happens before the guest runs; the result is read-only
// afterwards.
#ifndef CALQUE_RUNTIME_BASE_OPTIONS_H
#define CALQUE_RUNTIME_BASE_OPTIONS_H

#include "runtime/base/types.h"

// Words in the order given; heap_alloc'd, they live as long as the process (or until options_free).
struct option_list {
    char **item;
    u32 count;
};

#define OPTION_TYPE_FLAG     bool
#define OPTION_TYPE_STR      const char *
#define OPTION_TYPE_CHANNELS const char *
#define OPTION_TYPE_RANGES   const char *
#define OPTION_TYPE_UNITS    const char *
#define OPTION_TYPE_LATER    const char *
#define OPTION_TYPE_UINT     u64
#define OPTION_TYPE_CHOICE   u32
#define OPTION_TYPE_LIST     struct option_list
#define OPTION_TYPE_ENVLIST  struct option_list

// OPT_<field>: numbers of the options.
enum option_id {
#define OPTION(kind, field, name, alias, env, metavar, help) OPT_##field,
#define OPTION_GROUP(title)
#define OPTION_ACTION(action, name, alias, help)
#include "runtime/base/options.def"
#undef OPTION
#undef OPTION_GROUP
#undef OPTION_ACTION
    OPT_COUNT
};
_Static_assert(OPT_COUNT <= 64, "struct options: given has 64 bits");

// Values of the CHOICE options: the index of the word in the row.
enum { GUEST_MEM_AUTO, GUEST_MEM_IDENTITY, GUEST_MEM_BASE };
enum { BACKEND_AUTO, BACKEND_INTERP, BACKEND_JIT };

struct options {
#define OPTION(kind, field, name, alias, env, metavar, help) OPTION_TYPE_##kind field;
#define OPTION_GROUP(title)
#define OPTION_ACTION(action, name, alias, help)
#include "runtime/base/options.def"
#undef OPTION
#undef OPTION_GROUP
#undef OPTION_ACTION
    u64 given; // bit OPT_<field>: set by the environment or the command line
};

// True when the option was given (tells -B 0 from no -B).
#define option_given(o, field) ((((o)->given) >> OPT_##field) & 1)

// Fill *o (all of it) from envp and argv[1..argc). Strings of argv and envp are referred to, not copied. With
// `secure` (AT_SECURE of the auxiliary vector) the environment is not looked at and log_file is dropped.
// Returns the index in argv of the first word that is not an option (argc when there is none); 0 when --help,
// --version or a list was asked for and has been printed on stdout; -1 after an error was printed on stderr
// together with what to do next (exit with STATUS_USAGE).
int options_parse(struct options *o, int argc, char **argv, char **envp, bool secure);

// Give the lists back (for tests; a process keeps them).
void options_free(struct options *o);

// The help text, on descriptor fd.
void options_help(int fd);

#endif
