// System calls on bad pointers give EFAULT and move what was good before.
#include "../check.h"
int main(void)
{
    int fds[2];
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *ro = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(p + 4096, 4096);
    CHECK(pipe(fds) == 0);
    EQUAL(syscall(SYS_write, fds[1], 8, 4), -1); EQUAL(errno, EFAULT);
    EQUAL(syscall(SYS_write, fds[1], -4096l, 4), -1); EQUAL(errno, EFAULT);
    EQUAL(write(fds[1], "abcd", 4), 4);
    EQUAL(read(fds[0], ro, 4), -1); EQUAL(errno, EFAULT);
    EQUAL(open((char *)8, O_RDONLY), -1); EQUAL(errno, EFAULT);
    EQUAL(stat("/", (struct stat *)(void *)ro), -1); EQUAL(errno, EFAULT);
    EQUAL(syscall(SYS_clock_gettime, 0, p + 4090), -1); EQUAL(errno, EFAULT);
    EQUAL(syscall(SYS_pipe2, ro, 0), -1); EQUAL(errno, EFAULT);
    memcpy(p + 4092, "/etc", 4); // a path without its end before the hole
    EQUAL(open(p + 4092, O_RDONLY), -1); EQUAL(errno, EFAULT);
    EQUAL(syscall(SYS_uname, 0), -1); EQUAL(errno, EFAULT);
    return finish();
}
