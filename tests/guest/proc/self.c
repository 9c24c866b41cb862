// /proc/self: exe, maps and smaps (the exe, heap, stack; no writable and executable page), cmdline, stat, status, fd.
#include "../check.h"
int main(int argc, char **argv)
{
    char exe[512] = "", line[1024], name[64];
    char *heap = malloc(100);
    int stack = 0, image = 0, at_heap = 0, odd = 0, here = 0, n = 0;
    (void)argc;
    CHECK(readlink("/proc/self/exe", exe, 511) > 0);
    CHECK(exe[0] == '/' && strcmp(strrchr(exe, '/') + 1, strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0]) == 0);
    FILE *f = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, f)) {
        unsigned long a, b;
        char perm[5];
        CHECK(sscanf(line, "%lx-%lx %4s", &a, &b, perm) == 3);
        if (strstr(line, "[stack]")) stack += (unsigned long)&n >= a && (unsigned long)&n < b;
        if (strstr(line, exe)) image++;
        if ((unsigned long)main >= a && (unsigned long)main < b) here += perm[2] == 'x' && strstr(line, exe);
        if ((unsigned long)heap >= a && (unsigned long)heap < b) at_heap += strstr(line, "[heap]") != NULL;
        odd += strchr(perm, 'w') && strchr(perm, 'x'); // the engine's own memory must not show
        n++;
    }
    fclose(f);
    EQUAL(stack, 1); CHECK(image >= 2); EQUAL(here, 1); EQUAL(at_heap, 1); EQUAL(odd, 0); CHECK(n < 20);
    f = fopen("/proc/self/smaps", "r");
    int lines = 0, figures = 0;
    while (fgets(line, sizeof line, f)) {
        unsigned long a, b;
        char perm[5];
        figures += !strncmp(line, "Rss:", 4);
        if (sscanf(line, "%lx-%lx %4s", &a, &b, perm) != 3) continue;
        lines++;
        odd += strchr(perm, 'w') && strchr(perm, 'x');
    }
    fclose(f);
    EQUAL(lines, figures); CHECK(lines > 4 && lines < 20); EQUAL(odd, 0);
    f = fopen("/proc/self/cmdline", "r");
    size_t len = fread(line, 1, sizeof line, f);
    fclose(f);
    EQUAL(len, strlen(argv[0]) + 1); CHECK(!strcmp(line, argv[0]));
    f = fopen("/proc/self/stat", "r");
    int pid;
    CHECK(fscanf(f, "%d (%63[^)])", &pid, name) == 2);
    fclose(f);
    EQUAL(pid, getpid()); CHECK(!strncmp(name, strrchr(exe, '/') + 1, 15));
    return finish();
}
