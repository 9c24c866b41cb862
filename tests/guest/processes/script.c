// exec of a #! script runs its interpreter with the argument, the path and the rest; O_CLOEXEC closes.
#include "../check.h"
int main(int argc, char **argv)
{
    char path[] = "/tmp/metic-script-XXXXXX", exe[4096] = "", link[] = "/tmp/metic-interpreter-XXXXXX"; // a #! line holds 255 bytes
    int s;
    if (argc > 2) {
        EQUAL(argc, 4); CHECK(!strcmp(argv[1], "one arg")); CHECK(!strncmp(argv[2], "/tmp/metic-script-", 18)); CHECK(!strcmp(argv[3], "rest"));
        EQUAL(fcntl(900, F_GETFD), -1); EQUAL(fcntl(901, F_GETFD), 0);
        finish();
        return 3;
    }
    CHECK(readlink("/proc/self/exe", exe, sizeof exe - 1) > 0);
    int fd = mkostemp(path, O_CLOEXEC);
    close(mkstemp(link)); unlink(link); CHECK(symlink(exe, link) == 0);
    dprintf(fd, "#! %s one arg\nnonsense\n", link);
    fchmod(fd, 0755);
    close(fd);
    dup3(1, 900, O_CLOEXEC);
    dup2(1, 901);
    if (!fork()) { execl(path, "ignored", "rest", NULL); perror("exec"); _exit(1); }
    wait(&s);
    unlink(path); unlink(link);
    EQUAL(WEXITSTATUS(s), 3);
    return failures != 0;
}
