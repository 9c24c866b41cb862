// unshare and setns from one thread, beside others, and after they were joined; threads that share less than usual.
#include "../check.h"
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
static char stack[1 << 16] __attribute__((aligned(16)));
static int in_child(int (*f)(void))
{
    int s = -1;
    pid_t p = fork();
    if (p == 0) { failures = 0; int r = f(); _exit(failures ? 99 : r); }
    waitpid(p, &s, 0);
    return WIFEXITED(s) ? WEXITSTATUS(s) : 1000 + WTERMSIG(s);
}
static long space(const char *name)
{
    char path[64], text[64] = "";
    snprintf(path, sizeof path, "/proc/thread-self/ns/%s", name);
    CHECK(readlink(path, text, sizeof text - 1) > 0);
    return atol(strchr(text, '[') + 1);
}
static int alone(void)
{
    long user = space("user"), net = space("net"), mnt = space("mnt");
    EQUAL(unshare(CLONE_NEWUSER), 0); CHECK(space("user") != user);
    EQUAL(unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS), 0); CHECK(space("net") != net); CHECK(space("mnt") != mnt);
    EQUAL(sethostname("inner", 5), 0);
    EQUAL(unshare(CLONE_NEWPID), 0);
    pid_t p = fork();
    if (p == 0) _exit(syscall(SYS_getpid) == 1 ? 5 : 6);
    int s;
    waitpid(p, &s, 0);
    EQUAL(WEXITSTATUS(s), 5);
    EQUAL(unshare(1 << 3), -1); EQUAL(errno, EINVAL);
    return 1;
}
static int go[2], done[2];
static void *waits(void *a) { char c; (void)!write(done[1], "r", 1); (void)!read(go[0], &c, 1); return a; }
static void *apart(void *a)
{
    (void)a;
    long net = space("net");
    EQUAL(unshare(CLONE_NEWNET), 0); CHECK(space("net") != net);
    EQUAL(unshare(CLONE_FILES | CLONE_FS), 0);
    EQUAL(close(go[1]), 0); EQUAL(chdir("/proc"), 0);
    return NULL;
}
static int beside(void)
{
    pthread_t t;
    char c, cwd[PATH_MAX], now[PATH_MAX];
    if (geteuid() == 0) {
        CHECK(getcwd(cwd, sizeof cwd));
        long net = space("net");
        pthread_create(&t, NULL, apart, NULL);
        pthread_join(t, NULL);
        EQUAL(space("net"), net); CHECK(fcntl(go[1], F_GETFD) >= 0); CHECK(getcwd(now, sizeof now) && !strcmp(now, cwd));
    }
    for (int round = 0; round < 20; round++) {
        pthread_create(&t, NULL, waits, NULL);
        EQUAL(read(done[0], &c, 1), 1);
        EQUAL(unshare(CLONE_NEWUSER), -1); EQUAL(errno, EINVAL);
        EQUAL(unshare(CLONE_THREAD), -1); EQUAL(errno, EINVAL);
        int fd = open("/proc/self/ns/user", O_RDONLY);
        EQUAL(setns(fd, CLONE_NEWUSER), -1); EQUAL(errno, EINVAL);
        close(fd);
        EQUAL(write(go[1], "x", 1), 1);
        pthread_join(t, NULL);
        if (round == 19) { EQUAL(unshare(CLONE_THREAD), 0); EQUAL(unshare(CLONE_NEWUSER), 0); }
    }
    return 2;
}
static int enters(void)
{
    int ready[2], go_on[2];
    char c;
    CHECK(pipe(ready) == 0 && pipe(go_on) == 0);
    pid_t p = fork();
    if (p == 0) { unshare(CLONE_NEWUSER | CLONE_NEWUTS); sethostname("there", 5); (void)!write(ready[1], "r", 1); (void)!read(go_on[0], &c, 1); _exit(0); }
    EQUAL(read(ready[0], &c, 1), 1);
    int pidfd = syscall(SYS_pidfd_open, p, 0);
    EQUAL(setns(pidfd, 0), -1); EQUAL(errno, EINVAL);
    EQUAL(setns(pidfd, CLONE_NEWUSER | CLONE_NEWUTS), 0);
    char name[65];
    gethostname(name, sizeof name);
    CHECK(!strcmp(name, "there"));
    EQUAL(setns(go_on[0], 0), -1); EQUAL(errno, EINVAL);
    EQUAL(setns(999, 0), -1); EQUAL(errno, EBADF);
    (void)!write(go_on[1], "x", 1);
    waitpid(p, NULL, 0);
    return 3;
}
static int little(void *a) { (void)a; syscall(SYS_close, go[0]); syscall(SYS_chdir, "/proc"); syscall(SYS_exit, 0); return 0; }
static int less(void)
{
    const int thread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID;
    int kinds[] = {0, CLONE_FILES, CLONE_FS, CLONE_FILES | CLONE_FS};
    char cwd[PATH_MAX], now[PATH_MAX];
    for (int k = 0; k < 4; k++) {
        pid_t ptid = 0;
        static volatile pid_t ctid;
        ctid = 1;
        CHECK(getcwd(cwd, sizeof cwd));
        int t = clone(little, stack + sizeof stack, thread | kinds[k], NULL, &ptid, NULL, (void *)&ctid);
        CHECK(t > 0); EQUAL(ptid, t);
        while (ctid) syscall(SYS_futex, &ctid, FUTEX_WAIT, 1, NULL);
        EQUAL(fcntl(go[0], F_GETFD) < 0, !!(kinds[k] & CLONE_FILES));
        CHECK(getcwd(now, sizeof now)); EQUAL(!strcmp(now, "/proc"), !!(kinds[k] & CLONE_FS));
        if (kinds[k] & CLONE_FILES) { int fds[2]; CHECK(pipe(fds) == 0); if (fds[0] != go[0]) { dup2(fds[0], go[0]); } }
        EQUAL(chdir(cwd), 0);
    }
    return 4;
}
int main(void)
{
    CHECK(pipe(go) == 0 && pipe(done) == 0);
    EQUAL(in_child(alone), 1);
    EQUAL(in_child(beside), 2);
    EQUAL(in_child(enters), 3);
    EQUAL(in_child(less), 4);
    return finish();
}
