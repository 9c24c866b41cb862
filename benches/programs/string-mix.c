// strlen, strcmp, memcpy, memset, strstr, strchr, strtok, sprintf, strtol, at short and long lengths and all alignments.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 440000;
    static char a[8192], b[8192], line[512];
    uint64_t sum = 0;
    for (int i = 0; i < 8191; i++) a[i] = (char)('a' + i * 7 % 25);
    for (int n = 0; n < rounds; n++) {
        size_t at = (size_t)(n & 63), len = (size_t)(n * 37 % 4000);
        memcpy(b + (at ^ 21), a + at, len + 1);
        b[(at ^ 21) + len] = 0;
        sum += strlen(b + (at ^ 21));
        sum += (uint64_t)(strncmp(a + at, b + (at ^ 21), len) == 0);
        memmove(b + 5, b + (at & 7), 300);
        memset(b + 400, n & 127, at + 1);
        b[8191] = 0;
        const char *found = strstr(a + at, "lsahovdkry");
        sum += (found ? (uint64_t)(found - a) : 7) + (uint64_t)(memchr(a + at, 'y', 100) != NULL);
        int k = snprintf(line, sizeof line, "%d:%s:%08x:%.3f:%c,%ld %5u|%-6s|", n, "key", (unsigned)n * 2654435761u, n / 8.0, 'a' + n % 26, (long)n << 20, (unsigned)at, "ab");
        for (int i = 0; i < k; i++) sum = sum * 31 + (uint8_t)line[i];
        char *save, *p = line;
        for (p = strtok_r(line, ":,| ", &save); p; p = strtok_r(NULL, ":,| ", &save)) sum += strlen(p) + (uint64_t)strtol(p, NULL, 10);
        for (int i = 0; i < 16; i++) {
            char key[24];
            strcpy(key, "name-");
            key[5] = (char)('a' + i); key[6] = 0;
            strcat(key, "-tail");
            sum += (uint64_t)(strcmp(key, "name-h-tail") < 0) + (uint64_t)(strrchr(key, '-') - key);
        }
    }
    printf("%016llx\n", (unsigned long long)sum);
}
