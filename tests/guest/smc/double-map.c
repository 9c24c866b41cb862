// A memfd mapped twice, writable and executable; writes through one are run through the other after a flush.
#include "code.h"
int main(void)
{
    int fd = memfd_create("code", 0);
    CHECK(ftruncate(fd, 8192) == 0);
    uint32_t *w = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *x = mmap(NULL, 8192, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    for (int i = 0; i < 1000; i++) {
        emit(w + i % 7 * 2, i);
        syscall(259 /* riscv_flush_icache */, x, x + 2048, 0);
        EQUAL(((fn)(x + i % 7 * 2))(3), 3 + i);
    }
    return finish();
}
