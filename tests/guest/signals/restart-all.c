// Every call that a signal interrupts: restarted with SA_RESTART or not, as signal(7) lists them; and none blocks for ever.
#include "../check.h"
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/inotify.h>
#include <linux/aio_abi.h>

static volatile int handled;
static pthread_t blocked;
static int pipes[2], sockets[2], listener, queue_, semaphore, epoll_, event_, locked, timer_, watch_, fifo_;
static _Atomic int futex_;
static char path[64], path_of_stat[64];
static void (*undo)(void); // lets the call end by itself, once it was interrupted
static void on(int s) { (void)s; handled++; }

// Waits until the first thread sleeps, and still does a little later.
static void until_asleep(void)
{
    for (int times = 0; times < 3;) {
        char text[512] = "", *state;
        int fd = open(path_of_stat, O_RDONLY);
        CHECK(read(fd, text, sizeof text - 1) > 0);
        close(fd);
        CHECK((state = strrchr(text, ')')));
        times = state && state[2] == 'S' ? times + 1 : 0;
        nap(3);
    }
}
static void *other(void *p)
{
    (void)p;
    until_asleep();
    pthread_kill(blocked, SIGUSR1);
    while (!handled) nap(1);
    until_asleep();
    if (undo) undo();
    return NULL;
}
enum { EINTR_ = 1, RESTARTS };
// What the call says: EINTR_ if it was interrupted, RESTARTS if it went on to its natural end.
static int outcome(long (*call)(void), void (*end)(void), int flags)
{
    struct sigaction a;
    pthread_t t;
    memset(&a, 0, sizeof a);
    a.sa_handler = on;
    a.sa_flags = flags;
    sigaction(SIGUSR1, &a, NULL);
    handled = 0;
    undo = end;
    pthread_create(&t, NULL, other, NULL);
    errno = 0;
    long result = call();
    int e = result < 0 ? errno : 0;
    pthread_join(t, NULL);
    EQUAL(handled, 1);
    return result < 0 && e == EINTR ? EINTR_ : result < 0 ? -e : RESTARTS;
}
#define BOTH(call, end, with, without) \
    do { \
        int r_ = outcome(call, end, SA_RESTART), n_ = outcome(call, end, 0); \
        if (r_ != (with) || n_ != (without)) { failures++; printf("FAIL %s: with SA_RESTART %d, without %d\n", #call, r_, n_); fflush(stdout); } \
    } while (0)
#define RESTARTED(call, end) BOTH(call, end, RESTARTS, EINTR_)
#define NEVER(call) BOTH(call, NULL, EINTR_, EINTR_)

static char byte[256];
static long read_pipe(void) { return read(pipes[0], byte, 1); }
static void write_pipe(void) { write(pipes[1], "x", 1); }
static long readv_pipe(void) { struct { void *p; size_t n; } v = {byte, 1}; return syscall(SYS_readv, pipes[0], &v, 1); }
static long recv_(void) { return recv(sockets[0], byte, 1, 0); }
static long recvmsg_(void) { struct iovec v = {byte, 1}; struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1}; return recvmsg(sockets[0], &m, 0); }
static void send_(void) { send(sockets[1], "x", 1, 0); }
static long accept_(void) { int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC); if (fd >= 0) close(fd); return fd; }
static void connect_(void) { struct sockaddr_un a = {AF_UNIX, ""}; strcpy(a.sun_path, path); int fd = socket(AF_UNIX, SOCK_STREAM, 0); connect(fd, (void *)&a, sizeof a); close(fd); }
static long wait_(void) { int status; return waitpid(-1, &status, 0); }
static pid_t child;
static void end_child(void) { kill(child, SIGKILL); }
static long waitid_(void) { siginfo_t i; return waitid(P_ALL, 0, &i, WEXITED); }
static long flock_(void) { int fd = open("lockfile", O_RDWR); long r = flock(fd, LOCK_EX); close(fd); return r; }
static void unlock_(void) { flock(locked, LOCK_UN); }
static long setlkw_(void) { struct flock l = {.l_type = F_WRLCK}; int fd = open("lockfile", O_RDWR); long r = fcntl(fd, F_OFD_SETLKW, &l); close(fd); return r; }
static void unlock_record(void) { struct flock l = {.l_type = F_UNLCK}; fcntl(locked, F_OFD_SETLK, &l); }
static long futex_wait(void) { return syscall(SYS_futex, &futex_, FUTEX_WAIT, 0, NULL, NULL, 0); }
static long futex_bitset(void) { return syscall(SYS_futex, &futex_, FUTEX_WAIT_BITSET, 0, NULL, NULL, ~0); }
static void futex_wake(void) { syscall(SYS_futex, &futex_, FUTEX_WAKE, 1, NULL, NULL, 0); }
static long open_fifo(void) { int fd = open("fifo", O_RDONLY); if (fd >= 0) close(fd); return fd; }
static void open_other(void) { fifo_ = open("fifo", O_WRONLY); close(fifo_); }
static long read_event(void) { uint64_t v; return read(event_, &v, 8); }
static void write_event(void) { uint64_t v = 1; write(event_, &v, 8); }
static long read_timer(void) { uint64_t v; return read(timer_, &v, 8); }
static void set_timer(void) { struct itimerspec s = {{0, 0}, {0, 1000}}; timerfd_settime(timer_, 0, &s, NULL); }
static long read_watch(void) { return read(watch_, byte, sizeof byte); }
static void touch(void) { close(open("touched", O_CREAT | O_WRONLY, 0600)); unlink("touched"); }
static mqd_t mq;
static long mq_receive_(void) { char text[64]; return mq_receive(mq, text, sizeof text, NULL); }
static void mq_send_(void) { mq_send(mq, "x", 1, 0); }

