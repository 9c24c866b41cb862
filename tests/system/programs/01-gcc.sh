# needs: gcc g++ make
cat >hello.c <<'X'
#include <stdio.h>
int main(void) { return puts("C") < 0; }
X
cat >thrown.cc <<'X'
#include <iostream>
#include <map>
int main() { try { std::map<int, int>().at(1); } catch (const std::exception &e) { std::cout << e.what() << std::endl; } }
X
printf 'all: hello thrown\n\t./hello\n\t./thrown\nhello: hello.c\n\tgcc -O2 -o $@ $<\nthrown: thrown.cc\n\tg++ -O2 -o $@ $<\n' >Makefile
make -s -j2
