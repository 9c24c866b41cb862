// A loop device's status in its old form, whose structure is laid out differently on other machines.
#include "../check.h"
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
int main(void)
{
    struct loop_info old;
    struct loop_info64 whole;
    struct stat st;
    char name[] = "loop-XXXXXX", device[32];
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), file = mkstemp(name), loop = -1, n;
    CHECK(ftruncate(file, 1 << 20) == 0);
    for (int tries = 0; control >= 0 && tries < 20; tries++) { // others may take the free one first
        n = ioctl(control, LOOP_CTL_GET_FREE);
        if (n < 0) break;
        snprintf(device, sizeof device, "/dev/loop%d", n);
        loop = open(device, O_RDWR | O_CLOEXEC);
        if (loop >= 0 && ioctl(loop, LOOP_SET_FD, file) == 0) break;
        if (loop >= 0) close(loop);
        loop = -1;
        nap(20);
    }
    unlink(name);
    if (loop < 0) { puts("ok"); return 0; } // no loop devices for us here
    memset(&old, 0xee, sizeof old);
    EQUAL(ioctl(loop, LOOP_GET_STATUS, &old), 0);
    CHECK(fstat(file, &st) == 0);
    EQUAL(old.lo_number, n); EQUAL(old.lo_inode, st.st_ino); EQUAL(old.lo_offset, 0); EQUAL(old.lo_name[0], 0);
    old.lo_offset = 4096; strcpy(old.lo_name, "a name"); old.lo_init[0] = 7; old.lo_init[1] = 8;
    EQUAL(ioctl(loop, LOOP_SET_STATUS, &old), 0);
    EQUAL(ioctl(loop, LOOP_GET_STATUS64, &whole), 0);
    EQUAL(whole.lo_offset, 4096); CHECK(!strcmp((char *)whole.lo_file_name, "a name"));
    memset(&old, 0, sizeof old);
    EQUAL(ioctl(loop, LOOP_GET_STATUS, &old), 0);
    EQUAL(old.lo_offset, 4096); CHECK(!strcmp(old.lo_name, "a name"));
    EQUAL(ioctl(loop, LOOP_GET_STATUS, (void *)8), -1); EQUAL(errno, EFAULT);
    EQUAL(ioctl(file, LOOP_GET_STATUS, &old), -1); EQUAL(errno, ENOTTY);
    EQUAL(ioctl(loop, LOOP_CLR_FD, 0), 0);
    return finish();
}
