// A backtracking matcher: literals, '.', sets, '*', '+', '?', groups with alternatives; over generated text.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *end;
static long calls;
struct next { const char *re, *stop; const struct next *up; };
static const char *match(const char *re, const char *stop, const char *s, const struct next *up);

static const char *item_end(const char *re)
{
    if (*re == '[') { while (*re != ']') re++; return re + 1; }
    if (*re == '(') {
        int depth = 0;
        do { depth += *re == '('; depth -= *re == ')'; re++; } while (depth);
        return re;
    }
    return re + 1;
}
static int one(const char *re, const char *s)
{
    if (s == end) return 0;
    if (*re == '.') return 1;
    if (*re != '[') return *re == *s;
    int not = re[1] == '^';
    for (re += 1 + not; *re != ']'; re++) {
        if (re[1] == '-' && re[2] != ']') { if (*s >= re[0] && *s <= re[2]) return !not; re += 2; }
        else if (*re == *s) return !not;
    }
    return not;
}
static const char *group(const char *re, const char *close, const char *s, const struct next *after)
{
    const char *from = re + 1;
    int depth = 0;
    for (const char *p = from;; p++) {
        depth += *p == '(';
        if (p == close || (*p == '|' && !depth)) {
            const char *r = match(from, p, s, after);
            if (r || p == close) return r;
            from = p + 1;
        }
        depth -= *p == ')';
    }
}
static const char *match(const char *re, const char *stop, const char *s, const struct next *up)
{
    calls++;
    if (re == stop) return up ? match(up->re, up->stop, s, up->up) : s;
    const char *e = item_end(re), op = e < stop ? *e : 0;
    struct next after = {op == '*' || op == '+' || op == '?' ? e + 1 : e, stop, up};
    if (*re == '(') {
        if (op == '?') {
            const char *r = group(re, e - 1, s, &after);
            return r ? r : match(after.re, stop, s, up);
        }
        return group(re, e - 1, s, &after);
    }
    if (op == '*' || op == '+' || op == '?') {
        const char *p = s, *low = s + (op == '+');
        while (one(re, p) && (op != '?' || p == s)) p++;
        for (; p >= low; p--) {
            const char *r = match(after.re, stop, p, up);
            if (r) return r;
        }
        return NULL;
    }
    return one(re, s) ? match(e, stop, s + 1, up) : NULL;
}
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 1200;
    static const char *const patterns[] = {"[0-9]+-[0-9]+", "(foo|bar|ba[xyz])+q?", "a.*b.*c.*d", "[a-z]+@[a-z]+.(com|org)", "x*x*x*y", "(ab|a)(bc|c)?d"};
    static const char *const words[] = {"foo", "bar", "bazq", "12-345", "me@here.org", "xxxxxx", "abcd", "acd", "hello", " ", "77", "axbxcx"};
    static char text[4096];
    unsigned sum = 0, r = 1;
    for (int n = 0; n < rounds; n++) {
        size_t len = 0;
        while (len < 2000) {
            r = r * 1664525 + 1013904223;
            const char *w = words[(r >> 16) % 12];
            memcpy(text + len, w, strlen(w));
            len += strlen(w);
            if ((r >> 10 & 7) == 0) text[len++] = '\n';
        }
        for (unsigned p = 0; p < sizeof patterns / sizeof *patterns; p++)
            for (const char *line = text; line < text + len; line = end + 1) {
                end = memchr(line, '\n', (size_t)(text + len - line));
                if (!end) end = text + len;
                for (const char *s = line; s < end; s++) {
                    const char *m = match(patterns[p], patterns[p] + strlen(patterns[p]), s, NULL);
                    if (m) sum = sum * 31 + (unsigned)(m - s) + (unsigned)(s - text);
                }
            }
    }
    printf("%08x %ld\n", sum, calls);
}
