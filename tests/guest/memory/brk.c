// sbrk grows and shrinks; new memory is zero, also after shrinking; malloc keeps working.
#include "../check.h"
int main(void)
{
    char *start = sbrk(0);
    CHECK(sbrk(1 << 20) == start);
    for (int i = 0; i < 1 << 20; i += 512) if (start[i]) { CHECK(!"zero"); break; }
    memset(start, 7, 1 << 20);
    CHECK(sbrk(-(1 << 19)) == start + (1 << 20));
    CHECK(sbrk(1 << 19) == start + (1 << 19));
    EQUAL(start[(1 << 19) - 1], 7); EQUAL(start[(1 << 19) + 4096], 0);
    for (int i = 0; i < 200; i++) if (sbrk(12345) == (void *)-1) CHECK(!"sbrk");
    char *m = malloc(5000000);
    memset(m, 1, 5000000);
    free(m);
    return finish();
}
