// What is not the guest's, wherever it is found, stays out of reach of every call that maps, frees or changes memory.
#include "own.h"
#include <sys/ioctl.h>
#include <sys/shm.h>
#include <sys/uio.h>
#define P 4096UL
#define TOP (1UL << 47)
// How far below the top the host's kernel may put things, and how far apart they are looked for.
#define FAR (1UL << 41)
#define STEP (16UL << 20)
#define MOST 64

// By calls that can be made for any process.
static void attack_as_another(unsigned long addr)
{
    char byte = 1;
    struct iovec here = {&byte, 1}, one = {(void *)addr, 1}, page = {(void *)(addr & -P), P}, two[2] = {{&byte, 1}, one};
    CHECK(process_vm_readv(getpid(), &here, 1, &one, 1, 0) == -1 && errno == EFAULT);
    CHECK(process_vm_writev(getpid(), &here, 1, &one, 1, 0) == -1 && errno == EFAULT);
    EQUAL(process_vm_readv(getpid(), &(struct iovec){(char[2]){0}, 2}, 1, two, 2, 0), 1);
    int pidfd = syscall(434 /* pidfd_open */, getpid(), 0);
    for (int advice = 0; advice < 26; advice++) CHECK(syscall(440 /* process_madvise */, pidfd, &page, 1, advice, 0) == -1);
    close(pidfd);
    int mem = open("/proc/self/mem", O_RDWR);
    CHECK(pwrite(mem, &byte, 1, addr) == -1 && errno == EIO);
    CHECK(pread(mem, &byte, 1, addr) == -1 && errno == EIO);
    close(mem);
    int faults = syscall(SYS_userfaultfd, O_CLOEXEC), shared = shmget(IPC_PRIVATE, P, 0600);
    uint64_t api[3] = {0xaa}, range[4] = {addr & -P, P, 1};
    if (faults >= 0 && ioctl(faults, 0xc018aa3f, api) == 0) CHECK(ioctl(faults, 0xc020aa00, range) == -1 && errno == EINVAL);
    close(faults);
    CHECK(shmat(shared, (void *)(addr & -P), SHM_REMAP) == (void *)-1);
    shmctl(shared, IPC_RMID, NULL);
}
// Calls that must neither do anything nor say that they did, but for those that skip what is not mapped.
static void attack(unsigned long addr)
{
    void *p = (void *)addr;
    int anon = MAP_PRIVATE | MAP_ANONYMOUS;
    CHECK(munmap(p, P) == 0);
    CHECK(munmap(p - 16 * P, 32 * P) == 0);
    CHECK(mprotect(p, P, PROT_NONE) == -1 && errno == ENOMEM);
    CHECK(mprotect(p, P, PROT_READ | PROT_WRITE | PROT_EXEC) == -1 && errno == ENOMEM);
    CHECK(mmap(p, P, PROT_NONE, anon | MAP_FIXED, -1, 0) == MAP_FAILED && errno == ENOMEM);
    CHECK(mmap(p, P, PROT_NONE, anon | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED);
    void *beside = mmap(p, P, PROT_NONE, anon, -1, 0);
    CHECK(beside != p && beside != MAP_FAILED);
    CHECK(mremap(p, P, 2 * P, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
    CHECK(mremap(beside, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, p) == MAP_FAILED);
    CHECK(munmap(beside, P) == 0 || errno == EINVAL);
    for (int advice = 0; advice < 26; advice++) CHECK(madvise(p, P, advice) == -1);
    CHECK(madvise(p, P, MADV_DONTNEED) == -1 && errno == ENOMEM);
    CHECK(mlock(p, P) == -1 && errno == ENOMEM);
    CHECK(munlock(p, P) == -1 && errno == ENOMEM);
    CHECK(msync(p, P, MS_SYNC) == -1);
    unsigned char present;
    CHECK(mincore(p, P, &present) == -1 && errno == ENOMEM);
    CHECK(syscall(SYS_remap_file_pages, p, P, 0, 0, 0) == -1);
    CHECK(syscall(288 /* pkey_mprotect */, p, P, PROT_NONE, -1) == -1);
    CHECK(syscall(462 /* mseal */, p, P, 0) == -1);
    // After all that it is there as before, and the program runs on.
    CHECK(there(addr));
}
int main(void)
{
    int found = 0;
    alarm(100);
    CHECK(pipe(ends) == 0);
    find_own();
    for (unsigned long addr = TOP - FAR; addr < TOP && found < MOST; addr += STEP)
        if (there(addr) && !is_own(addr)) { found++; attack(addr); attack_as_another(addr); }
    // All of it at once.
    CHECK(mprotect((void *)(TOP - FAR), FAR - P, PROT_NONE) == -1 && errno == ENOMEM);
    CHECK(mmap((void *)(TOP - FAR), FAR - P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == MAP_FAILED);
    return finish();
}
