// fanotify(7): events of a directory, with handles of the files rather than descriptors, as anybody may have them.
#include "../check.h"
#include <sys/fanotify.h>
int main(void)
{
    char dir[] = "fan-XXXXXX", name[64], buf[4096] __attribute__((aligned(8)));
    CHECK(mkdtemp(dir) != NULL);
    int fan = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID | FAN_REPORT_DIR_FID | FAN_REPORT_NAME | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY);
    if (fan < 0) { CHECK(errno == ENOSYS || errno == EPERM); rmdir(dir); return finish(); } // not for us here
    EQUAL(fanotify_init(0x80000000, 0), -1); CHECK(errno == EINVAL || errno == EPERM);
    EQUAL(fanotify_mark(fan, FAN_MARK_ADD, FAN_CREATE | FAN_CLOSE_WRITE | FAN_ONDIR | FAN_EVENT_ON_CHILD, AT_FDCWD, dir), 0);
    EQUAL(fanotify_mark(fan, FAN_MARK_ADD, FAN_CREATE, AT_FDCWD, "no such"), -1); EQUAL(errno, ENOENT);
    EQUAL(fanotify_mark(fan, FAN_MARK_ADD, FAN_CREATE, AT_FDCWD, (void *)8), -1); EQUAL(errno, EFAULT);
    EQUAL(read(fan, buf, sizeof buf), -1); EQUAL(errno, EAGAIN);
    snprintf(name, sizeof name, "%s/file", dir);
    int fd = open(name, O_CREAT | O_WRONLY, 0600);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0);
    uint64_t seen = 0;
    int named = 0;
    long n = read(fan, buf, sizeof buf);
    CHECK(n > 0);
    struct fanotify_event_metadata *e = (void *)buf;
    for (; FAN_EVENT_OK(e, n); e = FAN_EVENT_NEXT(e, n)) {
        EQUAL(e->vers, FANOTIFY_METADATA_VERSION); EQUAL(e->fd, FAN_NOFD); EQUAL(e->pid, getpid());
        seen |= e->mask;
        struct fanotify_event_info_fid *fid = (void *)(e + 1);
        struct file_handle *handle = (void *)fid->handle;
        named |= fid->hdr.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME && !strcmp((char *)handle->f_handle + handle->handle_bytes, "file");
    }
    EQUAL(seen & (FAN_CREATE | FAN_CLOSE_WRITE), FAN_CREATE | FAN_CLOSE_WRITE); CHECK(named);
    EQUAL(fanotify_mark(fan, FAN_MARK_FLUSH, 0, AT_FDCWD, NULL), 0);
    unlink(name); rmdir(dir);
    return finish();
}
