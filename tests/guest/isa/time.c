// rdtime, rdcycle and rdinstret never go back; rdtime runs.
#include "../check.h"
#define READ(name) ({ unsigned long v_; __asm__ volatile("rd" name " %0" : "=r"(v_)); v_; })
int main(void)
{
    unsigned long t = READ("time"), first = t;
    int back = 0;
    for (int i = 0; i < 100000; i++) { unsigned long u = READ("time"); back += u < t; t = u; }
    nap(5);
    EQUAL(back, 0); CHECK(READ("time") > first);
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (int i = 0; i < 10000; i++) { clock_gettime(CLOCK_MONOTONIC, &b); back += b.tv_sec < a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec < a.tv_nsec); a = b; }
    EQUAL(back, 0);
    return finish();
}
