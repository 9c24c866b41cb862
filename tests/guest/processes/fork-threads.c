// 500 forks from a process with three busy threads: each child allocates, works and exits.
#include "../check.h"
static atomic_int stop;
static void *busy(void *p) { while (!stop) { void *x = malloc(100); free(x); } return p; }
int main(void)
{
    pthread_t t[3];
    int bad = 0, s;
    for (int i = 0; i < 3; i++) pthread_create(&t[i], NULL, busy, NULL);
    for (int i = 0; i < 500; i++) {
        // No minute passes without a step, however busy the machine is.
        alarm(60);
        pid_t p = fork();
        if (!p) { char *x = malloc(1000); memset(x, 1, 1000); free(x); _exit(i & 127); }
        if (waitpid(p, &s, 0) != p || s != (i & 127) << 8) bad++;
    }
    stop = 1;
    for (int i = 0; i < 3; i++) pthread_join(t[i], NULL);
    EQUAL(bad, 0);
    return finish();
}
