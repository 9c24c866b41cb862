// Where mappings go and what their calls refuse: hints, fixed and not replacing, mremap, limits, huge reservations, guards, what is not the guest's.
#include "../check.h"
#include <sys/prctl.h>
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#define MAP_DROPPABLE 8
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
enum { P = 4096 };
static sigjmp_buf env;
static volatile int got, code;
static void fault(int s, siginfo_t *i, void *c) { (void)c; got = s; code = i->si_code; siglongjmp(env, 1); }
static int touch(volatile char *p) { got = 0; if (!sigsetjmp(env, 1)) *p = 1; return got; }
static int peek(volatile char *p) { got = 0; if (!sigsetjmp(env, 1)) (void)*p; return got; }
static char *anon(void *at, size_t len, int prot, int flags) { return mmap(at, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0); }
#define FAILS(call, e) do { errno = 0; long r_ = (long)(call); CHECK(r_ == -1); EQUAL(errno, e); } while (0)

static void hints(void)
{
    char *p = anon((void *)0x123456000, P, 3, 0);
    CHECK(p == (void *)0x123456000);
    char *q = anon((void *)0x123456000, P, 3, 0);
    CHECK(q != p && q != MAP_FAILED);
    char *odd = anon((void *)0x123458123, P, 3, 0); // rounded
    CHECK(odd == (void *)0x123458000);
    for (int bits = 37; bits < 63; bits++) { // above what there is: anywhere
        char *high = anon((void *)((1ul << bits) - 0x10000), P, 3, 0);
        CHECK(high != MAP_FAILED && ((uintptr_t)high & 0xfff) == 0 && (uintptr_t)high < 1ul << 47);
        *high = 1;
        munmap(high, P);
    }
    CHECK(anon(p, P, 3, MAP_FIXED) == p);
    FAILS(anon(p, P, 3, MAP_FIXED_NOREPLACE), EEXIST); FAILS(anon(p - P, 3 * P, 3, MAP_FIXED_NOREPLACE), EEXIST);
    CHECK(anon(p + 8 * P, P, 3, MAP_FIXED_NOREPLACE) == p + 8 * P);
    FAILS(anon(p + 1, P, 3, MAP_FIXED), EINVAL); FAILS(anon(p + 1, P, 3, MAP_FIXED_NOREPLACE), EINVAL);
    FAILS(anon((void *)(1ul << 62), P, 3, MAP_FIXED), ENOMEM); FAILS(anon((void *)-4096l, P, 3, MAP_FIXED), ENOMEM); FAILS(anon(NULL, -1, 3, 0), ENOMEM);
    FAILS(anon(NULL, 0, 3, 0), EINVAL); FAILS(mmap(NULL, P, 3, MAP_ANONYMOUS, -1, 0), EINVAL); FAILS(mmap(NULL, P, 3, MAP_PRIVATE, -1, 0), EBADF);
    FAILS(mmap(NULL, P, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 1), EINVAL);
    FAILS(munmap(p + 1, P), EINVAL); FAILS(munmap(p, 0), EINVAL); EQUAL(munmap((void *)0x700000000, P), 0); FAILS(munmap((void *)-4096l, P), EINVAL);
    FAILS(mprotect(p + 1, P, 3), EINVAL); EQUAL(mprotect(p, 0, 3), 0); FAILS(mprotect((void *)0x700000000, P, 3), ENOMEM); FAILS(mprotect(p, 3 * P, 1), ENOMEM);
    EQUAL(touch(p), SIGSEGV); EQUAL(code, SEGV_ACCERR); // the part before the hole was changed
    FAILS(mprotect(p, P, 0x80), EINVAL); FAILS(mprotect(p, P, PROT_GROWSDOWN | PROT_GROWSUP | 3), EINVAL); FAILS(mprotect(p, P, PROT_GROWSDOWN | 3), EINVAL);
    munmap(p, 9 * P); munmap(odd, P); munmap(q, P);
}

