// A thread whose robust list leads nowhere ends like any other; what the list names before that is marked.
#include "../check.h"
struct list { void *next; long offset; void *pending; };
static struct list lists[4];
static struct { void *next; int futex; } entry;
enum { OFFSET = sizeof(void *) };
static void *unmapped;
static int which;

static void *run(void *arg)
{
    if (which == 3) entry.futex = syscall(SYS_gettid);
    struct list *list = which == 0 ? unmapped : which == 1 ? (void *)1 : &lists[which];
    EQUAL(syscall(SYS_set_robust_list, list, sizeof *list), 0);
    return arg;
}
int main(void)
{
    alarm(60);
    unmapped = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    lists[2] = (struct list){unmapped, OFFSET, NULL};
    lists[3] = (struct list){&entry, OFFSET, NULL};
    entry.next = unmapped;
    for (int round = 0; round < 40; round++) {
        which = round % 4;
        entry.futex = 0;
        pthread_t thread;
        void *result = NULL;
        CHECK(pthread_create(&thread, NULL, run, &lists) == 0);
        CHECK(pthread_join(thread, &result) == 0);
        CHECK(result == &lists);
        if (which == 3) EQUAL(entry.futex, 0x40000000);
    }
    return finish();
}
