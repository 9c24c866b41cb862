// The same stack with a version in the upper half of head: right even where SC only compares values.
#include "../check.h"
static struct { uint32_t next, owner; } nodes[9];
static uint64_t head;
static atomic_int broken;
static int swap(uint64_t from, uint64_t to)
{
    long failed;
    __asm__ volatile("lr.d.aqrl t0, %1\n\tli %0, 1\n\tbne t0, %3, 1f\n\tsc.d.aqrl %0, %2, %1\n1:" : "=&r"(failed), "+A"(head) : "r"(to), "r"(from) : "t0", "memory");
    return !failed;
}
static uint32_t pop(void)
{
    for (;;) {
        uint64_t h = __atomic_load_n(&head, __ATOMIC_ACQUIRE);
        uint32_t n = (uint32_t)h;
        if (!n || swap(h, ((h >> 32) + 1) << 32 | __atomic_load_n(&nodes[n].next, __ATOMIC_RELAXED))) return n;
    }
}
static void push(uint32_t n)
{
    uint64_t h;
    do {
        h = __atomic_load_n(&head, __ATOMIC_RELAXED);
        __atomic_store_n(&nodes[n].next, (uint32_t)h, __ATOMIC_RELAXED);
    } while (!swap(h, ((h >> 32) + 1) << 32 | n));
}
static void *work(void *arg)
{
    uint32_t me = (uint32_t)(long)arg;
    for (int i = 0; i < 60000; i++) {
        uint32_t a = pop(), b = pop();
        if (a && __atomic_exchange_n(&nodes[a].owner, me, __ATOMIC_SEQ_CST)) broken++;
        if (b && __atomic_exchange_n(&nodes[b].owner, me, __ATOMIC_SEQ_CST)) broken++;
        if (a) { __atomic_store_n(&nodes[a].owner, 0, __ATOMIC_SEQ_CST); push(a); }
        if (b) { __atomic_store_n(&nodes[b].owner, 0, __ATOMIC_SEQ_CST); push(b); }
    }
    return NULL;
}
int main(void)
{
    pthread_t t[4];
    for (uint32_t i = 1; i <= 8; i++) push(i);
    for (long i = 0; i < 4; i++) pthread_create(&t[i], NULL, work, (void *)(i + 1));
    for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
    int left = 0;
    while (left < 100 && pop()) left++;
    EQUAL(broken, 0); EQUAL(left, 8);
    return finish();
}
