/* Says what it was started as, and executes itself again: `who COUNT [closed]`; another
   program: `who exec PATH`; or once more when a file system is detached: `who detach PATH`; or
   a program in another root: `who chroot DIR PATH`. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(int argc, char **argv) {
    char comm[17] = "", exe[4096] = "";
    prctl(PR_GET_NAME, comm);
    if (readlink("/proc/self/exe", exe, sizeof exe - 1) < 0) strcpy(exe, "-");
    const char *base = strrchr(exe, '/');
    printf("argv");
    for (int i = 0; i < argc; i++) printf(" %s", argv[i]);
    printf("; execfn %s; comm %s; exe %s; secure %lu; euid %d; open",
           (const char *)getauxval(AT_EXECFN), comm, base ? base + 1 : exe, getauxval(AT_SECURE), geteuid());
    for (int fd = 3; fd < 100; fd++)
        if (fcntl(fd, F_GETFD) >= 0) printf(" %d", fd);
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv) {
    say(argc, argv);
    if (argc > 3 && strcmp(argv[1], "chroot") == 0) {
        if (chroot(argv[2]) != 0 || chdir("/") != 0) printf("chroot: %s\n", strerror(errno));
        execl(argv[3], "again", "0", (char *)NULL);
        printf("execl: %s\n", strerror(errno));
        return 1;
    }
    if (argc > 2 && strcmp(argv[1], "exec") == 0) {
        execl(argv[2], "again", "0", (char *)NULL);
        printf("execl: %s\n", strerror(errno));
        return 1;
    }
    int detach = argc > 2 && strcmp(argv[1], "detach") == 0;
    if (detach && umount2(argv[2], MNT_DETACH) != 0) printf("umount2: %s\n", strerror(errno));
    int count = detach ? 1 : argc > 1 ? atoi(argv[1]) : 0;
    if (count == 0) return 0;
    if (argc > 2 && strcmp(argv[2], "closed") == 0) closefrom(3);
    char next[16];
    sprintf(next, "%d", count - 1);
    int status;
    if (fork() == 0) {
        char *args[] = {"again", next, argc > 2 && !detach ? argv[2] : NULL, NULL};
        execv((const char *)getauxval(AT_EXECFN), args);
        printf("execv: %s\n", strerror(errno));
        _exit(1);
    }
    wait(&status);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
