"""What does a mean field cost beside its network? Processor time of both sides of a pairing, and their ratio.

The mean field is asked for everything that the network was run for. The time of a network's run is kept with it: runs
from the store count as when they were made. A study that was not run before takes minutes. Run on an idle machine:

    python benchmarks/pairing/cost.py [studies/ei_network.toml] [--repeats 5]
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from mesobridge.spiking.engine import Machine
from mesobridge.validation.pairing.cost import ALLOWED, Cost, cost
from mesobridge.validation.pairing.walk import investigate
from mesobridge.validation.progress import Lines
from mesobridge.validation.simulations import Laboratory
from mesobridge.validation.store import Store
from mesobridge.validation.study.circuit_study import read_circuit_study

STUDY = Path(__file__).resolve().parents[2] / "studies" / "ei_network.toml"


def costs(path: Path, repeats: int) -> list[Cost]:
    """Return the cost, asked several times; the first time, which loads compiled code, is left out."""
    study = read_circuit_study(path)
    machine = Machine(target=study.simulation.target, precision=study.simulation.precision).resolved()
    findings = investigate(study, Laboratory(machine=machine, store=Store(), progress=Lines(sys.stderr)))
    cost(findings)
    return [cost(findings) for _ in range(repeats)]


def show(found: list[Cost]) -> None:
    network = found[0].network
    print(f"network: {network:.1f} s of processor time in the steps of its runs")
    for side in found[0].mean_fields:
        usual = {
            part: np.median([each.mean_fields[side][part] for each in found]) for part in found[0].mean_fields[side]
        }
        parts = ", ".join(f"{part} {1e3 * seconds:.1f}" for part, seconds in usual.items())
        ratio = sum(usual.values()) / network
        print(f"{side}: {1e3 * sum(usual.values()):.1f} ms ({parts}), {100 * ratio:.3f} % of the network")
        print(f"  allowed are {100 * ALLOWED:g} %: {'met' if ratio <= ALLOWED else 'NOT met'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="?", type=Path, default=STUDY)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    show(costs(asked.study, asked.repeats))
