/* start.c: libc's start without its questions to the processor, in place of libc's own. Under a hypervisor every cpuid traps
 * and costs more than ten microseconds; glibc's start makes over twenty to size its copying routines, 0.3 ms that a program
 * of a millisecond feels. calque copies little: the routines for any x86-64 and fixed limits serve.
 *
 * What a static program's start has to do, in this order: the auxiliary vector, tunables, IRELATIVE relocations, the
 * thread block, the two guards in it, libc's own parts, constructors, main. The names are private to glibc: the build takes
 * this file only for the version that it was written for (runtime/CMakeLists.txt), else libc starts by itself. */
#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PRIVATE extern __attribute__((visibility("hidden")))

PRIVATE void _dl_aux_init(Elf64_auxv_t *av);
PRIVATE void __tunables_init(char **env);
PRIVATE void _dl_relocate_static_pie(void);
PRIVATE void __libc_setup_tls(void);
PRIVATE void __libc_early_init(_Bool initial);
PRIVATE void __libc_init_first(int argc, char **argv, char **envp);
PRIVATE void __libc_check_standard_fds(void);
PRIVATE int __libc_enable_secure;
PRIVATE void *_dl_random;
extern void *__libc_stack_end;
extern char **__environ;
PRIVATE void (*const __init_array_start[])(int, char **, char **);
PRIVATE void (*const __init_array_end[])(int, char **, char **);
PRIVATE void (*const __fini_array_start[])(void);
PRIVATE void (*const __fini_array_end[])(void);

/* The limits of the copying routines, as glibc presets them; from non_temporal_threshold on, stores go past the cache. */
long int __x86_data_cache_size_half = 32 * 1024 / 2;
long int __x86_data_cache_size = 32 * 1024;
long int __x86_shared_cache_size_half = 1024 * 1024 / 2;
long int __x86_shared_cache_size = 1024 * 1024;
long int __x86_shared_non_temporal_threshold = 1024 * 1024 * 3 / 4;
long int __x86_rep_movsb_threshold = 2048;
long int __x86_rep_movsb_stop_threshold = 1024 * 1024 * 3 / 4;
long int __x86_rep_stosb_threshold = 2048;
int __x86_string_control;

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end);

static void call_fini(void)
{
    for (size_t n = (size_t)(__fini_array_end - __fini_array_start); n > 0; n--) __fini_array_start[n - 1]();
}

/* The stack protector's word and the one that function pointers are hidden with, from the kernel's random bytes. */
__attribute__((always_inline)) static inline void set_guards(void)
{
    uint64_t guard[2];
    memcpy(guard, _dl_random, sizeof guard);
    guard[0] &= ~(uint64_t)0xff; /* a string that runs over ends in front of it */
    __asm__ volatile("movq %0, %%fs:0x28\n\tmovq %1, %%fs:0x30" ::"r"(guard[0]), "r"(guard[1]));
}

__attribute__((no_stack_protector)) int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv,
                                                          void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
                                                          void *stack_end)
{
    (void)init, (void)fini, (void)rtld_fini; /* of the dynamic loader, which a static program has not */
    char **env = argv + argc + 1, **end = env;
    __environ = env;
    __libc_stack_end = stack_end;
    while (*end) end++;
    _dl_aux_init((Elf64_auxv_t *)(end + 1));
    __tunables_init(env);
    _dl_relocate_static_pie();
    __libc_setup_tls();
    set_guards();
    __libc_early_init(true);
    __libc_init_first(argc, argv, env);
    atexit(call_fini);
    if (__libc_enable_secure) __libc_check_standard_fds();
    for (size_t i = 0; i < (size_t)(__init_array_end - __init_array_start); i++) __init_array_start[i](argc, argv, env);
    exit(main(argc, argv, env));
}
