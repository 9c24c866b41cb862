// exec of oneself through /proc/self/exe keeps arguments (empty, long, odd bytes) and environment; execve's errors.
#include "../check.h"
int main(int argc, char **argv, char **envp)
{
    static char big[50001];
    memset(big, 'x', 50000);
    if (argc > 1) {
        EQUAL(argc, 5); CHECK(!strcmp(argv[0], "other name")); CHECK(!strcmp(argv[1], "again")); CHECK(!*argv[2]);
        CHECK(!strcmp(argv[3], "\xff\x01 *$`")); CHECK(!strcmp(argv[4], big));
        CHECK(!strcmp(envp[0], "A=1")); CHECK(!strcmp(envp[1], "B=")); CHECK(!strcmp(envp[2], "A=2")); CHECK(!envp[3]);
        return finish();
    }
    EQUAL(execve("/nonexistent", argv, envp), -1); EQUAL(errno, ENOENT);
    EQUAL(execve("/proc/self", argv, envp), -1); EQUAL(errno, EACCES);
    EQUAL(execve("/etc/passwd", argv, envp), -1); EQUAL(errno, EACCES);
    if (failures) return 1;
    execve("/proc/self/exe", (char *[]){"other name", "again", "", "\xff\x01 *$`", big, NULL}, (char *[]){"A=1", "B=", "A=2", NULL});
    perror("exec");
    return 1;
}
