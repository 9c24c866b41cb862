// Integer loops: a linked list, a small matrix product, a state machine over text, and a CRC of the results.
#include "demo.h"

#define ROUNDS 200
#define NODES 256
#define N 16

struct node { struct node *next; u32 key; };
static struct node nodes[NODES];
static int a[N][N], b[N][N], c[N][N];

static u32 crc16(u32 crc, u32 value)
{
    for (int i = 0; i < 16; i++, value >>= 1)
        crc = (crc ^ value) & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
    return crc;
}

static struct node *reverse(struct node *list)
{
    struct node *done = 0;
    while (list) {
        struct node *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static u32 list_round(u64 *seed)
{
    for (u32 i = 0; i < NODES; i++) {
        nodes[i].key = next_random(seed) & 0xffff;
        nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : 0;
    }
    struct node *list = &nodes[0];
    u32 sum = 0;
    for (int pass = 0; pass < 16; pass++) {
        list = reverse(list);
        u32 best = 0;
        for (struct node *n = list; n; n = n->next)
            if ((n->key ^ pass * 4099) > best)
                best = n->key ^ pass * 4099;
        sum = crc16(sum, best);
    }
    return sum;
}

static u32 matrix_round(u64 *seed)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (int)next_random(seed) >> 20;
            b[i][j] = (int)next_random(seed) >> 20;
        }
    u32 sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int total = 0;
            for (int k = 0; k < N; k++)
                total += a[i][k] * b[k][j];
            c[i][j] = total;
            sum = crc16(sum, (u32)total);
        }
    return sum;
}

// Counts the tokens of a random text: words, integers, reals and errors.
static u32 state_round(u64 *seed)
{
    enum { SPACE, WORD, INTEGER, REAL, ERROR, STATES };
    static const char alphabet[] = "abcxyz0123456789....     ";
    u32 state = SPACE, seen[STATES] = {0};
    for (int i = 0; i < 2048; i++) {
        char ch = alphabet[next_random(seed) % (sizeof alphabet - 1)];
        int digit = ch >= '0' && ch <= '9';
        switch (state) {
        case SPACE: state = ch == ' ' ? SPACE : digit ? INTEGER : ch == '.' ? REAL : WORD; break;
        case WORD: state = ch == ' ' ? SPACE : ch == '.' ? ERROR : WORD; break;
        case INTEGER: state = ch == ' ' ? SPACE : digit ? INTEGER : ch == '.' ? REAL : ERROR; break;
        case REAL: state = ch == ' ' ? SPACE : digit ? REAL : ERROR; break;
        default: state = ch == ' ' ? SPACE : ERROR; break;
        }
        seen[state]++;
    }
    u32 sum = 0;
    for (int i = 0; i < STATES; i++)
        sum = crc16(sum, seen[i]);
    return sum;
}

int main(void)
{
    u64 seed = 1, sum = MIX_START;
    for (int i = 0; i < ROUNDS; i++) {
        sum = mix(sum, list_round(&seed));
        sum = mix(sum, matrix_round(&seed));
        sum = mix(sum, state_round(&seed));
    }
    return report("integer", sum);
}
