// A guest that writes through every address it can reach harms itself alone: it ends of a signal, without a backtrace, and its parent and its siblings, guests too, go on.
#include "own.h"
#include <poll.h>
#define P 4096UL
#define TOP (1UL << 47)
// Where the host's kernel puts heaps of programs that choose no place, up to a gigabyte on.
#define HEAPS (TOP / 3 * 2)
// How far below the top it may put other things, how far apart large ones and stacks are looked for, and how far around what was met is looked for more.
#define FAR (1UL << 41)
#define STEP (16UL << 20)
#define STACKS (1UL << 34)
#define STACK_STEP (128UL << 10)
#define AROUND (64UL << 20)
#define SMALL (16 * P)
#define MOST 8192
// Seconds after which a child that only goes round is ended by its alarm, and milliseconds after which it is killed, as it may have blocked every signal.
#define WILD 1
#define PATIENCE 2000
#define UNPRIVILEGED 65534
#define CHILDREN 9
// A line of ours, perhaps after those of the libraries that noticed first.
#define LINES 4

static unsigned long found[MOST];
static int founds;

static void find_in(unsigned long start, unsigned long end, unsigned long step)
{
    for (unsigned long addr = start; addr < end && founds < MOST; addr += step)
        if (there(addr) && !is_own(addr)) found[founds++] = addr;
}
// Pages of the translator, of large mappings not all: its heap, its stack, then files, code and tables.
static void find_others(void)
{
    find_in(HEAPS, HEAPS + 20 * AROUND, SMALL);
    find_in(TOP - STACKS, TOP, STACK_STEP);
    int coarse = founds;
    for (int i = 0; i < coarse; i++) { find_in(found[i] - SMALL, found[i], P); find_in(found[i] + P, found[i] + SMALL, P); }
    int first = founds;
    find_in(TOP - FAR, TOP - STACKS, STEP);
    if (founds == first) return;
    unsigned long low = found[first], high = found[founds - 1];
    find_in(high, high + STEP, P);
    find_in(low - STEP, low, SMALL);
    find_in(low, high + AROUND, SMALL);
}

static sigjmp_buf back;
static void jump_back(int sig) { siglongjmp(back, sig); }
static void store(unsigned long addr, unsigned long value) { *(volatile unsigned long *)addr = value; }
static void store_in_mind(unsigned long addr, unsigned long value) { if (!sigsetjmp(back, 1)) store(addr, value); }
static void have_read(unsigned long addr, unsigned long value)
{
    if (write(ends[1], &value, 8) == 8 && read(ends[0], (void *)addr, 8) != 8) read(ends[0], &value, 8);
}
typedef void Writer(unsigned long, unsigned long);
static Writer *const writers[] = {store, store_in_mind, have_read};

// Something of everything, so that what was damaged is used.
static volatile unsigned long sum;
static void work(void)
{
    for (int i = 0; i < 100; i++) sum = sum * 31 + i;
    getppid();
    void *p = mmap(0, P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p != MAP_FAILED) *(volatile char *)p = 1, munmap(p, P);
}
static unsigned long random_state = 1;
static unsigned long number(void) { return random_state = random_state * 6364136223846793005UL + 1442695040888963407UL, random_state ^ random_state >> 29; }
// Writes to one page after the other, from one of them on, everywhere or here and there.
static void ruin(Writer *writer, int from, unsigned long value, unsigned long words)
{
    if (writer == store_in_mind) for (int sig = 1; sig < 32; sig++) signal(sig, jump_back);
    for (int i = 0; i < founds; i++) {
        unsigned long page = found[(from + i) % founds];
        for (unsigned long word = 0; word < words; word++) writer((page & -P) + (words == P / 8 ? word : number() % (P / 8)) * 8, value);
        if (i % 16 == 0) work();
    }
    for (int i = 0; i < 100; i++) work();
}
static pid_t start_ruining(int n, int err)
{
    static const unsigned long values[] = {0, 1, 8, 0x4141414141414141, ~0UL};
    pid_t pid = fork();
    if (pid) return pid;
    // Whatever it comes to call, it is nobody.
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    dup2(err, 2);
    setsid();
    alarm(WILD);
    setuid(UNPRIVILEGED);
    random_state += n;
    ruin(writers[n % 3], n * 997 % founds, values[n % 5], n % 2 ? P / 8 : 2);
    signal(SIGTERM, SIG_DFL);
    for (;;) kill(getpid(), SIGTERM);
}
// What comes on `fd` until nobody holds its other end any more.
static void read_all(int fd, pid_t writer, char *text, size_t room)
{
    size_t len = 0;
    for (ssize_t n = 1; n > 0; len += n > 0 ? n : 0) {
        if (poll(&(struct pollfd){fd, POLLIN, 0}, 1, PATIENCE) == 0) kill(writer, SIGKILL);
        n = read(fd, text + len, room - 1 - len);
    }
    text[len] = 0;
}
static void check_text(const char *text)
{
    int lines = 0;
    for (const char *c = text; *c; c++) lines += *c == '\n';
    if (lines > LINES || strstr(text, "panicked") || strstr(text, "RUST_BACKTRACE")) { failures++; printf("FAIL: %s", text); }
}
static void see_one_off(int n, pid_t sibling)
{
    static char text[1 << 16];
    int err[2], status;
    CHECK(pipe(err) == 0);
    pid_t pid = start_ruining(n, err[1]);
    close(err[1]);
    read_all(err[0], pid, text, sizeof text);
    close(err[0]);
    EQUAL(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status));
    check_text(text);
    EQUAL(waitpid(sibling, &status, WNOHANG), 0);
}
int main(void)
{
    int status;
    CHECK(pipe(ends) == 0);
    find_own();
    find_others();
    pid_t sibling = fork();
    if (sibling == 0) for (;;) { work(); nap(1); }
    for (int n = 0; n < CHILDREN && founds; n++) see_one_off(n, sibling);
    kill(sibling, SIGTERM);
    EQUAL(waitpid(sibling, &status, 0), sibling);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    return finish();
}
