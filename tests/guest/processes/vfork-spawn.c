// vfork and posix_spawn run a program; the parent waits for the exec; descriptors go as told.
#include "../check.h"
#include <spawn.h>
extern char **environ;
int main(int argc, char **argv)
{
    int fds[2], s;
    char text[16] = "";
    pid_t p;
    if (argc > 1) { (void)!write(1, "child", 5); _exit(atoi(argv[1])); }
    CHECK(pipe(fds) == 0);
    char *args[] = {argv[0], "17", NULL};
    posix_spawn_file_actions_t fa;
    posix_spawn_file_actions_init(&fa);
    posix_spawn_file_actions_adddup2(&fa, fds[1], 1);
    posix_spawn_file_actions_addclose(&fa, fds[0]);
    EQUAL(posix_spawn(&p, "/proc/self/exe", &fa, NULL, args, environ), 0);
    waitpid(p, &s, 0);
    EQUAL(WEXITSTATUS(s), 17); EQUAL(read(fds[0], text, 16), 5); CHECK(!memcmp(text, "child", 5));
    EQUAL(posix_spawn(&p, "/nonexistent", NULL, NULL, args, environ), ENOENT); // qemu: 0, its vfork shares no memory
    args[1] = "18";
    p = vfork();
    if (p == 0) { dup2(fds[1], 1); execv("/proc/self/exe", args); _exit(1); }
    waitpid(p, &s, 0);
    EQUAL(WEXITSTATUS(s), 18); EQUAL(read(fds[0], text, 16), 5);
    return finish();
}