static void remapping(void)
{
    char *p = anon(NULL, 8 * P, 3, 0);
    for (int i = 0; i < 8; i++) p[i * P] = i + 1;
    munmap(p + 4 * P, 4 * P);
    CHECK(mremap(p, 4 * P, 6 * P, 0) == p); EQUAL(p[3 * P], 4); EQUAL(p[5 * P], 0);
    CHECK(mremap(p, 6 * P, 2 * P, 0) == p); EQUAL(touch(p + 2 * P), SIGSEGV); EQUAL(code, SEGV_MAPERR);
    char *wall = anon(p + 2 * P, P, 3, MAP_FIXED_NOREPLACE);
    CHECK(wall == p + 2 * P);
    mprotect(wall, P, 1);
    FAILS(mremap(p, 2 * P, 4 * P, 0), ENOMEM);
    char *q = mremap(p, 2 * P, 4 * P, MREMAP_MAYMOVE);
    CHECK(q != p && q[P] == 2); EQUAL(peek(p), SIGSEGV);
    char *r = mremap(q, 4 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_FIXED, wall - 64 * P);
    CHECK(r == wall - 64 * P && r[P] == 2);
    FAILS(mremap(r, 4 * P, 4 * P, MREMAP_FIXED, wall), EINVAL); FAILS(mremap(r, 4 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_FIXED, r + P), EINVAL);
    FAILS(mremap(r + 1, P, P, 0), EINVAL); FAILS(mremap(r, P, 0, 0), EINVAL); FAILS(mremap(r, 64 * P, 65 * P, MREMAP_MAYMOVE), EFAULT); FAILS(mremap((void *)0x700000000, P, 2 * P, 0), EFAULT);
    FAILS(mremap(r, 4 * P, 4 * P, 64), EINVAL); FAILS(mremap(r, 4 * P, 8 * P, MREMAP_MAYMOVE | MREMAP_DONTUNMAP), EINVAL);
    char *s = mremap(r, 4 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    CHECK(s != r && s[P] == 2 && r[P] == 0);
    char *shared = mmap(NULL, 2 * P, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared[0] = 9;
    char *twin = mremap(shared, 0, 2 * P, MREMAP_MAYMOVE);
    CHECK(twin != shared && twin[0] == 9); twin[P] = 8; EQUAL(shared[P], 8);
    munmap(r, 4 * P); munmap(s, 4 * P); munmap(shared, 2 * P); munmap(twin, 2 * P); munmap(wall, P);
}

static void advice(void)
{
    char *p = anon(NULL, 4 * P, 3, 0);
    memset(p, 1, 4 * P);
    CHECK(madvise(p, P, MADV_DONTNEED) == 0); EQUAL(p[0], 0);
    if (madvise(p + P, P, MADV_GUARD_INSTALL) == 0) {
        EQUAL(touch(p + P), SIGSEGV); EQUAL(peek(p + P), SIGSEGV); EQUAL(code, SEGV_MAPERR); EQUAL(touch(p + 2 * P), 0);
        CHECK(write(1, p + P, 0) == 0); int fds[2]; pipe(fds); FAILS(write(fds[1], p + P, 1), EFAULT); close(fds[0]); close(fds[1]);
        CHECK(madvise(p, 4 * P, MADV_DONTNEED) == 0); EQUAL(peek(p + P), SIGSEGV);
        CHECK(madvise(p + P, P, MADV_GUARD_REMOVE) == 0); EQUAL(peek(p + P), 0); EQUAL(p[P], 0);
    } else EQUAL(errno, EINVAL);
    FAILS(madvise(p + 1, P, MADV_DONTNEED), EINVAL); FAILS(madvise(p, P, 999), EINVAL); EQUAL(madvise(p, 0, MADV_DONTNEED), 0); FAILS(madvise(p, 0, 999), EINVAL);
    munmap(p + P, P);
    FAILS(madvise(p, 4 * P, MADV_DONTNEED), ENOMEM);
    munmap(p, 4 * P);
    FAILS(madvise(p, P, MADV_REMOVE), ENOMEM);
    int fd = memfd_create("m", 0);
    ftruncate(fd, 4 * P);
    p = mmap(NULL, 4 * P, 3, MAP_SHARED, fd, 0);
    memset(p, 1, 4 * P);
    struct stat st;
    CHECK(madvise(p + P, P, MADV_REMOVE) == 0); fstat(fd, &st); EQUAL(st.st_size, 4 * P); EQUAL(st.st_blocks, 3 * 8); EQUAL(p[P], 0); EQUAL(p[0], 1);
    char *private = mmap(NULL, P, 3, MAP_PRIVATE, fd, 0);
    FAILS(madvise(private, P, MADV_REMOVE), EACCES); // not for private mappings
    unsigned char in[4];
    EQUAL(mincore(p, 4 * P, in), 0); EQUAL(in[0] & 1, 1); FAILS(mincore(p + 1, P, in), EINVAL); FAILS(mincore((void *)0x700000000, P, in), ENOMEM); FAILS(mincore(p, P, (void *)8), EFAULT);
    munmap(p, 4 * P); munmap(private, P); close(fd);
    p = mmap(NULL, 2 * P, 3, MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0);
    if (p != MAP_FAILED) { EQUAL(touch(p), 0); if (fork() == 0) _exit(p[0] != 0); int status; wait(&status); EQUAL(status, 0); munmap(p, 2 * P); } // not wiped, but not kept: zero in a child
}

static void sealed(void)
{
    char *p = anon(NULL, 4 * P, 3, 0);
    if (syscall(462, p + P, 2 * P, 0) != 0) { EQUAL(errno, ENOSYS); return; }
    FAILS(munmap(p, 4 * P), EPERM); FAILS(mprotect(p + P, P, 0), EPERM); FAILS(anon(p + P, P, 3, MAP_FIXED), EPERM); FAILS(mremap(p + P, P, 2 * P, MREMAP_MAYMOVE), EPERM);
    p[P] = 5; EQUAL(touch(p + 2 * P), 0); EQUAL(touch(p), 0); EQUAL(madvise(p + P, P, MADV_WILLNEED), 0);
    EQUAL(munmap(p, P), 0); FAILS(syscall(462, p + P, P, 1), EINVAL); FAILS(syscall(462, p + P + 1, P, 0), EINVAL); FAILS(syscall(462, p, 2 * P, 0), ENOMEM);
    EQUAL(p[P], 5);
}

static void reservations(void)
{
    for (int bits = 30; bits <= 46; bits += 2) { // Go, ASan, V8
        size_t len = 1ul << bits;
        char *p = anon(NULL, len, PROT_NONE, MAP_NORESERVE);
        if (bits < 46) CHECK(p != MAP_FAILED);
        if (p == MAP_FAILED) continue;
        EQUAL(touch(p + len / 2), SIGSEGV); EQUAL(code, SEGV_ACCERR);
        CHECK(mprotect(p + len / 2, P, 3) == 0); EQUAL(touch(p + len / 2), 0);
        CHECK(madvise(p, len, MADV_DONTNEED) == 0 && madvise(p, len, MADV_DONTDUMP) == 0);
        CHECK(anon(p + len / 4, P, 3, MAP_FIXED) == p + len / 4);
        CHECK(munmap(p, len) == 0);
    }
    char *cage = anon((void *)0x100000000000, 1ul << 40, PROT_NONE, MAP_NORESERVE | MAP_FIXED_NOREPLACE);
    CHECK(cage == (void *)0x100000000000); CHECK(munmap(cage, 1ul << 40) == 0);
}

static void grows_down(void)
{
    char *p = anon(NULL, 1024 * P, 0, 0), *top;
    munmap(p, 1024 * P);
    p = anon(p + 1000 * P, 4 * P, 3, MAP_GROWSDOWN | MAP_FIXED);
    CHECK(p != MAP_FAILED);
    top = p + 3 * P;
    EQUAL(touch(top), 0); EQUAL(touch(p), 0);
    EQUAL(touch(p - P), 0); EQUAL(touch(p - 100 * P), 0); EQUAL(touch(p - 50 * P), 0); // grows with use, however far
    CHECK(mprotect(top, P, PROT_READ | PROT_GROWSDOWN) == 0); EQUAL(touch(p), SIGSEGV); EQUAL(peek(p - 100 * P), 0);
    munmap(p - 300 * P, 304 * P);
}

static void limits(void)
{
    if (fork() == 0) {
        struct rlimit l = {0, RLIM_INFINITY};
        char line[4096] = ""; FILE *f = fopen("/proc/self/statm", "r"); fgets(line, sizeof line, f); fclose(f);
        l.rlim_cur = strtoul(line, NULL, 10) * P + (8 << 20);
        CHECK(setrlimit(RLIMIT_AS, &l) == 0);
        struct rlimit r; getrlimit(RLIMIT_AS, &r); EQUAL(r.rlim_cur, l.rlim_cur);
        char *p = anon(NULL, 6 << 20, 3, 0);
        CHECK(p != MAP_FAILED); FAILS(anon(NULL, 4 << 20, 3, 0), ENOMEM); FAILS(mremap(p, 6 << 20, 10 << 20, MREMAP_MAYMOVE), ENOMEM); FAILS(anon(NULL, 1ul << 40, 0, MAP_NORESERVE), ENOMEM);
        CHECK(sbrk(4 << 20) == (void *)-1 && errno == ENOMEM); munmap(p, 6 << 20); CHECK(sbrk(4 << 20) != (void *)-1);
        CHECK(anon(p, P, 3, MAP_FIXED) == p);
        l.rlim_cur = RLIM_INFINITY; setrlimit(RLIMIT_AS, &l);
        CHECK(anon(NULL, 64 << 20, 3, 0) != MAP_FAILED);
        _exit(failures);
    }
    int status; wait(&status); EQUAL(status, 0);
    if (fork() == 0) {
        struct rlimit l = {4 << 20, RLIM_INFINITY};
        CHECK(setrlimit(RLIMIT_DATA, &l) == 0);
        FAILS(anon(NULL, 8 << 20, 3, 0), ENOMEM); CHECK(anon(NULL, 8 << 20, 1, 0) != MAP_FAILED); CHECK(mmap(NULL, 8 << 20, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
        CHECK(sbrk(8 << 20) == (void *)-1 && errno == ENOMEM);
        _exit(failures);
    }
    wait(&status); EQUAL(status, 0);
}

// Nothing but our own mappings can be reached: what is not in maps can't be read, changed or unmapped.
static void nothing_else(void)
{
    char line[512];
    uintptr_t at = 0, ranges[400][2];
    int n = 0;
    FILE *f = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, f) && n < 400) if (sscanf(line, "%lx-%lx", &ranges[n][0], &ranges[n][1]) == 2) n++;
    fclose(f);
    for (int i = 0; i < n; at = ranges[i++][1]) {
        if (ranges[i][0] > 1ul << 48) break;
        for (uintptr_t p = ranges[i][0] - P, k = 0; p >= at && p && k < 64; p -= P, k++) {
            if (strstr(line, "[stack]")) break;
            int r = peek((char *)p);
            if (i < n - 3) EQUAL(r, SIGSEGV); // below the stack there is room for it to grow
        }
        if (at && at < ranges[i][0]) EQUAL(munmap((void *)at, ranges[i][0] - at), 0);
    }
    EQUAL(munmap((void *)at, (1ul << 47) - P - at), 0); // all that is above us
    f = fopen("/proc/self/maps", "r");
    CHECK(f != NULL && fgets(line, sizeof line, f));
    fclose(f);
}

int main(void)
{
    default_signals();
    handle(SIGSEGV, fault, 0);
    handle(SIGBUS, fault, 0);
    hints();
    remapping();
    advice();
    sealed();
    reservations();
    grows_down();
    limits();
    nothing_else();
    return finish();
}
