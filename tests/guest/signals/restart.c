// SA_RESTART makes a blocked read of a pipe go on; without it, EINTR; poll and nanosleep give EINTR either way.
#include "../check.h"
#include <poll.h>
static volatile int seen;
static int fds[2];
static void on_alarm(int sig, siginfo_t *si, void *uc) { (void)sig; (void)si; (void)uc; if (++seen == 2) (void)!write(fds[1], "x", 1); }
static void every(long us, long again) { struct itimerval t = {{0, again}, {0, us}}; setitimer(ITIMER_REAL, &t, NULL); }
int main(void)
{
    char c = 0;
    CHECK(pipe(fds) == 0);
    handle(SIGALRM, on_alarm, SA_RESTART);
    every(20000, 20000);
    EQUAL(read(fds[0], &c, 1), 1); EQUAL(c, 'x'); CHECK(seen >= 2);
    every(0, 0);
    handle(SIGALRM, on_alarm, 0);
    seen = 10;
    every(20000, 0);
    EQUAL(read(fds[0], &c, 1), -1); EQUAL(errno, EINTR); EQUAL(seen, 11);
    handle(SIGALRM, on_alarm, SA_RESTART);
    every(20000, 0);
    EQUAL(poll(&(struct pollfd){fds[0], POLLIN, 0}, 1, 5000), -1); EQUAL(errno, EINTR);
    every(20000, 0);
    struct timespec t = {5, 0}, left;
    EQUAL(nanosleep(&t, &left), -1); EQUAL(errno, EINTR); CHECK(left.tv_sec == 4);
    return finish();
}
