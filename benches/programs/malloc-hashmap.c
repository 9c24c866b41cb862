// A chained hash map with string keys, growing; insert, find, delete, count words.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry { struct entry *next; uint64_t hash, value; char key[]; };
static struct entry **table;
static size_t buckets, used;
static uint64_t hash(const char *s) { uint64_t h = 14695981039346656037u; while (*s) h = (h ^ (uint8_t)*s++) * 1099511628211u; return h ^ h >> 32; }
static void grow(void)
{
    size_t more = buckets ? buckets * 2 : 16;
    struct entry **t = calloc(more, sizeof *t);
    for (size_t i = 0; i < buckets; i++)
        for (struct entry *e = table[i], *n; e; e = n) { n = e->next; e->next = t[e->hash & (more - 1)]; t[e->hash & (more - 1)] = e; }
    free(table);
    table = t;
    buckets = more;
}
static struct entry **find(const char *key, uint64_t h)
{
    struct entry **e = &table[h & (buckets - 1)];
    while (*e && ((*e)->hash != h || strcmp((*e)->key, key))) e = &(*e)->next;
    return e;
}
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 9000000;
    uint32_t r = 1;
    uint64_t sum = 0;
    grow();
    for (int n = 0; n < rounds; n++) {
        char key[24];
        r = r * 1664525 + 1013904223;
        unsigned v = r >> 15, len = 0;
        do key[len++] = (char)('a' + v % 26); while (v /= 26);
        key[len] = 0;
        uint64_t h = hash(key);
        struct entry **at = find(key, h), *e = *at;
        if (!e) {
            if (used >= buckets) { grow(); at = find(key, h); }
            e = malloc(sizeof *e + len + 1);
            memcpy(e->key, key, len + 1);
            e->next = NULL; e->hash = h; e->value = 1;
            *at = e;
            used++;
        } else if ((r & 0x700) == 0) { *at = e->next; sum += e->value; free(e); used--; }
        else e->value++;
    }
    for (size_t i = 0; i < buckets; i++) for (struct entry *e = table[i]; e; e = e->next) sum += e->value * e->hash;
    printf("%zu %016llx\n", used, (unsigned long long)sum);
}
