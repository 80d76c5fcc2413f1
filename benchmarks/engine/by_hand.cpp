// The yardstick: the updates of the model, written by hand as one loop over cells, compiled with the same flags.
// Arguments: steps, cells, seed, level, current (A), file of thresholds and first potentials (V), then the numbers below in their order.
#include <cstdio>
#include <cstdlib>
#include <cmath>
#include <vector>
#include "random.h"

struct Numbers {
    double step, capacitance, g_rest, i_rest, reset_below, refractory;
    double mean_e, none_e, mean_i, none_i;
    double keep_a, jump_a, keep_slow, jump_slow, keep_fast, jump_fast, keep_g, jump_g;
    double e_ampa, e_nmda, e_gaba, magnesium, slope, g_slow, g_fast, g_ampa, g_gaba, v;
};

int main(int argc, char** argv)
{
    const long steps = atol(argv[1]);
    const int cells = atoi(argv[2]), seed = atoi(argv[3]), level = atoi(argv[4]);
    const real current = atof(argv[5]);
    std::vector<double> given(2 * cells);
    FILE* file = fopen(argv[6], "rb");
    if (!file || fread(given.data(), sizeof(double), 2 * cells, file) != 2 * (size_t)cells) return 1;
    Numbers n;
    for (int k = 0; k < (int)(sizeof(Numbers) / sizeof(double)); k++) ((double*)&n)[k] = atof(argv[7 + k]);

    std::vector<real> arrays[14];
    for (auto& array : arrays) array.assign(cells, 0);
    real *__restrict v = arrays[0].data(), *__restrict v_free = arrays[1].data(), *__restrict a = arrays[2].data(),
         *__restrict slow = arrays[3].data(), *__restrict fast = arrays[4].data(), *__restrict g = arrays[5].data(),
         *__restrict wait = arrays[6].data(), *__restrict count = arrays[7].data(), *__restrict late = arrays[8].data(),
         *__restrict sum = arrays[9].data(), *__restrict square = arrays[10].data(), *__restrict total = arrays[11].data(),
         *__restrict threshold = arrays[12].data(), *__restrict reference = arrays[13].data();
    for (int i = 0; i < cells; i++) {
        threshold[i] = given[i];
        v[i] = given[cells + i];
        v_free[i] = reference[i] = n.v;
        slow[i] = n.g_slow; fast[i] = n.g_fast; a[i] = n.g_ampa; g[i] = n.g_gaba;
    }
    const real step = n.step, half = n.step / 2, c = n.capacitance, g_rest = n.g_rest, i_rest = n.i_rest + current;
    const real tiny = real(1e-9), gap = n.reset_below, refractory = n.refractory, slope = -n.slope, magnesium = n.magnesium;
    const real e_a = n.e_ampa, e_n = n.e_nmda, e_g = n.e_gaba, mean_e = n.mean_e, none_e = n.none_e, mean_i = n.mean_i;
    const real none_i = n.none_i, keep_a = n.keep_a, jump_a = n.jump_a, keep_s = n.keep_slow, jump_s = n.jump_slow;
    const real keep_f = n.keep_fast, jump_f = n.jump_fast, keep_g = n.keep_g, jump_g = n.jump_g, one = 1, zero = 0;

    for (long t = 0; t < steps; t++) {
        const real second_half = t >= steps / 2 ? 1 : 0;
        for (int i = 0; i < cells; i++) {
            const real e = poisson_count_8(uniform_0(t, i, level, 0, seed, 0), mean_e, none_e);
            const real h = poisson_count_8(uniform_1(t, i, level, 0, seed, 0), mean_i, none_i);
            a[i] = keep_a * a[i] + jump_a * e;
            slow[i] = keep_s * slow[i] + jump_s * e;
            fast[i] = keep_f * fast[i] + jump_f * e;
            g[i] = keep_g * g[i] + jump_g * h;
            const real common = g_rest + a[i] + g[i], input = i_rest + e_a * a[i] + e_g * g[i], open = slow[i] - fast[i];
            const real n_free = open / (one + magnesium * std::exp(slope * v_free[i]));
            const real g_free = common + n_free;
            v_free[i] += step * (input + e_n * n_free - g_free * v_free[i]) / (c + half * g_free);
            const real n_v = open / (one + magnesium * std::exp(slope * v[i]));
            const real g_v = common + n_v, rest = one - wait[i];
            const real running = rest < zero ? zero : rest > one ? one : rest;
            const real moved = v[i] + running * step * (input + e_n * n_v - g_v * v[i]) / (c + running * half * g_v);
            const real spike = moved >= threshold[i] ? one : zero, left = wait[i] - one;
            const real rise = moved - v[i], over = (moved - threshold[i]) / (rise < tiny ? tiny : rise);
            const real hold = refractory - (over < zero ? zero : over > one ? one : over);
            wait[i] = (left < zero ? zero : left) * (one - spike) + (hold < zero ? zero : hold) * spike;
            v[i] = moved * (one - spike) + (threshold[i] - gap) * spike;
            const real deviation = v_free[i] - reference[i];
            sum[i] += deviation;
            square[i] += deviation * deviation;
            total[i] += v[i] - reference[i];
            count[i] += spike * (one - second_half);
            late[i] += spike * second_half;
        }
    }
    double spikes = 0, mean = 0, variance = 0, actual = 0;
    for (int i = 0; i < cells; i++) {
        spikes += count[i] + late[i];
        mean += sum[i] / steps + reference[i];
        variance += square[i] / steps - (sum[i] / steps) * (sum[i] / steps);
        actual += total[i] / steps + reference[i];
    }
    printf("%.10g %.10g %.10g %.10g\n", spikes, mean / cells, variance / cells, actual / cells);
    return 0;
}
