// Shared memory is shared over fork, private memory is not; both for anonymous and file mappings.
#include "../check.h"
int main(void)
{
    int fd = memfd_create("m", 0), s;
    CHECK(ftruncate(fd, 4096) == 0);
    volatile int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *file = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    volatile int *private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *copy = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    *shared = *private = 1;
    *copy = 5;
    if (!fork()) { *shared = 2; *private = 3; *file = 4; *copy = 6; __atomic_fetch_add(&shared[1], 10, __ATOMIC_SEQ_CST); _exit(0); }
    __atomic_fetch_add(&shared[1], 10, __ATOMIC_SEQ_CST);
    wait(&s);
    EQUAL(*shared, 2); EQUAL(*private, 1); EQUAL(*file, 4); EQUAL(*copy, 5); EQUAL(shared[1], 20);
    int back = 0;
    EQUAL(pread(fd, &back, 4, 0), 4); EQUAL(back, 4);
    return finish();
}
