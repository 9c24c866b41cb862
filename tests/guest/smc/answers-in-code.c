// Calls that take something away write their answer to a page whose code has just run: nothing of it is lost.
#include "code.h"
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
static char *page;
static int runs;
// The page's code is translated again, and what follows it free.
static char *warm(void)
{
    emit((uint32_t *)page, ++runs);
    flush(page, 8);
    EQUAL(((fn)page)(1), 1 + runs);
    return page + 64;
}
int main(void)
{
    int pair[2], pipes[2], status;
    // A page of data before the page of code, so that a buffer can reach into it.
    page = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + 4096;
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) == 0 && pipe(pipes) == 0);
    CHECK(send(pair[0], "one", 3, 0) == 3 && send(pair[0], "two", 3, 0) == 3 && send(pair[0], "three", 5, 0) == 5);
    char *at = warm();
    EQUAL(recv(pair[1], at, 64, 0), 3); CHECK(!memcmp(at, "one", 3));
    at = warm();
    struct iovec *part = (void *)(at + 128);
    struct msghdr *message = (void *)(at + 256);
    *part = (struct iovec){at, 64}; *message = (struct msghdr){.msg_iov = part, .msg_iovlen = 1, .msg_flags = 77};
    warm(); // the header was written
    EQUAL(recvmsg(pair[1], message, 0), 3); CHECK(!memcmp(at, "two", 3)); EQUAL(message->msg_flags, 0);
    struct mmsghdr *messages = (void *)(at + 512);
    messages[0].msg_hdr = *message; messages[1].msg_hdr = *message;
    warm();
    EQUAL(recvmmsg(pair[1], messages, 2, 0, NULL), 1); CHECK(!memcmp(at, "three", 5)); EQUAL(messages[0].msg_len, 5);
    EQUAL(recv(pair[1], at, 64, 0), -1); EQUAL(errno, EAGAIN);
    CHECK(write(pipes[1], "0123456789", 10) == 10);
    warm();
    EQUAL(read(pipes[0], page - 4, 5), 5); CHECK(!memcmp(page - 4, "01234", 5)); // over the border
    warm();
    struct iovec parts[2] = {{&status, 1}, {at, 4}};
    EQUAL(readv(pipes[0], parts, 2), 5); CHECK(!memcmp(at, "6789", 4));
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == 0) _exit(40 + i);
        int *ended = (int *)warm();
        siginfo_t *info = (void *)ended;
        if (i == 2) { EQUAL(waitid(P_PID, child, info, WEXITED), 0); EQUAL(info->si_pid, child); EQUAL(info->si_status, 42); }
        else { EQUAL(wait4(child, ended, 0, i ? (struct rusage *)(ended + 8) : NULL), child); EQUAL(WEXITSTATUS(*ended), 40 + i); }
    }
    sigset_t set;
    sigemptyset(&set); sigaddset(&set, SIGUSR1); sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    EQUAL(sigwaitinfo(&set, (siginfo_t *)warm()), SIGUSR1); EQUAL(((siginfo_t *)at)->si_signo, SIGUSR1);
    int *fds = (int *)warm();
    EQUAL(pipe(fds), 0);
    EQUAL(fds[1], fds[0] + 1); // the first try didn't leave any
    EQUAL(fds[0], pipes[1] + 1);
    struct epoll_event want = {.events = EPOLLOUT | EPOLLET, .data.u64 = 7};
    int poll = epoll_create1(0);
    CHECK(epoll_ctl(poll, EPOLL_CTL_ADD, fds[1], &want) == 0);
    struct epoll_event *seen = (void *)warm();
    EQUAL(epoll_wait(poll, seen, 4, 0), 1); EQUAL(seen->data.u64, 7);
    EQUAL(epoll_wait(poll, seen, 4, 0), 0);
    return finish();
}
