// What this machine refuses: each call with the error of a Linux that refuses it, none as unknown that is known.
#include "../check.h"
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#define REFUSED(call, error) do { errno = 0; EQUAL(call, -1); EQUAL(errno, error); } while (0)
static int perf(struct perf_event_attr *a) { return syscall(SYS_perf_event_open, a, 0, -1, -1, 0); }
int main(void)
{
    REFUSED(syscall(SYS_kexec_load, 0, 0, NULL, 0), EPERM);
    REFUSED(syscall(SYS_init_module, NULL, 0, ""), EPERM);
    REFUSED(syscall(SYS_finit_module, -1, "", 0), EPERM);
    REFUSED(syscall(SYS_kexec_file_load, -1, -1, 0, "", 0), EPERM);
    char area[32] __attribute__((aligned(32)));
    REFUSED(syscall(SYS_rseq, area, 32, 0, 0x1234), ENOSYS);
    REFUSED(syscall(SYS_pkey_alloc, 0, 0), ENOSYS);
    // No counters of hardware, the kernel's own count, nothing is sampled.
    struct perf_event_attr a = {.type = PERF_TYPE_HARDWARE, .size = sizeof a, .config = PERF_COUNT_HW_INSTRUCTIONS};
    REFUSED(perf(&a), ENOENT);
    a.type = PERF_TYPE_SOFTWARE; a.config = PERF_COUNT_SW_TASK_CLOCK; a.sample_period = 1000;
    REFUSED(perf(&a), EOPNOTSUPP);
    a.sample_period = 0;
    REFUSED(perf((void *)8), EFAULT);
    int fd = perf(&a);
    if (fd >= 0) { // the administrator may forbid it
        uint64_t before = 0, after = 0;
        CHECK(read(fd, &before, 8) == 8);
        for (volatile int n = 0; n < 100000; n++) {}
        CHECK(read(fd, &after, 8) == 8); CHECK(after > before);
        EQUAL(ioctl(fd, PERF_EVENT_IOC_DISABLE, 0), 0);
    } else {
        CHECK(errno == EACCES || errno == EPERM);
    }
    union bpf_attr b;
    memset(&b, 0, sizeof b);
    b.map_type = BPF_MAP_TYPE_ARRAY; b.key_size = 4; b.value_size = 8; b.max_entries = 2;
    fd = syscall(SYS_bpf, BPF_MAP_CREATE, &b, sizeof b);
    if (fd >= 0) {
        unsigned key = 1;
        uint64_t value = 77, got = 0;
        memset(&b, 0, sizeof b);
        b.map_fd = fd; b.key = (uintptr_t)&key; b.value = (uintptr_t)&value;
        EQUAL(syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &b, sizeof b), 0);
        b.value = (uintptr_t)&got;
        EQUAL(syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &b, sizeof b), 0); EQUAL(got, 77);
    } else {
        EQUAL(errno, EPERM);
    }
    // prctl: what RISC-V has, and what is of other machines.
    EQUAL(prctl(71 /* PR_RISCV_SET_ICACHE_FLUSH_CTX */, 0, 0), 0);
    EQUAL(prctl(71, 1, 1), 0);
    REFUSED(prctl(71, 2, 0), EINVAL);
    REFUSED(prctl(71, 0, 2), EINVAL);
    REFUSED(prctl(26 /* PR_SET_TSC */, 1, 0, 0, 0), EINVAL);
    REFUSED(prctl(55 /* PR_SET_TAGGED_ADDR_CTRL */, 1, 0, 0, 0), EINVAL);
    REFUSED(prctl(56 /* PR_GET_TAGGED_ADDR_CTRL */, 0, 0, 0, 0), EINVAL);
    int *tid = NULL;
    int here;
    syscall(SYS_set_tid_address, &here);
    EQUAL(prctl(40 /* PR_GET_TID_ADDRESS */, &tid, 0, 0, 0), 0); CHECK(tid == &here);
    return finish();
}
