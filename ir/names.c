/* The words of the text form that ops.def does not give. */
#include "ir/names.h"

const struct flag_name fence_names[] = {
    {"ll", IR_FENCE_LL, 0}, {"ls", IR_FENCE_LS, 0}, {"sl", IR_FENCE_SL, 0},
    {"ss", IR_FENCE_SS, 0}, {NULL, 0, 0},
};

static const struct flag_name mem_names[] = {
    {"be", IR_MEM_BE, 0},
    {"align", IR_MEM_ALIGN, 0},
    {"align4", IR_MEM_ALIGN4, 0},
    {"acq", IR_MEM_ACQUIRE, 0},
    {"rel", IR_MEM_RELEASE, 0},
    {"sc", IR_MEM_SC, 0},
    {"nofault", IR_MEM_NOFAULT, 0},
    {NULL, 0, 0},
};

static const struct flag_name fp_names[] = {
    {"rne", IR_RM_RNE, IR_RM_MASK}, {"rtz", IR_RM_RTZ, IR_RM_MASK},
    {"rup", IR_RM_RUP, IR_RM_MASK}, {"rdn", IR_RM_RDN, IR_RM_MASK},
    {"rna", IR_RM_RNA, IR_RM_MASK}, {"exact", IR_FP_EXACT, 0},
    {"std", IR_FP_STD, 0},          {NULL, 0, 0},
};

static const struct flag_name exit_names[] = {{"poll", IR_EXIT_POLL, 0}, {NULL, 0, 0}};

const struct flag_name *flag_names(enum ir_op op)
{
    if (ir_ops[op].effects & IR_EFF_MEM) return mem_names;
    if (ir_ops[op].effects & IR_EFF_FP) return fp_names;
    return op == IR_OP_exit ? exit_names : NULL;
}
