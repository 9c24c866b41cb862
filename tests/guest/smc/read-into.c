// Code arrives by read(), pread() and a fixed file mapping over code that has run: the new code is run.
#include "code.h"
int main(void)
{
    uint32_t *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), code[2];
    int fd = memfd_create("code", 0);
    for (int i = 0; i < 300; i++) {
        emit(code, i);
        EQUAL(pwrite(fd, code, 8, 0), 8);
        lseek(fd, 0, SEEK_SET);
        EQUAL(i & 1 ? read(fd, p, 8) : pread(fd, p, 8, 0), 8);
        flush(p, 8);
        EQUAL(((fn)p)(2), 2 + i);
    }
    emit(code, 1234);
    CHECK(pwrite(fd, code, 8, 0) == 8);
    CHECK(ftruncate(fd, 4096) == 0);
    EQUAL(mmap(p, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0), p);
    EQUAL(((fn)p)(2), 1236);
    return finish();
}
