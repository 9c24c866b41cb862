// A pipeline of eight processes passes 1 MiB; EOF and EPIPE at its ends.
#include "../check.h"
static char buf[4096];
static void put(int fd, ssize_t n) { for (ssize_t i = 0; i < n;) i += write(fd, buf + i, (size_t)(n - i)); }
int main(void)
{
    int in[2], next[2], s;
    unsigned long sum = 0, total = 0;
    ssize_t n;
    signal(SIGPIPE, SIG_IGN);
    CHECK(pipe(in) == 0);
    if (!fork()) { close(in[0]); for (int i = 0; i < 256; i++) { memset(buf, i, sizeof buf); put(in[1], sizeof buf); } _exit(0); }
    close(in[1]);
    for (int k = 0; k < 8; k++) {
        CHECK(pipe(next) == 0);
        if (!fork()) { close(next[0]); while ((n = read(in[0], buf, sizeof buf)) > 0) { for (ssize_t i = 0; i < n; i++) buf[i]++; put(next[1], n); } _exit(0); }
        close(in[0]); close(next[1]);
        in[0] = next[0];
    }
    while ((n = read(in[0], buf, sizeof buf)) > 0) { total += (unsigned long)n; for (ssize_t i = 0; i < n; i++) sum += (unsigned char)buf[i]; }
    EQUAL(total, 1 << 20); EQUAL(sum, 4096ul * 255 * 128);
    while (wait(&s) > 0) EQUAL(s, 0);
    CHECK(pipe(in) == 0);
    close(in[0]);
    EQUAL(write(in[1], "x", 1), -1); EQUAL(errno, EPIPE);
    return finish();
}
