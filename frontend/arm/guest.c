/* The ARM guest: struct guest, its state layout, reset state, keys. */
#include <string.h>

#include "arm_isa.h"
#include "frontend/arm/arm.h"
#include "frontend/arm/helpers.h"
#include "frontend/arm/linux/linux.h"
#include "frontend/arm/vfp.h"
#include "ir/softfloat/softfloat.h"
#include "runtime/base/fmt.h"

#include "a32.h"
#include "t16.h"
#include "t32.h"

static const struct ir_slot slots[] = {
#define ARM_SLOT(name, type, pin, flags, text) {#name, ARM_OFF(name), IR_##type, (pin), (flags)},
#include "frontend/arm/cpu.def"
};

enum { EM_ARM = 40, ELFCLASS32 = 1, ELFDATA2LSB = 1 };

static bool accepts(const struct guest_elf *e)
{
    return e->machine == EM_ARM && e->elf_class == ELFCLASS32 && e->data == ELFDATA2LSB;
}

static struct ir_fp_rules fp_rules(u64 key)
{
    return (struct ir_fp_rules){
        .nan_rule = SF_RULE_ARM,
        .convert = SF_RULE_ARM,
        .tininess = SF_TINY_BEFORE,
        .default_nan = (key & ARM_KEY_FIELD(DN)) != 0,
        .no_flush = (key & ARM_KEY_FIELD(FZ)) == 0,
    };
}

static u64 key_of_entry(gaddr entry)
{
    return (u32)(entry & 1 ? entry : entry & ~(gaddr)3);
}

static gaddr pc_of_key(u64 key)
{
    return (u32)key & ~1u;
}

static void cpu_init(struct cpu_head *cpu, gaddr entry, gaddr sp)
{
    struct arm_cpu *c = (struct arm_cpu *)(void *)cpu;
    cpu->key = key_of_entry(entry);
    for (u32 i = 0; i < 15; i++) *arm_cpu_reg(c, i) = 0;
    for (u32 i = 0; i < 32; i++) *arm_cpu_dreg(c, i) = 0;
    arm_set_cpsr(c, entry & 1 ? ARM_PSR_T : 0);
    arm_set_fpscr(c, 0);
    c->sp = (u32)sp;
    c->tpidruro = c->tpidrurw = 0;
    cpu->excl_valid = 0;
}

static void print_cpu(struct out *o, const struct cpu_head *cpu)
{
    const struct arm_cpu *c = (const struct arm_cpu *)(const void *)cpu;
    for (u32 i = 0; i < 15; i++) out_printf(o, "r%-2u=%08x%c", i, (&c->r0)[i], i % 4 == 3 ? '\n' : ' ');
    u32 psr = arm_cpsr(c);
    out_printf(o, "r15=%08x\ncpsr=%08x %c%c%c%c%c%s fpscr=%08x\n", (u32)pc_of_key(cpu->key), psr,
               psr >> 31 ? 'N' : '-', psr >> 30 & 1 ? 'Z' : '-', psr >> 29 & 1 ? 'C' : '-',
               psr >> 28 & 1 ? 'V' : '-', psr >> 27 & 1 ? 'Q' : '-', psr & ARM_PSR_T ? " T" : "",
               arm_fpscr(c));
}

static const struct guest_isa isas[] = {
    {.name = "a32", .rows = a32_rows, .count = &a32_row_count, .width = 32},
    {.name = "t16", .rows = t16_rows, .count = &t16_row_count, .width = 16, .key_bits = ARM_KEY_THUMB},
    {.name = "t32",
     .rows = t32_rows,
     .count = &t32_row_count,
     .width = 32,
     .halves = true,
     .key_bits = ARM_KEY_THUMB},
};

const struct guest guest_arm = {
    .name = "arm",
    .title = "32-bit ARM, little-endian, ARMv4 to ARMv7 (EABI and OABI)",
    .layout = {.guest = "arm",
               .slots = slots,
               .nslots = sizeof slots / sizeof slots[0],
               .size = sizeof(struct arm_cpu),
               .helpers = arm_helpers,
               .nhelpers = ARM_HELP_COUNT,
               .addr_bits = 32},
    .page_size = 4096,
    .insn_max = 4,
    .default_features = ~(u64)0,
    .accepts = accepts,
    .fp_rules = fp_rules,
    .key_of_entry = key_of_entry,
    .pc_of_key = pc_of_key,
    .cpu_init = cpu_init,
    .lift_insn = arm_lift_insn,
    .print_insn = arm_print_insn,
    .print_cpu = print_cpu,
    .isas = isas,
    .nisas = sizeof isas / sizeof isas[0],
    .abi = &arm_abi,
};
