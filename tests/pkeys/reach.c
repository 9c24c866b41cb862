// Asks for a list of all mappings, as the host's kernel has it, and attacks those of the translator. What has a key can't be stored to, or, with "read" as the first argument, loaded from, in any way that a guest has.
#include "../guest/check.h"
#include <sys/uio.h>
#define P 4096UL
// Pages of one mapping that are attacked at most, besides its first.
#define MOST 16

struct mapping { unsigned long start, end; char rights[8]; int key; };
static struct mapping mappings[512];
static int count, secret_key, reading, ends[2];

static sigjmp_buf back;
static siginfo_t last;
static void note(int sig, siginfo_t *info, void *c) { (void)sig; (void)c; last = *info; siglongjmp(back, 1); }
#define REFUSED(addr, access) \
    do { \
        last.si_signo = 0; \
        if (!sigsetjmp(back, 1)) { access; } \
        if (last.si_signo != SIGSEGV || last.si_code != SEGV_MAPERR || (unsigned long)last.si_addr != (addr)) { failures++; printf("FAIL line %d: %s at %lx: signal %d, code %d, address %p\n", __LINE__, #access, addr, last.si_signo, last.si_code, last.si_addr); fflush(stdout); } \
    } while (0)
#define REFUSED_CALL(call) CHECK((call) == -1 && errno == EFAULT)

static void attack_by_store(unsigned long a)
{
    REFUSED(a, *(volatile char *)a = 1);
    REFUSED(a, *(volatile long *)a = 1);
    REFUSED(a, *(volatile double *)a = 1.5);
    REFUSED(a, __atomic_fetch_add((long *)a, 1, __ATOMIC_SEQ_CST));
    REFUSED(a, __atomic_fetch_add((int *)a, 1, __ATOMIC_SEQ_CST));
}
static void attack_by_load(unsigned long a)
{
    REFUSED(a, (void)*(volatile char *)a);
    REFUSED(a, (void)*(volatile long *)a);
    REFUSED(a, (void)*(volatile double *)a);
    // With a static rounding mode that hosts have not, the interpreter computes.
    REFUSED(a, double d; __asm__ volatile("fsrmi 4\n fld %0, 0(%1)\n fadd.d %0, %0, %0\n fsrmi 0" : "=f"(d) : "r"(a)));
    __asm__ volatile("fsrmi 0");
}
static void attack_by_calls(unsigned long a)
{
    struct stat st;
    CHECK(write(ends[1], "x", 1) == 1);
    REFUSED_CALL(read(ends[0], (void *)a, 1));
    REFUSED_CALL(readv(ends[0], &(struct iovec){(void *)a, 1}, 1));
    char byte;
    CHECK(read(ends[0], &byte, 1) == 1);
    REFUSED_CALL(syscall(SYS_fstat, ends[0], a));
    REFUSED_CALL(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, a));
    REFUSED_CALL(syscall(SYS_getrlimit, RLIMIT_CORE, a));
    CHECK(fstat(ends[0], &st) == 0);
}
static int is_own(unsigned long addr)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned long start, end;
    int own = 0;
    while (fgets(line, sizeof line, maps)) own |= sscanf(line, "%lx-%lx", &start, &end) == 2 && start <= addr && addr < end;
    fclose(maps);
    return own;
}
static void read_where(void)
{
    FILE *where = fopen("asked", "w");
    fprintf(where, "%d\n", getpid());
    fclose(where);
    rename("asked", "ready");
    while (!(where = fopen("where", "r"))) nap(20);
    struct mapping m;
    while (fscanf(where, "%lx-%lx %7s %d", &m.start, &m.end, m.rights, &m.key) == 4)
        if (!is_own(m.start) && m.end < 1UL << 47) mappings[count++] = m;
    fclose(where);
    unlink("where");
}
// What is found there has a key, or can't be written anyway, but for a thread's state, call stack and signal stack.
static void check_coverage(int threads)
{
    int open = 0;
    for (int i = 0; i < count; i++) {
        struct mapping *m = &mappings[i];
        if (m->rights[1] != 'w' || m->key > 0) continue;
        open++;
        if (m->end - m->start > 1024 * 1024) { failures++; printf("FAIL: %lx-%lx is open\n", m->start, m->end); }
    }
    CHECK(open <= 3 * (threads + 2));
}
static void attack_page(struct mapping *m, unsigned long a)
{
    if (m->rights[1] == 'w' && m->key == 0) return;
    REFUSED(a, *(volatile long *)a = 1);
    if (reading && m->key == secret_key) REFUSED(a, (void)*(volatile long *)a);
}
static void attack_mapping(struct mapping *m, int all)
{
    if (m->rights[1] == 'w' && m->key == 0) return;
    attack_by_store(m->start);
    attack_by_calls(m->start + 8);
    if (reading && m->key == secret_key) { attack_by_load(m->start); REFUSED_CALL(write(ends[1], (void *)m->start, 1)); }
    if (!all) return;
    unsigned long pages = (m->end - m->start) / P, step = pages / MOST + 1;
    for (unsigned long page = 1; page < pages; page += step) attack_page(m, m->start + page * P);
    attack_page(m, m->end - P);
}
static void attack(int all) { for (int i = 0; i < count; i++) attack_mapping(&mappings[i], all); }

static volatile int stop;
static void *spin(void *x) { while (!stop) nap(1); return x; }
static void *attack_in_thread(void *x) { attack(0); return x; }
static void attack_in_handler(int sig) { (void)sig; attack_by_store(mappings[0].start); attack_by_calls(mappings[0].start); }
static int status_of(pid_t pid) { int status; EQUAL(waitpid(pid, &status, 0), pid); return status; }
static void attack_everywhere(char **argv)
{
    attack(1);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, attack_in_thread, NULL) == 0 && pthread_join(thread, NULL) == 0);
    signal(SIGUSR1, attack_in_handler);
    raise(SIGUSR1);
    pid_t pid = fork();
    if (pid == 0) { attack(0); _exit(failures != 0); }
    EQUAL(status_of(pid), 0);
    // A death by such an access is seen as that.
    pid = fork();
    if (pid == 0) { signal(SIGSEGV, SIG_DFL); setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); *(volatile long *)mappings[0].start = 1; _exit(0); }
    EQUAL(status_of(pid), SIGSEGV);
    pid = vfork();
    if (pid == 0) { execl("/proc/self/exe", argv[0], argv[1], "again", NULL); _exit(1); }
    EQUAL(status_of(pid), 0);
}
int main(int argc, char **argv)
{
    handle(SIGSEGV, note, SA_NODEFER);
    handle(SIGBUS, note, SA_NODEFER);
    reading = !strcmp(argv[1], "read");
    CHECK(pipe(ends) == 0);
    pthread_t spinner;
    CHECK(pthread_create(&spinner, NULL, spin, NULL) == 0);
    read_where();
    CHECK(count > 10);
    for (int i = 0; i < count; i++) if (mappings[i].start >> 40 == 0x55) secret_key = mappings[i].key;
    CHECK(secret_key > 0);
    check_coverage(2);
    // The program again, executed by itself, has a translator of its own.
    if (argc > 2) attack(0); else attack_everywhere(argv);
    stop = 1;
    pthread_join(spinner, NULL);
    return argc > 2 ? failures != 0 : finish();
}
