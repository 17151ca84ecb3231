// options_private.h: the option table as data, for the parser and the help text. Private to runtime/base.
#ifndef CALQUE_RUNTIME_BASE_OPTIONS_PRIVATE_H
#define CALQUE_RUNTIME_BASE_OPTIONS_PRIVATE_H

#include "runtime/base/options.h"

enum option_kind {
    OPTION_FLAG,
    OPTION_STR,
    OPTION_UINT,
    OPTION_CHOICE,
    OPTION_LIST,
    OPTION_ENVLIST,
    OPTION_CHANNELS,
    OPTION_RANGES,
    OPTION_UNITS,
    OPTION_LATER,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_TITLE, // heads a group; `name` is its text
};

struct option_row {
    enum option_kind kind;
    u32 id;        // OPT_<field>
    size_t offset; // of the field in struct options
    const char *name, *alias, *env, *metavar, *help;
};

extern const struct option_row option_rows[];
extern const u32 option_row_count;

#endif
