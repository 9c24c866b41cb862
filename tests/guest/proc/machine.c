// uname says riscv64; /proc/cpuinfo has an isa line; riscv_hwprobe answers; getcpu and affinity agree.
#include "../check.h"
#include <sched.h>
#include <sys/utsname.h>
int main(void)
{
    struct utsname u;
    char line[1024];
    int isa = 0;
    CHECK(uname(&u) == 0); CHECK(!strcmp(u.machine, "riscv64")); CHECK(!strcmp(u.sysname, "Linux"));
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (fgets(line, sizeof line, f)) isa += !strncmp(line, "isa", 3) && strstr(line, "rv64ima") != NULL;
    fclose(f);
    CHECK(isa >= 1); EQUAL(isa, sysconf(_SC_NPROCESSORS_ONLN));
    struct { int64_t key; uint64_t value; } p[3] = {{3, 0}, {4, 0}, {1234567, 9}};
    EQUAL(syscall(258 /* riscv_hwprobe */, p, 3, 0, 0, 0), 0);
    EQUAL(p[0].value & 1, 1);                 // BASE_BEHAVIOR_IMA
    EQUAL(p[1].value & 3, 3);                 // FD and C
    EQUAL(p[2].key, -1); EQUAL(p[2].value, 0); // unknown
    unsigned cpu = 999;
    EQUAL(syscall(SYS_getcpu, &cpu, NULL, NULL), 0); CHECK(cpu < 999);
    EQUAL(syscall(9999), -1); EQUAL(errno, ENOSYS);
    return finish();
}
