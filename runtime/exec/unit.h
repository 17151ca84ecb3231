/* Units in the code cache, and the cache itself: private to runtime/exec.
 *
 * Units are found by key (a hash table that readers walk without a lock), by host address (an array in address order,
 * for faults) and by guest page (for invalidation). Code memory is handed out upward and never one by one given back: a
 * killed unit's entry leads to the resolver and its bytes stay until the whole cache is emptied at a safe point. */
#ifndef CALQUE_RUNTIME_EXEC_UNIT_H
#define CALQUE_RUNTIME_EXEC_UNIT_H

#include "backend/backend.h"
#include "runtime/base/arena.h"
#include "runtime/base/lock.h"
#include "runtime/debug/debug.h"
#include "runtime/vm/task.h"

struct unit {
    u64 key;
    u64 host;                  /* entry address; 0 for the interpreter's */
    u32 host_size;
    u32 nfaults, nlinks;
    const struct side_fault *faults;
    const struct unit_link { u64 key; u32 offset; } *links; /* fields that jit_patch_link may patch, linked or not */
    gaddr guest_lo, guest_hi;  /* guest bytes it was made from */
    struct unit *next_by_key;
    struct unit *next_by_page[2]; /* chain of its first page, of its last page if another */
    struct interp_code *interp; /* with -lockstep beside the host code, from IR that is not improved */
    u32 number;                /* units made before it */
    u32 guest_insns;
    bool varies;               /* -lockstep: running it twice gives two results */
    bool dead;
};

struct code_cache {
    u8 *base, *end;            /* the mapping */
    u8 *units_from;            /* behind the thunks */
    u8 *next;                  /* first free byte */
    struct jit_thunks thunks;
    struct unit **by_host;     /* sorted by host address; count published with release order */
    u32 nby_host, by_host_cap;
    struct unit **by_key;      /* hash table, 2^key_bits chains; its readers are unsafe tasks, so it grows at a stop */
    u32 key_bits, nkeys;       /* nkeys: live units in it */
    struct unit **by_page;     /* hash table, PAGE_SLOTS chains */
    bool populated;            /* units were published since it was last empty */
    struct arena arena;        /* units and side tables */
    struct lock lock;          /* everything above, and translation */
    gaddr exec_lo, exec_hi;    /* guest addresses last found executable; empty after anything changed */
    u64 interp_bytes;          /* about the memory of the interpreter's units; as much as of code before it is emptied */
    u32 generation;            /* counts the times it was emptied */
};
extern struct code_cache cache;
extern struct backend_options exec_backend;
extern bool exec_interp;       /* run by the interpreter */

void cache_init(void);
/* Empties the cache. The caller holds the lock and every task is at a safe point. */
void cache_reset(void);
/* The table of keys has more units than chains. Under the lock. */
bool cache_crowded(void);
/* Makes it larger. The caller holds the lock and every task is at a safe point. */
void cache_grow(void);
/* The live unit of a key, or NULL. Without the lock. */
struct unit *cache_find(u64 key);
/* Room for `size` bytes of code, aligned to 16; NULL when the cache is full. Under the lock. */
u8 *cache_alloc(u32 size);
/* Enters a unit into the tables. Under the lock. */
void cache_publish(struct unit *u);
/* The unit whose code holds a host address, dead ones too; NULL if none. Callable from the fault handler. */
struct unit *cache_unit_of(u64 host);
/* Kills the units that were made from bytes of [addr, addr+len), and forgets what was executable. */
void cache_invalidate(gaddr addr, u64 len);

/* True if the guest may execute what is at addr. Under the lock. */
bool cache_may_execute(gaddr addr);

/* For debug_find_unit. */
bool exec_find_unit(u64 key, u64 host_pc, struct debug_unit *out);
/* Reads the options that say how units are made. Dies with a clear line if one is wrong. */
void translate_init(void);
/* Time spent in translation, with --stats. */
u64 translate_ns(void);
/* -check-storable (storable.c). The first without the cache's lock; the second for a unit of at most `max` instructions
 * just translated without some passes, under the lock. A difference is a bug. */
void storable_prepare(struct task *t);
void storable_check(const struct ir_unit *iu, u32 max, u64 no_passes, const struct jit_code *code);

/* Units that forked processes make again and again (hints.c). hints_note: this process made the unit of key. hints_take makes
 * what others did, before a fork; the caller is at a safe point and holds no lock. */
void hints_note(u64 key);
void hints_take(struct task *t);

/* Finds or makes the unit of a key. Never NULL. */
struct unit *exec_unit(struct task *t, u64 key);
/* Links every exit of every unit whose key has one: before a fork, since the child would copy each page that it patches. */
void exec_link_all(struct task *t);

#endif
