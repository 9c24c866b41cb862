// setitimer and timer_create deliver, repeat, stop, and carry their value.
#include "../check.h"
static volatile int alarms, fires, value;
static void on_sig(int sig, siginfo_t *si, void *uc) { (void)uc; if (sig == SIGALRM) alarms++; else { fires++; value = si->si_code == SI_TIMER ? si->si_value.sival_int : -1; } }
int main(void)
{
    handle(SIGALRM, on_sig, SA_RESTART);
    handle(SIGRTMIN + 2, on_sig, SA_RESTART);
    struct itimerval every = {{0, 5000}, {0, 5000}}, left;
    CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
    while (alarms < 5) pause();
    CHECK(setitimer(ITIMER_REAL, &(struct itimerval){0}, &left) == 0);
    EQUAL(left.it_interval.tv_usec, 5000);
    timer_t t;
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2, .sigev_value.sival_int = 4711};
    CHECK(timer_create(CLOCK_MONOTONIC, &e, &t) == 0);
    CHECK(timer_settime(t, 0, &(struct itimerspec){{0, 3000000}, {0, 3000000}}, NULL) == 0);
    while (fires < 5) {} // a computing loop without system calls is interrupted, too
    EQUAL(value, 4711);
    CHECK(timer_delete(t) == 0);
    int now = fires;
    nap(20);
    CHECK(fires <= now + 1);
    return finish();
}
