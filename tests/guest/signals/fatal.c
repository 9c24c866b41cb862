// An unhandled SIGSEGV kills with its signal.
#include "../check.h"
int main(void) { finish(); fflush(stdout); setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); *(volatile int *)8 = 1; return 0; }
