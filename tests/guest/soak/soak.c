// A mix of fork, exec, signals, mappings, code, threads and pipes from several threads at once, each action checking itself.
//
//   soak                    100 actions a worker, seed 1
//   soak SECONDS [SEED]     for that long
#include "soak.h"
#include "processes.h"
#include "memory.h"
#include "signals.h"

// An action that takes longer hangs.
#define PATIENCE 100
#define SHORT_RUN 100

static const struct { const char *name; void (*run)(struct worker *); int weight; } actions[] = {
    {"fork", do_fork, 8}, {"exec", do_exec, 4}, {"spawn", do_spawn, 3}, {"fork-threads", do_fork_threads, 4},
    {"kill", do_kill, 4}, {"stop", do_stop, 2}, {"pipe", do_pipe, 3},
    {"map", do_map, 10}, {"remap", do_remap, 6}, {"malloc", do_malloc, 6}, {"code", do_code, 8},
    {"send", do_send, 12}, {"wait-signal", do_wait_signal, 6}, {"thread", do_thread, 6}, {"lock", do_lock, 8},
};
#define ACTIONS (int)(sizeof actions / sizeof *actions)

static time_t until;
static atomic_int running = WORKERS;
static pthread_barrier_t ready;
static time_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec; }
static int over(unsigned long round) { return until ? now() >= until : round >= SHORT_RUN; }

static void act(struct worker *w)
{
    int total = 0, i = 0;
    for (int k = 0; k < ACTIONS; k++) total += actions[k].weight;
    int which = below(w, total);
    while (which >= actions[i].weight) which -= actions[i++].weight;
    w->doing = actions[i].name;
    actions[i].run(w);
}

static void *work(void *arg)
{
    struct worker *w = self = arg;
    w->tid = gettid();
    pthread_barrier_wait(&ready);
    while (!over(w->round)) {
        act(w);
        w->round++;
    }
    w->doing = "values on their way";
    pthread_barrier_wait(&ready);
    while (w->got != w->sent) sched_yield();
    MUST(w->got_sum == w->sent_sum);
    MUST(holds(w));
    running--;
    return arg;
}

static void start(struct worker *w, int number)
{
    w->number = number;
    w->random = mix(seed * 1000 + number) | 1;
    w->area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(w->area != MAP_FAILED);
    fill(w, number);
    w->doing = "start";
    MUST(pthread_create(&w->thread, NULL, work, w) == 0);
}

// Waits for the workers; one that stays in one action for too long is named.
static void watch(void)
{
    unsigned long before[WORKERS] = {0};
    time_t since[WORKERS];
    for (int i = 0; i < WORKERS; i++) since[i] = now();
    while (running) {
        nap(20);
        for (int i = 0; i < WORKERS; i++) {
            struct worker *w = &workers[i];
            if (w->round != before[i] || !running) before[i] = w->round, since[i] = now();
            if (now() - since[i] <= PATIENCE) continue;
            fprintf(stderr, "soak: seed %lu, worker %d, round %lu: %s hangs\n", seed, i, atomic_load(&w->round), atomic_load(&w->doing));
            abort();
        }
    }
}

static void set_up_signals(void)
{
    struct itimerval often = {{0, 7000}, {0, 7000}};
    handle(SIGSEGV, on_fault, 0);
    handle(SIGALRM, on_tick, SA_RESTART);
    for (int i = 0; i < 4; i++) handle(SIGRTMIN + i, on_value, SA_RESTART);
    setitimer(ITIMER_REAL, &often, NULL);
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "answer")) return answer(argv[2]);
    if (argc > 1) until = now() + atol(argv[1]);
    if (argc > 2) seed = strtoul(argv[2], NULL, 10);
    set_up_signals();
    pthread_barrier_init(&ready, NULL, WORKERS);
    for (int i = 0; i < WORKERS; i++) start(&workers[i], i);
    watch();
    unsigned long rounds = 0, values = 0;
    for (int i = 0; i < WORKERS; i++) {
        MUST(pthread_join(workers[i].thread, NULL) == 0);
        rounds += workers[i].round;
        values += workers[i].got;
    }
    MUST(common_sum == common_expected);
    MUST(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    if (until) fprintf(stderr, "soak: %lu actions, %lu values, %lu ticks\n", rounds, values, atomic_load(&ticks));
    return finish();
}
