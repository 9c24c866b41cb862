# needs: strace gdb gcc
cat >prog.c <<'X'
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int at(int *p, int n) { return n ? at(p, n - 1) + 1 : *p; }
void *thread(void *p) { return (void *)(long)at(p, 1); }
int main(int c, char **v) {
    int one = 1, s;
    pthread_t t;
    puts("start");
    fflush(stdout);
    if (c > 1 && !strcmp(v[1], "crash"))
        return at(0, 2);
    if (c > 1 && !strcmp(v[1], "wait"))
        pause();
    pid_t pid = fork();
    if (!pid)
        _exit(at(&one, 2));
    waitpid(pid, &s, 0);
    pthread_create(&t, 0, thread, &one);
    pthread_join(t, 0);
    return WEXITSTATUS(s);
}
X
gcc -g -O0 -pthread -o prog prog.c
strace -f -o log -e trace=execve,write,exit_group sh -c './prog | cat; exit 5' || echo "strace: $?"
sed -n 's/^[0-9]* *//p' log | grep -v resumed | sed 's/0x[0-9a-f]*.*/.../' | grep -e prog -e 'exited with 5' | sort
grep -c 'write(1, "start' log
strace -f --seccomp-bpf -e trace=execve -o log sh -c 'true; ./prog' || echo "seccomp-bpf: $?"
grep -c 'execve(' log
strace -e inject=write:error=ENOSPC -o log ./prog crash >/dev/null 2>&1 || grep -o 'ENOSPC.*INJECTED' log
gdb -nx -batch -ex run -ex bt --args ./prog crash 2>&1 | sed -n 's/^\(#[0-9]\) .*in \([a-z]* (.*)\) at.*/\1 \2/p; s/^Program received signal //p' | sed 's/v=0x[0-9a-f]*/v=.../'
gdb -nx -batch -ex 'break at if n == 0' -ex run -ex 'info threads' -ex up -ex 'print n' -ex 'stepi' -ex next -ex continue ./prog 2>&1 |
  grep -e '^\$' -e Breakpoint -e 'exited with' | sed 's/ at 0x.*: / at /; s/p=0x[0-9a-f]*/p=.../; s/process [0-9]*/process P/'
gdb -nx -batch -ex 'set follow-fork-mode child' -ex 'break at if n == 0' -ex run -ex finish -ex continue ./prog 2>&1 | grep -e Value -e 'exited with' | sed 's/process [0-9]*/process P/'
./prog wait & p=$!
until grep -q '^State:.S' /proc/$p/status; do sleep 0.1; done
gdb -nx -batch -p $p -ex bt ./prog 2>&1 | grep -o 'main (c=2'
rm log
strace -o log -p $p 2>/dev/null & s=$!
until grep -o '^ppoll(NULL, 0, NULL, NULL' log 2>/dev/null; do sleep 0.1; done
kill $s
wait $s || true
grep State /proc/$p/status
kill $p
