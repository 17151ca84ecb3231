/* What grows while a unit is translated: the code buffer, the side tables, the list of code that stands out
 * of line. All of it lies in the unit's arena and is doubled when full. */
#include "backend/jit/jit.h"
#include <errno.h>
#include <string.h>
#include "runtime/base/arena.h"

enum { MAX_CODE = 1 << 20 };

void jit_code_init(struct jit *j)
{
    u32 size = 1152 + 24 * j->u->ninsns;
    j->code.base = j->code.p = arena_alloc_raw(j->arena, size, 16);
    j->code.end = j->code.base + size;
}

void jit_code_grow(struct jit *j, u32 bytes)
{
    u32 used = code_offset(&j->code), size = 2 * (u32)(j->code.end - j->code.base) + bytes;
    if (size > MAX_CODE) {
        jit_fail(j, -E2BIG, "the unit's code is too large");
        j->code.p = j->code.base; /* the rest is translated in vain */
        return;
    }
    u8 *p = arena_alloc_raw(j->arena, size, 16);
    memcpy(p, j->code.base, used);
    j->code.base = p, j->code.p = p + used, j->code.end = p + size;
}

/* Room for one more element in an array of the arena. */
static void *grow(struct jit *j, void *array, u32 n, u32 *cap, size_t size)
{
    if (likely(n < *cap)) return array;
    *cap = *cap ? 2 * *cap : 8;
    void *p = arena_alloc_raw(j->arena, *cap * size, 8);
    if (n) memcpy(p, array, n * size);
    return p;
}
#define PUSH(j, name)                                                                                        \
    ((j)->name = grow(j, (j)->name, (j)->n##name, &(j)->c##name, sizeof *(j)->name),                         \
     &(j)->name[(j)->n##name++])

static void end_row(struct jit *j, u8 zeroed)
{
    struct side_fault *f = PUSH(j, faults);
    *f = (struct side_fault){
        .host_end = code_offset(&j->code),
        .rel = (u8)((j->mark_key.rel ? SIDE_REL_KEY : 0) | (j->mark_aux.rel ? SIDE_REL_AUX : 0)),
        .zeroed = zeroed,
        .key = j->mark_key.v,
        .aux = j->mark_aux.v};
    j->mark_faults = false;
}

void jit_fault_mark(struct jit *j, struct jit_num key, struct jit_num aux)
{
    if (j->mark_faults) end_row(j, 0);
    j->mark_key = key;
    j->mark_aux = aux;
}

void jit_nofault_begin(struct jit *j, bool faulted_before)
{
    if (faulted_before) end_row(j, 0);
}

void jit_nofault_end(struct jit *j, u8 reg)
{
    end_row(j, (u8)(reg + 1));
}

void jit_link(struct jit *j, u32 field, u32 stub, struct jit_num key)
{
    struct side_link *l = PUSH(j, links);
    *l = (struct side_link){.offset = field, .stub = stub, .key = key.v, .rel = key.rel};
}

void jit_reloc(struct jit *j, u32 offset, enum reloc_kind kind, u64 addend)
{
    struct side_reloc *r = PUSH(j, relocs);
    *r = (struct side_reloc){.offset = offset, .kind = (u8)kind, .size = 4, .addend = addend};
}

void jit_reloc_key(struct jit *j, u32 offset, u64 key)
{
    jit_reloc(j, offset, RELOC_GUEST_KEY, key);
    j->relocs[j->nrelocs - 1].size = j->u->layout->addr_bits / 8;
}

/* Only addresses of 32 bits stand in displacements, whole: the field itself says which. */
void jit_reloc_far(struct jit *j)
{
    for (u32 i = 0; i < j->code.nfar; i++) {
        u32 v;
        memcpy(&v, j->code.base + j->code.far[i], 4);
        jit_reloc(j, j->code.far[i], RELOC_GUEST_KEY, v);
    }
    j->code.nfar = 0;
}

struct jit_ool *jit_out_of_line(struct jit *j, void (*emit)(struct jit *, struct jit_ool *), u32 from)
{
    struct jit_ool *o = PUSH(j, ools);
    *o = (struct jit_ool){.emit = emit, .from = from, .key = j->mark_key, .aux = j->mark_aux};
    return o;
}

void jit_landing(struct jit *j, u32 offset)
{
    u32 *l = PUSH(j, landings);
    *l = offset;
}

void jit_block_patch(struct jit *j, u32 block, u32 field)
{
    struct jit_patch *p = PUSH(j, patches);
    *p = (struct jit_patch){.field = field, .chain = j->blk[block].patches};
    j->blk[block].patches = j->npatches;
}
