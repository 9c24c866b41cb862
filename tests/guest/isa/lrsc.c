// SC succeeds after LR, fails without it, twice, and on another address; lr.w sign-extends.
#include "../check.h"
static long a = 5, b = 6;
static int w = -3;
int main(void)
{
    long r, s;
    __asm__ volatile("lr.d %0, %2\n\taddi t0, %0, 1\n\tsc.d %1, t0, %2" : "=&r"(r), "=&r"(s), "+A"(a) :: "t0"); EQUAL(r, 5); EQUAL(s, 0); EQUAL(a, 6);
    __asm__ volatile("sc.d %0, zero, %1" : "=&r"(s), "+A"(a)); CHECK(s != 0); EQUAL(a, 6);
    __asm__ volatile("lr.d t0, %2\n\tsc.d %0, zero, %3\n\tsc.d %1, zero, %2" : "=&r"(r), "=&r"(s), "+A"(a), "+A"(b) :: "t0"); CHECK(r != 0); CHECK(s != 0); EQUAL(a, 6); EQUAL(b, 6);
    __asm__ volatile("lr.w %0, %2\n\tli t0, 9\n\tsc.w %1, t0, %2" : "=&r"(r), "=&r"(s), "+A"(w) :: "t0"); EQUAL(r, -3); EQUAL(s, 0); EQUAL(w, 9);
    __asm__ volatile("lr.d t0, %1\n\tsc.d %0, t0, %1\n\tsc.d %0, t0, %1" : "=&r"(s), "+A"(a) :: "t0"); CHECK(s != 0);
    return finish();
}
