// readv, writev, preadv, sendfile, copy_file_range, dup, fcntl flags and record locks.
#include "../check.h"
#include <sys/sendfile.h>
#include <sys/uio.h>
// (qemu adds O_LARGEFILE to the flags of a pipe)
int main(void)
{
    char a[4] = "", b[8] = "", c[32] = "";
    int fd = memfd_create("x", 0), to = memfd_create("y", MFD_CLOEXEC), p[2], s;
    struct iovec out[3] = {{"ab", 2}, {"", 0}, {"cdefg", 5}}, in[2] = {{a, 3}, {b, 7}};
    EQUAL(writev(fd, out, 3), 7); EQUAL(preadv(fd, in, 2, 0), 7); CHECK(!strcmp(a, "abc") && !strcmp(b, "defg"));
    off_t at = 1;
    EQUAL(sendfile(to, fd, &at, 4), 4); EQUAL(at, 5); EQUAL(pread(to, c, 32, 0), 4); CHECK(!memcmp(c, "bcde", 4));
    EQUAL(pipe2(p, O_NONBLOCK), 0); EQUAL(read(p[0], c, 1), -1); EQUAL(errno, EAGAIN); EQUAL(fcntl(p[0], F_GETFL), O_NONBLOCK | O_RDONLY);
    EQUAL(fcntl(to, F_GETFD), FD_CLOEXEC); EQUAL(fcntl(fd, F_DUPFD, 100), 100); EQUAL(fcntl(100, F_GETFD), 0); EQUAL(dup2(fd, fd), fd); EQUAL(dup3(fd, fd, 0), -1); EQUAL(errno, EINVAL);
    struct flock l = {.l_type = F_WRLCK, .l_start = 2, .l_len = 3};
    CHECK(fcntl(fd, F_SETLK, &l) == 0);
    if (!fork()) { l.l_start = 4; l.l_len = 1; if (fcntl(fd, F_SETLK, &l) != -1 || errno != EAGAIN) _exit(1); fcntl(fd, F_GETLK, &l); _exit(l.l_pid == getppid() && l.l_start == 2 && l.l_len == 3 ? 7 : 2); }
    wait(&s);
    EQUAL(s, 7 << 8); EQUAL(read(999, c, 1), -1); EQUAL(errno, EBADF); EQUAL(syscall(SYS_writev, fd, out, -1), -1); EQUAL(errno, EINVAL);
    return finish();
}
