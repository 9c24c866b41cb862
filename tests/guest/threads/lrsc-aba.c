// A lock-free stack on unversioned LR/SC: a store of the same value between the two must fail the SC (no ABA).
#include "../check.h"
// Pops two and pushes them back, the pattern that breaks a stack on compare-and-swap: head is the same pointer again,
// with another successor behind it. Real LR/SC has no such problem.
struct node { struct node *next; int owner; };
static struct node nodes[8], *head;
static atomic_int broken;
static struct node *pop(void)
{
    struct node *n, *next;
    long failed;
    __asm__ volatile("1:\tlr.d.aqrl %0, %3\n\tbeqz %0, 2f\n\tld %1, 0(%0)\n\tsc.d.aqrl %2, %1, %3\n\tbnez %2, 1b\n2:"
                     : "=&r"(n), "=&r"(next), "=&r"(failed), "+A"(head) :: "memory");
    return n;
}
static void push(struct node *n)
{
    struct node *old;
    long failed;
    do {
        old = __atomic_load_n(&head, __ATOMIC_RELAXED);
        n->next = old;
        __asm__ volatile("lr.d.aq t0, %1\n\tli %0, 1\n\tbne t0, %2, 1f\n\tsc.d.rl %0, %3, %1\n1:" : "=&r"(failed), "+A"(head) : "r"(old), "r"(n) : "t0", "memory");
    } while (failed);
}
static void *work(void *arg)
{
    int me = (int)(long)arg;
    for (int i = 0; i < 60000; i++) {
        struct node *a = pop(), *b = pop();
        if (a && __atomic_exchange_n(&a->owner, me, __ATOMIC_SEQ_CST)) broken++;
        if (b && __atomic_exchange_n(&b->owner, me, __ATOMIC_SEQ_CST)) broken++;
        if (a) { __atomic_store_n(&a->owner, 0, __ATOMIC_SEQ_CST); push(a); }
        if (b) { __atomic_store_n(&b->owner, 0, __ATOMIC_SEQ_CST); push(b); }
    }
    return NULL;
}
int main(void)
{
    pthread_t t[4];
    for (int i = 0; i < 8; i++) push(&nodes[i]);
    for (long i = 0; i < 4; i++) pthread_create(&t[i], NULL, work, (void *)(i + 1));
    for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
    int left = 0;
    while (left < 100 && pop()) left++;
    EQUAL(broken, 0); EQUAL(left, 8);
    return finish();
}
