// Linked list sort and search, small matrix products, a number-scanning state machine, CRC-16 of everything.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define NODES 400
#define N 20

struct node { struct node *next; int16_t key, index; };
static struct node pool[NODES];
static int16_t ma[N][N], mb[N][N];
static int32_t mc[N][N];

static uint16_t crc(uint16_t c, uint32_t v)
{
    for (int i = 0; i < 16; i++, v >>= 1)
        c = (c ^ v) & 1 ? c >> 1 ^ 0xa001 : c >> 1;
    return c;
}

static struct node *merge(struct node *a, struct node *b, int by_index)
{
    struct node head, *t = &head;
    while (a && b) {
        int left = by_index ? a->index <= b->index : a->key <= b->key;
        struct node **from = left ? &a : &b;
        t = t->next = *from;
        *from = (*from)->next;
    }
    t->next = a ? a : b;
    return head.next;
}

static struct node *sort(struct node *l, int by_index)
{
    if (!l || !l->next) return l;
    struct node *slow = l, *fast = l->next;
    while (fast && fast->next) { slow = slow->next; fast = fast->next->next; }
    struct node *half = slow->next;
    slow->next = NULL;
    return merge(sort(l, by_index), sort(half, by_index), by_index);
}

static uint16_t lists(int seed)
{
    for (int i = 0; i < NODES; i++)
        pool[i] = (struct node){i + 1 < NODES ? &pool[i + 1] : NULL, (int16_t)(i * 7919 + seed * 31), (int16_t)i};
    struct node *l = sort(&pool[0], 0);
    uint16_t c = 0;
    for (int find = 0; find < 40; find++) {
        int steps = 0;
        for (struct node *n = l; n && n->index != find * 9; n = n->next) steps++;
        c = crc(c, (uint32_t)steps);
    }
    l = sort(l, 1);
    for (struct node *n = l; n; n = n->next) c = crc(c, (uint16_t)n->key);
    return c;
}

static uint16_t matrices(int seed)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            ma[i][j] = (int16_t)(seed * (i + 1) ^ j * 77);
            mb[i][j] = (int16_t)(seed * (j + 3) + i * 91);
        }
    uint16_t c = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            uint32_t s = 0;
            for (int k = 0; k < N; k++) {
                uint32_t p = (uint32_t)(ma[i][k] * mb[k][j]);
                s += (p >> 2 & 15) * (p >> 5 & 127);
            }
            mc[i][j] = (int32_t)s;
        }
    for (int i = 0; i < N; i++) c = crc(c, (uint32_t)mc[i][N - 1 - i]);
    return c;
}

static uint16_t scan(int seed)
{
    enum { START, SIGN, INT, FRAC, EXP, EXPSIGN, EXPNUM, BAD, STATES };
    static const char *const items[] = {"5012", "-874", "+122", "35.54400", ".1234500", "-110.700", "5.500e+3", "-.123e-2", "T0.3e-1F", "1.O2", "e++4"};
    unsigned counts[STATES] = {0}, moves = 0;
    for (int n = 0; n < 300; n++) {
        int s = START;
        for (const char *p = items[(unsigned)(n * 13 + seed) % 11]; *p; p++) {
            int digit = *p >= '0' && *p <= '9', sign = *p == '+' || *p == '-', old = s;
            switch (s) {
            case START: s = digit ? INT : sign ? SIGN : *p == '.' ? FRAC : BAD; break;
            case SIGN: s = digit ? INT : *p == '.' ? FRAC : BAD; break;
            case INT: s = digit ? INT : *p == '.' ? FRAC : *p == 'e' ? EXP : BAD; break;
            case FRAC: s = digit ? FRAC : *p == 'e' ? EXP : BAD; break;
            case EXP: s = digit ? EXPNUM : sign ? EXPSIGN : BAD; break;
            case EXPSIGN: case EXPNUM: s = digit ? EXPNUM : BAD; break;
            }
            moves += s != old;
        }
        counts[s]++;
    }
    uint16_t c = crc(0, moves);
    for (int i = 0; i < STATES; i++) c = crc(c, counts[i]);
    return c;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 12000;
    uint16_t c = 0;
    for (int i = 0; i < rounds; i++) c = crc(crc(crc(c, lists(i)), matrices(i)), scan(i));
    printf("%04x\n", c);
}
