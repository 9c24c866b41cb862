// memfd_secret(2): memory that is of no other mapping; close_range(2) on it.
#include "../check.h"
#include <sys/uio.h>
enum { SECRET = 447 };
int main(void)
{
    int fd = syscall(SECRET, O_CLOEXEC), pipes[2], nr = 0;
    if (fd < 0) { CHECK(errno == ENOSYS); return finish(); } // a kernel without, or not switched on
    EQUAL(syscall(SECRET, 1), -1); EQUAL(errno, EINVAL);
    EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EQUAL(ftruncate(fd, 8192), 0);
    EQUAL(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0), MAP_FAILED); EQUAL(errno, EINVAL);
    int *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(p != MAP_FAILED);
    p[0] = 42; p[1024] = 43;
    CHECK(pipe(pipes) == 0);
    EQUAL(write(pipes[1], p, 4), 4); // through the own mapping it can
    struct iovec own = {&nr, 4}, other = {p, 4};
    EQUAL(process_vm_readv(getpid(), &own, 1, &other, 1, 0), -1); EQUAL(errno, EFAULT);
    EQUAL(p[0] + p[1024], 85);
    EQUAL(munmap(p, 8192), 0);
    EQUAL(syscall(SYS_close_range, fd, fd, 0), 0);
    EQUAL(fcntl(fd, F_GETFD), -1); EQUAL(errno, EBADF);
    return finish();
}
