/* Callouts of translated ARM code: conversions to fixed point and of the alternative half precision. They
 * read the modes from the state's head and leave sticky flags there. */
#include "frontend/arm/helpers.h"

#include "ir/softfloat/softfloat.h"

#define NONE  IR_HELP_NONE
#define FPENV IR_HELP_FPENV

const struct ir_helper arm_helpers[] = {
#define HELPER(name, sig, reads, writes, faults)                                                             \
    {#name, sig, (void (*)(void))arm_help_##name, reads, writes, faults},
#include "frontend/arm/helpers.def"
};

static const struct {
    u32 ours, theirs;
} flag_map[] = {
    {IR_FPF_INVALID, SF_INVALID},   {IR_FPF_DENORM, SF_DENORMAL},     {IR_FPF_DIVZERO, SF_DIVZERO},
    {IR_FPF_OVERFLOW, SF_OVERFLOW}, {IR_FPF_UNDERFLOW, SF_UNDERFLOW}, {IR_FPF_INEXACT, SF_INEXACT},
};

static struct sf_env environment(const struct cpu_head *cpu)
{
    static const u8 rm[8] = {SF_RNE, SF_RNE, SF_RTZ, SF_RUP, SF_RDN, SF_RNA, SF_RNE, SF_RNE};
    struct sf_env env;
    sf_env_init(&env, SF_RULE_ARM);
    env.rm = rm[cpu->fp_control & IR_RM_MASK];
    env.ftz = cpu->fp_control & IR_FP_FTZ ? SF_FTZ_ARM : SF_FTZ_OFF;
    env.daz = cpu->fp_control & IR_FP_DAZ ? SF_DAZ_ARM : SF_DAZ_OFF;
    env.default_nan = (cpu->key & ARM_KEY_FIELD(DN)) != 0;
    return env;
}

static void raise_flags(struct cpu_head *cpu, const struct sf_env *env)
{
    for (u32 i = 0; i < sizeof flag_map / sizeof flag_map[0]; i++)
        if (env->flags & flag_map[i].theirs) cpu->fp_flags |= flag_map[i].ours;
}

/* spec: fraction bits, ARM_FIX_HALF, ARM_FIX_UNSIGNED. */
u32 arm_help_fixed_f32(struct cpu_head *cpu, u32 bits, u32 spec)
{
    struct sf_env env = environment(cpu);
    u64 r = sf_f32_to_int(&env, bits, SF_RTZ, spec & ARM_FIX_HALF ? 16 : 32, !(spec & ARM_FIX_UNSIGNED),
                          spec & 63);
    raise_flags(cpu, &env);
    return (u32)r;
}

u32 arm_help_fixed_f64(struct cpu_head *cpu, u64 bits, u32 spec)
{
    struct sf_env env = environment(cpu);
    u64 r = sf_f64_to_int(&env, bits, SF_RTZ, spec & ARM_FIX_HALF ? 16 : 32, !(spec & ARM_FIX_UNSIGNED),
                          spec & 63);
    raise_flags(cpu, &env);
    return (u32)r;
}

u32 arm_help_half_f32(struct cpu_head *cpu, u32 bits)
{
    struct sf_env env = environment(cpu);
    env.alt_f16 = 1;
    u32 r = sf_f16_to_f32(&env, (u16)bits);
    raise_flags(cpu, &env);
    return r;
}

u32 arm_help_f32_half(struct cpu_head *cpu, u32 bits)
{
    struct sf_env env = environment(cpu);
    env.alt_f16 = 1;
    u32 r = sf_f32_to_f16(&env, bits);
    raise_flags(cpu, &env);
    return r;
}
