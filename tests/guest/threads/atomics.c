// Counters of 1, 2, 4 and 8 bytes, compare-and-swap loops, and/or/xor/max, under four threads.
#include "../check.h"
static uint8_t c1; static uint16_t c2; static uint32_t c4; static uint64_t c8, cas, bits, parity;
static int64_t biggest = -5;
static void *work(void *arg)
{
    long me = (long)arg;
    for (long i = 0; i < 30000; i++) {
        __atomic_fetch_add(&c1, 1, __ATOMIC_SEQ_CST); __atomic_fetch_add(&c2, 1, __ATOMIC_RELAXED);
        __atomic_fetch_add(&c4, 3, __ATOMIC_ACQ_REL); __atomic_fetch_sub(&c8, 1, __ATOMIC_SEQ_CST);
        uint64_t o = __atomic_load_n(&cas, __ATOMIC_RELAXED);
        while (!__atomic_compare_exchange_n(&cas, &o, o * 5 + 1, 1, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {}
        __atomic_fetch_xor(&parity, 1ul << me, __ATOMIC_RELAXED);
        long r;
        __asm__ volatile("amomax.d %0, %2, %1" : "=r"(r), "+A"(biggest) : "r"(i * 4 + me));
    }
    __atomic_fetch_or(&bits, 1ul << (me * 16), __ATOMIC_SEQ_CST);
    return NULL;
}
int main(void)
{
    pthread_t t[4];
    for (long i = 0; i < 4; i++) pthread_create(&t[i], NULL, work, (void *)i);
    for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
    uint64_t e = 0;
    for (int i = 0; i < 120000; i++) e = e * 5 + 1;
    EQUAL(c1, (uint8_t)120000); EQUAL(c2, (uint16_t)120000); EQUAL(c4, 360000); EQUAL(c8, -120000l); EQUAL(cas, e);
    EQUAL(parity, 0); EQUAL(biggest, 29999 * 4 + 3); EQUAL(bits, 0x0001000100010001);
    return finish();
}
