// libaio's calls: blocks read and written in the background, their events, their eventfd, and the ring that libaio looks into.
#include "../check.h"
#include <linux/aio_abi.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
struct ring { unsigned id, nr, head, tail, magic, compat, incompat, header; };
static aio_context_t context;
static long submit(struct iocb *one) { return syscall(SYS_io_submit, context, 1L, &one); }
static long events(long least, long most, struct io_event *e, struct timespec *t) { return syscall(SYS_io_getevents, context, least, most, e, t); }
static struct iocb job(int op, int fd, void *buf, size_t len, long at)
{
    struct iocb io;
    memset(&io, 0, sizeof io);
    io.aio_lio_opcode = op; io.aio_fildes = fd; io.aio_buf = (uintptr_t)buf; io.aio_nbytes = len; io.aio_offset = at; io.aio_data = 77 + op;
    return io;
}
int main(void)
{
    char name[] = "aio-XXXXXX", back[8] = "";
    int fd = mkstemp(name), told = eventfd(0, 0);
    struct io_event e[4];
    struct timespec none = {0, 0}, soon = {5, 0};
    unlink(name);
    EQUAL(syscall(SYS_io_setup, 0, &context), -1); EQUAL(errno, EINVAL);
    EQUAL(syscall(SYS_io_setup, 8, (void *)8), -1); EQUAL(errno, EFAULT);
    EQUAL(syscall(SYS_io_setup, 8, &context), 0);
    struct ring *ring = (struct ring *)context;
    EQUAL(ring->magic, 0xa10a10a1); CHECK(ring->nr >= 8); EQUAL(ring->header, sizeof *ring);
    EQUAL(events(1, 4, e, &none), 0);
    struct iocb writes = job(IOCB_CMD_PWRITE, fd, "abcdefg", 7, 3);
    writes.aio_flags = IOCB_FLAG_RESFD; writes.aio_resfd = told;
    EQUAL(submit(&writes), 1);
    uint64_t count = 0;
    EQUAL(read(told, &count, 8), 8); EQUAL(count, 1);
    EQUAL(events(1, 4, e, &soon), 1);
    EQUAL(e[0].data, 77 + IOCB_CMD_PWRITE); EQUAL(e[0].obj, (uintptr_t)&writes); EQUAL(e[0].res, 7);
    struct iovec parts[2] = {{back, 2}, {back + 2, 5}};
    struct iocb readv = job(IOCB_CMD_PREADV, fd, parts, 2, 3);
    EQUAL(submit(&readv), 1);
    sigset_t set;
    sigemptyset(&set);
    struct { const sigset_t *set; size_t size; } mask = {&set, 8};
    EQUAL(syscall(SYS_io_pgetevents, context, 1L, 4L, e, &soon, &mask), 1);
    EQUAL(e[0].res, 7); CHECK(!strcmp(back, "abcdefg"));
    struct iocb wild = job(IOCB_CMD_PREAD, fd, (void *)8, 4, 3);
    EQUAL(submit(&wild), 1); EQUAL(events(1, 4, e, &soon), 1); EQUAL(e[0].res, -EFAULT);
    struct iocb closed = job(IOCB_CMD_PREAD, 999, back, 4, 0);
    EQUAL(submit(&closed), -1); EQUAL(errno, EBADF);
    EQUAL(syscall(SYS_io_submit, context, 1L, (void *)8), -1); EQUAL(errno, EFAULT);
    EQUAL(syscall(SYS_io_submit, context + 4096, 1L, &back), -1); EQUAL(errno, EINVAL);
    EQUAL(events(3, 2, e, &none), -1); EQUAL(errno, EINVAL);
    int pipes[2];
    CHECK(pipe(pipes) == 0);
    struct iocb poll = job(IOCB_CMD_POLL, pipes[0], (void *)1 /* POLLIN */, 0, 0), *polls = &poll;
    EQUAL(syscall(SYS_io_submit, context, 1L, &polls), 1); EQUAL(events(0, 4, e, &none), 0);
    EQUAL(syscall(SYS_io_cancel, context, &writes, e), -1); EQUAL(errno, EINVAL);
    CHECK(write(pipes[1], "x", 1) == 1); // wakes the poll
    EQUAL(events(1, 4, e, &soon), 1); EQUAL(e[0].res & 1, 1);
    EQUAL(syscall(SYS_io_destroy, context), 0);
    EQUAL(syscall(SYS_io_destroy, context), -1); EQUAL(errno, EINVAL);
    return finish();
}
