// remap_file_pages: pages of a shared mapping in another order; code in them changes too; its errors.
#include "../check.h"
static long remap(void *at, long len, long prot, long page) { return syscall(SYS_remap_file_pages, at, len, prot, page, 0); }
int main(void)
{
    int fd = memfd_create("x", 0);
    long ps = 4096;
    CHECK(ftruncate(fd, 4 * ps) == 0);
    for (int n = 0; n < 4; n++) { char c = 'a' + n; CHECK(pwrite(fd, &c, 1, n * ps) == 1); }
    char *m = mmap(NULL, 4 * ps, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    EQUAL(remap(m, ps, 0, 3), 0); EQUAL(remap(m + 3 * ps, ps, 0, 0), 0);
    EQUAL(m[0], 'd'); EQUAL(m[ps], 'b'); EQUAL(m[2 * ps], 'c'); EQUAL(m[3 * ps], 'a');
    m[0] = 'z'; // in page 3 of the file
    char c;
    CHECK(pread(fd, &c, 1, 3 * ps) == 1); EQUAL(c, 'z');
    EQUAL(remap(m, ps, PROT_READ, 1), -1); EQUAL(errno, EINVAL);
    EQUAL(remap(m, 0, 0, 1), -1); EQUAL(errno, EINVAL);
    char *p = mmap(NULL, ps, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    EQUAL(remap(p, ps, 0, 1), -1); EQUAL(errno, EINVAL);
    munmap(p, ps);
    EQUAL(remap(p, ps, 0, 1), -1); EQUAL(errno, EINVAL);
    char *q = mmap(NULL, 2 * ps, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    q[0] = 1; q[ps] = 2;
    EQUAL(remap(q, ps, 0, 1), 0); EQUAL(q[0], 2); EQUAL(q[ps], 2);
#ifdef __riscv
    // li a0, 1; ret and li a0, 2; ret
    unsigned code[2][2] = {{0x00100513, 0x00008067}, {0x00200513, 0x00008067}};
    int f = memfd_create("y", 0);
    CHECK(pwrite(f, code[0], 8, 0) == 8); CHECK(pwrite(f, code[1], 8, ps) == 8);
    char *x = mmap(NULL, 2 * ps, PROT_READ | PROT_EXEC, MAP_SHARED, f, 0);
    int (*call)(void) = (int (*)(void))(void *)x;
    for (int n = 0; n < 100; n++) EQUAL(call(), 1);
    EQUAL(remap(x, ps, 0, 1), 0);
    __builtin___clear_cache(x, x + ps);
    EQUAL(call(), 2);
#endif
    return finish();
}
