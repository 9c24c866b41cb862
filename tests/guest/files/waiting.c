// poll, select, epoll, eventfd, timerfd and inotify.
#include "../check.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/timerfd.h>
int main(void)
{
    int p[2], e = eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK), t = timerfd_create(CLOCK_MONOTONIC, 0), ep = epoll_create1(0);
    uint64_t v;
    CHECK(pipe(p) == 0);
    struct pollfd f[2] = {{p[0], POLLIN, 0}, {p[1], POLLOUT, 0}};
    EQUAL(poll(f, 2, 0), 1); EQUAL(f[0].revents, 0); EQUAL(f[1].revents, POLLOUT);
    for (int i = 0; i < 3; i++) { EQUAL(read(e, &v, 8), 8); EQUAL(v, 1); }
    EQUAL(read(e, &v, 8), -1); EQUAL(errno, EAGAIN);
    CHECK(timerfd_settime(t, 0, &(struct itimerspec){{0, 2000000}, {0, 2000000}}, NULL) == 0);
    nap(11);
    EQUAL(read(t, &v, 8), 8); CHECK(v >= 5);
    struct epoll_event ev = {EPOLLIN | EPOLLET, {.u64 = 0x1122334455667788}}, got[4];
    CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &ev) == 0); EQUAL(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &ev), -1); EQUAL(errno, EEXIST);
    EQUAL(epoll_wait(ep, got, 4, 5), 0);
    EQUAL(write(p[1], "x", 1), 1);
    EQUAL(epoll_wait(ep, got, 4, 100), 1); EQUAL(got[0].data.u64, 0x1122334455667788); EQUAL(got[0].events, EPOLLIN); EQUAL(epoll_wait(ep, got, 4, 0), 0);
    fd_set r;
    FD_ZERO(&r); FD_SET(p[0], &r);
    struct timeval z = {0, 0};
    EQUAL(select(p[0] + 1, &r, NULL, NULL, &z), 1); CHECK(FD_ISSET(p[0], &r));
    char dir[] = "/tmp/metic-watch-XXXXXX", name[64], buf[512];
    CHECK(mkdtemp(dir) != NULL);
    // A user has 128 of them, and the kernel takes its time to free those that are closed.
    int n;
    for (int tries = 0; (n = inotify_init1(IN_NONBLOCK)) < 0 && errno == EMFILE && tries < 3000; tries++) nap(10);
    CHECK(n >= 0);
    int w = inotify_add_watch(n, dir, IN_CREATE | IN_DELETE);
    snprintf(name, sizeof name, "%s/file", dir);
    close(open(name, O_CREAT | O_WRONLY, 0600));
    unlink(name);
    ssize_t len = read(n, buf, sizeof buf);
    struct inotify_event *ie = (void *)buf;
    CHECK(len >= 2 * (ssize_t)sizeof *ie); EQUAL(ie->wd, w); EQUAL(ie->mask, IN_CREATE); CHECK(!strcmp(ie->name, "file"));
    rmdir(dir);
    close(p[1]);
    EQUAL(read(p[0], buf, 9), 1); EQUAL(poll(f, 1, 0), 1); EQUAL(f[0].revents, POLLHUP);
    return finish();
}
