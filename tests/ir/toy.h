/* A toy guest for tests of the IR and the back ends: a state layout, helpers, a piece of guest memory, and
 * the host's fault handler in small.
 *
 * Guest memory lies at host TOY_BASE or elsewhere (gmem_base): [0x10000, 0x12000) can be written, [0x12000,
 * 0x13000) can be read, [0x13000, 0x20000) is mapped without access, what is below 0x10000 or from 0x20000 on
 * does not exist. */
#ifndef CALQUE_TESTS_IR_TOY_H
#define CALQUE_TESTS_IR_TOY_H

#include "ir/cpu.h"
#include "ir/ir.h"

enum { TOY_RAM = 0x10000, TOY_ROM = 0x12000, TOY_NONE = 0x13000, TOY_END = 0x20000 };
enum { TOY_WINDOW_CELLS = 64 };

enum {
#define IR_TYPE(n, bits, cls) toy_size_##n = ((bits) + 7) / 8,
#include "ir/types.def"
};

struct toy_cpu {
    struct cpu_head head;
#define TOY(type, name, flags) _Alignas(toy_size_##type > 8 ? 16 : toy_size_##type) u8 name[toy_size_##type];
#include "tests/ir/toy.def"
    u32 window[TOY_WINDOW_CELLS];
};

extern const struct ir_layout toy_layout;
/* The slot of that name, or NULL. */
const struct ir_slot *toy_slot(const char *name);

/* Maps guest memory (once) and sets gmem up; installs the handler of SIGSEGV and SIGBUS (cmocka puts its own there before
 * every test: call this in the test). */
void toy_setup(void);
/* Fills the writable and the read-only pages with a fixed pattern: byte at address a is (a * 7 + (a >> 8)) &
 * 0xff. */
void toy_reset_memory(void);
/* A state with all bytes zero but the window base, which points to the middle of the window. */
void toy_reset_cpu(struct toy_cpu *cpu);

/* What can run a unit. Back ends add a row to toy_executors in executors.c. */
struct toy_executor {
    const char *name;
    /* Runs to the exit, as the dispatch loop would; false with a message if the unit cannot be made ready. */
    bool (*run)(const struct ir_unit *u, struct cpu_head *cpu, enum cpu_exit *why, char *err, size_t errsize);
};
extern const struct toy_executor toy_executors[];
extern const unsigned toy_nexecutors;

/* Where the fault handler notes faults of translated code, as runtime/exec does: the state of the running
 * unit. An executor of translated code sets toy_fault_hook to be asked first. */
extern struct cpu_head *toy_running;
extern bool (*toy_fault_hook)(int sig, const void *siginfo, void *ucontext);

/* src built anew through the builder, which folds, numbers and forwards; dst need not be initialised. False
 * if a value is used in a block that lies before its own. */
bool toy_rebuild(struct ir_unit *dst, struct arena *arena, const struct ir_unit *src);

#endif
