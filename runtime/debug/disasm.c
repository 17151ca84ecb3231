/* The only file that knows capstone. It gets our allocator and formatter, since libc's keep state; one handle, opened when
 * the first listing is asked for. */
#include "runtime/debug/disasm.h"

#include <capstone/capstone.h>
#include <string.h>

#include "runtime/base/heap.h"
#include "runtime/base/lock.h"
#include "runtime/debug/debug.h"

u32 (*debug_stub_data)(u64 to, u32 *key_bytes, const char **why);

/* Capstone's start-up table names an init and an option function of every architecture. Those defined here keep the linker
 * from taking their modules: five megabytes of tables that nothing uses (guests print from their own tables). */
struct cs_struct;

#define WITHOUT(arch)                                                                                        \
    cs_err arch##_global_init(struct cs_struct *cs);                                                         \
    cs_err arch##_option(struct cs_struct *cs, cs_opt_type type, size_t value);                              \
    cs_err arch##_global_init(struct cs_struct *cs)                                                          \
    {                                                                                                        \
        (void)cs;                                                                                            \
        return CS_ERR_ARCH;                                                                                  \
    }                                                                                                        \
    cs_err arch##_option(struct cs_struct *cs, cs_opt_type type, size_t value)                               \
    {                                                                                                        \
        (void)cs, (void)type, (void)value;                                                                   \
        return CS_ERR_ARCH;                                                                                  \
    }

WITHOUT(ARM)
WITHOUT(AArch64)
WITHOUT(Mips)
WITHOUT(PPC)
WITHOUT(Sparc)
WITHOUT(SystemZ)
WITHOUT(XCore)
WITHOUT(M68K)
WITHOUT(TMS320C64x)
WITHOUT(M680X)
WITHOUT(EVM)

static struct lock lock;
static csh handle;

static bool open_handle(void)
{
    if (handle) return true;
    cs_opt_mem mem = {heap_alloc, heap_calloc, heap_realloc, heap_free, fmt_vsnprintf};
    if (cs_option(0, CS_OPT_MEM, (size_t)&mem) != CS_ERR_OK) return false;
    return cs_open(CS_ARCH_X86, CS_MODE_64, &handle) == CS_ERR_OK;
}

static void print_row(struct out *o, const u8 *bytes, const cs_insn *in)
{
    out_printf(o, "  0x%012llx  ", (unsigned long long)in->address);
    for (u32 i = 0; i < in->size; i++) out_printf(o, "%02x", bytes[i]);
    out_pad(o, ' ', in->size < 11 ? 2 * (11u - in->size) + 1 : 1);
    out_printf(o, "%s %s\n", in->mnemonic, in->op_str);
}

/* The data behind the call that ends at `p`, if a stub of translated code makes it: printed. Its length. */
static u32 print_stub_data(struct out *o, const u8 *p, size_t left)
{
    const char *why;
    s32 distance;
    u32 key_bytes;
    u64 key = 0;
    if (!debug_stub_data || p[-5] != 0xe8) return 0;
    memcpy(&distance, p - 4, 4);
    u32 n = debug_stub_data((u64)p + (u64)(s64)distance, &key_bytes, &why);
    if (n == 0 || n > left) return 0;
    memcpy(&key, p, key_bytes);
    out_printf(o, "  0x%012llx  ", (unsigned long long)(u64)p);
    for (u32 i = 0; i < n; i++) out_printf(o, "%02x", p[i]);
    out_pad(o, ' ', n < 11 ? 2 * (11u - n) + 1 : 1);
    out_printf(o, "; key 0x%llx, %s\n", (unsigned long long)key, why);
    return n;
}

void disasm_host(struct out *o, const u8 *code, u32 size)
{
    lock_acquire(&lock);
    if (!open_handle()) {
        out_puts(o, "  (no disassembler)\n");
        lock_release(&lock);
        return;
    }
    cs_insn *in = cs_malloc(handle);
    const u8 *p = code;
    size_t left = size;
    u64 address = (u64)code;
    while (left) {
        const u8 *at = p;
        if (cs_disasm_iter(handle, &p, &left, &address, in)) {
            print_row(o, at, in);
            u32 n = in->size == 5 ? print_stub_data(o, p, left) : 0;
            p += n, left -= n, address += n;
            continue;
        }
        out_printf(o, "  0x%012llx  %02x  (no instruction)\n", (unsigned long long)address, *p);
        p++, left--, address++;
    }
    cs_free(in, 1);
    lock_release(&lock);
}
