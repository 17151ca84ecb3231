/* A guest that exists for tests only: its calls' registers are an array, its memory a page below 4 GiB. */
#ifndef CALQUE_TESTS_UNIT_TEST_SYS_FAKE_H
#define CALQUE_TESTS_UNIT_TEST_SYS_FAKE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <cmocka.h>

#include "frontend/guest.h"
#include "runtime/base/gmem.h"
#include "syscalls/private.h"
#include "syscalls/syscalls.h"

static struct {
    struct cpu_head head;
    u64 nr, args[8];
    s64 result;
    int err;
    u32 sets;
} fake_cpu;

static int fake_get(struct cpu_head *cpu, u32 trap, u64 *nr, u64 args[8])
{
    (void)cpu, (void)trap;
    *nr = fake_cpu.nr;
    memcpy(args, fake_cpu.args, sizeof fake_cpu.args);
    return 0;
}

static void fake_set(struct cpu_head *cpu, u32 trap, s64 result, int err)
{
    (void)cpu, (void)trap;
    fake_cpu.result = result;
    fake_cpu.err = err;
    fake_cpu.sets++;
}

static void fake_rewind(struct cpu_head *cpu, u32 trap) { cpu->key -= 4 + trap; }
static gaddr fake_sp(const struct cpu_head *cpu) { (void)cpu; return 0; }

/* Every call of calls.def under its own id as number. */
static u16 fake_calls[SYS_CALL_COUNT];
static const struct sys_numbers fake_numbers[] = {{0, SYS_CALL_COUNT, fake_calls}, {0, 0, NULL}};

static struct mm fake_mm;
static struct sighand fake_sighand;
static struct task fake_task;
static gaddr fake_page; /* one page of guest memory, the next one is missing */

static struct sys_abi fake_abi = {
    .machine = "fake", .word = 4, .numbers = fake_numbers, .get = fake_get, .set = fake_set,
    .rewind = fake_rewind, .get_sp = fake_sp,
};

/* What the fault handler of runtime/exec does for guarded accesses. */
static void fake_fault(int sig, siginfo_t *info, void *context)
{
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    (void)info;
    if (!gmem_fixup((u64 *)&r[REG_RIP], (u64 *)&r[REG_RAX])) signal(sig, SIG_DFL);
}

static void fake_start(u8 word, bool big_endian)
{
    struct sigaction act = {.sa_sigaction = fake_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &act, NULL);
    sigaction(SIGBUS, &act, NULL);
    for (u16 i = 0; i < SYS_CALL_COUNT; i++) fake_calls[i] = i;
    fake_abi.word = word;
    fake_abi.big_endian = big_endian;
    gmem_setup(0, word == 4 ? 0xffffffffu : ~0ull, 0);
    if (!fake_page) {
        void *p = mmap((void *)0x40000000, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        assert_true(p != MAP_FAILED && (u64)p < 0xffff0000u);
        munmap((char *)p + 4096, 4096);
        fake_page = (gaddr)p;
        mm_init(&fake_mm, 32, 4096);
    }
    fake_task = (struct task){.cpu = &fake_cpu.head, .mm = &fake_mm, .sighand = &fake_sighand, .tid = (int)getpid()};
    fake_cpu.head.task = &fake_task;
    sys_init(&fake_abi);
}

/* A call with up to seven words; its result or -errno. */
static inline s64 fake_call(u32 id, const u64 *args, u32 n)
{
    fake_cpu.nr = id;
    memset(fake_cpu.args, 0, sizeof fake_cpu.args);
    if (n) memcpy(fake_cpu.args, args, n * sizeof *args);
    assert_true(sys_dispatch(&fake_task, 0));
    return fake_cpu.err ? -fake_cpu.err : fake_cpu.result;
}
#define FAKE_CALL(name, ...)                                                                                 \
    fake_call(SYS_CALL_##name, (const u64[]){__VA_ARGS__}, sizeof((const u64[]){__VA_ARGS__}) / sizeof(u64))

#endif
