// Standard descriptors that are closed before execve are closed in the new program.
#include "../check.h"
#include <fcntl.h>
int main(int argc, char **argv, char **envp)
{
    if (argc > 1) {
        EQUAL(fcntl(0, F_GETFD), -1);
        EQUAL(errno, EBADF);
        EQUAL(fcntl(2, F_GETFD), -1);
        EQUAL(open("/dev/null", O_RDONLY), 0);
        return finish();
    }
    close(0);
    close(2);
    execve("/proc/self/exe", (char *[]){argv[0], "again", NULL}, envp);
    return 1;
}
