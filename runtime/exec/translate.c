/* Making a unit: lift, verify, improve, emit, publish, with the log channels that show each stage. Called by
 * the loop when a key has no translation. */
#include <errno.h>

#include "frontend/guest.h"
#include "runtime/base/error.h"
#include "runtime/base/fmt.h"
#include "runtime/base/log.h"
#include "runtime/base/options.h"
#include "runtime/base/ranges.h"
#include "runtime/base/rawsys.h"
#include "runtime/base/x86_64/ticks.h"
#include "runtime/debug/debug.h"
#include "runtime/exec/exec.h"
#include "runtime/exec/lockstep.h"
#include "runtime/exec/task_exec.h"
#include "runtime/exec/unit.h"

#define UNIT_INSNS 64 /* guest instructions at most */

#ifdef NDEBUG
#define VERIFY_ALWAYS false
#else
#define VERIFY_ALWAYS true
#endif

static u64 now_ns(void)
{
    struct timespec ts;
    raw_clock_gettime(CLOCK_MONOTONIC, &ts);
    return (u64)ts.tv_sec * 1000000000u + (u64)ts.tv_nsec;
}

static u64 init_ns, init_ticks;

/* A look at a clock of the kernel costs as much as translating an instruction: ticks are counted, and what one lasts is
 * known at the end. */
u64 translate_ns(void)
{
    u64 ns = now_ns() - init_ns, ticks = host_ticks() - init_ticks;
    return ticks ? exec_stats.translate_ticks * 10000 / ticks * (ns / 10000) : 0;
}

_Noreturn static void no_such_pass(const char *name)
{
    char list[256];
    struct out o;
    out_init_mem(&o, list, sizeof list);
    for (u32 i = 0; ir_pass_name(i); i++) out_printf(&o, " %s", ir_pass_name(i));
    die(STATUS_USAGE, "-disable-pass: no pass is called '%s'; there are:%.*s", name, (int)o.len, list);
}

static u64 disabled_passes(void)
{
    u64 mask = 0;
    for (u32 i = 0; i < process.options->disable_pass.count; i++) {
        const char *name = process.options->disable_pass.item[i];
        int row = ir_pass_index(name);
        if (row < 0) no_such_pass(name);
        mask |= 1ull << row;
    }
    return mask;
}

/* -interp-units and -no-opt-units */
static struct ranges interpreted, unimproved;
static u64 pass_mask; /* of -disable-pass */
static u32 units_made;

static bool chosen(const struct ranges *r, u64 key, u32 number)
{
    return r->count && (ranges_have(r, process.guest->pc_of_key(key)) || ranges_have_number(r, number));
}

static void parse_units(struct ranges *r, const char *text)
{
    char message[256];
    struct out err;
    out_init_mem(&err, message, sizeof message);
    if (text && ranges_parse(r, text, true, &err) != 0) die(STATUS_USAGE, "%s", message);
}

void translate_init(void)
{
    if (process.options->stats) {
        init_ns = now_ns();
        init_ticks = host_ticks();
    }
    parse_units(&interpreted, process.options->interp_units);
    parse_units(&unimproved, process.options->no_opt_units);
    pass_mask = disabled_passes();
}

static u64 passes_left_out(u64 key, u32 number)
{
    return chosen(&unimproved, key, number) ? ~0ull : pass_mask;
}
static u32 longest(void)
{
    return process.options->singlestep ? 1 : UNIT_INSNS;
}

static void check(const struct ir_unit *iu, const char *after)
{
    char err[256];
    if (ir_verify(iu, err, sizeof err) != 0)
        bug("the unit at 0x%llx is not well-formed after %s: %s", (unsigned long long)iu->key, after, err);
}

/* Lifts and improves; at most `max` instructions. *plain, unless NULL, becomes the unit as it was lifted,
 * ready for the interpreter. */
static void make_ir(struct task *t, u64 key, u32 max, struct ir_unit *iu, struct interp_code **plain)
{
    struct arena *a = &exec_of(t)->scratch;
    arena_reset(a);
    if (guest_lift(process.guest, key, max, iu, a) != 0)
        bug("lifting the unit at 0x%llx failed", (unsigned long long)key);
    bool shown = log_in_filter(process.guest->pc_of_key(key));
    if (shown) debug_log_guest(LOG_in_asm, process.guest, iu, units_made);
    if (shown) debug_log_ir(LOG_ir, iu);
    if (VERIFY_ALWAYS) check(iu, "lifting");
    if (plain) *plain = interp_prepare(iu);
    ir_optimise(iu, passes_left_out(key, units_made));
    if (VERIFY_ALWAYS) check(iu, "the passes");
    if (shown) debug_log_ir(LOG_ir_opt, iu);
}

/* With `behind` bytes for its tables. */
static struct unit *new_unit(const struct ir_unit *iu, size_t behind)
{
    struct unit *u = arena_alloc_raw(&cache.arena, sizeof *u + behind, _Alignof(struct unit));
    *u = (struct unit){.key = iu->key,
                       .guest_lo = iu->guest_lo,
                       .guest_hi = iu->guest_hi,
                       .number = units_made++,
                       .guest_insns = iu->guest_insns};
    exec_stats.guest_insns += iu->guest_insns;
    return u;
}

static void empty_cache(struct task *t)
{
    stop_begin(t);
    cache_reset();
    stop_end(t);
}

