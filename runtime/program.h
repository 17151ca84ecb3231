/* From a command line to a guest process ready to run: private to runtime/main.c and program.c. */
#ifndef CALQUE_RUNTIME_PROGRAM_H
#define CALQUE_RUNTIME_PROGRAM_H

#include "runtime/base/options.h"
#include "runtime/vm/task.h"

struct program {
    const char *path;      /* the file to load, after `#!` lines were followed */
    int argc;
    char **argv;           /* the guest's, argv[0] included */
    char **envp;
};

/* Takes the program words of the command line (argv[0] is the program), applies -0, -E and -U, follows `#!`, loads the
 * program and builds its stack and registers in the first task, which is returned. Ends the process with one clear line and
 * the exit status of the README's table if the program cannot be run. */
struct task *program_start(const struct options *o, int argc, char **argv, char **envp);

#endif
