/* A guest world without a program, for running units both ways. Private to tests/diff. */
#ifndef CALQUE_TESTS_DIFF_DIFF_H
#define CALQUE_TESTS_DIFF_DIFF_H

#include "frontend/guest.h"
#include "runtime/vm/task.h"

#define CODE_ADDR 0x00100000ull
#define CODE_SIZE 0x2000ull
#define DATA_ADDR 0x00200000ull
#define DATA_SIZE 0x4000ull

struct rng { u64 s; };
u64 rng_next(void *r); /* splitmix64 on struct rng */

struct world {
    const struct guest *guest;
    struct task *task;
    u8 *code, *data;           /* host views of guest memory */
};
/* Sets up guest memory, task, code cache. Exits with a message if it cannot. */
void world_init(struct world *w, const char *guest, bool base_mode);
/* Runs from `key` until something other than a jump inside the code happens, at most `steps` units. */
enum cpu_exit world_run_interp(struct world *w, u64 key, u32 len, u32 steps);
enum cpu_exit world_run_jit(struct world *w, u64 key, u32 len, u32 steps);
extern u64 units_interp, units_jit; /* entered */
/* Prints the current sequence and how to repeat it (diff_random.c). */
void diff_report(void);

/* A whole state: registers and data memory. */
struct snapshot {
    u8 *cpu;
    u8 *data;
};
void snapshot_alloc(const struct world *w, struct snapshot *s);
void snapshot_take(const struct world *w, struct snapshot *s);
void snapshot_put(const struct world *w, const struct snapshot *s);
void state_random(struct world *w, struct rng *r, u64 key);
/* Prints the differences to stderr; returns how many there are. */
u32 snapshot_compare(const struct world *w, const struct snapshot *a, const struct snapshot *b, bool print);

#endif
