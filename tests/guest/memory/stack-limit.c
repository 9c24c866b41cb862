// A soft stack limit of 64 MiB holds after exec: recursion to 50 MiB works. One of 64 KiB is enough for what needs little.
#include "../check.h"
__attribute__((noinline)) static long deep(long n) { volatile char pad[4080]; pad[5] = 1; long r = n ? deep(n - 1) : 0; return r + pad[5]; }
int main(int argc, char **argv)
{
    struct rlimit r;
    getrlimit(RLIMIT_STACK, &r);
    if (argc > 1 && !strcmp(argv[1], "little")) {
        EQUAL(r.rlim_max, 64 << 10); EQUAL(deep(3), 4);
        for (long i = 0, sum = 0; i < 2000000; i++) { sum += i; if (i == 1999999) EQUAL(sum, 1999999000000); }
        _exit(failures != 0);
    }
    if (argc > 1) { EQUAL(r.rlim_cur, 64 << 20); EQUAL(deep(12500), 12501); return finish(); }
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        r.rlim_cur = r.rlim_max = 64 << 10;
        setrlimit(RLIMIT_STACK, &r);
        execle("/proc/self/exe", argv[0], "little", NULL, (char *[]){NULL});
    }
    CHECK(waitpid(pid, &status, 0) == pid); EQUAL(status, 0);
    r.rlim_cur = 64 << 20;
    CHECK(setrlimit(RLIMIT_STACK, &r) == 0);
    execl("/proc/self/exe", argv[0], "again", NULL);
    return 1;
}