static long pause_(void) { return pause(); }
static long suspend_(void) { sigset_t s; sigemptyset(&s); return sigsuspend(&s); }
static long nanosleep_(void) { struct timespec t = {60, 0}, left; long r = nanosleep(&t, &left); CHECK(r == 0 || (left.tv_sec >= 0 && left.tv_sec < 60)); return r; }
static long clock_nanosleep_(void) { struct timespec t = {60, 0}; int e = syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, NULL); return e; }
static long clock_absolute(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); t.tv_sec += 60; return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL); }
static long poll_(void) { struct pollfd p = {pipes[0], POLLIN, 0}; return poll(&p, 1, 60000); }
static long select_(void) { fd_set s; FD_ZERO(&s); FD_SET(pipes[0], &s); struct timeval t = {60, 0}; return select(pipes[0] + 1, &s, NULL, NULL, &t); }
static long epoll_wait_(void) { struct epoll_event e; return epoll_wait(epoll_, &e, 1, 60000); }
static long epoll_mask(void) { struct epoll_event e; sigset_t s; sigemptyset(&s); return epoll_pwait(epoll_, &e, 1, 60000, &s); }
static long semop_(void) { struct sembuf b = {0, -1, 0}; return semop(semaphore, &b, 1); }
static long semtimedop_(void) { struct sembuf b = {0, -1, 0}; struct timespec t = {60, 0}; return semtimedop(semaphore, &b, 1, &t); }
static long msgrcv_(void) { return msgrcv(queue_, byte, 8, 0, 0); }
static long recv_timeout(void) { struct timeval t = {60, 0}; setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t); long r = recv(sockets[0], byte, 1, 0); t.tv_sec = 0; int e = errno; setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t); errno = e; return r; }
static long sigtimedwait_(void) { sigset_t s; sigemptyset(&s); sigaddset(&s, SIGUSR2); struct timespec t = {60, 0}; return sigtimedwait(&s, NULL, &t); }
static long sigwaitinfo_(void) { sigset_t s; sigemptyset(&s); sigaddset(&s, SIGUSR2); siginfo_t i; return sigwaitinfo(&s, &i); }
static long io_getevents_(void) { aio_context_t c = 0; syscall(SYS_io_setup, 1, &c); struct io_event e; struct timespec t = {60, 0}; long r = syscall(SYS_io_getevents, c, 1, 1, &e, &t); int n = errno; syscall(SYS_io_destroy, c); errno = n; return r; }
static long futex_timeout(void) { struct timespec t = {60, 0}; return syscall(SYS_futex, &futex_, FUTEX_WAIT, 0, &t, NULL, 0); }
static long futex_waitv_(void) { struct futex_waitv w = {0, (uintptr_t)&futex_, FUTEX_32, 0}; struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); t.tv_sec += 60; return syscall(449, &w, 1, 0, &t, CLOCK_MONOTONIC); }