/* Units of the interpreter are kept until the cache is emptied, killed ones too. */
static void make_room_interp(struct task *t, const struct ir_unit *iu)
{
    cache.interp_bytes += 256 + iu->ninsns * 32ull + iu->nconsts * 32ull + iu->nside * 4ull;
    if (cache.interp_bytes > (u64)(cache.end - cache.base)) empty_cache(t);
}

static struct unit *make_interp(struct task *t, const struct ir_unit *iu)
{
    make_room_interp(t, iu);
    struct interp_code *code = interp_prepare(iu);
    if (!code) die(STATUS_HOST, "no memory for the interpreter's units");
    struct unit *u = new_unit(iu, 0);
    u->interp = code;
    exec_stats.units_interp++;
    return u;
}

/* The side tables of published code, in the memory behind the unit. */
static void keep_tables(struct unit *u, const struct jit_code *code)
{
    struct side_fault *f = (struct side_fault *)(u + 1);
    struct unit_link *l = (struct unit_link *)(f + code->nfaults);
    u->faults = f;
    u->nfaults = code->nfaults;
    u->links = l;
    u->nlinks = code->nlinks;
    for (u32 i = 0; i < code->nfaults; i++) f[i] = code->faults[i];
    for (u32 i = 0; i < code->nlinks; i++) l[i] = (struct unit_link){code->links[i].key, code->links[i].offset};
}

/* Copies emitted code into the cache; NULL when the cache is full. */
static struct unit *place_code(const struct ir_unit *iu, const struct jit_code *code)
{
    u8 *at = cache_alloc(code->size);
    if (!at) return NULL;
    jit_place(code, iu->layout, &cache.thunks, at, (u64)at, 0);
    struct unit *u = new_unit(iu, code->nfaults * sizeof u->faults[0] + code->nlinks * sizeof u->links[0]);
    u->host = (u64)at;
    u->host_size = code->size;
    keep_tables(u, code);
    exec_stats.units_jit++;
    exec_stats.host_bytes += code->size;
    return u;
}

static struct unit *make_jit(struct task *t, u64 key)
{
    struct interp_code *plain = NULL;
    struct ir_unit iu;
    struct jit_code code;
    for (u32 max = longest();; max /= 2) {
        make_ir(t, key, max, &iu, process.options->lockstep ? &plain : NULL);
        int e = jit_translate(&iu, &exec_backend, &exec_of(t)->scratch, &code);
        if (e == 0 && unlikely(process.options->check_storable))
            storable_check(&iu, max, passes_left_out(key, units_made), &code);
        if (e == 0) break;
        if (plain) interp_free(plain);
        if (e == -ENOSYS) return make_interp(t, &iu); /* an op that has no host code: code.why says which */
        if (e != -E2BIG || max <= 1)
            bug("translating the unit at 0x%llx failed: %s", (unsigned long long)key, error_text(e));
    }
    struct unit *u = place_code(&iu, &code);
    if (!u) {
        empty_cache(t);
        u = place_code(&iu, &code);
        if (!u) bug("a unit of %u bytes does not fit into the empty code cache", code.size);
    }
    u->interp = plain;
    u->varies = plain && lockstep_varies(&iu);
    if (log_in_filter(process.guest->pc_of_key(key)))
        debug_log_host(LOG_out_asm, u->key, (const u8 *)u->host, u->host_size);
    return u;
}

static struct unit *make(struct task *t, u64 key)
{
    if (!exec_interp && !chosen(&interpreted, key, units_made)) return make_jit(t, key);
    struct ir_unit iu;
    make_ir(t, key, longest(), &iu, NULL);
    return make_interp(t, &iu);
}

static void publish(struct task *t, struct unit *u)
{
    cache_publish(u);
    if (likely(!cache_crowded())) return;
    stop_begin(t);
    cache_grow();
    stop_end(t);
}

struct unit *exec_unit(struct task *t, u64 key)
{
    if (unlikely(process.options->check_storable)) storable_prepare(t);
    cache_lock(t);
    struct unit *u = cache_find(key); /* somebody else may have made it meanwhile */
    if (!u) {
        u64 start = process.options->stats ? host_ticks() : 0;
        u = make(t, key);
        publish(t, u);
        hints_note(key);
        if (start) exec_stats.translate_ticks += host_ticks() - start;
    }
    lock_release(&cache.lock);
    return u;
}

static void link_exits(const struct unit *u)
{
    for (u32 i = 0; i < u->nlinks; i++) {
        const struct unit *to = cache_find(u->links[i].key);
        if (to && to->host) jit_patch_link(u->host + u->links[i].offset, to->host);
    }
}

void exec_link_all(struct task *t)
{
    if (exec_backend.no_chain) return;
    cache_lock(t);
    for (u32 i = 0; i < cache.nby_host; i++)
        if (!cache.by_host[i]->dead) link_exits(cache.by_host[i]);
    lock_release(&cache.lock);
}

bool exec_find_unit(u64 key, u64 host_pc, struct debug_unit *out)
{
    const struct unit *u = host_pc ? cache_unit_of(host_pc) : NULL;
    if (!u) u = cache_find(key);
    *out = (struct debug_unit){.key = key, .number = units_made, .max = longest()};
    if (u) {
        *out = (struct debug_unit){.key = u->key, .number = u->number, .max = u->guest_insns};
        out->host = (const u8 *)u->host;
        out->host_size = u->host_size;
    }
    out->disabled = passes_left_out(out->key, out->number);
    return u != NULL;
}
