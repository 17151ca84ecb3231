// thread_tls.c: a thread block for a raw-cloned thread, as static glibc on an x86-64 host lays it out.
//
// From low to high: the program's thread-local variables (a copy of PT_TLS, its end aligned and at the thread
// pointer), the thread pointer's control block: the words that compiled code reads through %fs, the rest zero
// (no dtv: programs use no dynamic TLS). In a dynamic program (tests) the variables of its shared libraries
// lie further below; they get zeroed room, since a library function may still write one. See thread.h.
#include "runtime/base/thread_private.h"
#include <elf.h>
#include <string.h>

#define CONTROL_BYTES 4096 // glibc's struct pthread is 2304 bytes long
#define CONTROL_ALIGN 64
#define LIBRARY_BYTES 8192 // a dynamic program's libraries

// Start of glibc's struct pthread (tcbhead_t): offsets are part of the ABI of gcc and clang.
struct control {
    void *self_tp; // %fs:0
    void *dtv;
    void *self_thread;
    int multiple_threads;
    int gscope;
    u64 sysinfo;
    u64 canary;        // %fs:0x28, -fstack-protector
    u64 pointer_guard; // %fs:0x30
    u64 unused[2];
    u32 cet_features; // %fs:0x48
};
_Static_assert(offsetof(struct control, canary) == 0x28, "gcc's canary");
_Static_assert(offsetof(struct control, pointer_guard) == 0x30, "glibc's pointer guard");
_Static_assert(offsetof(struct control, cet_features) == 0x48, "glibc's feature_1");

struct tls_image {
    const void *data;
    size_t file_size, mem_size, align;
    size_t library_size;
};

extern const char __ehdr_start[] __attribute__((visibility("hidden"))); // the file as it lies in memory

static const Elf64_Ehdr *file_header(void)
{
    return (const Elf64_Ehdr *)__ehdr_start;
}

// Where the file's byte at `offset` is: by the segment that holds it, whose address holds in a prelinked program too
// (which keeps PT_TLS's own address relative).
static const void *in_memory(const Elf64_Phdr *ph, u64 offset, u64 bias)
{
    for (int i = 0; i < file_header()->e_phnum; i++)
        if (ph[i].p_type == PT_LOAD && offset - ph[i].p_offset < ph[i].p_filesz)
            return (const void *)(ph[i].p_vaddr + bias + (offset - ph[i].p_offset));
    return NULL;
}

// The program header's word about thread-local variables. Cheap enough to look up for each thread.
static struct tls_image find_image(void)
{
    struct tls_image image = {.align = 1};
    const char *start = __ehdr_start;
    const Elf64_Phdr *ph = (const Elf64_Phdr *)(start + file_header()->e_phoff);
    u64 bias = 0;
    for (int i = 0; i < file_header()->e_phnum; i++)
        if (ph[i].p_type == PT_LOAD && ph[i].p_offset == 0) bias = (u64)start - ph[i].p_vaddr;
    for (int i = 0; i < file_header()->e_phnum; i++) {
        if (ph[i].p_type == PT_INTERP) image.library_size = LIBRARY_BYTES;
        if (ph[i].p_type != PT_TLS) continue;
        image.data = in_memory(ph, ph[i].p_offset, bias);
        image.file_size = ph[i].p_filesz;
        image.mem_size = ph[i].p_memsz;
        image.align = MAX(ph[i].p_align, (size_t)1);
    }
    return image;
}

static size_t block_align(const struct tls_image *image)
{
    return MAX(image->align, (size_t)CONTROL_ALIGN);
}

// From the block's start to the thread pointer.
static size_t tp_offset(const struct tls_image *image)
{
    return align_up(align_up(image->mem_size, image->align) + image->library_size, block_align(image));
}

size_t thread_tls_size(void)
{
    struct tls_image image = find_image();
    return tp_offset(&image) + CONTROL_BYTES;
}

size_t thread_tls_align(void)
{
    struct tls_image image = find_image();
    return block_align(&image);
}

static struct control *own_control(void)
{
    struct control *c;
    __asm__("movq %%fs:0, %0" : "=r"(c));
    return c;
}

void thread_tls_init(struct thread_tls *tls, void *mem)
{
    struct tls_image image = find_image();
    char *tp = (char *)mem + tp_offset(&image);
    if (image.file_size) memcpy(tp - align_up(image.mem_size, image.align), image.data, image.file_size);
    const struct control *own = own_control();
    *(struct control *)tp = (struct control){
        .self_tp = tp,
        .self_thread = tp,
        .multiple_threads = 1,
        .canary = own->canary,
        .pointer_guard = own->pointer_guard,
        .cet_features = own->cet_features,
    };
    tls->tp = tp;
}

// A variable lies at the same distance from every thread's pointer.
static void *in_block(const struct thread_tls *tls, void *own_variable)
{
    return (char *)tls->tp + ((char *)own_variable - (char *)own_control());
}

void thread_tls_forget(const struct thread_tls *tls)
{
    *(void **)in_block(tls, &thread_self_slot) = NULL;
    *(u32 *)in_block(tls, &thread_tid_slot) = 0;
}
