// io_uring: epoll_ctl as an entry, whose event has the guest's layout; with and without an array of indices.
#include "check.h"
#include <linux/io_uring.h>
#include <sys/epoll.h>
#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY (1U << 16)
#endif

static char *rings;
static struct io_uring_sqe *sqes;
static struct io_uring_params params;

static int setup(unsigned flags)
{
    memset(&params, 0, sizeof params);
    params.flags = flags;
    int ring = syscall(__NR_io_uring_setup, 4, &params);
    if (ring < 0) return ring;
    size_t sq = params.sq_off.array + params.sq_entries * 4, cq = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
    rings = mmap(NULL, sq > cq ? sq : cq, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    sqes = mmap(NULL, params.sq_entries * sizeof *sqes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    CHECK(rings != MAP_FAILED && sqes != MAP_FAILED);
    return ring;
}

static int submit(int ring, int epoll, int op, int fd, struct epoll_event *event)
{
    unsigned *tail = (unsigned *)(rings + params.sq_off.tail), mask = *(unsigned *)(rings + params.sq_off.ring_mask);
    // Not the entry that a ring without indices would take.
    unsigned at = params.flags & IORING_SETUP_NO_SQARRAY ? *tail & mask : (*tail + 1) & mask;
    struct io_uring_sqe *sqe = &sqes[at];
    memset(sqe, 0, sizeof *sqe);
    *sqe = (struct io_uring_sqe){.opcode = IORING_OP_EPOLL_CTL, .fd = epoll, .off = fd, .addr = (uintptr_t)event, .len = op};
    if (!(params.flags & IORING_SETUP_NO_SQARRAY)) ((unsigned *)(rings + params.sq_off.array))[*tail & mask] = at;
    __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
    EQUAL(syscall(__NR_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0), 1);
    EQUAL(sqe->addr, (uintptr_t)event);
    unsigned *head = (unsigned *)(rings + params.cq_off.head), cmask = *(unsigned *)(rings + params.cq_off.ring_mask);
    struct io_uring_cqe *cqe = (struct io_uring_cqe *)(rings + params.cq_off.cqes) + (*head & cmask);
    int result = cqe->res;
    __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
    return result;
}

static void use(int ring)
{
    int epoll = epoll_create1(0), pipes[2];
    CHECK(pipe(pipes) == 0);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x1122334455667788}, got = {0};
    EQUAL(submit(ring, epoll, EPOLL_CTL_ADD, pipes[0], &event), 0);
    EQUAL(submit(ring, epoll, EPOLL_CTL_ADD, pipes[0], &event), -EEXIST);
    EQUAL(epoll_wait(epoll, &got, 1, 0), 0);
    CHECK(write(pipes[1], "x", 1) == 1);
    EQUAL(epoll_wait(epoll, &got, 1, 1000), 1);
    EQUAL(got.events, EPOLLIN);
    EQUAL(got.data.u64, 0x1122334455667788);
    event.data.u64 = 99;
    EQUAL(submit(ring, epoll, EPOLL_CTL_MOD, pipes[0], &event), 0);
    EQUAL(epoll_wait(epoll, &got, 1, 1000), 1);
    EQUAL(got.data.u64, 99);
    EQUAL(submit(ring, epoll, EPOLL_CTL_DEL, pipes[0], NULL), 0);
    EQUAL(submit(ring, epoll, EPOLL_CTL_ADD, pipes[0], (struct epoll_event *)8), -EFAULT);
    EQUAL(epoll_wait(epoll, &got, 1, 0), 0);
    close(epoll);
    close(pipes[0]);
    close(pipes[1]);
}

int main(void)
{
    int ring = setup(0);
    CHECK(ring >= 0);
    use(ring);
    // A child has the ring too.
    pid_t pid = fork();
    if (pid == 0) {
        use(ring);
        _exit(failures);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    EQUAL(status, 0);
    // A ring with the same descriptor is another one.
    int earlier = ring;
    close(ring);
    ring = setup(0);
    EQUAL(ring, earlier);
    use(ring);
    int second = setup(IORING_SETUP_NO_SQARRAY);
    if (second >= 0) use(second);
    return finish();
}
