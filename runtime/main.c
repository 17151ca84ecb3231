/* calque: runs a Linux program built for another processor. This file reads the options and hands over; program.c makes the
 * guest process, runtime/exec runs it. */
#include <sys/auxv.h>
#include <sys/prctl.h>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/options.h"
#include "runtime/debug/debug.h"
#include "runtime/exec/exec.h"
#include "runtime/program.h"

/* Turns what the options say about logging on. */
static void start_logging(const struct options *o)
{
    char text[256];
    struct out err;
    out_init_mem(&err, text, sizeof text);
    if (o->log_file || o->channels || o->strace) {
        int e = log_open(o->log_file, o->log_append);
        if (e) die(STATUS_USAGE, "%s: %s: choose another log file with -D", o->log_file ? o->log_file : "stderr", error_text(e));
    }
    if (o->strace) log_set_mask("strace", &err);
    if (o->channels && log_set_mask(o->channels, &err) != 0) die(STATUS_USAGE, "%s", text);
    if (o->log_filter && log_set_filter(o->log_filter, &err) != 0) die(STATUS_USAGE, "%s", text);
}

int main(int argc, char **argv, char **envp)
{
    static struct options options;
    int first = options_parse(&options, argc, argv, envp, getauxval(AT_SECURE) != 0);
    if (first < 0) return STATUS_USAGE;
    if (first == 0) return 0;
    if (first >= argc) die(STATUS_USAGE, "no program given: calque [OPTIONS] PROGRAM [ARGS...]; --help lists the options");
    start_logging(&options);
    debug_install_bug_hook(argc, argv, envp);
    process.options = &options;
    exec_loop(program_start(&options, argc - first, argv + first, envp));
}
