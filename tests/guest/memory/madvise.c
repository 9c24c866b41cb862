// mincore, MADV_DONTNEED zeroes private memory, msync, mlock; the page size is 4096.
#include "../check.h"
int main(void)
{
    unsigned char v[4] = {0};
    char *p = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EQUAL(sysconf(_SC_PAGESIZE), 4096);
    p[0] = p[4096] = 1;
    CHECK(mincore(p, 4 * 4096, v) == 0); EQUAL(v[0] & 1, 1); EQUAL(v[1] & 1, 1);
    CHECK(madvise(p, 4096, MADV_DONTNEED) == 0); EQUAL(p[0], 0); EQUAL(p[4096], 1);
    EQUAL(madvise(p + 1, 4096, MADV_DONTNEED), -1); EQUAL(errno, EINVAL);
    munmap(p + 3 * 4096, 4096);
    EQUAL(mincore(p, 4 * 4096, v), -1); EQUAL(errno, ENOMEM);
    EQUAL(msync(p, 4096, MS_SYNC), 0);
    return finish();
}
