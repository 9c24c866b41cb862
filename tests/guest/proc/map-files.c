// /proc/PID/map_files: the files that the program has mapped, and nothing else; of the own process and of a child.
#include "../check.h"
#include <dirent.h>
// Whether each entry is a line of `maps`, and one of them is of `file`; how many there are.
static int look(pid_t pid, const char *file)
{
    char name[300], line[600], link[4096];
    int count = 0, found = 0;
    sprintf(name, "/proc/%d/map_files", pid);
    DIR *dir = opendir(name);
    CHECK(dir != NULL);
    if (!dir) return 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.') continue;
        count++;
        sprintf(name, "/proc/%d/maps", pid);
        FILE *maps = fopen(name, "r");
        int listed = 0;
        while (fgets(line, sizeof line, maps)) {
            long start, end, s, e;
            sscanf(line, "%lx-%lx", &start, &end);
            sscanf(entry->d_name, "%lx-%lx", &s, &e);
            listed |= start == s && end == e;
        }
        fclose(maps);
        if (!listed) { failures++; printf("FAIL %s is not in maps\n", entry->d_name); }
        sprintf(name, "/proc/%d/map_files/%s", pid, entry->d_name);
        ssize_t len = readlink(name, link, sizeof link - 1);
        CHECK(len > 0);
        if (len > 0) { link[len] = 0; found |= strlen(link) >= strlen(file) && !strcmp(link + strlen(link) - strlen(file), file); }
    }
    closedir(dir);
    CHECK(found);
    return count;
}
int main(void)
{
    char name[100];
    struct stat s;
    int fd = open("mapped", O_CREAT | O_RDWR, 0600);
    CHECK(ftruncate(fd, 8192) == 0);
    char *p = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(p != MAP_FAILED);
    int count = look(getpid(), "/mapped");
    CHECK(count >= 2 && count < 12);
    sprintf(name, "/proc/self/map_files/%lx-%lx", (long)p, (long)p + 8192);
    CHECK(lstat(name, &s) == 0 && S_ISLNK(s.st_mode));
    pid_t pid = fork();
    if (pid == 0) { pause(); _exit(0); }
    EQUAL(look(pid, "/mapped"), count);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    munmap(p, 8192);
    errno = 0; CHECK(lstat(name, &s) == -1); EQUAL(errno, ENOENT);
    return finish();
}
