// execve, execveat: errors and their order, a running program and writers, #! chains, names, empty argv, programs without a name.
#include "../check.h"
#include <sys/utsname.h>
#include <sys/prctl.h>
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif
extern char **environ;
static char self[4096];

static void put(const char *name, const char *text, int mode)
{
    int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0700);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    fchmod(fd, mode);
    close(fd);
}
static void copy(const char *to)
{
    static char buffer[1 << 16];
    int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), out = open(to, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0700);
    for (ssize_t n; (n = read(in, buffer, sizeof buffer)) > 0;) CHECK(write(out, buffer, n) == n);
    close(in); close(out);
}
// The first `length` bytes of this program, with `value` at `at`.
static const char *spoilt(off_t length, off_t at, unsigned char value)
{
    copy("spoilt");
    int fd = open("spoilt", O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && ftruncate(fd, length) == 0 && pwrite(fd, &value, 1, at) == 1);
    close(fd);
    return "spoilt";
}
// What a child's execve says, or the output of what it became.
static char *args3[] = {"zero", "show", "two", NULL};
static char said[4096];
static int (*how)(void);
static int outcome(void)
{
    int p[2], status;
    ssize_t n = 0, got;
    CHECK(pipe2(p, O_CLOEXEC) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(p[1], 1);
        _exit(how() < 0 ? 100 + errno : 99);
    }
    close(p[1]);
    while ((got = read(p[0], said + n, sizeof said - 1 - n)) > 0) n += got;
    said[n] = 0;
    close(p[0]);
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status) >= 100 ? WEXITSTATUS(status) - 100 : -WEXITSTATUS(status);
}
#define RUN(call) ({ int f(void) { return call; } how = f; outcome(); })
static const char *path;
static char **args, **env;
static int plain(void) { return execve(path, args, env); }
static int run(const char *p) { path = p; args = args3; env = environ; how = plain; return outcome(); }
static int run_with(const char *p, char **a, char **e) { path = p; args = a; env = e; how = plain; return outcome(); }
static int at_dir, at_flags;
static int at(void) { return syscall(SYS_execveat, at_dir, path, args3, environ, at_flags); }
static int run_at(int dir, const char *p, int flags) { at_dir = dir; path = p; at_flags = flags; how = at; return outcome(); }

// That somebody has a file open for writing: before Linux 6.14 nobody tells the translator.
static int busy(int otherwise)
{
    struct utsname u;
    int major, minor;
    CHECK(uname(&u) == 0 && sscanf(u.release, "%d.%d", &major, &minor) == 2);
    return major * 100 + minor < 614 ? otherwise : ETXTBSY;
}

static int show(int argc, char **argv)
{
    char name[17] = "";
    prctl(PR_GET_NAME, name);
    printf("%d", argc);
    for (int i = 0; i < argc; i++) printf("|%s", argv[i]);
    printf("|%s\n", name);
    return 0;
}

static void running_program(void)
{
    struct stat before, after;
    copy("prog");
    CHECK(stat("prog", &before) == 0);
    int writer = open("prog", O_WRONLY | O_CLOEXEC);
    EQUAL(run("./prog"), busy(0));
    EQUAL(run_at(AT_FDCWD, "prog", AT_EXECVE_CHECK), busy(-99));
    close(writer);
    EQUAL(run_at(AT_FDCWD, "prog", AT_EXECVE_CHECK), -99);
    int p[2];
    char started, number[16];
    pipe2(p, 0);
    snprintf(number, sizeof number, "%d", p[1]);
    pid_t pid = fork();
    if (pid == 0) { execl("./prog", "prog", "sleep", number, NULL); _exit(1); }
    close(p[1]);
    CHECK(read(p[0], &started, 1) == 1);
    errno = 0; CHECK(open("prog", O_WRONLY) < 0); EQUAL(errno, ETXTBSY);
    errno = 0; CHECK(open("./prog", O_RDWR | O_TRUNC | O_CREAT, 0700) < 0); EQUAL(errno, ETXTBSY);
    errno = 0; CHECK(truncate("prog", 1) < 0); EQUAL(errno, ETXTBSY);
    CHECK(open("prog", O_RDONLY | O_CLOEXEC) >= 0);
    CHECK(stat("prog", &after) == 0); EQUAL(after.st_size, before.st_size);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    int fd = open("prog", O_RDWR | O_TRUNC);
    CHECK(fd >= 0);
    close(fd);
    errno = 0; CHECK(open("/proc/self/exe", O_WRONLY) < 0); EQUAL(errno, ETXTBSY);
}

