// What is mapped, and what of it is the guest's own: the rest is the translator's. `ends` is a pipe.
#pragma once
#include "../check.h"
static int ends[2];
// Whether the kernel can read a byte there for us.
static int there(unsigned long addr)
{
    char byte;
    return write(ends[1], (void *)addr, 1) == 1 && read(ends[0], &byte, 1) == 1;
}
static struct { unsigned long start, end; } own[4096];
static int owned;
static void find_own(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    while (fgets(line, sizeof line, maps) && owned < 4096)
        if (sscanf(line, "%lx-%lx", &own[owned].start, &own[owned].end) == 2) owned++;
    fclose(maps);
}
static int is_own(unsigned long addr)
{
    for (int i = 0; i < owned; i++) if (own[i].start <= addr && addr < own[i].end) return 1;
    return 0;
}
