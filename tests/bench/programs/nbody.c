// A floating-point kernel: five bodies under gravity, double precision.
#include <math.h>
#include <stdio.h>

enum { BODIES = 5, STEPS = 400000 };
struct body {
    double x[3], v[3], mass;
};

static struct body body[BODIES] = {
    {{0, 0, 0}, {0, 0, 0}, 39.5},
    {{4.8, -1.2, -0.1}, {0.6, 2.8, -0.02}, 0.038},
    {{8.3, 4.1, -0.4}, {-1.0, 1.8, 0.008}, 0.011},
    {{12.9, -15.1, -0.2}, {1.1, 0.9, -0.01}, 0.0017},
    {{15.4, -25.9, 0.2}, {1.0, 0.6, -0.03}, 0.002},
};

static void advance(double dt)
{
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++) {
            double d[3], d2 = 0;
            for (int k = 0; k < 3; k++) {
                d[k] = body[i].x[k] - body[j].x[k];
                d2 += d[k] * d[k];
            }
            double f = dt / (d2 * sqrt(d2));
            for (int k = 0; k < 3; k++) {
                body[i].v[k] -= d[k] * body[j].mass * f;
                body[j].v[k] += d[k] * body[i].mass * f;
            }
        }
    for (int i = 0; i < BODIES; i++)
        for (int k = 0; k < 3; k++) body[i].x[k] += dt * body[i].v[k];
}

int main(void)
{
    for (int i = 0; i < STEPS; i++) advance(0.001);
    printf("%.9f %.9f\n", body[0].x[0], body[3].x[1]);
    return 0;
}
