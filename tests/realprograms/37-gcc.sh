# gcc -O2 of a program of several files; its output runs.
cat > q.h <<'END'
#include <stddef.h>
void qs(int *, size_t); double series(int); unsigned long long collatz(unsigned long long);
END
cat > q.c <<'END'
#include "q.h"
void qs(int *a, size_t n) { if (n < 2) return; int p = a[n / 2]; size_t i = 0, j = n - 1; for (;; i++, j--) { while (a[i] < p) i++; while (a[j] > p) j--; if (i >= j) break; int t = a[i]; a[i] = a[j]; a[j] = t; } qs(a, i); qs(a + i, n - i); }
END
cat > s.c <<'END'
#include <math.h>
#include "q.h"
double series(int n) { double s = 0; for (int i = 1; i <= n; i++) s += sin(i) / i; return s; }
unsigned long long collatz(unsigned long long n) { unsigned long long k = 0; while (n != 1) { n = n & 1 ? 3 * n + 1 : n / 2; k++; } return k; }
END
cat > m.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <setjmp.h>
#include "q.h"
static jmp_buf j; static void h(int s) { longjmp(j, s); }
int main(int c, char **v) { static int a[5000]; unsigned x = 1; for (int i = 0; i < 5000; i++) a[i] = (x = x * 1664525 + 1013904223) >> 8; qs(a, 5000); unsigned long k = 0; for (int i = 0; i < 5000; i++) k = k * 31 + a[i];
  printf("%lu %.12f %llu %d %s\n", k, series(1000), collatz(837799), c, v[1]); signal(SIGSEGV, h); if (!setjmp(j)) *(volatile int *)0 = 1; else puts("caught"); __int128 w = (__int128)k * k; printf("%016lx%016lx\n", (long)(w >> 64), (long)w); return 3; }
END
for o in -O0 -O2 '-O3 -flto' '-O1 -static' '-Os -fno-pie -no-pie'; do gcc $o -Wall q.c s.c m.c -o p -lm && ./p "$o"; echo $?; done
gcc -fsyntax-only -xc - <<'END'
int main() { return undeclared; }
END
echo $?; gcc -O2 -c q.c && ar rcs libq.a q.o && nm libq.a | grep -w T | cut -c18-; gcc -shared -fPIC -O2 s.c -o libs.so && gcc -O2 m.c -L. -lq -ls -lm -Wl,-rpath,. -o p2 && ./p2 shared; objdump -d p2 | grep -c . | grep -q . && strip p2 && ./p2 stripped; readelf -h p2 | grep -E 'Class|Type'
