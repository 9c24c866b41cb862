// Memory policies: mbind(2), get_mempolicy(2), set_mempolicy(2), move_pages(2), migrate_pages(2).
#include "../check.h"
#include <linux/mempolicy.h>
int main(void)
{
    char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned long nodes = 1, got = 0;
    int mode = -1, where = -1;
    if (syscall(SYS_get_mempolicy, &mode, NULL, 0L, NULL, 0L) && errno == ENOSYS) { puts("ok"); return 0; } // a kernel without
    EQUAL(mode, MPOL_DEFAULT);
    EQUAL(syscall(SYS_mbind, p, 4096L, MPOL_BIND, &nodes, 64L, 0L), 0);
    EQUAL(syscall(SYS_get_mempolicy, &mode, &got, 64L, p, (long)MPOL_F_ADDR), 0);
    EQUAL(mode, MPOL_BIND); EQUAL(got, 1);
    EQUAL(syscall(SYS_get_mempolicy, &mode, NULL, 0L, p + 4096, (long)MPOL_F_ADDR), 0);
    EQUAL(mode, MPOL_DEFAULT);
    EQUAL(syscall(SYS_mbind, p + 1, 4096L, MPOL_BIND, &nodes, 64L, 0L), -1); EQUAL(errno, EINVAL);
    EQUAL(syscall(SYS_mbind, p, 4096L, 99, &nodes, 64L, 0L), -1); EQUAL(errno, EINVAL);
    EQUAL(syscall(SYS_mbind, p, 4096L, MPOL_BIND, (void *)8, 64L, 0L), -1); EQUAL(errno, EFAULT);
    munmap(p + 8192, 4096);
    EQUAL(syscall(SYS_mbind, p, 3 * 4096L, MPOL_PREFERRED, &nodes, 64L, 0L), -1); EQUAL(errno, EFAULT);
    EQUAL(syscall(SYS_set_mempolicy, MPOL_PREFERRED, &nodes, 64L), 0);
    EQUAL(syscall(SYS_get_mempolicy, &mode, NULL, 0L, NULL, 0L), 0); EQUAL(mode, MPOL_PREFERRED);
    EQUAL(syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0L), 0);
    p[0] = 1;
    void *pages[2] = {p, p + 8192};
    int status[2] = {-1, -1}, target[2] = {0, 0};
    EQUAL(syscall(SYS_move_pages, 0, 2L, pages, NULL, status, 0), 0);
    EQUAL(status[0], 0); EQUAL(status[1], -EFAULT);
    EQUAL(syscall(SYS_move_pages, 0, 1L, pages, target, status, MPOL_MF_MOVE), 0); EQUAL(status[0], 0);
    EQUAL(syscall(SYS_move_pages, 0, 1L, (void *)8, target, status, MPOL_MF_MOVE), -1); EQUAL(errno, EFAULT);
    EQUAL(syscall(SYS_get_mempolicy, &where, NULL, 0L, p, (long)(MPOL_F_ADDR | MPOL_F_NODE)), 0); EQUAL(where, 0);
    EQUAL(p[0], 1);
    return finish();
}
