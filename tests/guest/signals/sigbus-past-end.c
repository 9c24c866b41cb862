// A file mapping past the end of its file gives SIGBUS, BUS_ADRERR, at the exact address.
#include "../check.h"
static sigjmp_buf back;
static siginfo_t info;
static void on_bus(int sig, siginfo_t *si, void *uc) { (void)sig; (void)uc; info = *si; siglongjmp(back, 1); }
int main(void)
{
    int fd = memfd_create("short", 0);
    CHECK(ftruncate(fd, 100) == 0);
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    handle(SIGBUS, on_bus, 0);
    p[200] = 1; // same page as the end: allowed
    if (!sigsetjmp(back, 1)) { p[4096 + 24] = 1; CHECK(!"reached"); }
    EQUAL(info.si_signo, SIGBUS); EQUAL(info.si_code, BUS_ADRERR); EQUAL(info.si_addr, p + 4096 + 24);
    return finish();
}
