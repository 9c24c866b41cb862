// Mappings that come, change and go, faults where they should be, and code that is written, rewritten and freed.
#pragma once
#include "soak.h"

static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)info, (void)context;
    if (!self || !self->probing) {
        signal(sig, SIG_DFL);
        return;
    }
    self->probing = 0;
    siglongjmp(self->back, 1);
}
// Whether a byte can be read (and written, if asked), found out by doing so.
static int reaches(struct worker *w, volatile char *at, int write)
{
    if (sigsetjmp(w->back, 1)) return 0;
    w->probing = 1;
    char byte = *at;
    if (write) *at = byte;
    w->probing = 0;
    return 1;
}
static void expect_reach(struct worker *w, char *at, int read, int write)
{
    MUST(reaches(w, at, 0) == read);
    MUST(reaches(w, at, 1) == write);
}

static void do_map(struct worker *w)
{
    u64 pages = 3 + below(w, 30), hole = 1 + below(w, pages - 2);
    char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(at != MAP_FAILED);
    for (u64 i = 0; i < pages; i++) *(u64 *)(at + i * PAGE) = mix(i);
    MUST(mprotect(at + hole * PAGE, PAGE, PROT_READ) == 0);
    expect_reach(w, at + hole * PAGE, 1, 0);
    MUST(mprotect(at + hole * PAGE, PAGE, PROT_NONE) == 0);
    expect_reach(w, at + hole * PAGE, 0, 0);
    expect_reach(w, at + (hole - 1) * PAGE, 1, 1);
    // A place that is mapped over, not freed, cannot be taken by another thread meanwhile.
    MUST(mmap(at + hole * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at + hole * PAGE);
    for (u64 i = 0; i < pages; i++) MUST(*(u64 *)(at + i * PAGE) == (i == hole ? 0 : mix(i)));
    MUST(munmap(at, pages * PAGE) == 0);
}

static void do_remap(struct worker *w)
{
    u64 pages = 1 + below(w, 20), more = pages + 1 + below(w, 60);
    char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(at != MAP_FAILED);
    for (u64 i = 0; i < pages; i++) *(u64 *)(at + i * PAGE) = mix(i);
    at = mremap(at, pages * PAGE, more * PAGE, MREMAP_MAYMOVE);
    MUST(at != MAP_FAILED);
    for (u64 i = 0; i < more; i++) MUST(*(u64 *)(at + i * PAGE) == (i < pages ? mix(i) : 0));
    MUST(madvise(at, PAGE, MADV_DONTNEED) == 0 && *(u64 *)at == 0);
    MUST(munmap(at, more * PAGE) == 0);
}

// Heaps of all sizes, through brk and through mmap.
static void do_malloc(struct worker *w)
{
    char *parts[40];
    size_t sizes[40];
    for (int i = 0; i < 40; i++) {
        sizes[i] = 1 + below(w, i % 8 ? 3000 : 300000);
        MUST(parts[i] = malloc(sizes[i]));
        memset(parts[i], i + 1, sizes[i]);
    }
    for (int i = 0; i < 40; i++) {
        MUST(parts[i][0] == i + 1 && parts[i][sizes[i] - 1] == i + 1);
        free(parts[i]);
    }
}

#ifdef __riscv
// a0 = n: lui a0, upper; addiw a0, a0, lower; ret.
static void emit(uint32_t *at, int32_t n)
{
    uint32_t upper = ((uint32_t)n + 0x800) & 0xfffff000, lower = (uint32_t)n & 0xfff;
    at[0] = upper | 10 << 7 | 0x37;
    at[1] = lower << 20 | 10 << 15 | 10 << 7 | 0x1b;
    at[2] = 0x8067;
    __builtin___clear_cache((char *)at, (char *)(at + 3));
}
#else
static void emit(unsigned char *at, int32_t n)
{
    at[0] = 0xb8;
    memcpy(at + 1, &n, 4);
    at[5] = 0xc3;
}
#endif
// Code in memory that is writable, then by turns writable and executable, then mapped anew in the same place.
static void do_code(struct worker *w)
{
    int all = PROT_READ | PROT_WRITE | PROT_EXEC;
    char *at = mmap(NULL, 2 * PAGE, all, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(at != MAP_FAILED);
    for (int i = 0; i < 9; i++) {
        int32_t n = (int32_t)next(w);
        char *code = at + below(w, 2 * PAGE / 16) * 16;
        if (i / 3 == 1) MUST(mprotect(at, 2 * PAGE, PROT_READ | PROT_WRITE) == 0);
        if (i / 3 == 2) MUST(mmap(at, 2 * PAGE, all, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
        emit((void *)code, n);
        if (i / 3 == 1) MUST(mprotect(at, 2 * PAGE, PROT_READ | PROT_EXEC) == 0);
        MUST(((int (*)(void))code)() == n);
    }
    MUST(munmap(at, 2 * PAGE) == 0);
}
