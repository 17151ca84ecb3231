/* layout.c: the one loop that converts a structure between the guest's bytes and the host's, driven by FIELD rows. The
 * tables of this process are chosen once: a guest's own rows come before generic/. */
#include "syscalls/layout.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/endian.h"
#include "syscalls/abi.h"
#include "syscalls/private.h"

#define LAYOUT SYS_LAYOUT_ROW
#define FIELD  SYS_FIELD_ROW
static const struct sys_field common[] = {
#include "syscalls/generic/structs.def"
};
#define LAYOUT SYS_LAYOUT_ROW
#define FIELD  SYS_FIELD_ROW
static const struct sys_field words32[] = {
#include "syscalls/generic/structs32.def"
};
#define LAYOUT SYS_LAYOUT_ROW
#define FIELD  SYS_FIELD_ROW
static const struct sys_field words64[] = {
#include "syscalls/generic/structs64.def"
};

static struct {
    const struct sys_field *first; /* the layout row; fields follow */
    u16 count;                     /* of fields */
    bool same;
} table[SYS_LAYOUT_COUNT];

static const struct sys_abi *abi;

static bool field_same(const struct sys_field *f)
{
    if (f->goff != f->hoff || f->gsize != f->hsize) return false;
    if (f->type == SYS_F_b || f->gsize == 1) return true;
    if (abi->big_endian) return false;
    if (f->type == SYS_F_m) return abi->signal_map == NULL;
    if (f->type == SYS_F_n) return abi->word == 8;
    return f->type != SYS_F_r || abi->rlim_infinity == 0;
}

static void index_rows(const struct sys_field *rows, u32 n)
{
    u32 i = 0;
    while (i < n) {
        const struct sys_field *head = &rows[i++];
        bool same = head->gsize == head->hsize;
        u32 from = i;
        while (i < n && rows[i].type != SYS_F_layout) same &= field_same(&rows[i++]);
        if (table[head->layout].first) continue;
        table[head->layout].first = head;
        table[head->layout].count = (u16)(i - from);
        table[head->layout].same = same;
    }
}

void sys_layout_init(const struct sys_abi *a)
{
    abi = a;
    memset(table, 0, sizeof table);
    index_rows(a->structs, a->nstructs);
    if (a->word == 8)
        index_rows(words64, ARRAY_LEN(words64));
    else
        index_rows(words32, ARRAY_LEN(words32));
    index_rows(common, ARRAY_LEN(common));
}

u32 sys_layout_size(enum sys_layout_id id) { return table[id].first ? table[id].first->gsize : 0; }
u32 sys_layout_host_size(enum sys_layout_id id) { return table[id].first ? table[id].first->hsize : 0; }
bool sys_layout_same(enum sys_layout_id id) { return table[id].same; }

u64 sys_load_n(const u8 *p, u32 size, bool be)
{
    switch (size) {
    case 1: return *p;
    case 2: return load_u16(p, be);
    case 4: return load_u32(p, be);
    default: return load_u64(p, be);
    }
}

void sys_store_n(u8 *p, u32 size, bool be, u64 v)
{
    switch (size) {
    case 1: *p = (u8)v; break;
    case 2: store_u16(p, (u16)v, be); break;
    case 4: store_u32(p, (u32)v, be); break;
    default: store_u64(p, v, be); break;
    }
}

static u64 sign_extend(u64 v, u32 size)
{
    u32 shift = 64 - 8 * size;
    return (u64)((s64)(v << shift) >> shift);
}

static u64 ones(u32 size) { return size == 8 ? ~0ull : (1ull << 8 * size) - 1; }

static u64 guest_infinity(u32 size) { return abi->rlim_infinity ? abi->rlim_infinity : ones(size); }

static u64 set_to_host(const u8 *p, u32 size)
{
    u8 set[8] = {0};
    memcpy(set, p, MIN(size, 8u));
    return sys_sigset_unpack(abi, set);
}

void sys_layout_to_host(enum sys_layout_id id, void *host, const u8 *guest)
{
    const struct sys_field *f = table[id].first;
    u8 *h = host;
    memset(h, 0, f->hsize);
    for (u32 i = table[id].count; i > 0; i--) {
        f++;
        if (f->type == SYS_F_b) {
            memcpy(h + f->hoff, guest + f->goff, MIN(f->gsize, f->hsize));
            continue;
        }
        u64 v = f->type == SYS_F_m ? set_to_host(guest + f->goff, f->gsize)
                                   : sys_load_n(guest + f->goff, f->gsize, abi->big_endian);
        if (f->type == SYS_F_s || f->type == SYS_F_w) v = sign_extend(v, f->gsize);
        if (f->type == SYS_F_n && abi->word == 4) v &= 0xffffffffu;
        if (f->type == SYS_F_r && v >= guest_infinity(f->gsize)) v = RLIM_INFINITY;
        sys_store_n(h + f->hoff, f->hsize, HOST_BIG_ENDIAN, v);
    }
}

/* The value as the guest's field can hold it; false if it cannot. */
static bool fit(const struct sys_field *f, u64 *v)
{
    u64 max = ones(f->gsize);
    switch (f->type) {
    case SYS_F_w: *v &= max; return true;
    case SYS_F_i: *v = *v > max ? (*v ^ *v >> 32) & max : *v; return true;
    case SYS_F_d: *v = *v > max ? 65534 : *v; return true;
    case SYS_F_r: *v = *v >= guest_infinity(f->gsize) ? guest_infinity(f->gsize) : *v; return true;
    case SYS_F_s: return sign_extend(*v, f->gsize) == *v;
    case SYS_F_v: return *v <= max || *v == ~0ull;
    default: return *v <= max;
    }
}

int sys_layout_to_guest(enum sys_layout_id id, u8 *guest, const void *host)
{
    const struct sys_field *f = table[id].first;
    const u8 *h = host;
    int err = 0;
    memset(guest, 0, f->gsize);
    for (u32 i = table[id].count; i > 0; i--) {
        f++;
        if (f->type == SYS_F_b) {
            memcpy(guest + f->goff, h + f->hoff, MIN(f->gsize, f->hsize));
            continue;
        }
        u64 v = sys_load_n(h + f->hoff, f->hsize, HOST_BIG_ENDIAN);
        if (f->type == SYS_F_m) {
            u8 set[8];
            sys_sigset_pack(abi, set, v);
            memcpy(guest + f->goff, set, MIN(f->gsize, (u16)8));
            continue;
        }
        if (f->type == SYS_F_s) v = sign_extend(v, f->hsize);
        if (!fit(f, &v)) err = -EOVERFLOW;
        sys_store_n(guest + f->goff, f->gsize, abi->big_endian, v);
    }
    return err;
}
