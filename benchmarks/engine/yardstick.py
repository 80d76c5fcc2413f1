"""The engine against a hand-written C++ loop of the same updates, plain Brian2, and a rebuild for every point.

``python benchmarks/engine/yardstick.py [--quick]``: 320 conditions (40 drives x 8 modulations) x 1000 cells x 2 s; with
``--quick`` 32 conditions x 1000 cells x 0.5 s. Everything is measured in the same run; what is extrapolated says so.
The loop draws the same random numbers, so that its spikes are also compared.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from by_hand import compile_loop, run_by_hand
from workload import Cost, Workload, cost_of, jobs, warm, yardstick_population

from mesobridge.spiking import SteadyDrive
from mesobridge.spiking.engine import Machine, simulate, simulate_many
from mesobridge.spiking.engine.structure import Precision

PLAIN_POINTS = 3


def line(name: str, cost: Cost, work: Workload, yardstick: Cost | None, note: str = "") -> None:
    ratio = f"{cost.core / yardstick.core:6.2f} x" if yardstick else "    1 x"
    per_step = cost.core / work.steps * 1e9
    measured = f"{cost.wall:9.1f} s wall {cost.core:9.1f} core-s {per_step:7.2f} ns/neuron-step"
    print(f"{name:46s} {measured} {ratio} {note}", flush=True)


def compare(work: Workload, precision: Precision, folder: Path) -> Cost:
    """Print the engine against the loop in one precision, and return the loop's cost."""
    machine = Machine(precision=precision)
    built = warm(machine)
    program = compile_loop(folder, precision)
    kept: dict[str, np.ndarray] = {}
    loop = cost_of(lambda: kept.update(hand=run_by_hand(program, work, folder, machine.workers)))
    line(f"loop by hand, {precision}", loop, work, None)
    ours = cost_of(lambda: kept.update(ours=engine_counts(work, machine)))
    line(f"engine, {precision}", ours, work, loop, f"(build, once for all: {built.wall:.1f} s, 0 when cached)")
    hand, engine = kept["hand"][:, 0].sum(), kept["ours"].sum()
    print(f"    spikes by hand {hand:.0f}, engine {engine:.0f}: they differ by {abs(engine / hand - 1):.1e}")
    return loop


def engine_counts(work: Workload, machine: Machine) -> np.ndarray:
    recordings = simulate_many(jobs(work), machine)
    return np.concatenate([r.spike_count.sum(("half", "cell")).values for r in recordings])


def engine_rate(work: Workload, current: float) -> float:
    """Return the rate of the unmodulated population, Hz."""
    experiment = SteadyDrive(levels=(current,), cells=work.cells, duration=work.duration, warm_up=0.0)
    counts = simulate(yardstick_population(), experiment, seed=1).spike_count
    return float(counts.sum()) / work.cells / work.duration


def plain(work: Workload, loop: Cost, folder: Path) -> None:
    """Print plain Brian2, extrapolated from a few points: one build for all, and a build for each point."""
    script = str(Path(__file__).with_name("plain_brian2.py"))
    points = np.linspace(0, work.levels - 1, PLAIN_POINTS).astype(int)
    build, run, core, rates = 0.0, 0.0, 0.0, []
    for number, point in enumerate(points):
        where = str(folder / f"plain_{number}")
        arguments = [where, repr(work.currents[point]), str(work.cells), str(work.duration)]
        answers: list[float] = []

        def once(arguments: list[str] = arguments, answers: list[float] = answers) -> None:
            done = subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=True)
            answers.extend(float(word) for word in done.stdout.split())

        core += cost_of(once).core / PLAIN_POINTS
        build, run = build + answers[0] / PLAIN_POINTS, run + answers[1] / PLAIN_POINTS
        rates.append((answers[2], engine_rate(work, work.currents[point])))
    note = f"(extrapolated from {PLAIN_POINTS} points)"
    line(
        "plain Brian2 standalone, built once",
        Cost(build + run * work.conditions, core - run + run * work.conditions),
        work,
        loop,
        note,
    )
    print(
        "    rates of plain Brian2, which draws AMPA and NMDA apart, and of the engine: "
        + ", ".join(f"{a:.1f} and {b:.1f} Hz" for a, b in rates)
    )
    whole = Cost((build + run) * work.conditions, core * work.conditions)
    line("plain Brian2 standalone, rebuilt for each point", whole, work, loop, note)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the conditions, a quarter of the time")
    work = Workload(levels=16, modulations=2, duration=0.5) if parser.parse_args().quick else Workload()
    print(f"{work.conditions} conditions x {work.cells} cells x {work.duration:g} s = {work.steps:.2g} neuron-steps")
    with tempfile.TemporaryDirectory() as folder:
        loop = compare(work, "float64", Path(folder))
        compare(work, "float32", Path(folder))
        plain(work, loop, Path(folder))


if __name__ == "__main__":
    main()
