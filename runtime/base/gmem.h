// gmem.h: the one place where a guest address becomes a host pointer, and the guarded accesses of C code to
// guest memory.
//
// A guest address is masked (32-bit guests wrap at 4 GiB), then the base is added: 0 in identity mode. C
// touches guest memory only through the guarded functions: small assembly routines whose faulting
// instructions are listed in a table. The handler of SIGSEGV and SIGBUS calls gmem_fixup with the faulting
// host pc; if it lies in one of them, the routine ends with -EFAULT. Ranges that do not lie wholly below
// gmem_limit (kernel addresses, calque's own pages, a 32-bit range across 4 GiB) are -EFAULT at once.
// Progress before a fault is not reported, but bytes before it may have been written.
#ifndef CALQUE_RUNTIME_BASE_GMEM_H
#define CALQUE_RUNTIME_BASE_GMEM_H

#include "runtime/base/types.h"

// Where the kernel stops handing out addresses on x86-64 with four-level page tables: one page below 2^47.
#define GMEM_LIMIT_MAX (((u64)1 << 47) - 4096)

// Set once by runtime/vm when the guest is known, before it runs.
extern u64 gmem_base;  // host address of guest address 0; 0 in identity mode
extern u64 gmem_mask;  // which address bits count: 0xffffffff for 32-bit guests, else all ones
extern u64 gmem_limit; // first guest address that does not exist: 2^32 for 32-bit guests; else at most 2^47 -
                       // 4096, and in identity mode at most where calque's own pages begin

// Set the three together. limit 0 means the default for the mask.
void gmem_setup(u64 base, u64 mask, u64 limit);

// The host's place of a guest byte. No check: for translated code's side, the loader, and the handler's
// look-ups.
static inline void *gmem_ptr(gaddr addr)
{
    return (void *)(gmem_base + (addr & gmem_mask));
}

// The guest address of a host pointer; meaningful only if gmem_host_is_guest.
static inline gaddr gmem_addr(const void *host)
{
    return (u64)host - gmem_base;
}
static inline bool gmem_host_is_guest(const void *host)
{
    return (u64)host - gmem_base < gmem_limit;
}

// True when [addr, addr + n) lies in the guest's address space (mapped or not). True for n = 0 at any address
// below or at the limit.
static inline bool gmem_range_ok(gaddr addr, u64 n)
{
    addr &= gmem_mask;
    return addr <= gmem_limit && n <= gmem_limit - addr;
}

// For debugging, NULL else: asked by the functions below before they write to [addr, addr + n), a range that exists
// (mapped or not). False drops the write, which then seems to have been made.
extern bool (*gmem_write_hook)(gaddr addr, size_t n);

// All below: 0 or -EFAULT. n is in bytes; n = 0 succeeds without a look at the address.
int gmem_read(void *dst, gaddr src, size_t n);
int gmem_write(gaddr dst, const void *src, size_t n);
int gmem_set(gaddr dst, u8 byte, size_t n);
int gmem_copy(gaddr dst, gaddr src, size_t n); // guest to guest; the ranges must not overlap

// Copy a C string with its NUL: its length without the NUL, -EFAULT, or -ENAMETOOLONG when the first max
// bytes hold no NUL (they have been copied then, without one). max is in bytes.
long gmem_strncpy(char *dst, gaddr src, size_t max);

// Length of a C string, looking at no more than max bytes; max when there is no NUL among them; or -EFAULT.
long gmem_strnlen(gaddr src, size_t max);

// One access of exactly that size, single-copy atomic where the host is (aligned), in the byte order `be`.
int gmem_load_u8(gaddr addr, u8 *value);
int gmem_load_u16(gaddr addr, bool be, u16 *value);
int gmem_load_u32(gaddr addr, bool be, u32 *value);
int gmem_load_u64(gaddr addr, bool be, u64 *value);
int gmem_store_u8(gaddr addr, u8 value);
int gmem_store_u16(gaddr addr, bool be, u16 value);
int gmem_store_u32(gaddr addr, bool be, u32 value);
int gmem_store_u64(gaddr addr, bool be, u64 value);

// Sequentially consistent compare-and-exchange of `size` (1, 2, 4, 8) bytes holding a number in the byte
// order `be`. *old gets what was there; it equals `expected` when the store was made. Needs write permission
// in any case. -EINVAL for another size or an address that is not a multiple of it.
int gmem_cmpxchg(gaddr addr, unsigned size, bool be, u64 expected, u64 desired, u64 *old);

// The same at any alignment of `addr`; still one atomic access.
int gmem_cmpxchg_any(gaddr addr, unsigned size, bool be, u64 expected, u64 desired, u64 *old);

// The same for 16 bytes; numbers as {low, high}. -EINVAL unless addr is a multiple of 16.
int gmem_cmpxchg16(gaddr addr, bool be, const u64 expected[2], const u64 desired[2], u64 old[2]);

// For the handler of SIGSEGV and SIGBUS: if *host_pc lies in a guarded instruction, set it to that routine's
// landing and *rax to -EFAULT, and return true; else false and nothing changed. Async-signal-safe.
bool gmem_fixup(u64 *host_pc, u64 *rax);

#endif
