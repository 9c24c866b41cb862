// open, stat, lstat, fstat, statx, link, symlink, rename, truncate, utimensat, getdents, unlink in a fresh directory.
#include "../check.h"
#include <dirent.h>
int main(void)
{
    char dir[] = "/tmp/metic-files-XXXXXX", buf[64];
    struct stat s;
    struct statx x;
    CHECK(mkdtemp(dir) && chdir(dir) == 0);
    int fd = open("a", O_CREAT | O_EXCL | O_RDWR, 0640), n = 0;
    EQUAL(open("a", O_CREAT | O_EXCL | O_RDWR, 0640), -1); EQUAL(errno, EEXIST);
    EQUAL(write(fd, "hello", 5), 5); EQUAL(pwrite(fd, "J", 1, 0), 1); EQUAL(lseek(fd, 0, SEEK_CUR), 5);
    CHECK(fstat(fd, &s) == 0); EQUAL(s.st_size, 5); EQUAL(s.st_mode, S_IFREG | 0640); EQUAL(s.st_nlink, 1); EQUAL(s.st_blksize, 4096);
    CHECK(link("a", "b") == 0 && symlink("b", "c") == 0);
    CHECK(lstat("c", &s) == 0); CHECK(S_ISLNK(s.st_mode)); EQUAL(s.st_size, 1); CHECK(stat("c", &s) == 0); EQUAL(s.st_nlink, 2);
    EQUAL(readlink("c", buf, 64), 1); EQUAL(open("c", O_NOFOLLOW), -1); EQUAL(errno, ELOOP); EQUAL(open("a", O_DIRECTORY), -1); EQUAL(errno, ENOTDIR);
    CHECK(statx(AT_FDCWD, "a", 0, STATX_ALL, &x) == 0); EQUAL(x.stx_size, 5); EQUAL(x.stx_ino, s.st_ino);
    CHECK(rename("a", "d") == 0); EQUAL(stat("a", &s), -1); EQUAL(errno, ENOENT);
    CHECK(ftruncate(fd, 100000) == 0 && stat("d", &s) == 0); EQUAL(s.st_size, 100000); EQUAL(pread(fd, buf, 6, 0), 6); CHECK(!memcmp(buf, "Jello", 6));
    CHECK(utimensat(AT_FDCWD, "d", (struct timespec[]){{1000, 5}, {2000, 6}}, 0) == 0 && stat("d", &s) == 0); EQUAL(s.st_mtim.tv_sec, 2000); EQUAL(s.st_atim.tv_nsec, 5);
    CHECK(mkdir("sub", 0755) == 0); EQUAL(rmdir("."), -1); EQUAL(errno, EINVAL);
    DIR *d = opendir(".");
    for (struct dirent *e; (e = readdir(d));) n += e->d_name[0] == '.' ? 100 : e->d_type == DT_DIR ? 10 : 1;
    closedir(d);
    EQUAL(n, 213);
    EQUAL(unlink("b") | unlink("c") | unlink("d") | rmdir("sub") | chdir("/") | rmdir(dir), 0);
    return finish();
}
