/* Error texts of the room; private to elf/. */
#ifndef CALQUE_ELF_ERROR_H
#define CALQUE_ELF_ERROR_H

#include "elf/elf.h"

/* Formats the text and returns code. */
__attribute__((format(printf, 3, 4))) int elf_fail(struct elf_error *err, int code, const char *fmt, ...);

#endif
