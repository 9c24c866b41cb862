// /proc/self: status, stat, statm, smaps_rollup, numa_maps and maps agree; locked memory, signals; descriptors that are not the guest's are not there.
#include "../check.h"
#include "proc.h"
#include <dirent.h>
#include <sys/prctl.h>
static void nothing(int s) { (void)s; }
static long mapped(void)
{
    long size = 0;
    slurp(0, "maps");
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        unsigned long a, b;
        if (sscanf(line, "%lx-%lx", &a, &b) == 2 && !strstr(line, "[vsyscall]")) size += b - a;
    }
    return size;
}
int main(void)
{
    enum { MB = 1 << 20 };
    default_signals();
    for (int fd = 3; fd < 256; fd++) close(fd); // inherited
    char *memory = mmap(NULL, 8 * MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, 4 * MB);
    CHECK(mlock(memory, MB) == 0);
    signal(SIGSEGV, nothing);
    signal(SIGRTMAX, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGFPE); sigaddset(&set, SIGRTMIN + 3);
    sigprocmask(SIG_SETMASK, &set, NULL);
    raise(SIGFPE); raise(SIGRTMIN + 3);
    long size = mapped();
    slurp(0, "status");
    EQUAL(field("VmSize:", 10), size >> 10); CHECK(field("VmPeak:", 10) >= size >> 10);
    EQUAL(field("VmLck:", 10), 1024);
    CHECK(field("VmRSS:", 10) >= 4096 && field("VmRSS:", 10) < 7000); CHECK(field("RssAnon:", 10) >= 4096 && field("RssAnon:", 10) <= field("VmRSS:", 10));
    CHECK(field("VmHWM:", 10) >= field("VmRSS:", 10)); CHECK(field("VmData:", 10) >= 8192 && field("VmData:", 10) < 9500);
    CHECK(field("VmStk:", 10) >= 100); CHECK(field("VmExe:", 10) > 50 && field("VmExe:", 10) < 2000);
    EQUAL(field("SigBlk:", 16), 1ull << (SIGFPE - 1) | 1ull << (SIGRTMIN + 2));
    EQUAL(field("SigCgt:", 16), 1ull << (SIGSEGV - 1)); EQUAL(field("SigIgn:", 16), 1ull << (SIGRTMAX - 1));
    EQUAL(field("SigPnd:", 16), 1ull << (SIGFPE - 1) | 1ull << (SIGRTMIN + 2));
    unsigned long pages[3], figs[5];
    slurp(0, "statm");
    CHECK(sscanf(text, "%lu %lu %lu", pages, pages + 1, pages + 2) == 3);
    EQUAL(pages[0], size >> 12); CHECK(pages[1] >= 1024 && pages[1] < 1750 && pages[2] < pages[1]);
    slurp(0, "stat");
    char state;
    CHECK(sscanf(strrchr(text, ')') + 2, "%c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %lu %lu %lu", &state, figs, figs + 1, figs + 2, figs + 3, figs + 4) == 6);
    EQUAL(state, 'R'); EQUAL(figs[3], size); CHECK(figs[4] >= 1024 && figs[4] < 1750); CHECK(figs[2] > 0 && figs[0] < 500);
    slurp(0, "smaps_rollup");
    CHECK(strstr(text, "[rollup]")); CHECK(field("Rss:", 10) >= 4096 && field("Rss:", 10) < 7000); CHECK(field("Anonymous:", 10) >= 4096); CHECK(field("Locked:", 10) == 1024);
    slurp(0, "numa_maps");
    char start[32];
    snprintf(start, sizeof start, "%lx ", (unsigned long)memory);
    CHECK(strstr(text, start)); EQUAL(named("metic"), 0);
    // Every descriptor that is listed is one of ours, and none other can be reached by its name.
    int top = dup2(0, 900), seen = 0;
    DIR *dir = opendir("/proc/self/fd");
    for (struct dirent *e; (e = readdir(dir));) {
        int fd = atoi(e->d_name);
        if (e->d_name[0] == '.') continue;
        seen++;
        CHECK(fd <= 2 || fd == top || fd == dirfd(dir));
    }
    EQUAL(seen, 5);
    for (int fd = 901; fd < 1100; fd++) {
        char name[64], link[300];
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        errno = 0; CHECK(readlink(name, link, sizeof link) < 0 && errno == ENOENT); CHECK(open(name, O_RDONLY) < 0 && errno == ENOENT);
        struct stat s;
        CHECK(stat(name, &s) < 0 && errno == ENOENT); CHECK(lstat(name, &s) < 0 && errno == ENOENT); CHECK(access(name, F_OK) < 0 && errno == ENOENT);
        CHECK(readlinkat(dirfd(dir), name + 14, link, sizeof link) < 0 && errno == ENOENT);
    }
    closedir(dir);
    // What a program writes over its arguments shows.
    char args[] = "new\0title"; // no mapping of a file, where the kernel does not read
    if (prctl(PR_SET_MM, PR_SET_MM_ARG_START, args, 0, 0) == 0 && prctl(PR_SET_MM, PR_SET_MM_ARG_END, args + sizeof args, 0, 0) == 0) {
        EQUAL(slurp(0, "cmdline"), 10); CHECK(!memcmp(text, args, 10));
    }
    return finish();
}
