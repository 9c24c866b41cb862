// pthread_exit in the main thread leaves the process running; the exit of its last thread ends it with 0.
#include "../check.h"
static pthread_t first;
static void *work(void *p) { pthread_join(first, NULL); nap(10); finish(); return p; }
int main(void) { pthread_t t; first = pthread_self(); pthread_create(&t, NULL, work, NULL); pthread_exit(NULL); }