int main(void)
{
    struct sockaddr_un a = {AF_UNIX, ""};
    default_signals();
    blocked = pthread_self();
    snprintf(path_of_stat, sizeof path_of_stat, "/proc/self/task/%d/stat", getpid());
    pipe(pipes);
    socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
    snprintf(path, sizeof path, "socket%d", getpid());
    strcpy(a.sun_path, path);
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(listener, (void *)&a, sizeof a) == 0 && listen(listener, 5) == 0);
    queue_ = msgget(IPC_PRIVATE, 0600);
    semaphore = semget(IPC_PRIVATE, 1, 0600);
    epoll_ = epoll_create1(0);
    event_ = eventfd(0, 0);
    timer_ = timerfd_create(CLOCK_MONOTONIC, 0);
    watch_ = inotify_init();
    inotify_add_watch(watch_, ".", IN_CREATE);
    locked = open("lockfile", O_CREAT | O_RDWR, 0600);
    mkfifo("fifo", 0600);
    RESTARTED(read_pipe, write_pipe); read_pipe(); RESTARTED(readv_pipe, write_pipe); read_pipe();
    RESTARTED(recv_, send_); recv(sockets[0], byte, 9, MSG_DONTWAIT); RESTARTED(recvmsg_, send_); recv(sockets[0], byte, 9, MSG_DONTWAIT);
    RESTARTED(accept_, connect_); fcntl(listener, F_SETFL, O_NONBLOCK); accept_(); fcntl(listener, F_SETFL, 0);
    if ((child = fork()) == 0) for (;;) pause();
    EQUAL(outcome(wait_, NULL, 0), EINTR_); EQUAL(outcome(wait_, end_child, SA_RESTART), RESTARTS);
    if ((child = fork()) == 0) for (;;) pause();
    EQUAL(outcome(waitid_, NULL, 0), EINTR_); EQUAL(outcome(waitid_, end_child, SA_RESTART), RESTARTS);
    flock(locked, LOCK_EX); EQUAL(outcome(flock_, unlock_, SA_RESTART), RESTARTS); flock(locked, LOCK_EX); EQUAL(outcome(flock_, unlock_, 0), EINTR_);
    struct flock l = {.l_type = F_WRLCK};
    fcntl(locked, F_OFD_SETLK, &l); EQUAL(outcome(setlkw_, unlock_record, SA_RESTART), RESTARTS); fcntl(locked, F_OFD_SETLK, &l); EQUAL(outcome(setlkw_, unlock_record, 0), EINTR_);
    RESTARTED(futex_wait, futex_wake); RESTARTED(futex_bitset, futex_wake);
    EQUAL(outcome(open_fifo, NULL, 0), EINTR_); EQUAL(outcome(open_fifo, open_other, SA_RESTART), RESTARTS);
    RESTARTED(read_event, write_event); fcntl(event_, F_SETFL, O_NONBLOCK); read_event(); fcntl(event_, F_SETFL, 0);
    RESTARTED(read_timer, set_timer);
    EQUAL(outcome(read_watch, touch, SA_RESTART), RESTARTS); fcntl(watch_, F_SETFL, O_NONBLOCK); while (read_watch() > 0) {} fcntl(watch_, F_SETFL, 0);
    EQUAL(outcome(read_watch, NULL, 0), EINTR_);
    char name[64];
    snprintf(name, sizeof name, "/metic-restart-%d", getpid());
    mq = mq_open(name, O_CREAT | O_RDWR, 0600, &(struct mq_attr){.mq_maxmsg = 4, .mq_msgsize = 64});
    if (mq >= 0) { RESTARTED(mq_receive_, mq_send_); mq_unlink(name); }
    // And those that end with EINTR whatever the flag.
    NEVER(pause_); NEVER(suspend_); NEVER(nanosleep_); NEVER(clock_nanosleep_); NEVER(clock_absolute); NEVER(poll_); NEVER(select_); NEVER(epoll_wait_); NEVER(epoll_mask);
    NEVER(semop_); NEVER(semtimedop_); NEVER(msgrcv_); NEVER(recv_timeout); NEVER(sigtimedwait_); NEVER(sigwaitinfo_); NEVER(io_getevents_);
    NEVER(futex_timeout); BOTH(futex_waitv_, futex_wake, RESTARTS, EINTR_);
    msgctl(queue_, IPC_RMID, NULL); semctl(semaphore, 0, IPC_RMID);
    return finish();
}
