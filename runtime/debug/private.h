/* What the files of runtime/debug share. */
#ifndef CALQUE_RUNTIME_DEBUG_PRIVATE_H
#define CALQUE_RUNTIME_DEBUG_PRIVATE_H

/* What debug_print_command prints. unit.c */
void debug_save_command(int argc, char **argv, char **envp);

#endif
