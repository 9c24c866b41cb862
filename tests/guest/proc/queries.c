// What is read of /proc again is up to date; PROCMAP_QUERY; limits; ranges that are not ours can't be locked, sealed or looked into.
#include "../check.h"
#include <sys/ioctl.h>
struct query { uint64_t size, flags, addr, start, end, rights, page_size, offset, inode; uint32_t major, minor, name_size, build_id_size; uint64_t name, build_id; };
#define PROCMAP_QUERY _IOWR('f', 17, struct query)
static char text[1 << 16];
static unsigned long size_of(int fd)
{
    unsigned long pages;
    lseek(fd, 0, SEEK_SET);
    long n = read(fd, text, sizeof text - 1);
    text[n > 0 ? n : 0] = 0;
    CHECK(sscanf(text, "%lu", &pages) == 1);
    return pages;
}
#define FAILS(call, e) do { errno = 0; long r_ = (long)(call); CHECK(r_ == -1); EQUAL(errno, e); } while (0)
int main(void)
{
    int statm = open("/proc/self/statm", O_RDONLY), maps = open("/proc/self/maps", O_RDONLY), fd;
    unsigned long before = size_of(statm);
    char *p = mmap(NULL, 64 << 12, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EQUAL(size_of(statm), before + 64);
    munmap(p, 64 << 12);
    long n = pread(statm, text, sizeof text, 0);
    CHECK(n > 0 && strtoul(text, NULL, 10) == before);
    char link[64], path[64], expect[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", statm); snprintf(expect, sizeof expect, "/proc/%d/statm", getpid());
    n = readlink(path, link, sizeof link);
    CHECK(n == (long)strlen(expect) && !memcmp(link, expect, n));
    // One mapping at a time.
    char exe[512] = "", name[512];
    readlink("/proc/self/exe", exe, 511);
    struct stat s;
    stat(exe, &s);
    struct query q = {.size = sizeof q, .addr = (uintptr_t)main, .name = (uintptr_t)name, .name_size = sizeof name};
    if (ioctl(maps, PROCMAP_QUERY, &q) == 0) {
        CHECK(q.start <= (uintptr_t)main && q.end > (uintptr_t)main); EQUAL(q.rights & 15, 5); EQUAL(q.page_size, 4096); EQUAL(q.inode, s.st_ino);
        CHECK(!strcmp(name, exe)); EQUAL(q.name_size, strlen(exe) + 1);
        q = (struct query){.size = sizeof q, .addr = 1, .flags = 0x10}; EQUAL(ioctl(maps, PROCMAP_QUERY, &q), 0); CHECK(q.start > 1 && q.start <= (uintptr_t)main);
        p = mmap(NULL, 8192, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        q = (struct query){.size = sizeof q, .addr = (uintptr_t)p}; EQUAL(ioctl(maps, PROCMAP_QUERY, &q), 0); EQUAL(q.start, p); EQUAL(q.end, p + 8192); EQUAL(q.rights & 15, 9);
        munmap(p, 8192);
        FAILS(ioctl(maps, PROCMAP_QUERY, &q), ENOENT);
        q.flags = 0x80; FAILS(ioctl(maps, PROCMAP_QUERY, &q), EINVAL);
        q = (struct query){.size = 8}; FAILS(ioctl(maps, PROCMAP_QUERY, &q), EINVAL);
        q = (struct query){.size = sizeof q, .addr = (uintptr_t)main, .name = (uintptr_t)name, .name_size = 3}; FAILS(ioctl(maps, PROCMAP_QUERY, &q), ENAMETOOLONG);
        q.name = 0; FAILS(ioctl(maps, PROCMAP_QUERY, &q), EINVAL);
    } else EQUAL(errno, ENOTTY);
    // Limits, as they were set.
    if (fork() == 0) {
        struct rlimit l = {1ul << 40, RLIM_INFINITY};
        CHECK(setrlimit(RLIMIT_AS, &l) == 0);
        fd = open("/proc/self/limits", O_RDONLY);
        read(fd, text, sizeof text);
        CHECK(strstr(text, "Max address space         1099511627776        unlimited            bytes"));
        execl("/bin/sh", "sh", "-c", "test $(ulimit -v) = 1073741824", NULL);
        _exit(9);
    }
    int status;
    wait(&status); EQUAL(status, 0);
    // What is not mapped.
    unsigned char in[8];
    void *hole = mmap(NULL, 4096, 0, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(hole, 4096);
    FAILS(mlock(hole, 4096), ENOMEM); FAILS(munlock(hole, 4096), ENOMEM); FAILS(msync(hole, 4096, MS_ASYNC), ENOMEM); FAILS(msync((char *)hole + 1, 4096, MS_ASYNC), EINVAL); FAILS(msync(hole, 4096, 77), EINVAL);
    FAILS(mincore(hole, 4096, in), ENOMEM); FAILS(syscall(SYS_mlock2, hole, 4096, 0), ENOMEM); FAILS(syscall(SYS_mlock2, hole, 4096, 8), EINVAL);
    EQUAL(mlock(hole, 0), 0); EQUAL(msync(hole, 0, MS_ASYNC), 0); FAILS(mlock((void *)-4096l, 8192), EINVAL);
    for (uintptr_t at = 0x7f0000000000; at < 0x7ffffffff000; at += 1ul << 30) { // up there a translator might be
        FAILS(mincore((void *)at, 4096, in), ENOMEM); FAILS(mlock((void *)at, 4096), ENOMEM);
        if (at > 0x7f1000000000) at += 7ul << 30;
    }
    return finish();
}
