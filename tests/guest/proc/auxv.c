// The auxiliary vector: page size, program headers, entry, random bytes, capabilities, exec name, vDSO.
#include "../check.h"
#include <elf.h>
#include <sys/auxv.h>
extern char _start[];
int main(int argc, char **argv)
{
    (void)argc;
    EQUAL(getauxval(AT_PAGESZ), 4096); EQUAL(getauxval(AT_ENTRY), _start); EQUAL(getauxval(AT_PHENT), sizeof(Elf64_Phdr));
    const Elf64_Phdr *p = (const void *)getauxval(AT_PHDR);
    int loads = 0;
    for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++) loads += p[i].p_type == PT_LOAD;
    CHECK(loads >= 2);
    unsigned long hwcap = getauxval(AT_HWCAP);
    for (const char *c = "imafdc"; *c; c++) CHECK(hwcap >> (*c - 'a') & 1);
    CHECK(getauxval(AT_RANDOM) != 0);
    CHECK(!strcmp((char *)getauxval(AT_EXECFN), argv[0]));
    CHECK(getauxval(AT_CLKTCK) == 100);
    EQUAL(getauxval(AT_UID), getuid()); EQUAL(getauxval(AT_EGID), getegid()); EQUAL(getauxval(AT_SECURE), 0);
    const unsigned char *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
    CHECK(vdso && !memcmp(vdso, ELFMAG, 4) && ((const Elf64_Ehdr *)(const void *)vdso)->e_machine == EM_RISCV);
    return finish();
}
