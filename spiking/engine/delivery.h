// Delivery of spikes between the populations of a circuit: the C++ twin of delivery.py.
//
// Every target population keeps, for each gate, a ring of future inputs (delay steps x cells). At the end of a step each
// spike adds its weight to the slots of the steps in which it arrives; then the slot of the next step is handed to the
// cells and cleared. All-to-all connections of one weight and delay add to one number for each step instead.
#pragma once
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace mesobridge {

[[noreturn]] static inline void fail(const std::string &what)
{
    std::fprintf(stderr, "delivery: %s\n", what.c_str());
    std::exit(3);
}

template <typename T> struct File {
    const T *data;
    size_t size;
    explicit File(const std::string &path) : data(nullptr), size(0)
    {
        const int handle = open(path.c_str(), O_RDONLY);
        struct stat facts;
        if (handle < 0 || fstat(handle, &facts) != 0) fail("cannot read " + path);
        size = facts.st_size / sizeof(T);
        if (size > 0) {
            void *where = mmap(nullptr, facts.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, handle, 0);
            if (where == MAP_FAILED) fail("cannot map " + path);
            data = static_cast<const T *>(where);
        }
        close(handle);
    }
};

template <typename T> static void save(const std::string &path, const std::vector<T> &values)
{
    FILE *file = std::fopen(path.c_str(), "wb");
    if (!file || std::fwrite(values.data(), sizeof(T), values.size(), file) != values.size() || std::fclose(file) != 0)
        fail("cannot write " + path);
}

enum Kind { LINEAR = 0, SATURATING = 1, SUMMED = 2 };

struct Opening {
    int64_t kind, gate, sender;
    double weight, opened, closing;
};

template <typename real> struct Population {
    int64_t cells, length;
    bool record_spikes;
    const real *spiked, *v, *v_free;
    std::vector<real *> inputs, held, signals;
    std::vector<const real *> sent;
    std::vector<std::vector<real>> rings;      // one for each input: length x cells
    std::vector<std::vector<real>> uniform;    // one for each input: length
    std::vector<std::vector<double>> held_rings; // one for each held gate: length
    std::vector<int32_t> fired;
    std::vector<int32_t> times;
    int64_t first_cell;
};

struct Projection {
    int64_t source, target, constant_delay, longest;
    bool dense, weighted, delayed;
    std::vector<Opening> openings;
    const int64_t *offsets;
    const int32_t *targets;
    const float *weights;
    const uint16_t *steps;
    std::vector<double> gate, gate_step; // saturating gate of each source cell after its last spike, and that step
};

template <typename real> class Delivery {
    std::string folder;
    int64_t total_steps, warm_up, bin_steps, bins;
    bool potentials;
    std::vector<Population<real>> populations;
    std::vector<Projection> projections;
    const double *table;
    int64_t channels;
    std::vector<int64_t> counts, bin_spikes;
    std::vector<double> sums[3]; // of v_free, of its square, of v: one for each population and bin
    FILE *spike_file;
    std::chrono::steady_clock::time_point started;
    std::clock_t started_processor;

  public:
    Delivery(const std::string &results, real *const *pointers) : folder(results), spike_file(nullptr)
    {
        const File<int64_t> plan(folder + "plan.in");
        const File<double> numbers(folder + "numbers.in");
        const int64_t *at = plan.data;
        const double *number = numbers.data;
        const int64_t count = *at++;
        total_steps = *at++, warm_up = *at++, bin_steps = *at++, potentials = *at++ != 0;
        bins = (total_steps - warm_up) / bin_steps;
        channels = 0;
        int64_t cells = 0;
        for (int64_t p = 0; p < count; p++) cells += add_population(at, pointers, cells);
        const int64_t routes = *at++;
        for (int64_t r = 0; r < routes; r++) add_projection(r, at, number);
        table = channels > 0 ? File<double>(folder + "signals.in").data : nullptr;
        counts.assign(cells, 0);
        bin_spikes.assign(count * bins, 0);
        for (auto &sum : sums) sum.assign(count * bins, 0.0);
        bool any = false;
        for (const auto &population : populations) any = any || population.record_spikes;
        if (any && !(spike_file = std::fopen((folder + "spikes.out").c_str(), "wb"))) fail("cannot write spikes");
        started = std::chrono::steady_clock::now();
        started_processor = std::clock();
    }

    void step(int64_t now)
    {
        for (auto &population : populations) find_spikes(population);
        for (size_t p = 0; p < populations.size(); p++) record(p, now);
        for (auto &projection : projections) route(projection, now);
        for (auto &population : populations) hand_over(population, now + 1);
        const double *values = table + (now + 1) * channels;
        if (now + 1 < total_steps)
            for (auto &population : populations)
                for (real *signal : population.signals) *signal = (real)*values++;
        if (now + 1 >= total_steps) finish();
    }

  private:
    int64_t add_population(const int64_t *&at, real *const *&pointers, int64_t first_cell)
    {
        populations.emplace_back();
        auto &p = populations.back();
        p.first_cell = first_cell;
        p.cells = *at++, p.length = *at++, p.record_spikes = *at++ != 0;
        const int64_t inputs = *at++, held = *at++, senders = *at++, signals = *at++;
        p.spiked = *pointers++, p.v = *pointers++, p.v_free = *pointers++;
        for (int64_t k = 0; k < inputs; k++) {
            p.inputs.push_back(*pointers++);
            p.rings.emplace_back(p.length * p.cells, (real)0);
            p.uniform.emplace_back(p.length, (real)0);
        }
        for (int64_t k = 0; k < held; k++) {
            p.held.push_back(*pointers++);
            p.held_rings.emplace_back(p.length, 0.0);
        }
        for (int64_t k = 0; k < senders; k++) p.sent.push_back(*pointers++);
        for (int64_t k = 0; k < signals; k++) p.signals.push_back(*pointers++);
        channels += signals;
        p.fired.reserve(p.cells);
        p.times.reserve(p.cells);
        return p.cells;
    }

    void add_projection(int64_t number, const int64_t *&at, const double *&values)
    {
        projections.emplace_back();
        auto &r = projections.back();
        r.source = *at++, r.target = *at++, r.dense = *at++ != 0, r.constant_delay = *at++, r.longest = *at++;
        r.weighted = *at++ != 0, r.delayed = *at++ != 0;
        const int64_t openings = *at++;
        for (int64_t k = 0; k < openings; k++) {
            const Opening opening = {at[0], at[1], at[2], values[0], values[1], values[2]};
            r.openings.push_back(opening);
            at += 3, values += 3;
            if (opening.kind == SATURATING) {
                r.gate.assign(populations[r.source].cells, 0.0);
                r.gate_step.assign(populations[r.source].cells, 0.0);
            }
        }
        if (r.dense) return;
        const std::string stem = folder + "projection_" + std::to_string(number) + ".";
        r.offsets = File<int64_t>(stem + "offsets").data;
        r.targets = File<int32_t>(stem + "targets").data;
        r.weights = r.weighted ? File<float>(stem + "weights").data : nullptr;
        r.steps = r.delayed ? File<uint16_t>(stem + "steps").data : nullptr;
    }

    void find_spikes(Population<real> &p)
    {
        p.fired.clear();
        p.times.clear();
        const real *spiked = p.spiked;
        const int64_t whole = p.cells & ~(int64_t)15;
        for (int64_t first = 0; first < whole; first += 16) {
            real any = 0;
            for (int k = 0; k < 16; k++) any += spiked[first + k];
            if (any != 0)
                for (int64_t cell = first; cell < first + 16; cell++) note(p, cell);
        }
        for (int64_t cell = whole; cell < p.cells; cell++) note(p, cell);
    }

    static inline void note(Population<real> &p, int64_t cell)
    {
        if (p.spiked[cell] != 0) {
            p.fired.push_back((int32_t)cell);
            p.times.push_back((int32_t)p.spiked[cell]);
        }
    }

    void record(size_t number, int64_t now)
    {
        if (now < warm_up) return;
        auto &p = populations[number];
        const int64_t bin = (now - warm_up) / bin_steps;
        const size_t at = number * bins + bin;
        for (size_t k = 0; k < p.fired.size(); k++) {
            if (bin < bins) bin_spikes[at] += p.times[k];
            counts[p.first_cell + p.fired[k]] += p.times[k];
            if (p.record_spikes)
                for (int32_t again = 0; again < p.times[k]; again++) {
                    const int32_t entry[3] = {(int32_t)(now - warm_up), (int32_t)number, p.fired[k]};
                    if (std::fwrite(entry, sizeof(int32_t), 3, spike_file) != 3) fail("cannot write spikes");
                }
        }
        if (!potentials || bin >= bins) return;
        const real reference = p.v_free[0];
        double free = 0, square = 0, spiking = 0;
        for (int64_t cell = 0; cell < p.cells; cell++) {
            const double deviation = p.v_free[cell] - reference;
            free += deviation;
            square += deviation * deviation;
            spiking += p.v[cell];
        }
        const double mean = free / p.cells;
        sums[0][at] += reference + mean;
        sums[1][at] += square / p.cells - mean * mean;
        sums[2][at] += spiking / p.cells;
    }

    void route(Projection &r, int64_t now)
    {
        auto &source = populations[r.source];
        auto &target = populations[r.target];
        for (auto &opening : r.openings)
            if (opening.kind == SUMMED) add_sum(r, opening, source, target, now);
        if (source.fired.empty()) return;
        if (r.dense) {
            int64_t spikes = 0;
            for (int32_t times : source.times) spikes += times;
            const int64_t slot = (now + 1 + r.constant_delay) % target.length;
            for (auto &opening : r.openings)
                if (opening.kind == LINEAR) target.uniform[opening.gate][slot] += (real)(opening.weight * spikes);
            return;
        }
        for (size_t k = 0; k < source.fired.size(); k++) {
            if (k + 1 < source.fired.size()) {
                const int64_t next = r.offsets[source.fired[k + 1]];
                __builtin_prefetch(r.targets + next);
                __builtin_prefetch(r.targets + next + 16);
            }
            for (auto &opening : r.openings)
                if (opening.kind != SUMMED)
                    walk(r, opening, target, source.fired[k], size(r, opening, source.fired[k], source.times[k], now),
                         now + 1);
        }
    }

    static void add_sum(const Projection &r, const Opening &opening, const Population<real> &source,
                        Population<real> &target, int64_t now)
    {
        const real *sent = source.sent[opening.sender];
        double sum = 0;
        for (int64_t cell = 0; cell < source.cells; cell++) sum += sent[cell];
        target.held_rings[opening.gate][(now + r.constant_delay) % target.length] += opening.weight * sum;
    }

    // The size of what `times` spikes of a cell open: a saturating gate takes what is left of it.
    static double size(Projection &r, const Opening &opening, int32_t cell, int32_t times, int64_t now)
    {
        if (opening.kind == LINEAR) return opening.weight * times;
        double &gate = r.gate[cell];
        gate *= std::exp(-opening.closing * (now - r.gate_step[cell]));
        r.gate_step[cell] = (double)now;
        double opened = 0;
        for (int32_t again = 0; again < times; again++) {
            const double share = opening.opened * (1 - gate);
            gate += share;
            opened += share;
        }
        return opening.weight * opened;
    }

    static void walk(const Projection &r, const Opening &opening, Population<real> &target, int32_t cell, double size,
                     int64_t arrival)
    {
        real *const ring = target.rings[opening.gate].data();
        const int64_t cells = target.cells, length = target.length;
        const int64_t first = r.offsets[cell], last = r.offsets[cell + 1];
        const int32_t *const targets = r.targets;
        if (!r.delayed) {
            real *const slot = ring + (arrival + r.constant_delay) % length * cells;
            if (r.weighted)
                for (int64_t k = first; k < last; k++) slot[targets[k]] += (real)(size * r.weights[k]);
            else
                for (int64_t k = first; k < last; k++) slot[targets[k]] += (real)size;
            return;
        }
        const int64_t start = arrival % length;
        for (int64_t k = first; k < last; k++) {
            int64_t slot = start + r.steps[k];
            slot -= slot >= length ? length : 0;
            ring[slot * cells + targets[k]] += (real)(r.weighted ? size * r.weights[k] : size);
        }
    }

    static void hand_over(Population<real> &p, int64_t next)
    {
        const int64_t slot = next % p.length;
        for (size_t k = 0; k < p.inputs.size(); k++) {
            real *__restrict__ const from = p.rings[k].data() + slot * p.cells;
            real *__restrict__ const to = p.inputs[k];
            const real uniform = p.uniform[k][slot];
            for (int64_t cell = 0; cell < p.cells; cell++) {
                to[cell] = from[cell] + uniform;
                from[cell] = 0;
            }
            p.uniform[k][slot] = 0;
        }
        for (size_t k = 0; k < p.held.size(); k++) {
            *p.held[k] = (real)p.held_rings[k][slot];
            p.held_rings[k][slot] = 0;
        }
    }

    void finish()
    {
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
        if (spike_file && std::fclose(spike_file) != 0) fail("cannot write spikes");
        save(folder + "counts.out", counts);
        save(folder + "bin_spikes.out", bin_spikes);
        save(folder + "v_free.out", sums[0]);
        save(folder + "v_free_variance.out", sums[1]);
        save(folder + "v.out", sums[2]);
        const double processor = double(std::clock() - started_processor) / CLOCKS_PER_SEC;
        save(folder + "seconds.out", std::vector<double>{seconds.count(), processor});
    }
};

} // namespace mesobridge
