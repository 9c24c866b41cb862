// The mount calls, old and new, as root of a user namespace of one's own.
#include "../check.h"
#include <sched.h>
#include <sys/mount.h>
enum { FSOPEN = 430, FSCONFIG = 431, FSMOUNT = 432, FSPICK = 433, OPEN_TREE = 428, MOVE_MOUNT = 429, SETATTR = 442, STATMOUNT = 457, LISTMOUNT = 458 };
enum { SET_FLAG = 0, SET_STRING = 1, CREATE = 6, RECONFIGURE = 7 };
static void text(const char *path, const char *what) { int fd = open(path, O_WRONLY); if (fd >= 0) { CHECK(write(fd, what, strlen(what)) > 0); close(fd); } }
static int present(const char *path) { return access(path, F_OK) == 0; }
static void touch(const char *path) { int fd = open(path, O_CREAT | O_WRONLY, 0600); CHECK(fd >= 0); close(fd); }
struct attr { uint64_t set, clear, propagation, userns; };
struct request { uint32_t size, spare; uint64_t id, param, ns; };
struct known { uint32_t size, opts; uint64_t mask; uint32_t major, minor; uint64_t magic; uint32_t sb_flags, type; uint64_t id, parent; };
static int inside(void)
{
    char line[64], own[256];
    int uid = getuid(), gid = getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS)) { puts("ok"); return 0; } // not for us here
    text("/proc/self/setgroups", "deny");
    snprintf(line, sizeof line, "0 %d 1", uid); text("/proc/self/uid_map", line);
    snprintf(line, sizeof line, "0 %d 1", gid); text("/proc/self/gid_map", line);
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    int fs = syscall(FSOPEN, "tmpfs", 1);
    CHECK(fs >= 0);
    EQUAL(syscall(FSOPEN, "no such", 1), -1); EQUAL(errno, ENODEV);
    EQUAL(syscall(FSOPEN, (void *)8, 1), -1); EQUAL(errno, EFAULT);
    EQUAL(syscall(FSCONFIG, fs, SET_STRING, "size", "1M", 0), 0);
    EQUAL(syscall(FSCONFIG, fs, SET_STRING, "no such", "1", 0), -1); EQUAL(errno, EINVAL);
    long got = read(fs, own, sizeof own - 1); // the context says why
    CHECK(got > 0 && own[0] == 'e');
    EQUAL(syscall(FSCONFIG, fs, CREATE, NULL, NULL, 0), 0);
    int mnt = syscall(FSMOUNT, fs, 1, 0);
    CHECK(mnt >= 0);
    EQUAL(syscall(MOVE_MOUNT, mnt, "", AT_FDCWD, "a", 4 /* F_EMPTY_PATH */), 0);
    touch("a/x");
    CHECK(present("a/x"));
    int tree = syscall(OPEN_TREE, AT_FDCWD, "a", 1 /* CLONE */);
    CHECK(tree >= 0);
    EQUAL(syscall(MOVE_MOUNT, tree, "", AT_FDCWD, "b", 4), 0);
    CHECK(present("b/x"));
    struct attr readonly = {1 /* RDONLY */, 0, 0, 0};
    EQUAL(syscall(SETATTR, AT_FDCWD, "b", 0, &readonly, sizeof readonly), 0);
    EQUAL(open("b/y", O_CREAT | O_WRONLY, 0600), -1); EQUAL(errno, EROFS);
    touch("a/y");
    EQUAL(syscall(SETATTR, AT_FDCWD, "b", 0, &readonly, 8), -1); EQUAL(errno, EINVAL);
    EQUAL(syscall(SETATTR, AT_FDCWD, "b", 0, (void *)8, sizeof readonly), -1); EQUAL(errno, EFAULT);
    struct statx stx;
    CHECK(statx(AT_FDCWD, "b", 0, 0x4000 /* MNT_ID_UNIQUE */, &stx) == 0);
    struct request ask = {24, 0, stx.stx_mnt_id, 1 | 2 /* SB_BASIC, MNT_BASIC */, 0};
    struct { struct known k; char rest[512]; } known;
    memset(&known, 0, sizeof known);
    if (syscall(STATMOUNT, &ask, &known, sizeof known, 0) == 0) {
        EQUAL(known.k.magic, 0x01021994); EQUAL(known.k.id, stx.stx_mnt_id); EQUAL(known.k.mask & 3, 3);
        uint64_t ids[64];
        struct request all = {24, 0, -1ull /* LSMT_ROOT */, 0, 0};
        long n = syscall(LISTMOUNT, &all, ids, 64, 0);
        int found = 0;
        for (long i = 0; i < n; i++) found |= ids[i] == stx.stx_mnt_id;
        CHECK(n > 0 && (found || n == 64));
        EQUAL(syscall(LISTMOUNT, &all, (void *)8, 64, 0), -1); EQUAL(errno, EFAULT);
    } else EQUAL(errno, ENOSYS);
    int picked = syscall(FSPICK, AT_FDCWD, "a", 0);
    CHECK(picked >= 0);
    EQUAL(syscall(FSCONFIG, picked, SET_FLAG, "ro", NULL, 0), 0);
    EQUAL(syscall(FSCONFIG, picked, RECONFIGURE, NULL, NULL, 0), 0);
    EQUAL(open("a/z", O_CREAT | O_WRONLY, 0600), -1); EQUAL(errno, EROFS);
    EQUAL(umount2("b", MNT_DETACH), 0);
    CHECK(!present("b/x"));
    CHECK(mount("a", "b", NULL, MS_BIND, NULL) == 0);
    CHECK(present("b/x"));
    EQUAL(umount("b"), 0); EQUAL(umount("a"), -1); EQUAL(errno, EBUSY); // descriptors lead there
    EQUAL(umount2("a", MNT_DETACH), 0); EQUAL(umount("a"), -1); EQUAL(errno, EINVAL);
    CHECK(mount("tmpfs", "b", "tmpfs", 0, "size=64k,mode=755") == 0 && chdir("b") == 0 && mkdir("old", 0700) == 0);
    touch("here");
    EQUAL(syscall(SYS_pivot_root, ".", "old"), 0);
    CHECK(chdir("/") == 0 && present("/here") && present("/old/proc/self"));
    EQUAL(umount2("/old", MNT_DETACH), 0);
    CHECK(!present("/old/proc"));
    return finish();
}
int main(void)
{
    int status;
    CHECK(mkdir("a", 0700) == 0 && mkdir("b", 0700) == 0);
    pid_t child = fork();
    if (child == 0) { int s = inside(); fflush(stdout); _exit(s); }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(rmdir("a") == 0 && rmdir("b") == 0);
    return status != 0;
}
