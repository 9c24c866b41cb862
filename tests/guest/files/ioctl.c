// FIONREAD, FIONBIO and FIOCLEX; TCGETS on a pipe is ENOTTY; a pty has sizes and modes.
#include "../check.h"
#include <sys/ioctl.h>
#include <termios.h>
int main(void)
{
    int p[2], n = 0, one = 1;
    struct termios t;
    struct winsize w = {24, 80, 0, 0}, got;
    CHECK(pipe(p) == 0);
    EQUAL(write(p[1], "12345", 5), 5); EQUAL(ioctl(p[0], FIONREAD, &n), 0); EQUAL(n, 5);
    EQUAL(ioctl(p[0], TCGETS, &t), -1); EQUAL(errno, ENOTTY); EQUAL(isatty(p[0]), 0);
    EQUAL(ioctl(p[0], FIONBIO, &one), 0); EQUAL(fcntl(p[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK); EQUAL(ioctl(p[0], FIOCLEX), 0); EQUAL(fcntl(p[0], F_GETFD), FD_CLOEXEC);
    int m = posix_openpt(O_RDWR | O_NOCTTY);
    CHECK(m >= 0 && grantpt(m) == 0 && unlockpt(m) == 0);
    int s = open(ptsname(m), O_RDWR | O_NOCTTY);
    CHECK(isatty(s)); EQUAL(ioctl(m, TIOCSWINSZ, &w), 0); EQUAL(ioctl(s, TIOCGWINSZ, &got), 0); EQUAL(got.ws_col, 80);
    CHECK(tcgetattr(s, &t) == 0); CHECK(t.c_lflag & ICANON); cfmakeraw(&t); CHECK(tcsetattr(s, TCSANOW, &t) == 0);
    char c = 0;
    EQUAL(write(m, "k", 1), 1); EQUAL(read(s, &c, 1), 1); EQUAL(c, 'k');
    return finish();
}