static void errors(void)
{
    char longname[300], verylong[5000];
    memset(longname, 'a', 299); longname[299] = 0;
    memset(verylong, '/', 4999); verylong[4999] = 0;
    mkdir("dir", 0700);
    put("plain", "#!/bin/true\n", 0600); put("empty", "", 0700); put("text", "hello\n", 0700);
    put("nointerp", "#!\n", 0700); put("lost", "#!/nonexistent/x\n", 0700); put("denied", "#!./plain\n", 0700);
    symlink("loop", "loop"); symlink("text", "link"); symlink(self, "selflink");
    EQUAL(run("nonexistent"), ENOENT); EQUAL(run(""), ENOENT); EQUAL(run("dir"), EACCES); EQUAL(run("plain"), EACCES);
    EQUAL(run("text/x"), ENOTDIR); EQUAL(run("loop"), ELOOP); EQUAL(run(longname), ENAMETOOLONG); EQUAL(run(verylong), ENAMETOOLONG);
    EQUAL(run("empty"), ENOEXEC); EQUAL(run("text"), ENOEXEC); EQUAL(run("link"), ENOEXEC); EQUAL(run("nointerp"), ENOEXEC);
    EQUAL(run("lost"), ENOENT); EQUAL(run("denied"), EACCES); EQUAL(run("/dev/null"), EACCES); EQUAL(run((char *)1), EFAULT);
    EQUAL(run(spoilt(40, 0, 0x7f)), ENOEXEC); EQUAL(run(spoilt(64, 0, 0x7f)), ENOEXEC); EQUAL(run(spoilt(100, 0, 0x7f)), ENOEXEC); // cut off
    EQUAL(run(spoilt(1 << 20, 16, 1)), ENOEXEC); EQUAL(run(spoilt(1 << 20, 16, 4)), ENOEXEC); // e_type: an object file, a core
    EQUAL(run(spoilt(1 << 20, 54, 55)), ENOEXEC); EQUAL(run(spoilt(1 << 20, 56, 0)), ENOEXEC); EQUAL(run(spoilt(1 << 20, 57, 255)), ENOEXEC); // e_phentsize, e_phnum
    char **bad = (char **)1, *badword[] = {(char *)1, NULL};
    EQUAL(run_with("nonexistent", bad, environ), ENOENT); EQUAL(run_with("plain", bad, environ), EACCES);
    EQUAL(run_with("text", bad, environ), EFAULT); EQUAL(run_with("text", args3, bad), EFAULT);
    EQUAL(run_with(self, bad, environ), EFAULT); EQUAL(run_with(self, badword, environ), EFAULT); EQUAL(run_with(self, args3, badword), EFAULT);
    size_t big = 200 << 10;
    char *word = malloc(big);
    memset(word, 'x', big); word[big - 1] = 0;
    char *one[] = {"zero", word, NULL};
    EQUAL(run_with(self, one, environ), E2BIG); EQUAL(run_with("text", one, environ), E2BIG); EQUAL(run_with("nonexistent", one, environ), ENOENT);
    EQUAL(run_with(self, args3, one), E2BIG);
    word[100 << 10] = 0; // 100 KiB are allowed for one word, 100 such words are not
    char *many[101] = {"zero", "show"};
    EQUAL(run_with(self, (char *[]){"zero", "count", word, NULL}, environ), 0); CHECK(!strcmp(said, "3 102400\n"));
    for (int i = 2; i < 100; i++) many[i] = word;
    EQUAL(run_with(self, many, environ), E2BIG); EQUAL(run_with("text", many, environ), E2BIG);
    free(word);
}

