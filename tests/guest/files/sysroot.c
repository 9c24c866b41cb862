// Paths that are looked up in the sysroot, which is this program's folder: by calls that look, go there, or read a link.
#include "../check.h"
#define FAILS(call, e) do { errno = 0; CHECK((long)(call) == -1); EQUAL(errno, e); } while (0)
static void is_file(const char *path, int size) { struct stat s; CHECK(stat(path, &s) == 0 && S_ISREG(s.st_mode)); EQUAL(s.st_size, size); }

int main(void)
{
    char text[256];
    struct stat s;
    struct statx x;
    CHECK(mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0);
    int fd = open("d/f", O_CREAT | O_WRONLY, 0644);
    CHECK(write(fd, "12345", 5) == 5 && close(fd) == 0);
    CHECK(symlink("/d/f", "d/link") == 0 && symlink("/d/none", "d/dangling") == 0 && symlink("/d/e", "d/to-e") == 0);
    is_file("/d/f", 5); is_file("/d/link", 5); is_file("/d/e/../../../d/link", 5);
    CHECK(lstat("/d/link", &s) == 0 && S_ISLNK(s.st_mode));
    CHECK(statx(AT_FDCWD, "/d/link", 0, STATX_SIZE, &x) == 0 && x.stx_size == 5);
    CHECK(statx(AT_FDCWD, "/d/link", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &x) == 0 && S_ISLNK(x.stx_mode));
    FAILS(stat("/d/dangling", &s), ENOENT); FAILS(stat("/d/none", &s), ENOENT);
    // access(2): the host's call with flags where the libc uses it, the older one too.
    EQUAL(access("/d/f", R_OK | W_OK), 0); FAILS(access("/d/f", X_OK), EACCES); FAILS(access("/d/dangling", F_OK), ENOENT);
    EQUAL(syscall(SYS_faccessat, AT_FDCWD, "/d/link", R_OK), 0); FAILS(syscall(SYS_faccessat, AT_FDCWD, "/d/link", X_OK), EACCES);
    EQUAL(syscall(439 /* faccessat2 */, AT_FDCWD, "/d/dangling", F_OK, AT_SYMLINK_NOFOLLOW), 0);
    EQUAL(syscall(439, AT_FDCWD, "/d/f", R_OK, AT_EACCESS), 0); FAILS(syscall(439, AT_FDCWD, "/d/f", R_OK, 0x10000), EINVAL);
    EQUAL(readlink("/d/link", text, sizeof text), 4); CHECK(!memcmp(text, "/d/f", 4));
    EQUAL(readlink("/d/link", text, 2), 2);
    FAILS(readlink("/d/f", text, sizeof text), EINVAL); FAILS(readlink("/d/e", text, sizeof text), EINVAL); FAILS(readlink("/d/none", text, sizeof text), ENOENT);
    FAILS(readlink("/d/link", text, 0), EINVAL);
    EQUAL(chdir("/d/to-e"), 0);
    CHECK(getcwd(text, sizeof text) && !strcmp(text, "/d/e"));
    is_file("../f", 5);
    FAILS(chdir("/d/f"), ENOTDIR); FAILS(chdir("/d/none"), ENOENT);
    EQUAL(chdir("/d"), 0);
    is_file("f", 5);
    // A file that is in the way.
    FAILS(stat("/d/f/x", &s), ENOTDIR); FAILS(lstat("/d/link/x/y", &s), ENOTDIR); FAILS(access("/d/f/x", F_OK), ENOTDIR);
    FAILS(open("/d/f/x", O_RDONLY), ENOTDIR); FAILS(open("/d/f/x", O_CREAT | O_WRONLY, 0644), ENOTDIR); FAILS(open("/d/f/x/y", O_CREAT | O_WRONLY, 0644), ENOTDIR);
    FAILS(readlink("/d/f/x", text, sizeof text), ENOTDIR); FAILS(mkdir("/d/f/x", 0755), ENOTDIR); FAILS(unlink("/d/f/x"), ENOTDIR);
    FAILS(rename("/d/f/x", "/d/y"), ENOTDIR); FAILS(chdir("/d/f/x"), ENOTDIR); FAILS(stat("/d/f/", &s), ENOTDIR);
    FAILS(execl("/d/f/x", "x", NULL), ENOTDIR);
    // What only the host has, and what the kernel has.
    EQUAL(chdir("/proc/self"), 0); EQUAL(access("/proc/self/status", R_OK), 0); EQUAL(access("/dev/null", W_OK), 0);
    FAILS(readlink("/proc/self/status", text, sizeof text), EINVAL);
    CHECK(readlink("/proc/self/exe", text, sizeof text) > 0);
    return finish();
}
