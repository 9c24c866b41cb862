// PROCMAP_QUERY on /proc/self/maps: the mapping at an address, or the next one that fits.
#include "../check.h"
#include <linux/ioctl.h>
#include <sys/ioctl.h>
struct query {
    uint64_t size, flags, addr, start, end, vma_flags, page_size, offset, inode;
    uint32_t major, minor, name_size, id_size;
    uint64_t name, id;
};
#define QUERY _IOWR('f', 17, struct query)
enum { R = 1, W = 2, X = 4, S = 8, NEXT = 16, FILE_ = 32 };
static int fd;
static char name[4096];
static int ask(struct query *q, uint64_t flags, void *addr)
{
    memset(q, 0, sizeof *q);
    memset(name, 0, sizeof name);
    q->size = sizeof *q; q->flags = flags; q->addr = (uintptr_t)addr; q->name = (uintptr_t)name; q->name_size = sizeof name;
    return ioctl(fd, QUERY, q);
}
#define NONE(flags, addr, error) do { errno = 0; EQUAL(ask(&q, flags, addr), -1); EQUAL(errno, error); } while (0)
int main(void)
{
    struct query q;
    struct stat st;
    fd = open("/proc/self/maps", O_RDONLY);
    char *m = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (ask(&q, 0, m) == -1 && errno == ENOTTY) { puts("ok"); return 0; } // before Linux 6.11
    munmap(m + 4096, 4096); mprotect(m + 2 * 4096, 4096, PROT_READ); mprotect(m + 3 * 4096, 4096, PROT_NONE);
    EQUAL(ask(&q, 0, m + 5), 0); EQUAL(q.end, (uintptr_t)m + 4096); CHECK(q.start <= (uintptr_t)m); EQUAL(q.vma_flags, R | W); EQUAL(q.page_size, 4096); EQUAL(q.inode, 0);
    EQUAL(q.size, sizeof q);
    NONE(0, m + 4096, ENOENT);
    EQUAL(ask(&q, NEXT, m + 4096), 0); EQUAL(q.start, (uintptr_t)m + 2 * 4096); EQUAL(q.end, q.start + 4096); EQUAL(q.vma_flags, R);
    NONE(W, m + 2 * 4096, ENOENT);
    EQUAL(ask(&q, 0, m + 3 * 4096), 0); EQUAL(q.vma_flags, 0);
    // The program: a file.
    EQUAL(ask(&q, X, (void *)main), 0); CHECK(stat("/proc/self/exe", &st) == 0); EQUAL(q.inode, st.st_ino); EQUAL(q.vma_flags & X, X);
    char exe[4096] = "";
    CHECK(readlink("/proc/self/exe", exe, 4095) > 0); CHECK(!strcmp(name, exe)); EQUAL(q.name_size, strlen(exe) + 1);
    EQUAL(ask(&q, NEXT | FILE_, NULL), 0); CHECK(q.inode != 0); EQUAL(q.page_size, 4096);
    char *s = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EQUAL(ask(&q, S, s), 0); EQUAL(q.vma_flags & S, S);
    int local;
    EQUAL(ask(&q, 0, &local), 0); CHECK(!strcmp(name, "[stack]"));
    NONE(64, m, EINVAL);
    memset(&q, 0, sizeof q); q.size = 8; errno = 0; EQUAL(ioctl(fd, QUERY, &q), -1); EQUAL(errno, EINVAL);
    q.size = sizeof q; q.addr = (uintptr_t)main; q.name_size = 1; q.name = (uintptr_t)name; errno = 0; EQUAL(ioctl(fd, QUERY, &q), -1); EQUAL(errno, ENAMETOOLONG);
    q.name_size = 8; q.name = 0; errno = 0; EQUAL(ioctl(fd, QUERY, &q), -1); EQUAL(errno, EINVAL);
    errno = 0; EQUAL(ioctl(fd, QUERY, (void *)8), -1); EQUAL(errno, EFAULT);
    NONE(NEXT, (void *)0xfffffffffffff000ul, ENOENT);
    return finish();
}
