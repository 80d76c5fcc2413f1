"""Cost against size, and two processes against one.

``python benchmarks/engine/scaling.py [--quick]``: 1e3 to 1e6 cells for 2 s (``--quick``: to 1e5 for 0.1 s), then the
same work with one program at a time and with two.
"""

import argparse

from workload import Workload, cost_of, jobs, warm

from mesobridge.spiking.engine import Machine, simulate_many


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, shorter runs")
    quick = parser.parse_args().quick
    machine = Machine()
    warm(machine)
    print(f"{'cells':>9s} {'wall s':>8s} {'core s':>8s} {'ns/neuron-step':>15s} {'relative':>9s}")
    first = None
    for cells in (1_000, 10_000, 100_000) if quick else (1_000, 10_000, 100_000, 1_000_000):
        work = Workload(levels=10, modulations=1, cells=cells // 10, duration=0.1 if quick else 2.0)
        cost = cost_of(lambda work=work: simulate_many(jobs(work), machine))
        per_step = cost.core / work.steps * 1e9
        first = first or per_step
        print(f"{cells:9d} {cost.wall:8.2f} {cost.core:8.2f} {per_step:15.2f} {per_step / first:9.2f}", flush=True)
    work = Workload(levels=20, modulations=2, duration=0.2 if quick else 2.0)
    walls = {}
    for workers in (1, 2):
        walls[workers] = cost_of(lambda workers=workers: simulate_many(jobs(work), Machine(workers=workers))).wall
        print(f"{workers} program(s) at a time: {walls[workers]:.2f} s wall", flush=True)
    print(f"two against one: {walls[1] / walls[2]:.2f} times faster")


if __name__ == "__main__":
    main()
