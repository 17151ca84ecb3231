/* The SPARC guest: struct guest, its state layout, reset state, keys. */
#include "frontend/sparc/sparc_isa.h"
#include "frontend/sparc/linux/linux.h"
#include "frontend/sparc/sparc.h"
#include "ir/softfloat/softfloat.h"
#include "runtime/base/fmt.h"

#include "frontend/sparc/v9.h"

static const struct ir_slot slots[] = {
#define SPARC_SLOT(name, type, pin, flags, text) {#name, SPARC_OFF(name), IR_##type, (pin), (flags)},
#include "frontend/sparc/cpu.def"
    {"aux", offsetof(struct cpu_head, aux), IR_i64, 0, IR_SLOT_AUX | IR_SLOT_HIDDEN},
};

enum { EM_SPARC = 2, EM_SPARC32PLUS = 18, ELFCLASS32 = 1, ELFDATA2MSB = 2 };

static bool accepts(const struct guest_elf *e)
{
    return (e->machine == EM_SPARC || e->machine == EM_SPARC32PLUS) && e->elf_class == ELFCLASS32 &&
           e->data == ELFDATA2MSB;
}

static struct ir_fp_rules fp_rules(u64 key)
{
    (void)key;
    return (struct ir_fp_rules){
        .nan_rule = SF_RULE_SPARC,
        .convert = SF_CONVERT_SPARC,
        .tininess = SF_TINY_BEFORE,
    };
}

static u64 key_of_entry(gaddr entry)
{
    return (u32)entry;
}

static gaddr pc_of_key(u64 key)
{
    return (u32)key;
}

static void cpu_init(struct cpu_head *cpu, gaddr entry, gaddr sp)
{
    struct sparc_cpu *c = (struct sparc_cpu *)(void *)cpu;
    __builtin_memset((u8 *)c + sizeof c->head, 0, sizeof *c - sizeof c->head);
    c->wbase = c->wtop = SPARC_WBASE_HIGH;
    cpu->key = (u32)entry;
    cpu->aux = SPARC_AUX_SLOT;
    c->cr = 1; /* all codes clear: 1 - 0 */
    c->ca = (u64)1 << 32;
    c->asi = 0x82; /* ASI_PNF, as the kernel starts programs */
    c->fprs = 7;
    sparc_set_fsr(c, 0, true);
    *sparc_cpu_reg(c, SPARC_SP) = (u32)sp;
    cpu->excl_valid = 0;
}

static void print_row(struct out *o, const struct sparc_cpu *c, char name, u32 first)
{
    for (u32 i = 0; i < 8; i++)
        out_printf(o, "%%%c%u=%016llx%c", name, i, (unsigned long long)sparc_cpu_get(c, first + i),
                   i % 4 == 3 ? '\n' : ' ');
}

static void print_cpu(struct out *o, const struct cpu_head *cpu)
{
    const struct sparc_cpu *c = (const struct sparc_cpu *)(const void *)cpu;
    print_row(o, c, 'g', 0);
    print_row(o, c, 'o', 8);
    print_row(o, c, 'l', 16);
    print_row(o, c, 'i', 24);
    out_printf(o, "pc=%08x npc=%08x ccr=%02x y=%08x fsr=%010llx windows=%u\n", sparc_cpu_pc(c), sparc_npc(c),
               sparc_ccr(c), c->y, (unsigned long long)sparc_fsr(c),
               (u32)((c->wtop - c->wbase) / SPARC_WINDOW) + 1);
}

static const struct guest_isa isas[] = {
    {"v9", v9_rows, &v9_row_count, 32, false, 0, SPARC_IS_varies},
};

const struct guest guest_sparc = {
    .name = "sparc",
    .title = "32-bit SPARC, V8 and V8+ (EM_SPARC, EM_SPARC32PLUS)",
    .layout = {.guest = "sparc",
               .slots = slots,
               .nslots = sizeof slots / sizeof slots[0],
               .size = sizeof(struct sparc_cpu),
               .window_base = SPARC_OFF(wbase),
               .window_lo = SPARC_OFF(file),
               .window_hi = sizeof(struct sparc_cpu),
               .helpers = sparc_helpers,
               .nhelpers = SPARC_HELPER_COUNT,
               .addr_bits = 32,
               .big_endian = 1},
    .page_size = 8192,
    .insn_max = 4,
    .default_features = ~(u64)0,
    .accepts = accepts,
    .fp_rules = fp_rules,
    .key_of_entry = key_of_entry,
    .pc_of_key = pc_of_key,
    .cpu_init = cpu_init,
    .lift_insn = sparc_lift_insn,
    .print_insn = sparc_print_insn,
    .print_cpu = print_cpu,
    .isas = isas,
    .nisas = sizeof isas / sizeof isas[0],
    .abi = &sparc_abi,
};