static void names(void)
{
    char text[1024], expect[1200];
    const char *base = strrchr(self, '/') + 1;
    EQUAL(run(self), 0); snprintf(expect, sizeof expect, "3|zero|show|two|%.15s\n", base); CHECK(!strcmp(said, expect));
    put("script", "#! ./selflink \tshow some thing \n", 0700); // a line of at most 255 bytes counts
    EQUAL(run("./script"), 0); snprintf(expect, sizeof expect, "5|./selflink|show some thing|./script|show|two|script\n"); CHECK(!strcmp(said, expect));
    put("s1", "#!./selflink show", 0700);
    for (int i = 2; i <= 7; i++) { char n[8]; snprintf(n, 8, "s%d", i); snprintf(text, sizeof text, "#!./s%d a%d\n", i - 1, i); put(n, text, 0700); }
    EQUAL(run("./s2"), 0); snprintf(expect, sizeof expect, "7|./selflink|show|./s1|a2|./s2|show|two|s2\n"); CHECK(!strcmp(said, expect));
    EQUAL(run("./s5"), 0); EQUAL(run("./s6"), ELOOP); EQUAL(run("./s7"), ELOOP);
    EQUAL(run_with(self, (char *[]){NULL}, environ), 0); snprintf(expect, sizeof expect, "1||%.15s\n", base); CHECK(!strcmp(said, expect));
    EQUAL(run_with(self, NULL, NULL), 0); CHECK(!strcmp(said, expect));
    EQUAL(run("selflink"), 0); CHECK(!strcmp(said, "3|zero|show|two|selflink\n"));
    EQUAL(run_with(self, (char *[]){"zero", "env", NULL}, (char *[]){"B=2", "", "A=1", "no equals", "A=3", NULL}), 0); CHECK(!strcmp(said, "B=2;;A=1;no equals;A=3;\n"));
    setenv("PATH", "/nonexistent:.", 1);
    int by_path(void) { return execvp("script", args3); }
    how = by_path; EQUAL(outcome(), 0); CHECK(strstr(said, "|./script|"));
}

static void by_descriptor(void)
{
    char expect[600];
    int bin = open("prog2", O_RDONLY | O_CLOEXEC), script = open("script", O_RDONLY), closing = open("script", O_RDONLY | O_CLOEXEC);
    EQUAL(run_at(bin, "", AT_EMPTY_PATH), 0); CHECK(strstr(said, "3|zero|show|two|"));
    EQUAL(run_at(script, "", AT_EMPTY_PATH), 0); snprintf(expect, sizeof expect, "|/dev/fd/%d|", script); CHECK(strstr(said, expect));
    EQUAL(run_at(closing, "", AT_EMPTY_PATH), ENOENT); EQUAL(run_at(bin, "", 0), ENOENT); EQUAL(run_at(bin, "x", 0), ENOTDIR);
    EQUAL(run_at(AT_FDCWD, "selflink", AT_SYMLINK_NOFOLLOW), ELOOP); EQUAL(run_at(AT_FDCWD, "selflink", 0), 0);
    EQUAL(run_at(AT_FDCWD, self, 4), EINVAL); EQUAL(run_at(-1, self, 0), 0); EQUAL(run_at(-1, "x", 0), EBADF);
    EQUAL(run_at(AT_FDCWD, "plain", AT_EXECVE_CHECK), EACCES); EQUAL(run_at(AT_FDCWD, "text", AT_EXECVE_CHECK), -99);
    CHECK(unlink("prog2") == 0);
    EQUAL(run_at(bin, "", AT_EMPTY_PATH), 0); CHECK(strstr(said, "3|zero|show|two|"));
    close(bin); close(script); close(closing);
    copy("gone");
    EQUAL(run_with("./gone", (char *[]){"gone", "again", NULL}, environ), 0);
    CHECK(strstr(said, "/gone (deleted)\n2|by|show|exe\n")); // its own program, after it was unlinked
}

static int again(void)
{
    char link[600] = "";
    CHECK(unlink("gone") == 0);
    CHECK(readlink("/proc/self/exe", link, 599) > 0);
    puts(link);
    fflush(stdout);
    execl("/proc/self/exe", "by", "show", NULL);
    return 1;
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : argc == 1 && !*argv[0] ? "show" : "";
    if (!strncmp(word, "show", 4) || strstr(word, "./s")) return show(argc, argv);
    if (!strcmp(word, "sleep")) { write(atoi(argv[2]), "s", 1); return sleep(30); }
    if (!strcmp(word, "count")) return printf("%d %zu\n", argc, strlen(argv[2])) < 0;
    if (!strcmp(word, "env")) { for (char **e = environ; *e; e++) printf("%s;", *e); return puts("") < 0; }
    if (!strcmp(word, "again")) return again();
    CHECK(readlink("/proc/self/exe", self, 511) > 0);
    copy("prog2");
    running_program();
    errors();
    names();
    by_descriptor();
    return finish();
}
