/* The log channels of translation: in_asm, ir, ir_opt, out_asm, exec and cpu. */
#include "runtime/debug/debug.h"

#include "runtime/base/fmt.h"
#include "runtime/base/gmem.h"
#include "runtime/base/heap.h"
#include "runtime/debug/disasm.h"
#include "runtime/vm/task.h"

#define TEXT_SIZE (64 * KiB)

/* A block of lines is built in memory and written at once, so that threads do not interleave. */
static char *begin(struct out *o)
{
    char *buf = heap_alloc(TEXT_SIZE);
    out_init_mem(o, buf, TEXT_SIZE);
    return buf;
}

static void end(struct out *o, char *buf)
{
    if (out_truncated(o)) o->len = o->cap - 1;
    log_write(buf, o->len);
    heap_free(buf);
}

void debug_print_location(struct out *o, gaddr pc)
{
    char sym[128];
    out_printf(o, "0x%08llx %s", (unsigned long long)pc, debug_symbol(pc, sym, sizeof sym));
}

static void print_bytes(struct out *o, const u8 *bytes, u32 n)
{
    for (u32 i = 0; i < n; i++) out_printf(o, "%02x", bytes[i]);
    out_pad(o, ' ', n < 8 ? 2 * (8 - n) + 1 : 1);
}

void debug_print_guest(struct out *o, const struct guest *g, u64 key, gaddr end)
{
    u64 mode = key ^ g->pc_of_key(key);
    for (gaddr pc = g->pc_of_key(key); pc < end;) {
        u8 bytes[16] = {0};
        u64 n = end - pc < sizeof bytes ? end - pc : sizeof bytes;
        if (gmem_read(bytes, pc, n) != 0) break;
        out_printf(o, "  0x%08llx  ", (unsigned long long)pc);
        char text[128];
        struct out line;
        out_init_mem(&line, text, sizeof text);
        u32 len = g->print_insn(&line, pc | mode, bytes, n);
        print_bytes(o, bytes, len);
        out_printf(o, "%s\n", text);
        if (len == 0) break;
        pc += len;
    }
}

void debug_log_guest(enum log_channel ch, const struct guest *g, const struct ir_unit *u, u32 number)
{
    if (!log_on(ch)) return;
    struct out o;
    char *buf = begin(&o);
    out_puts(&o, "IN: ");
    debug_print_location(&o, g->pc_of_key(u->key));
    out_printf(&o, " @%u\n", number);
    debug_print_guest(&o, g, u->key, u->guest_hi);
    end(&o, buf);
}

void debug_log_ir(enum log_channel ch, const struct ir_unit *u)
{
    if (!log_on(ch)) return;
    struct out o;
    char *buf = begin(&o);
    out_puts(&o, ch == LOG_ir ? "IR:\n" : "IR, improved:\n");
    ir_print(&o, u);
    end(&o, buf);
}

void debug_log_host(enum log_channel ch, u64 key, const u8 *code, u32 size)
{
    if (!log_on(ch)) return;
    struct out o;
    char *buf = begin(&o);
    out_printf(&o, "OUT: 0x%08llx, %u bytes\n", (unsigned long long)key, size);
    disasm_host(&o, code, size);
    end(&o, buf);
}

static void print_value(struct out *o, const struct ir_slot *s, const u8 *p)
{
    switch (ir_type_bits[s->type]) {
    case 8: out_printf(o, "%02x", *p); break;
    case 16: out_printf(o, "%04x", *(const u16 *)p); break;
    case 32: out_printf(o, "%08x", *(const u32 *)p); break;
    case 64: out_printf(o, "%016llx", *(const unsigned long long *)p); break;
    default: out_printf(o, "%016llx%016llx", ((const unsigned long long *)p)[1], *(const unsigned long long *)p);
    }
}

void debug_print_cpu(struct out *o, const struct cpu_head *cpu)
{
    const struct guest *g = process.guest;
    if (g->print_cpu) {
        g->print_cpu(o, cpu);
        return;
    }
    u32 column = 0;
    for (u32 i = 0; i < g->layout.nslots; i++) {
        const struct ir_slot *s = &g->layout.slots[i];
        if (s->flags & IR_SLOT_HIDDEN) continue;
        out_printf(o, "%s=", s->name);
        print_value(o, s, (const u8 *)cpu + s->offset);
        out_putc(o, ++column % 6 == 0 ? '\n' : ' ');
    }
    if (column % 6) out_putc(o, '\n');
}

void debug_log_entry(const struct cpu_head *cpu, u64 key)
{
    gaddr pc = process.guest->pc_of_key(key);
    if (!log_in_filter(pc)) return;
    struct out o;
    char *buf = begin(&o);
    if (log_on(LOG_exec)) {
        out_puts(&o, "EXEC: ");
        debug_print_location(&o, pc);
        out_putc(&o, '\n');
    }
    if (log_on(LOG_cpu)) debug_print_cpu(&o, cpu);
    end(&o, buf);
}
