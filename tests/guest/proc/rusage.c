// getrusage: the most memory that was resident is the program's.
#include "../check.h"
int main(void)
{
    struct rusage before, after;
    CHECK(getrusage(RUSAGE_SELF, &before) == 0);
    CHECK(before.ru_maxrss > 100 && before.ru_maxrss < 8 << 10);
    enum { SIZE = 48 << 20 };
    char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, 1, SIZE);
    munmap(p, SIZE);
    CHECK(getrusage(RUSAGE_SELF, &after) == 0);
    CHECK(after.ru_maxrss >= 47 << 10 && after.ru_maxrss < 56 << 10);
    CHECK(after.ru_minflt > before.ru_minflt);
    errno = 0; CHECK(getrusage(99, &after) < 0); EQUAL(errno, EINVAL);
    errno = 0; CHECK(syscall(SYS_getrusage, RUSAGE_SELF, (void *)8) < 0); EQUAL(errno, EFAULT);
    errno = 0; CHECK(syscall(SYS_getrusage, 99, (void *)8) < 0); EQUAL(errno, EINVAL);
    return finish();
}
