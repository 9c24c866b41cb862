// /proc/PID of another guest process, before and after its exec: exe, cmdline, environ, comm, auxv, maps, stat, status, fd.
#include "../check.h"
#include "proc.h"
#include <dirent.h>
#include <elf.h>
#include <sys/auxv.h>

#ifdef __riscv
#define MACHINE EM_RISCV
#else
#define MACHINE EM_X86_64 // to see what Linux says
#endif
static const char *path(int pid, const char *file)
{
    static char name[64];
    snprintf(name, sizeof name, "/proc/%d/%s", pid, file);
    return name;
}
int main(int argc, char **argv);
static void nothing(int s) { (void)s; }

// What maps says: the program, the stack, no page both writable and executable, code where main is; nothing named metic.
static void check_maps(int pid, const char *exe)
{
    int image = 0, stack = 0, odd = 0, code = 0, n = 0;
    slurp(pid, "maps");
    EQUAL(named("metic"), 0); CHECK(!strstr(text, "(deleted)"));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), n++) {
        unsigned long a, b;
        char perm[5];
        CHECK(sscanf(line, "%lx-%lx %4s", &a, &b, perm) == 3);
        image += strstr(line, exe) != NULL;
        stack += strstr(line, "[stack]") != NULL;
        odd += strchr(perm, 'w') && strchr(perm, 'x');
        code += (unsigned long)main >= a && (unsigned long)main < b && perm[2] == 'x';
    }
    CHECK(image >= 2); EQUAL(stack, 1); EQUAL(odd, 0); EQUAL(code, 1); CHECK(n < 20);
}

static void check_status(int pid)
{
    char state;
    for (int i = 0; i < 200; i++) { // until it sleeps
        slurp(pid, "stat");
        CHECK(sscanf(strrchr(text, ')'), ") %c", &state) == 1);
        if (state == 'S') break;
        nap(10);
    }
    EQUAL(state, 'S');
    slurp(pid, "status");
    CHECK(strstr(text, "State:\tS (sleeping)"));
    EQUAL(field("Pid:", 10), pid); EQUAL(field("Threads:", 10), 1);
    EQUAL(field("SigBlk:", 16), 1ull << (SIGHUP - 1));
    EQUAL(field("SigIgn:", 16), 1ull << (SIGUSR2 - 1));
    EQUAL(field("SigCgt:", 16), 1ull << (SIGUSR1 - 1));
    CHECK(field("VmSize:", 10) < 64 << 10); CHECK(field("VmRSS:", 10) < 8 << 10); CHECK(field("VmRSS:", 10) > 20);
    CHECK(field("VmStk:", 10) >= 100 && field("VmStk:", 10) <= 16 << 10);
}

static int descriptors(int pid)
{
    DIR *dir = opendir(path(pid, "fd"));
    int n = 0;
    for (struct dirent *e; (e = readdir(dir));) n += e->d_name[0] != '.';
    closedir(dir);
    return n;
}

static void child(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_SETMASK, &set, NULL);
    signal(SIGUSR1, nothing);
    signal(SIGUSR2, SIG_IGN);
    write(1, "r", 1);
    for (;;) pause();
}

static int spawn(int exec, const char *exe)
{
    int ready[2];
    char c;
    CHECK(pipe(ready) == 0);
    int pid = fork();
    if (pid == 0) {
        close(ready[0]);
        dup2(ready[1], 1);
        close(ready[1]);
        char *args[] = {"other name", "one", "", "two words", NULL}, *env[] = {"SHOWN=1", "ALSO=2", NULL};
        if (exec) execve(exe, args, env);
        child();
    }
    close(ready[1]);
    CHECK(read(ready[0], &c, 1) == 1);
    close(ready[0]);
    return pid;
}

int main(int argc, char **argv)
{
    char exe[512] = "", link[512] = "";
    default_signals();
    if (argc == 4) child();
    int before = descriptors(getpid());
    CHECK(readlink("/proc/self/exe", exe, 511) > 0);
    for (int exec = 0; exec < 2; exec++) {
        int pid = spawn(exec, exe);
        memset(link, 0, sizeof link);
        CHECK(readlink(path(pid, "exe"), link, 511) > 0); CHECK(!strcmp(link, exe));
        struct stat there, here;
        CHECK(stat(path(pid, "exe"), &there) == 0 && stat(exe, &here) == 0); EQUAL(there.st_ino, here.st_ino);
        slurp(pid, "exe"); CHECK(!memcmp(text, ELFMAG, 4) && *(unsigned short *)(text + 18) == MACHINE);
        long len = slurp(pid, "cmdline");
        if (exec) { EQUAL(len, 26); CHECK(!memcmp(text, "other name\0one\0\0two words", 26)); }
        else { EQUAL(len, strlen(argv[0]) + 1); CHECK(!strcmp(text, argv[0])); }
        if (exec) { EQUAL(slurp(pid, "environ"), 15); CHECK(!memcmp(text, "SHOWN=1\0ALSO=2", 15)); }
        slurp(pid, "comm"); CHECK(!strncmp(text, strrchr(exe, '/') + 1, strlen(text) - 1) && strlen(text) > 5);
        len = slurp(pid, "auxv");
        Elf64_auxv_t *aux = (void *)text;
        int found = 0;
        for (; (char *)aux < text + len; aux++) {
            if (aux->a_type == AT_ENTRY) found += aux->a_un.a_val == getauxval(AT_ENTRY);
            if (aux->a_type == AT_PHDR) found += aux->a_un.a_val == getauxval(AT_PHDR);
            if (aux->a_type == AT_PHNUM) found += aux->a_un.a_val == getauxval(AT_PHNUM);
        }
        EQUAL(found, 3);
        check_maps(pid, exe);
        check_status(pid);
        EQUAL(descriptors(pid), 3 + before - 4);
        kill(pid, SIGKILL);
        int status;
        CHECK(waitpid(pid, &status, 0) == pid); CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    CHECK(readlink("/proc/1/exe", link, 511) != (ssize_t)strlen(exe) || memcmp(link, exe, strlen(exe))); // a host process stays one
    return finish();
}
