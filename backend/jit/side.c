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

void *jit_grow(struct jit *j, void *array, u32 n, u32 *cap, size_t size)
{
    *cap = *cap ? 2 * *cap : 8;
    void *p = arena_alloc_raw(j->arena, *cap * size, 8);
    if (n) memcpy(p, array, n * size);
    return p;
}

struct jit_num jit_mark_key(const struct jit *j, u32 mark)
{
    if (mark == MARK_ENTRY) return (struct jit_num){j->u->key, j->u->rel};
    return mark == MARK_OUTSIDE ? (struct jit_num){0} : jit_number(j, j->insns[mark].a);
}

struct jit_num jit_mark_aux(const struct jit *j, u32 mark)
{
    return mark >= MARK_OUTSIDE ? (struct jit_num){0} : jit_number(j, j->insns[mark].b);
}

static void end_row(struct jit *j, u8 zeroed)
{
    struct jit_num key = jit_mark_key(j, j->mark), aux = jit_mark_aux(j, j->mark);
    struct side_fault *f = JIT_PUSH(j, faults);
    *f = (struct side_fault){.host_end = code_offset(&j->code),
                             .rel = (u8)((key.rel ? SIDE_REL_KEY : 0) | (aux.rel ? SIDE_REL_AUX : 0)),
                             .zeroed = zeroed,
                             .key = key.v,
                             .aux = aux.v};
    j->mark_faults = false;
}

void jit_end_row(struct jit *j)
{
    end_row(j, 0);
}

void jit_nofault_begin(struct jit *j, bool faulted_before)
{
    if (faulted_before) end_row(j, 0);
}

void jit_nofault_end(struct jit *j, u8 reg)
{
    end_row(j, (u8)(reg + 1));
}

/* Only addresses of 32 bits stand in displacements, whole: the field itself says which. */
void jit_reloc_far(struct jit *j)
{
    for (u32 i = 0; i < (j->code.nfar & ~CODE_FAILED); i++) {
        u32 v;
        memcpy(&v, j->code.base + j->code.far[i], 4);
        jit_reloc(j, j->code.far[i], RELOC_GUEST_KEY, v);
    }
    j->code.nfar &= CODE_FAILED;
}

void jit_landing(struct jit *j, u32 offset)
{
    u32 *l = JIT_PUSH(j, landings);
    *l = offset;
}

void jit_block_patch(struct jit *j, u32 block, u32 field)
{
    struct jit_patch *p = JIT_PUSH(j, patches);
    *p = (struct jit_patch){.field = field, .chain = j->blk[block].patches};
    j->blk[block].patches = j->npatches;
}
