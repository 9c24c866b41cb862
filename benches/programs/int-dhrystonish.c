// Records, enumerations, short strings and small procedures in the proportions of systems programs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum ident { I1, I2, I3, I4, I5 };
struct record { struct record *next; enum ident discr, comp; int value; char text[31]; };

static struct record *head, *other;
static int global_int, array1[50], array2[50][50];
static char ch1, ch2;
static int flag;

#define NOINLINE __attribute__((noinline))

NOINLINE static int same(char a, char b) { if (a != b) return 0; ch1 = a; return 1; }
NOINLINE static void add7(int a, int b, int *r) { *r = a + 2 + b; }
NOINLINE static enum ident choose(enum ident e)
{
    switch (e) {
    case I1: return I1;
    case I2: return global_int > 100 ? I1 : I4;
    case I3: return I2;
    case I4: return I4;
    default: return I3;
    }
}
NOINLINE static void arrays(int *a, int (*b)[50], int i, int v)
{
    int at = i + 5;
    a[at] = v;
    a[at + 1] = a[at];
    a[at + 30] = at;
    for (int k = at; k <= at + 1; k++) b[at][k] = at;
    b[at][at - 1]++;
    b[(at + 20) % 50][at] = a[at];
    global_int = 5;
}
NOINLINE static int compare(const char *a, const char *b)
{
    int at = 2;
    char c = 'A';
    while (at <= 2)
        if (same(a[at], b[at + 1]) == 0) { c = 'A'; at++; }
        else at += 3;
    if (c >= 'W' && c < 'Z') at = 7;
    return strcmp(a, b) > 0 ? (global_int = at + 7, 1) : 0;
}
NOINLINE static void records(struct record *p)
{
    struct record *n = p->next;
    *p->next = *head;
    p->value = 5;
    n->value = p->value;
    n->next = p->next;
    if (n->discr == I1) {
        n->value = 6;
        n->comp = choose(p->comp);
        n->next = head->next;
        add7(n->value, 10, &n->value);
    } else {
        *p = *p->next;
    }
}

int main(int argc, char **argv)
{
    int runs = argc > 1 ? atoi(argv[1]) : 40000000, a = 0, b = 0, c = 0;
    unsigned sum = 0;
    char s1[31] = "DHRYSTONE LIKE, 1'ST STRING", s2[31];
    head = calloc(1, sizeof *head);
    other = calloc(1, sizeof *other);
    head->next = other;
    head->discr = I1;
    head->comp = I3;
    strcpy(head->text, "DHRYSTONE LIKE, SOME STRING");
    for (int i = 1; i <= runs; i++) {
        flag = head->discr == I1;
        ch2 = 'B';
        a = 2; b = 3;
        memcpy(s2, "DHRYSTONE LIKE, 2'ND STRING", 28);
        s2[16] = (char)('1' + (i & 3));
        int greater = !compare(s1, s2);
        while (a < b) { c = 5 * a - b; add7(a, b, &c); a++; }
        arrays(array1, array2, a, c + (i & 7));
        records(head);
        for (char k = 'A'; k <= ch2; k++)
            if (choose(I2) == (enum ident)(k - 'A')) { b = i; flag = 0; }
        b *= a;
        a = b / (c | 1);
        b = 7 * (b - c) - a;
        sum = sum * 31 + (unsigned)(a ^ b ^ c) + (unsigned)greater + (unsigned)global_int + (unsigned)head->next->value;
    }
    printf("%08x %d %d %d\n", sum, array1[8], array2[8][7], ch1);
}
