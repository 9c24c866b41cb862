// A reservation survives that the page of the word is also the page of the code that stores to it conditionally.
#include "../check.h"
extern char increment[], increment_loaded[], increment_end[];
__asm__(".align 3\n"
        "increment:\n1:\tlr.d t0, (a0)\n\taddi t0, t0, 1\n\tsc.d t1, t0, (a0)\n\tbnez t1, 1b\n\tmv a0, t0\n\tret\n"
        // A load in between asks for a strict reservation.
        "increment_loaded:\n1:\tlr.d t0, (a0)\n\tld t2, 0(a0)\n\taddi t0, t2, 1\n\tsc.d t1, t0, (a0)\n\tbnez t1, 1b\n\tmv a0, t0\n\tret\n"
        "increment_end:");
int main(void)
{
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(page, increment, increment_end - increment);
    __builtin___clear_cache(page, page + 4096);
    long *word = (long *)(page + 2048);
    alarm(100);
    for (int i = 1; i <= 100; i++) {
        EQUAL(((long (*)(long *))page)(word), 2 * i - 1);
        EQUAL(((long (*)(long *))(page + (increment_loaded - increment)))(word), 2 * i);
    }
    EQUAL(*word, 200);
    return finish();
}
