// A controller as generated code is: many small states, timers, guards; driven by random events.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum state { IDLE, OPENING, OPEN, CLOSING, LOCKED, ALARM, TEST, FAULT, STATES };
enum event { BUTTON, LIMIT_UP, LIMIT_DOWN, OBSTACLE, KEY, TICK, RESET, NOISE };
struct door { enum state state; unsigned timer, position, cycles, faults, locked; uint8_t motor, lamp; };

__attribute__((noinline)) static void step(struct door *d, enum event e, unsigned arg)
{
    switch (d->state) {
    case IDLE:
        if (e == BUTTON && !d->locked) { d->state = OPENING; d->motor = 1; d->timer = 40; }
        else if (e == KEY) { d->state = LOCKED; d->locked = arg | 1; }
        else if (e == NOISE && (arg & 63) == 5) d->state = TEST;
        break;
    case OPENING:
        if (e == TICK) { d->position += 3; if (d->timer-- == 0) { d->state = FAULT; d->faults++; } }
        if (e == LIMIT_UP || d->position >= 100) { d->state = OPEN; d->motor = 0; d->timer = 20; }
        else if (e == BUTTON) { d->state = CLOSING; d->motor = 2; }
        break;
    case OPEN:
        if (e == TICK && d->timer && --d->timer == 0) { d->state = CLOSING; d->motor = 2; }
        else if (e == BUTTON) { d->state = CLOSING; d->motor = 2; d->cycles++; }
        else if (e == OBSTACLE) d->timer += 5;
        break;
    case CLOSING:
        if (e == OBSTACLE) { d->state = OPENING; d->motor = 1; d->timer = 40; }
        else if (e == TICK) d->position = d->position > 4 ? d->position - 4 : 0;
        if (e == LIMIT_DOWN || d->position == 0) { d->state = IDLE; d->motor = 0; d->cycles++; }
        break;
    case LOCKED:
        if (e == KEY && (arg & 3) == (d->locked & 3)) { d->state = IDLE; d->locked = 0; }
        else if (e == BUTTON) { d->state = ALARM; d->timer = 10; d->lamp = 1; }
        break;
    case ALARM:
        if (e == TICK) { d->lamp ^= 1; if (!d->timer--) { d->state = LOCKED; d->lamp = 0; } }
        else if (e == RESET) { d->state = IDLE; d->locked = d->lamp = 0; }
        break;
    case TEST:
        d->position = (d->position * 5 + arg) % 101;
        if (e == RESET || d->position == 50) d->state = IDLE;
        break;
    default:
        if (e == RESET) { *d = (struct door){.cycles = d->cycles, .faults = d->faults}; }
        break;
    }
}
int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 40000000, sum = 0;
    struct door doors[8] = {0};
    uint32_t r = 12345;
    for (unsigned i = 0; i < rounds; i++) {
        r = r * 1664525 + 1013904223;
        struct door *d = &doors[r >> 29];
        unsigned pick = r >> 20 & 31;
        step(d, pick < 8 ? (enum event)pick : TICK, r >> 8 & 255);
        sum = sum * 3 + d->state + d->position + d->motor;
    }
    for (int i = 0; i < 8; i++) sum = sum * 31 + doors[i].cycles + doors[i].faults;
    printf("%08x\n", sum);
}
