// A four-byte instruction lies over a page border; either half, and either page, is replaced.
#include "code.h"
int main(void)
{
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 500; i++) {
        uint32_t code[2] = {addi(A0, A0, i), RET};
        memcpy(p + 4094, code, 8);
        flush(p + 4094, 8);
        EQUAL(((fn)(p + 4094))(1), 1 + i);
    }
    uint16_t high = (uint16_t)(addi(A0, A0, 77) >> 16); // the immediate is in the half on the second page
    memcpy(p + 4096, &high, 2);
    flush(p + 4096, 2);
    EQUAL(((fn)(p + 4094))(1), 1 + (int)(((addi(A0, A0, 77) & 0xffff0000) | (addi(A0, A0, 499) & 0xffff)) >> 20));
    char *q = mmap(p + 4096, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    uint32_t code[2] = {addi(A0, A0, 11), RET};
    memcpy(q - 2, code, 8);
    flush(q - 2, 8);
    EQUAL(((fn)(q - 2))(1), 12);
    return finish();
}
