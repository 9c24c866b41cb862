// mmap, munmap, mprotect, mremap and MAP_FIXED: contents, holes, errors.
#include "../check.h"
int main(void)
{
    char *p = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 8; i++) p[i * 4096] = (char)('a' + i);
    CHECK(munmap(p + 2 * 4096, 4096) == 0);
    EQUAL(p[4096], 'b'); EQUAL(p[3 * 4096], 'd');
    char *q = mmap(p + 2 * 4096, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    EQUAL(q, p + 2 * 4096); EQUAL(*q, 0);
    EQUAL(mmap(p, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0), -1); EQUAL(errno, EEXIST);
    EQUAL(mmap(p + 4096, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), p + 4096); EQUAL(p[4096], 0);
    char *big = mremap(p + 4 * 4096, 4 * 4096, 64 * 4096, MREMAP_MAYMOVE);
    CHECK(big != MAP_FAILED); EQUAL(big[0], 'e'); EQUAL(big[3 * 4096], 'h'); EQUAL(big[63 * 4096], 0);
    EQUAL(mremap(big, 64 * 4096, 4096, 0), big); EQUAL(*big, 'e');
    EQUAL(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), -1); EQUAL(errno, EINVAL);
    EQUAL(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, -1, 0), -1); EQUAL(errno, EBADF);
    EQUAL(mprotect(p + 1, 4096, PROT_READ), -1); EQUAL(errno, EINVAL);
    EQUAL(munmap(p + 1, 4096), -1); EQUAL(errno, EINVAL);
    munmap(big, 4096);
    EQUAL(mprotect(big, 4096, PROT_READ), -1); EQUAL(errno, ENOMEM);
    return finish();
}
