"""How fast are circuits? Against NEST 3.10 on the same network, one thread each.

10,000 leaky cells, each with 800 excitatory and 200 inhibitory connections (10 percent), delay 1.5 ms, private Poisson
background, 0.1 ms. Twice: exponential currents (NEST integrates them exactly, its fastest cell) and exponential
conductances. Run on an idle machine:

    python benchmarks/circuits/against_nest.py --nest-python PATH [--seconds 1]

PATH is a Python with nest-simulator 3.10 (`pip install nest-simulator==3.10.0` in an environment of its own). Times are
those of the simulation phase; construction and first compile stand beside them. ``processor`` times hold on a machine
that others use too.
"""

import argparse
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mesobridge.spiking import Afferent, PointCell, Population, Synapse
from mesobridge.spiking.circuits import Circuit, CircuitPopulation, CircuitRecord, Delay, Projection
from mesobridge.spiking.circuits.strength import synapse_of_strength
from mesobridge.spiking.engine import Machine
from mesobridge.spiking.engine.simulate_circuit import CircuitRun, run_circuit
from mesobridge.spiking.engine.structure import Precision


@dataclass(frozen=True)
class Workload:
    """The form of the synapses, the background (Hz), and the strengths in the unit of NEST (pA or nS)."""

    form: str
    background: float
    excitation: float
    inhibition: float


WORKLOADS = (Workload("current", 8000.0, 87.8, 526.8), Workload("conductance", 14000.0, 0.3, 2.4))
CELL = PointCell(
    capacitance="250 pF", leak_conductance="25 nS", leak_reversal="-65 mV", threshold="-50 mV", reset="-65 mV",
    refractory_period="2 ms",
)  # fmt: skip


def synapses(work: Workload) -> tuple[Synapse, Synapse]:
    kinds = ({"reversal": 0.0}, {"reversal": -0.080})
    key, unit = ("currents", "pA") if work.form == "current" else ("weights", "nS")
    decays = (0.5e-3, 0.5e-3) if work.form == "current" else (2e-3, 6e-3)
    sizes = (work.excitation, work.inhibition)
    names = ("ampa", "gaba_a")
    made = [
        synapse_of_strength(name, {**kind, "decay": decay}, key, f"{size} {unit}", CELL)
        for name, kind, decay, size in zip(names, kinds, decays, sizes, strict=True)
    ]
    return made[0], made[1]


def network(work: Workload) -> Circuit:
    ampa, gaba = synapses(work)
    external = (Afferent(name="external", rate=work.background, synapses=(ampa,)),)
    sizes = {"E": 8000, "I": 2000}
    return Circuit(
        name="benchmark",
        populations=tuple(
            CircuitPopulation(population=Population(name=name, cell=CELL, afferents=external), size=size)
            for name, size in sizes.items()
        ),
        projections=tuple(
            Projection(
                source=source,
                target=target,
                synapses=(ampa if source == "E" else gaba,),
                in_degree=sizes[source] // 10,
                delay=Delay(mean="1.5 ms"),
            )
            for source in sizes
            for target in sizes
        ),
    )


def ours(work: Workload, seconds: float, machine: Machine) -> CircuitRun:
    # NEST keeps no potentials here either.
    record = CircuitRecord(potentials=False, spikes=True)
    return run_circuit(network(work), duration=seconds, warm_up=0.2, dt=1e-4, seed=1, machine=machine, record=record)


def theirs(work: Workload, seconds: float, threads: int, python: str) -> dict[str, float]:
    numbers = (threads, seconds, work.background, work.excitation, work.inhibition)
    command = [python, str(Path(__file__).with_name("with_nest.py")), work.form, *map(str, numbers)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout.strip().splitlines()[-1])


def ours_in(precision: Precision, work: Workload, seconds: float, folder: str) -> float:
    """Print our times and return that of the processor."""
    machine = Machine(cache_folder=Path(folder), precision=precision)
    first = ours(work, 0.1, machine)
    run = ours(work, seconds, machine)
    share = seconds / (seconds + 0.2)  # of the analysed time; NEST's is that without the warm-up
    counts = run.recording.spike_count
    rate = float(counts.where(counts >= 0).mean()) / seconds
    print(
        f"{work.form}, {precision}: simulation {run.stepping * share:.2f} s (processor {run.processor * share:.2f}), "
        f"rate {rate:.2f} Hz, connecting {run.connecting:.2f} s, first build {first.building:.1f} s"
    )
    return run.processor * share


def compare(work: Workload, seconds: float, python: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ours_in("float32", work, seconds, folder)
        reference = ours_in("float64", work, seconds, folder)
    for threads in (1, 2):
        found = theirs(work, seconds, threads, python)
        print(
            f"{work.form}, NEST, {threads} thread(s): simulation {found['wall']:.2f} s "
            f"(processor {found['processor']:.2f}), rate {found['rate']:.2f} Hz, building {found['build']:.1f} s; "
            f"processor time {found['processor'] / reference:.1f} times ours in float64"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nest-python", required=True, help="Python interpreter with nest-simulator 3.10")
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    for workload in WORKLOADS:
        compare(workload, options.seconds, options.nest_python)
