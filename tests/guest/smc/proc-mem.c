// Code that is written through /proc/self/mem, into a page that can't be written; what is not mapped can't be reached there.
#include "../check.h"
#ifdef __riscv
static const unsigned char make_1[] = {0x05, 0x45, 0x82, 0x80}, make_2[] = {0x09, 0x45, 0x82, 0x80}; // c.li a0, n; c.jr ra
#else
static const unsigned char make_1[] = {0x6a, 0x01, 0x58, 0xc3}, make_2[] = {0x6a, 0x02, 0x58, 0xc3};
#endif
int main(void)
{
    int fd = open("/proc/self/mem", O_RDWR);
    CHECK(fd >= 0);
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(page + 4096, 4096);
    memcpy(page, make_1, 4);
    mprotect(page, 4096, PROT_READ | PROT_EXEC);
    int (*code)(void) = (void *)page;
    __builtin___clear_cache(page, page + 4);
    for (int i = 0; i < 1000; i++) EQUAL(code(), 1);
    EQUAL(pwrite(fd, make_2, 4, (off_t)page), 4); __builtin___clear_cache(page, page + 4);
    for (int i = 0; i < 1000; i++) EQUAL(code(), 2);
    EQUAL(lseek(fd, (off_t)page, SEEK_SET), page); EQUAL(write(fd, make_1, 4), 4); __builtin___clear_cache(page, page + 4);
    EQUAL(code(), 1);
    char text[16] = "";
    EQUAL(pread(fd, text, 4, (off_t)page), 4); CHECK(!memcmp(text, make_1, 4));
    EQUAL(pread(fd, text, 16, (off_t)page + 4090), 6); EQUAL(pwrite(fd, text, 16, (off_t)page + 4090), 6); // up to the hole
    errno = 0; EQUAL(pread(fd, text, 4, (off_t)page + 4096), -1); EQUAL(errno, EIO);
    errno = 0; EQUAL(pwrite(fd, text, 4, (off_t)page + 4096), -1); EQUAL(errno, EIO); EQUAL(pread(fd, text, 4, 16), -1);
    return finish();
}
