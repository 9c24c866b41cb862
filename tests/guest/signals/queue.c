// Real-time signals queue with values, lowest number first, in order within a number; sigwaitinfo, sigtimedwait, signalfd.
#include "../check.h"
#include <sys/signalfd.h>
static volatile int got[16], value[16], n;
static void on_sig(int sig, siginfo_t *si, void *uc) { (void)uc; got[n] = sig; value[n++] = si->si_value.sival_int; if (si->si_code != SI_QUEUE) n = 15; }
int main(void)
{
    sigset_t s;
    sigemptyset(&s);
    for (int i = 0; i < 4; i++) { sigaddset(&s, SIGRTMIN + i); handle(SIGRTMIN + i, on_sig, 0); }
    sigprocmask(SIG_BLOCK, &s, NULL);
    static const int order[] = {3, 1, 1, 2, 0, 1};
    for (int i = 0; i < 6; i++) CHECK(sigqueue(getpid(), SIGRTMIN + order[i], (union sigval){.sival_int = i}) == 0);
    siginfo_t si;
    EQUAL(sigwaitinfo(&s, &si), SIGRTMIN); EQUAL(si.si_value.sival_int, 4); EQUAL(si.si_pid, getpid());
    int fd = signalfd(-1, &s, SFD_NONBLOCK);
    struct signalfd_siginfo f;
    EQUAL(read(fd, &f, sizeof f), sizeof f); EQUAL(f.ssi_signo, SIGRTMIN + 1); EQUAL(f.ssi_int, 1); EQUAL(f.ssi_code, SI_QUEUE);
    // Linux takes the lowest first, and sets each handler's frame on top: they run in the reverse order, the blocked ones never nest.
    sigprocmask(SIG_UNBLOCK, &s, NULL);
    EQUAL(n, 4);
    int ones = 0, last = -1;
    for (int i = 0; i < n; i++) if (got[i] == SIGRTMIN + 1) { ones++; CHECK(value[i] > last); last = value[i]; }
    EQUAL(ones, 2);
    sigprocmask(SIG_BLOCK, &s, NULL);
    EQUAL(sigtimedwait(&s, &si, &(struct timespec){0, 1000000}), -1); EQUAL(errno, EAGAIN);
    EQUAL(read(fd, &f, sizeof f), -1); EQUAL(errno, EAGAIN);
    return finish();
}
