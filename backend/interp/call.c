/* Helper calls by libffi. Everything that libffi must prepare is prepared with the unit; a call itself takes
 * no memory but the stack's. Before a helper that may fault the state is made precise, for it may not come
 * back. */
#include "backend/interp/interp.h"
#include <ffi.h>
#include <string.h>

enum { MAX_ARGS = 8 };

struct helper_site {
    const struct ir_helper *helper;
    ffi_cif cif;
    ffi_type *types[MAX_ARGS];
    bool is_cpu[MAX_ARGS];
    u8 nargs; /* `cpu` counted */
};

static const struct arg_type {
    const char *name;
    ffi_type *type;
} arg_types[] = {
    {"void", &ffi_type_void}, {"u32", &ffi_type_uint32}, {"u64", &ffi_type_uint64},
    {"f32", &ffi_type_float}, {"f64", &ffi_type_double}, {"cpu", &ffi_type_pointer},
};

static ffi_type *arg_type(const char *word, size_t n)
{
    for (size_t i = 0; i < ARRAY_LEN(arg_types); i++)
        if (strlen(arg_types[i].name) == n && memcmp(arg_types[i].name, word, n) == 0)
            return arg_types[i].type;
    return NULL;
}

size_t interp_sites_size(u32 n)
{
    return n * sizeof(struct helper_site);
}

bool interp_site_init(struct helper_site *sites, u32 n, const struct ir_helper *h)
{
    struct helper_site *site = &sites[n];
    const char *p = h->sig;
    size_t len = strcspn(p, ":");
    ffi_type *ret = arg_type(p, len);
    *site = (struct helper_site){.helper = h};
    p += len;
    while (*p) {
        p++;
        len = strcspn(p, ",");
        if (len == 0 && site->nargs == 0 && !*p) break; /* "void:" */
        if (site->nargs == MAX_ARGS) return false;
        ffi_type *t = arg_type(p, len);
        if (!t || t == &ffi_type_void) return false;
        site->is_cpu[site->nargs] = t == &ffi_type_pointer;
        site->types[site->nargs++] = t;
        p += len;
    }
    return ret && ffi_prep_cif(&site->cif, FFI_DEFAULT_ABI, site->nargs, ret, site->types) == FFI_OK;
}

/* a: the site; b: side array with the arguments' cells. */
void interp_call(struct frame *f, const struct step *s)
{
    struct helper_site *site = &f->code->sites[s->a];
    const u32 *arg = &f->code->side[s->b + 1];
    struct cpu_head *cpu = f->cpu;
    void *values[MAX_ARGS];
    union cell result = {.q = {0}};
    for (u32 i = 0; i < site->nargs; i++)
        values[i] = site->is_cpu[i] ? (void *)&cpu : (void *)&f->cell[*arg++];
    if (site->helper->faults) interp_precise(f);
    ffi_call(&site->cif, site->helper->fn, &result, values);
    if (s->type != IR_none) set(f, s, result.w);
}
