// riscv_hwprobe: values and sets of processors as Linux has them.
#include "../check.h"
#include <sched.h>
struct pair { int64_t key; uint64_t value; };
static long probe(struct pair *p, long n, size_t len, cpu_set_t *set, unsigned flags) { return syscall(258, p, n, len, set, flags); }
int main(void)
{
    cpu_set_t set, all;
    struct pair p[3] = {{3, 0}, {4, 0}, {5, 0}};
    EQUAL(probe(p, 3, 0, NULL, 0), 0);
    uint64_t ima = p[1].value;
    CHECK(ima & 3);
    int online = sysconf(_SC_NPROCESSORS_ONLN);
    // A set to give values of has a processor that is online.
    CPU_ZERO(&set);
    EQUAL(probe(p, 1, sizeof set, &set, 0), -1); EQUAL(errno, EINVAL);
    CPU_SET(0, &set);
    EQUAL(probe(p, 1, sizeof set, &set, 0), 0);
    EQUAL(probe(p, 1, 0, &set, 0), -1); EQUAL(errno, EINVAL);
    EQUAL(probe(p, 1, 8, NULL, 0), -1); EQUAL(errno, EFAULT);
    EQUAL(probe((void *)8, 1, 0, NULL, 0), -1); EQUAL(errno, EFAULT);
    EQUAL(probe(p, 1, 0, NULL, 2), -1); EQUAL(errno, EINVAL);
    // Which processors have all of this?
    EQUAL(probe(p, 1, 0, NULL, 1), -1); EQUAL(errno, EINVAL);
    EQUAL(probe(p, 1, sizeof set, NULL, 1), -1); EQUAL(errno, EINVAL);
    CPU_ZERO(&all);
    p[0] = (struct pair){4, 3};
    EQUAL(probe(p, 1, sizeof all, &all, 1), 0); EQUAL(CPU_COUNT(&all), online); EQUAL(p[0].value, 3);
    CPU_ZERO(&set); CPU_SET(0, &set);
    EQUAL(probe(p, 1, sizeof set, &set, 1), 0); EQUAL(CPU_COUNT(&set), 1);
    p[0].value = ~ima;
    CPU_ZERO(&set);
    EQUAL(probe(p, 1, sizeof set, &set, 1), 0); EQUAL(CPU_COUNT(&set), 0);
    struct pair q[2] = {{1234567, 1}, {4, 1}};
    CPU_ZERO(&set);
    EQUAL(probe(q, 2, sizeof set, &set, 1), 0); EQUAL(CPU_COUNT(&set), 0); EQUAL(q[0].key, -1); EQUAL(q[0].value, 0); EQUAL(q[1].key, 4);
    memset(&set, 0xff, sizeof set);
    EQUAL(probe(p + 1, 0, sizeof set, &set, 1), 0);
    for (int n = 0, seen = 0; n < 64; n++) { seen += CPU_ISSET(n, &set) != 0; if (n == 63) EQUAL(seen, online); }
    return finish();
}
