// A jump to the last instruction's place in the address space, where nothing can be.
#include "check.h"

static sigjmp_buf back;
static void *volatile at;

static void handler(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)context;
    at = info->si_addr;
    siglongjmp(back, 1);
}

int main(void)
{
    handle(SIGSEGV, handler, 0);
    for (long where = -2; where >= -600; where -= 2) {
        void (*volatile nowhere)(void) = (void (*)(void))where;
        if (!sigsetjmp(back, 1)) {
            nowhere();
            CHECK(!"came back");
        }
        CHECK(at == (void *)where);
    }
    return finish();
}
