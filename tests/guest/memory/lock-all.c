// mlockall, munlockall: what there is and what comes, within RLIMIT_MEMLOCK; a child begins without.
#include "../check.h"
enum { MIB = 1 << 20 };
static char *map(size_t len) { return mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
// Pages of `at` that are there.
static int present(char *at, size_t len)
{
    static unsigned char pages[64 * MIB / 4096];
    int count = 0;
    CHECK(mincore(at, len, pages) == 0);
    for (size_t i = 0; i < len / 4096; i++) count += pages[i] & 1;
    return count;
}
static int all(int flags) { errno = 0; return mlockall(flags) == 0 ? 0 : errno; }

int main(void)
{
    EQUAL(all(0), EINVAL); EQUAL(all(8), EINVAL); EQUAL(all(MCL_ONFAULT), EINVAL);
    struct rlimit limit = {8 * MIB, 8 * MIB};
    if (setrlimit(RLIMIT_MEMLOCK, &limit) < 0) return finish(); // less is allowed here, and nothing can raise it
    if (getuid() == 0) CHECK(setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0); // no CAP_IPC_LOCK
    char *before = map(MIB);
    EQUAL(present(before, MIB), 0);
    EQUAL(all(MCL_CURRENT), 0); EQUAL(present(before, MIB), 256);
    char *between = map(MIB);
    EQUAL(present(between, MIB), 0);
    EQUAL(all(MCL_CURRENT | MCL_FUTURE), 0); EQUAL(present(between, MIB), 256);
    char *behind = map(MIB);
    EQUAL(present(behind, MIB), 256);
    char *heap = (char *)(((long)sbrk(0) + 4095) & ~4095L);
    CHECK(sbrk(64 << 10) != (void *)-1); EQUAL(present(heap, 60 << 10), 15);
    errno = 0; CHECK(map(16 * MIB) == MAP_FAILED); EQUAL(errno, EAGAIN);
    int status;
    pid_t pid = fork();
    if (pid == 0) { // has no locks, and makes none
        char *large = map(16 * MIB);
        CHECK(large != MAP_FAILED); EQUAL(present(large, 16 * MIB), 0);
        _exit(failures != 0);
    }
    CHECK(waitpid(pid, &status, 0) == pid); EQUAL(status, 0);
    EQUAL(all(MCL_FUTURE | MCL_ONFAULT), 0);
    char *late = map(MIB);
    EQUAL(present(late, MIB), 0); late[5] = 1; EQUAL(present(late, MIB), 1);
    CHECK(munlockall() == 0);
    char *large = map(16 * MIB);
    CHECK(large != MAP_FAILED); EQUAL(present(large, 16 * MIB), 0); EQUAL(all(MCL_CURRENT), ENOMEM);
    limit.rlim_cur = limit.rlim_max = 0;
    CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0); EQUAL(all(MCL_CURRENT), EPERM);
    return finish();
}
