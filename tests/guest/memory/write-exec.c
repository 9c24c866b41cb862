// PR_SET_MDWE: memory that is not code can't become code, nor can code be writable; children and programs inherit it.
#include "../check.h"
#include <sys/prctl.h>
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#endif
#define P 4096
#define RWX (PROT_READ | PROT_WRITE | PROT_EXEC)
#define RX (PROT_READ | PROT_EXEC)
#define RW (PROT_READ | PROT_WRITE)
#define FAILS(call, e) do { errno = 0; CHECK((long)(call) == -1); EQUAL(errno, e); } while (0)
static void *map(int prot) { return mmap(NULL, P, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
static int in_child(int (*f)(void)) { int s; pid_t p = fork(); if (!p) _exit(f()); return waitpid(p, &s, 0) == p ? s : -1; }

static char *code, *data, *both;
static int deny(void)
{
    FAILS(prctl(PR_SET_MDWE, 2, 0, 0, 0), EINVAL);
    FAILS(prctl(PR_SET_MDWE, 4, 0, 0, 0), EINVAL);
    FAILS(prctl(PR_SET_MDWE, 1, 1, 0, 0), EINVAL);
    FAILS(prctl(PR_GET_MDWE, 1, 0, 0, 0), EINVAL);
    EQUAL(prctl(PR_GET_MDWE, 0, 0, 0, 0), 0);
    EQUAL(prctl(PR_SET_MDWE, 1, 0, 0, 0), 0);
    EQUAL(prctl(PR_SET_MDWE, 1, 0, 0, 0), 0);
    FAILS(prctl(PR_SET_MDWE, 0, 0, 0, 0), EPERM);
    FAILS(prctl(PR_SET_MDWE, 3, 0, 0, 0), EPERM);
    EQUAL(prctl(PR_GET_MDWE, 0, 0, 0, 0), 1);
    FAILS(map(RWX), EACCES);
    CHECK(map(RX) != MAP_FAILED);
    FAILS(mprotect(data, P, RX), EACCES);
    FAILS(mprotect(data, P, RWX), EACCES);
    FAILS(mprotect(code, P, RWX), EACCES);
    FAILS(mprotect(both, P, RWX), EACCES);
    EQUAL(mprotect(code, P, PROT_EXEC), 0);
    EQUAL(mprotect(code, P, RX), 0);
    EQUAL(mprotect(both, P, RX), 0);
    EQUAL(mprotect(both, P, RW), 0);
    FAILS(mprotect(both, P, RX), EACCES);
    return failures;
}
static int has(void) { return prctl(PR_GET_MDWE, 0, 0, 0, 0); }
static int exec_self(void) { execl("/proc/self/exe", "write-exec", "has", NULL); return 99; }
static int inherited(void)
{
    EQUAL(prctl(PR_SET_MDWE, 1, 0, 0, 0), 0);
    EQUAL(in_child(has), 1 << 8);
    EQUAL(in_child(exec_self), 1 << 8);
    return failures;
}
static int not_inherited(void)
{
    EQUAL(prctl(PR_SET_MDWE, 3, 0, 0, 0), 0);
    FAILS(prctl(PR_SET_MDWE, 1, 0, 0, 0), EPERM);
    FAILS(map(RWX), EACCES);
    EQUAL(in_child(has), 0);
    EQUAL(in_child(exec_self), 0);
    return failures ? failures : exec_self();
}
int main(int argc, char **argv)
{
    if (argc > 1) return !strcmp(argv[1], "has") ? has() : 98;
    code = map(RX), data = map(RW), both = map(RWX);
    EQUAL(in_child(deny), 0);
    EQUAL(in_child(inherited), 0);
    EQUAL(in_child(not_inherited), 0);
    CHECK(map(RWX) != MAP_FAILED);
    return finish();
}
