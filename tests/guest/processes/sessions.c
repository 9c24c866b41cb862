// setsid, process groups, the kill of a group.
#include "../check.h"
int main(void)
{
    int fds[2], s;
    char c;
    CHECK(pipe(fds) == 0);
    pid_t p = fork();
    if (!p) {
        if (setsid() != getpid() || getsid(0) != getpid() || getpgid(0) != getpid()) _exit(1);
        for (int i = 0; i < 2; i++) if (!fork()) { (void)!write(fds[1], "r", 1); pause(); _exit(9); }
        (void)!write(fds[1], "r", 1);
        pause();
        _exit(9);
    }
    for (int i = 0; i < 3; i++) EQUAL(read(fds[0], &c, 1), 1);
    EQUAL(setpgid(p, p), -1); EQUAL(errno, EPERM);
    EQUAL(kill(-p, SIGTERM), 0);
    waitpid(p, &s, 0);
    CHECK(WIFSIGNALED(s) && WTERMSIG(s) == SIGTERM);
    close(fds[1]);
    EQUAL(read(fds[0], &c, 1), 0); // all holders of the write end are dead
    return finish();
}
