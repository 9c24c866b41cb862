// Entries of io_uring that write over code that has run: none of them fails, no datagram is lost, the new code is run.
#include "code.h"
#include <linux/io_uring.h>
#include <sys/socket.h>
#include <sys/uio.h>
static char *rings;
static struct io_uring_sqe *sqes;
static struct io_uring_params params;
static int setup(void)
{
    int ring = syscall(__NR_io_uring_setup, 4, &params);
    if (ring < 0) return ring;
    size_t sq = params.sq_off.array + params.sq_entries * 4, cq = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
    rings = mmap(NULL, sq > cq ? sq : cq, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    sqes = mmap(NULL, params.sq_entries * sizeof *sqes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    CHECK(rings != MAP_FAILED && sqes != MAP_FAILED);
    return ring;
}
static int submit(int ring, struct io_uring_sqe entry)
{
    unsigned *tail = (unsigned *)(rings + params.sq_off.tail), at = *tail & *(unsigned *)(rings + params.sq_off.ring_mask);
    sqes[at] = entry;
    ((unsigned *)(rings + params.sq_off.array))[at] = at;
    __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
    EQUAL(syscall(__NR_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0), 1);
    unsigned *head = (unsigned *)(rings + params.cq_off.head), mask = *(unsigned *)(rings + params.cq_off.ring_mask);
    int result = ((struct io_uring_cqe *)(rings + params.cq_off.cqes))[*head & mask].res;
    __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
    return result;
}
#define AT(pointer) (uintptr_t)(pointer)
int main(void)
{
    int ring = setup();
    CHECK(ring >= 0);
    uint32_t *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), code[2];
    int fd = memfd_create("code", 0), pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    for (int i = 0; i < 100; i++) {
        emit(code, i);
        EQUAL(pwrite(fd, code, 8, 0), 8);
        struct iovec part = {p, 8};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        if (i % 4 > 1) EQUAL(write(pair[1], code, 8), 8);
        int got = i % 4 == 0   ? submit(ring, (struct io_uring_sqe){.opcode = IORING_OP_READ, .fd = fd, .addr = AT(p), .len = 8})
                  : i % 4 == 1 ? submit(ring, (struct io_uring_sqe){.opcode = IORING_OP_READV, .fd = fd, .addr = AT(&part), .len = 1})
                  : i % 4 == 2 ? submit(ring, (struct io_uring_sqe){.opcode = IORING_OP_RECV, .fd = pair[0], .addr = AT(p), .len = 8})
                               : submit(ring, (struct io_uring_sqe){.opcode = IORING_OP_RECVMSG, .fd = pair[0], .addr = AT(&message), .len = 1});
        EQUAL(got, 8);
        flush(p, 8);
        EQUAL(((fn)p)(2), 2 + i);
        // The answer lies on the page of the code.
        struct statx *about = (struct statx *)(p + 512);
        struct io_uring_sqe asks = {.opcode = IORING_OP_STATX, .fd = fd, .addr = AT(""), .statx_flags = AT_EMPTY_PATH, .len = STATX_SIZE, .off = AT(about)};
        EQUAL(submit(ring, asks), 0);
        EQUAL(about->stx_size, 8);
    }
    return finish();
}
