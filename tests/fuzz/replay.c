// replay.c: runs a target without libFuzzer: every file of the folders given, then a fixed number of changed copies of each:
// bytes replaced, cut out, doubled, cut short. The same every time.
#include "tests/fuzz/fuzz.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_INPUT (1u << 20)

static uint64_t state = 88172645463325252ull;
static uint32_t pick(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 11) % n;
}

static uint8_t *original, *changed;

static size_t change_once(size_t n)
{
    static const uint8_t values[] = {0, 1, 2, 4, 0x10, 0x7f, 0x80, 0xff};
    size_t at = pick((uint32_t)n), len = 1 + pick(8);
    switch (pick(6)) {
    case 0: changed[at] = (uint8_t)pick(256); return n;
    case 1: changed[at] ^= (uint8_t)(1u << pick(8)); return n;
    case 2:
        for (size_t i = 0; i < len && at + i < n; i++) changed[at + i] = values[pick(8)];
        return n;
    case 3:
        if (at + len >= n) return n;
        memmove(changed + at, changed + at + len, n - at - len);
        return n - len;
    case 4: {
        size_t from = pick((uint32_t)n), most = n - (from > at ? from : at);
        memmove(changed + at, changed + from, len < most ? len : most);
        return n;
    }
    default: return pick(8) ? n : at + 1;
    }
}

static void run_file(const char *path, unsigned changes)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(2);
    }
    size_t n = fread(original, 1, SIZE_MAX_INPUT, f);
    fclose(f);
    LLVMFuzzerTestOneInput(original, n);
    for (unsigned i = 0; n && i < changes; i++) {
        size_t m = n;
        memcpy(changed, original, n);
        for (uint32_t k = 1 + pick(4); k; k--) m = change_once(m);
        LLVMFuzzerTestOneInput(changed, m);
    }
}

int main(int argc, char **argv)
{
    unsigned changes = getenv("CALQUE_LONG") ? 20000 : 400, files = 0;
    original = malloc(SIZE_MAX_INPUT);
    changed = malloc(SIZE_MAX_INPUT);
    for (int i = 1; i < argc; i++) {
        struct dirent **list;
        int n = scandir(argv[i], &list, NULL, alphasort);
        for (int k = 0; k < n; k++) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", argv[i], list[k]->d_name);
            if (list[k]->d_name[0] != '.') run_file(path, changes), files++;
            free(list[k]);
        }
        if (n >= 0) free(list);
    }
    free(original);
    free(changed);
    printf("%u files, %u changed copies of each\n", files, changes);
    return files ? 0 : 2;
}
