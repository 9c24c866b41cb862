// Double precision: five bodies under gravity; square roots by the instruction, no libm.
#include "demo.h"

#define BODIES 5
#define STEPS 60000

static struct body { double x, y, z, vx, vy, vz, mass; } bodies[BODIES] = {
    {0, 0, 0, 0, 0, 0, 39.5},
    {4.84, -1.16, -0.10, 0.606, 2.81, -0.02, 0.037},
    {8.34, 4.12, -0.4, -1.01, 1.82, 0.008, 0.011},
    {12.89, -15.11, -0.22, 1.08, 0.868, -0.010, 0.0017},
    {15.37, -25.9, 0.179, 0.979, 0.594, -0.034, 0.002},
};

static void advance(double dt)
{
    for (int i = 0; i < BODIES; i++) {
        struct body *p = &bodies[i];
        for (int j = i + 1; j < BODIES; j++) {
            struct body *q = &bodies[j];
            double dx = p->x - q->x, dy = p->y - q->y, dz = p->z - q->z;
            double square = dx * dx + dy * dy + dz * dz;
            double force = dt / (square * __builtin_sqrt(square));
            p->vx -= dx * q->mass * force;
            p->vy -= dy * q->mass * force;
            p->vz -= dz * q->mass * force;
            q->vx += dx * p->mass * force;
            q->vy += dy * p->mass * force;
            q->vz += dz * p->mass * force;
        }
    }
    for (int i = 0; i < BODIES; i++) {
        struct body *p = &bodies[i];
        p->x += dt * p->vx;
        p->y += dt * p->vy;
        p->z += dt * p->vz;
    }
}

static u64 bits(double value)
{
    union { double d; u64 u; } both = {value};
    return both.u;
}

int main(void)
{
    for (int i = 0; i < STEPS; i++)
        advance(0.001);
    u64 sum = MIX_START;
    for (int i = 0; i < BODIES; i++) {
        sum = mix(sum, bits(bodies[i].x));
        sum = mix(sum, bits(bodies[i].y));
        sum = mix(sum, bits(bodies[i].z));
    }
    return report("fp", sum);
}
