// Code in an RWX page is rewritten and run 20,000 times; every change is seen after fence.i.
#include "code.h"
int main(void)
{
    uint32_t *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long bad = 0;
    for (int i = 0; i < 20000; i++) { emit(p, i % 2000); __asm__ volatile("fence.i" ::: "memory"); bad += ((fn)p)(5) != 5 + i % 2000; }
    EQUAL(bad, 0);
    for (int i = 0; i < 500; i++) { emit(p + i % 100 * 2, i); flush(p, 4096); bad += ((fn)(p + i % 100 * 2))(1) != 1 + i; }
    EQUAL(bad, 0);
    return finish();
}
