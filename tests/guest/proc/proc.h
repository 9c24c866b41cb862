// What the tests of /proc share: a file as text, and what is looked for in it.
#pragma once
static char text[1 << 16];
// Reads /proc/PID/FILE (the caller's own if `pid` is 0) into `text`; gives its length.
static inline long slurp(int pid, const char *file)
{
    char name[64];
    if (pid) snprintf(name, sizeof name, "/proc/%d/%s", pid, file);
    else snprintf(name, sizeof name, "/proc/self/%s", file);
    int fd = open(name, O_RDONLY);
    long n = 0, got;
    CHECK(fd >= 0);
    while ((got = read(fd, text + n, sizeof text - 1 - n)) > 0) n += got;
    close(fd);
    text[n] = 0;
    return n;
}
// The number after `name` in `text`.
static inline unsigned long long field(const char *name, int base)
{
    char *at = strstr(text, name);
    CHECK(at);
    return at ? strtoull(at + strlen(name), NULL, base) : 0;
}
// Lines of `text` whose name, less its folders, has `what` in it.
static inline int named(const char *what)
{
    int n = 0;
    for (char *line = text, *end; *line; line = end) {
        end = strchrnul(line, '\n');
        char *slash = memrchr(line, '/', end - line), *start = slash ? slash : line;
        n += memmem(start, end - start, what, strlen(what)) != NULL;
        end += *end != 0;
    }
    return n;
}
