// Expressions parsed to a tree, evaluated by a recursive interpreter through node handlers, for many variable values.
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct node { int64_t (*eval)(const struct node *, const int64_t *); struct node *l, *r; int64_t value; };
#define EV(n) n->eval(n, v)
#define BINARY(name, expr) static int64_t name(const struct node *n, const int64_t *v) { uint64_t a = (uint64_t)EV(n->l), b = (uint64_t)EV(n->r); return (int64_t)(expr); }
BINARY(op_add, a + b)
BINARY(op_sub, a - b)
BINARY(op_mul, a * b)
BINARY(op_div, (b & 0xff) ? a / (b & 0xff) : a)
BINARY(op_and, a & b)
BINARY(op_xor, a ^ b)
BINARY(op_less, (int64_t)a < (int64_t)b)
static int64_t op_num(const struct node *n, const int64_t *v) { (void)v; return n->value; }
static int64_t op_var(const struct node *n, const int64_t *v) { return v[n->value]; }
static int64_t op_if(const struct node *n, const int64_t *v) { return EV(n->l) & 1 ? EV(n->r->l) : EV(n->r->r); }

static const char *at;
static struct node *make(int64_t (*f)(const struct node *, const int64_t *), struct node *l, struct node *r, int64_t value)
{
    struct node *n = malloc(sizeof *n);
    *n = (struct node){f, l, r, value};
    return n;
}
static struct node *expression(void);
static struct node *primary(void)
{
    if (*at == '(') { at++; struct node *n = expression(); at++; return n; }
    if (isdigit((unsigned char)*at)) return make(op_num, NULL, NULL, strtol(at, (char **)&at, 10));
    return make(op_var, NULL, NULL, *at++ - 'a');
}
static struct node *term(void)
{
    struct node *n = primary();
    while (*at == '*' || *at == '/' || *at == '&') { char c = *at++; n = make(c == '*' ? op_mul : c == '/' ? op_div : op_and, n, primary(), 0); }
    return n;
}
static struct node *expression(void)
{
    struct node *n = term();
    while (*at == '+' || *at == '-' || *at == '^' || *at == '<') { char c = *at++; n = make(c == '+' ? op_add : c == '-' ? op_sub : c == '^' ? op_xor : op_less, n, term(), 0); }
    if (*at == '?') { at++; struct node *yes = expression(); at++; n = make(op_if, n, make(NULL, yes, expression(), 0), 0); }
    return n;
}
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 8000000;
    static const char *const sources[] = {"a*b+c*d-e/3+(a-b)*(c-d)", "a<b?c*2+1:d/7-e", "(a^b)&255*(c+d+e)/(1+b)+(a<c?(d<e?a:b):(c<d?e:a+1))", "((a+1)*(b+2)-(c+3)*(d+4))/(e&15+1)^a"};
    struct node *trees[4];
    for (int i = 0; i < 4; i++) { at = sources[i]; trees[i] = expression(); }
    int64_t v[5] = {1, 2, 3, 4, 5};
    uint64_t sum = 0;
    for (int i = 0; i < rounds; i++) {
        int64_t x = trees[i * 7 % 4]->eval(trees[i * 7 % 4], v) + trees[i % 3]->eval(trees[i % 3], v);
        sum = sum * 31 + (uint64_t)x;
        v[i % 5] = (int64_t)(sum >> 40);
    }
    printf("%016llx\n", (unsigned long long)sum);
}
