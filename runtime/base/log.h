// log.h: what calque tells about its work, by channel (-d), to stderr or a file (-D), filtered by address
// (-dfilter). Channels are rows of channels.def.
//
// A channel that is off costs one load and a branch. A line, or a block given to log_write, goes out whole,
// with one write(2) to a descriptor opened for appending, so that threads and processes do not interleave.
// The descriptor is high and close-on-exec, out of the guest's way. Usable in signal handlers.
#ifndef CALQUE_RUNTIME_BASE_LOG_H
#define CALQUE_RUNTIME_BASE_LOG_H

#include "runtime/base/fmt.h"
#include "runtime/base/types.h"

enum log_channel {
#define LOG_CHANNEL(name, help) LOG_##name,
#define LOG_ALIAS(name, channel)
#include "runtime/base/channels.def"
#undef LOG_CHANNEL
#undef LOG_ALIAS
    LOG_COUNT
};
_Static_assert(LOG_COUNT <= 64, "log_mask has 64 bits");

extern u64 log_mask; // bit n: channel n is on; written at start-up only

// True when the channel is on.
#define log_on(channel) (unlikely((log_mask >> (channel)) & 1))

// One line on a channel: log_printf(LOG_exec, "enter %lx", pc). A missing final newline is added; the
// arguments are not evaluated while the channel is off.
#define log_printf(channel, ...)                                                                             \
    do {                                                                                                     \
        if (log_on(channel)) log_line(__VA_ARGS__);                                                          \
    } while (0)

// The same without the test of a channel.
void log_line(const char *fmt, ...) FMT_PRINTF(1, 2);

// A block of whole lines, kept together.
void log_write(const char *text, size_t n);

// Channels named in "a,b,c" ("all" for every one) into *mask. 0, or -EINVAL with a message in err that names
// the unknown word and lists what exists.
int log_parse_mask(const char *text, u64 *mask, struct out *err);

// Parse and turn on, in addition to what is on already.
int log_set_mask(const char *text, struct out *err);

// The table of channels with their help, for `-d help`.
void log_list_channels(struct out *o);

// Open the output: a file (each %d in path is replaced by the process id, %% by %), or a private copy of
// stderr when path is NULL. The file is emptied unless `append`. 0 or -errno; on error the output stays as it
// was (at first: stderr).
int log_open(const char *path, bool append);

// The descriptor in use (2 before log_open): to be hidden from the guest.
int log_fd(void);

// Address filter: "0x8000..0x8fff,0x9000+0x100,0xa000-0x100": first..last (both included), start+length, or
// the length bytes just below end-length. 0, -EINVAL or -E2BIG (more than 32 ranges) with a message in err.
// log_check_filter only checks.
int log_set_filter(const char *text, struct out *err);
int log_check_filter(const char *text, struct out *err);

// True when addr passes the filter; without one every address does.
bool log_in_filter(gaddr addr);

#endif
