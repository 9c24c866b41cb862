// Two threads fork, exec and wait 60 times each while two more allocate and make system calls: nothing hangs, every status arrives.
#include "../check.h"
static atomic_int stop;
static char *self;
static void *busy(void *p) { for (long i = 0; !stop; i++) { void *x = malloc(100 + i % 5000); free(x); if (i % 1000 == 0) getppid(); } return p; }
static void *forker(void *p)
{
    long bad = 0;
    (void)p;
    for (int i = 0; i < 60; i++) {
        char status[4], *args[] = {self, status, NULL}, *env[] = {NULL};
        int s = -1;
        // No minute passes without a step, however busy the machine is.
        alarm(60);
        snprintf(status, sizeof status, "%d", i & 127);
        pid_t child = fork();
        if (!child) { execve("/proc/self/exe", args, env); _exit(255); }
        if (child < 0 || waitpid(child, &s, 0) != child || s != (i & 127) << 8) bad++;
    }
    return (void *)bad;
}
int main(int argc, char **argv)
{
    pthread_t spin[2], fork_[2];
    void *bad;
    if (argc > 1) return atoi(argv[1]);
    self = argv[0];
    for (int i = 0; i < 2; i++) pthread_create(&spin[i], NULL, busy, NULL);
    for (int i = 0; i < 2; i++) pthread_create(&fork_[i], NULL, forker, NULL);
    for (int i = 0; i < 2; i++) { pthread_join(fork_[i], &bad); EQUAL(bad, 0); }
    stop = 1;
    for (int i = 0; i < 2; i++) pthread_join(spin[i], NULL);
    return finish();
}
