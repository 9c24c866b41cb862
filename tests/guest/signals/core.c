// A core: that there is one, its limit, its notes and memory; none where there is to be none.
#include "../check.h"
#include <elf.h>
#include <sys/procfs.h>
#include <sys/prctl.h>
#ifdef __riscv
#define MACHINE EM_RISCV
#else
#define MACHINE EM_X86_64 // to see what Linux says
#endif
static volatile long marker = 0x1122334455667788;
static long *secret, *skipped;
static char plain; // whether core_pattern names a file in this directory
static long limit = RLIM_INFINITY;
static const char *self, *comm; // argv[0] and its last part

static void *sleeper(void *p) { (void)p; for (;;) pause(); return 0; }
static void *spinner(void *p) { for (volatile long *n = p;;) ++*n; return 0; }
static void segv(void) { pthread_t t; long n; pthread_create(&t, 0, sleeper, 0); pthread_create(&t, 0, spinner, &n); nap(50); *(volatile long *)0x42 = 1; }
static void abrt(void) { abort(); }
static void quit(void) { raise(SIGQUIT); }
static void xcpu(void) { raise(SIGXCPU); }
static void trap(void) { raise(SIGTRAP); }
static void term(void) { raise(SIGTERM); }
static void hidden(void) { prctl(PR_SET_DUMPABLE, 0); abort(); }
static void blocked(void) { sigset_t s; sigfillset(&s); sigprocmask(SIG_SETMASK, &s, 0); raise(SIGABRT); sigemptyset(&s); sigprocmask(SIG_SETMASK, &s, 0); }

// How a child that does this ends: signal | 0x80 for a core. waitid must agree.
static int ends(void (*f)(void))
{
    siginfo_t info;
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit l = {limit, RLIM_INFINITY};
        setrlimit(RLIMIT_CORE, &l);
        f();
        _exit(99);
    }
    CHECK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == 0);
    CHECK(waitpid(pid, &status, 0) == pid);
    EQUAL(info.si_code, WCOREDUMP(status) ? CLD_DUMPED : CLD_KILLED); EQUAL(info.si_status, WTERMSIG(status));
    return status;
}

static char *core;
static long size;
static void slurp(void)
{
    int fd = open("core", O_RDONLY);
    CHECK(fd >= 0);
    size = lseek(fd, 0, SEEK_END);
    core = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
}
static void *at(unsigned long addr)
{
    Elf64_Ehdr *e = (void *)core;
    Elf64_Phdr *p = (void *)(core + e->e_phoff);
    for (int i = 0; i < e->e_phnum; i++)
        if (p[i].p_type == PT_LOAD && addr >= p[i].p_vaddr && addr < p[i].p_vaddr + p[i].p_filesz) return core + p[i].p_offset + (addr - p[i].p_vaddr);
    return NULL;
}
static void contents(int threads, int sig, unsigned long fault)
{
    slurp();
    Elf64_Ehdr *e = (void *)core;
    Elf64_Phdr *p = (void *)(core + e->e_phoff);
    CHECK(!memcmp(core, ELFMAG, 4)); EQUAL(e->e_type, ET_CORE); EQUAL(e->e_machine, MACHINE); EQUAL(p->p_type, PT_NOTE);
    int status = 0, floats = 0, info = 0, aux = 0, file = 0, psinfo = 0;
    for (char *n = core + p->p_offset; n < core + p->p_offset + p->p_filesz;) {
        Elf64_Nhdr *h = (void *)n;
        char *d = n + sizeof *h + (h->n_namesz + 3) / 4 * 4;
        struct elf_prstatus *s = (void *)d;
        siginfo_t *i = (void *)d;
        prpsinfo_t *ps = (void *)d;
        switch (h->n_type) {
        case NT_PRSTATUS: EQUAL(h->n_descsz, sizeof *s); status++; EQUAL(s->pr_cursig, sig); CHECK(s->pr_pid > 1); EQUAL(s->pr_ppid, getpid()); break;
        case NT_FPREGSET: floats++; break;
        case NT_SIGINFO: info++; EQUAL(i->si_signo, sig); if (fault) EQUAL(i->si_addr, fault); break;
        case NT_AUXV: aux++; EQUAL(*(long *)d & ~0x3f, 0); break;
        case NT_FILE: file++; CHECK(((long *)d)[0] >= 2); EQUAL(((long *)d)[1], 4096); break;
        case NT_PRPSINFO: psinfo++; EQUAL(h->n_descsz, sizeof *ps); EQUAL(ps->pr_sname, 'R'); CHECK(!strncmp(ps->pr_fname, comm, sizeof ps->pr_fname - 1)); CHECK(!strncmp(ps->pr_psargs, self, strnlen(self, sizeof ps->pr_psargs - 1))); break;
        }
        n = d + (h->n_descsz + 3) / 4 * 4;
    }
    EQUAL(status, threads); EQUAL(floats, threads); EQUAL(info, 1); EQUAL(aux, 1); EQUAL(file, 1); EQUAL(psinfo, 1);
    long *found = at((unsigned long)&marker);
    CHECK(found && *found == marker);
    found = at((unsigned long)secret); CHECK(found && found[5] == 55 && found[1023] == 77);
    CHECK(!at((unsigned long)skipped)); // MADV_DONTDUMP
    CHECK(!at((unsigned long)&contents) || *(char *)at((unsigned long)&contents & ~4095ul) == 0x7f); // code is in the file anyway
    munmap(core, size);
    unlink("core");
}

int main(int argc, char **argv)
{
    (void)argc;
    self = argv[0];
    comm = strrchr(self, '/') ? strrchr(self, '/') + 1 : self;
    char pattern[256] = "";
    int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY);
    read(fd, pattern, 255);
    close(fd);
    fd = open("/proc/sys/kernel/core_uses_pid", O_RDONLY);
    char pid = '0';
    read(fd, &pid, 1);
    close(fd);
    plain = !strcmp(pattern, "core\n") && pid == '0';
    default_signals();
    secret = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    secret[5] = 55; secret[1023] = 77;
    mprotect(secret, 8192, PROT_NONE);
    skipped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    skipped[5] = 1;
    CHECK(madvise(skipped, 8192, MADV_DONTDUMP) == 0);
    unlink("core");
    EQUAL(ends(segv), SIGSEGV | 0x80); if (plain) contents(3, SIGSEGV, 0x42);
    EQUAL(ends(abrt), SIGABRT | 0x80); if (plain) contents(1, SIGABRT, 0);
    EQUAL(ends(quit), SIGQUIT | 0x80); EQUAL(ends(xcpu), SIGXCPU | 0x80); EQUAL(ends(trap), SIGTRAP | 0x80); EQUAL(ends(blocked), SIGABRT | 0x80);
    if (plain) contents(1, SIGABRT, 0);
    EQUAL(ends(term), SIGTERM); EQUAL(ends(hidden), SIGABRT); CHECK(access("core", F_OK) < 0);
    limit = 0; EQUAL(ends(segv), SIGSEGV); CHECK(access("core", F_OK) < 0);
    limit = 6000; EQUAL(ends(abrt), SIGABRT | 0x80);
    struct stat s;
    if (plain) { CHECK(stat("core", &s) == 0); CHECK(s.st_size > 0 && s.st_size <= 6000); EQUAL(s.st_mode & 0777, 0600); }
    unlink("core");
    return finish();
}
