// wait4, waitid, getrusage(RUSAGE_CHILDREN): the most memory that was resident in a child is the program's.
#include "../check.h"
enum { SIZE = 48 << 20 };
static void touch(void)
{
    char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, 1, SIZE);
}
static pid_t child(void (*work)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        work();
        _exit(0);
    }
    return pid;
}
static void nothing(void) {}
static void again(void) { execl("/proc/self/exe", "again", "child", NULL); }
static struct rusage used(void (*work)(void))
{
    struct rusage usage = {0};
    int status;
    pid_t pid = child(work);
    CHECK(wait4(pid, &status, 0, &usage) == pid);
    EQUAL(status, 0);
    return usage;
}
// A program that was just executed knows its own memory better than its parent does.
static int knows_itself(void)
{
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_maxrss > 200 && usage.ru_maxrss < 8 << 10;
}
static long children(void)
{
    struct rusage usage;
    CHECK(getrusage(RUSAGE_CHILDREN, &usage) == 0);
    return usage.ru_maxrss;
}
int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) return !knows_itself();
    EQUAL(children(), 0);
    struct rusage small = used(nothing);
    CHECK(small.ru_maxrss > 0 && small.ru_maxrss < 8 << 10);
    small = used(again);
    CHECK(small.ru_maxrss > 0 && small.ru_maxrss < 8 << 10);
    CHECK(children() > 0 && children() < 8 << 10);
    struct rusage large = used(touch);
    CHECK(large.ru_maxrss >= 40 << 10 && large.ru_maxrss < 60 << 10);
    CHECK(large.ru_minflt > small.ru_minflt);
    CHECK(children() >= 40 << 10 && children() < 60 << 10);
    siginfo_t info;
    struct rusage waited = {0};
    pid_t pid = child(touch);
    CHECK(syscall(SYS_waitid, P_PID, pid, &info, WEXITED, &waited) == 0);
    CHECK(waited.ru_maxrss >= 40 << 10 && waited.ru_maxrss < 60 << 10);
    return finish();
}
