// Unix socketpair with SCM_RIGHTS and credentials, TCP on the loopback, socket options, shutdown.
#include "../check.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
int main(void)
{
    int s[2], p[2], one = 1, got = 0;
    char c[16] = "";
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0 && pipe(p) == 0);
    union { char b[CMSG_SPACE(sizeof(int))]; struct cmsghdr h; } u = {.h = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec v = {c, 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof u};
    memcpy(CMSG_DATA(&u.h), &p[1], sizeof(int));
    EQUAL(sendmsg(s[0], &m, 0), 1);
    memset(&u, 0, sizeof u);
    EQUAL(recvmsg(s[1], &m, MSG_CMSG_CLOEXEC), 1); EQUAL(u.h.cmsg_type, SCM_RIGHTS); EQUAL(u.h.cmsg_len, CMSG_LEN(sizeof(int)));
    memcpy(&got, CMSG_DATA(&u.h), sizeof(int));
    CHECK(got != p[1]); EQUAL(fcntl(got, F_GETFD), FD_CLOEXEC); EQUAL(write(got, "via", 3), 3); EQUAL(read(p[0], c, 16), 3);
    struct ucred cr;
    socklen_t n = sizeof cr;
    EQUAL(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &cr, &n), 0); EQUAL(cr.pid, getpid());
    shutdown(s[0], SHUT_WR);
    EQUAL(read(s[1], c, 1), 0); EQUAL(send(s[0], "x", 1, MSG_NOSIGNAL), -1); EQUAL(errno, EPIPE);
    int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), st;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    n = sizeof a;
    CHECK(setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 && bind(l, (void *)&a, sizeof a) == 0 && listen(l, 5) == 0 && getsockname(l, (void *)&a, &n) == 0);
    if (!fork()) {
        int k = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(k, (void *)&a, sizeof a)) _exit(1);
        (void)!write(k, "ping", 4);
        _exit(recv(k, c, 4, MSG_WAITALL) == 4 && !memcmp(c, "pong", 4) ? 0 : 2);
    }
    int k = accept4(l, (void *)&a, &n, SOCK_CLOEXEC);
    EQUAL(recv(k, c, 4, MSG_WAITALL), 4); CHECK(!memcmp(c, "ping", 4));
    CHECK(setsockopt(k, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    st = 0; n = sizeof st;
    EQUAL(getsockopt(k, IPPROTO_TCP, TCP_NODELAY, &st, &n), 0); EQUAL(st, 1);
    n = sizeof st;
    EQUAL(getsockopt(k, SOL_SOCKET, SO_TYPE, &st, &n), 0); EQUAL(st, SOCK_STREAM);
    EQUAL(send(k, "pong", 4, 0), 4);
    wait(&st);
    EQUAL(st, 0);
    close(l);
    k = socket(AF_INET, SOCK_STREAM, 0);
    EQUAL(connect(k, &(struct sockaddr){.sa_family = AF_UNIX}, 2) == -1 ? 0 : 1, 0);
    return finish();
}
