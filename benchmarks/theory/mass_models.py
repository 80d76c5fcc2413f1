"""Speed of mass models over real time: one node, and growth with the number of coupled nodes, beside neurolib 0.6.

Run as ``python benchmarks/theory/mass_models.py [--yardstick-python PATH]``, where PATH is a Python that has neurolib:

    python -m venv neurolib && neurolib/bin/pip install neurolib==0.6

Steps of 0.1 ms, with noise (one node of Wilson-Cowan: on both pools, as neurolib); every step is recorded, as neurolib
does. Heun's method takes two stages a step and has order 2, Euler's, which is neurolib's, one. All-to-all networks have
delays of whole steps, to which neurolib rounds them; the sparse ones have delays between steps.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy import sparse

from mesobridge.meanfield import CorticothalamicField, JansenRit, MassModel, MassNetwork, WilsonCowan

YARDSTICK = Path(__file__).with_name("neurolib_yardstick.py")
STEP = 1e-4
LONGEST_DELAY = 0.020
SPARSE_DEGREE = 10
REPEATS = 3


def best(function) -> float:
    """Return the least time of some repeats, s; the first call, which compiles, is not counted."""
    function()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def one_node(model: MassModel, noise: dict[str, float], duration: float, method: str) -> float:
    """Return how many seconds of one node a second of computing simulates."""
    return duration / best(lambda: model.simulate(duration, STEP, noise=noise, method=method))


def network(nodes: int, duration: float, degree: int | None = None) -> float:
    """Return the seconds that a network takes: all connected, or ``degree`` inputs a node."""
    rng = np.random.default_rng(1)
    weights = rng.random((nodes, nodes)) / nodes
    np.fill_diagonal(weights, 0.0)
    delays = LONGEST_DELAY * rng.random((nodes, nodes))
    if degree is None:
        delays = STEP * np.round(delays / STEP)
    else:
        weights = sparse.csr_array(weights * (rng.random((nodes, nodes)) < degree / nodes))
    coupled = MassNetwork(WilsonCowan.published(), weights, delays)
    return best(lambda: coupled.simulate(duration, STEP, noise={"F": 1e-4}, initial=[0.2, 0.1]))


def first_call() -> tuple[float, float]:
    """Return the seconds of a process with one short simulation, without and with machine code from before."""
    question = "from mesobridge.meanfield import JansenRit; JansenRit.published().simulate(0.01)"
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for _ in range(2):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", question], env=os.environ | {"MESOBRIDGE_CACHE": folder}, check=True)
            times.append(time.perf_counter() - start)
    return times[0], times[1]


def yardstick(python: str | None, duration: float, nodes: list[int]) -> dict[int, float]:
    """Return neurolib's seconds by number of nodes; empty without an interpreter that has it."""
    if python is None or subprocess.run([python, "-c", "import neurolib"], capture_output=True).returncode:
        print("no yardstick: give --yardstick-python a Python that has neurolib 0.6")
        return {}
    command = [python, str(YARDSTICK), str(duration), *map(str, nodes)]
    with tempfile.TemporaryDirectory() as folder:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    return {int(size): seconds for size, seconds in json.loads(answer.stdout.splitlines()[-1]).items()}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--yardstick-python", help="a Python that has neurolib 0.6")
    parser.add_argument("--duration", type=float, default=20.0, help="seconds of one node (default: 20)")
    parser.add_argument("--network-duration", type=float, default=1.0, help="seconds of networks (default: 1)")
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 10, 50, 100, 200, 400])
    options = parser.parse_args()
    models = (
        (WilsonCowan.published(), {"F": 1e-4, "G": 1e-4}),
        (JansenRit.published(), {"p": 0.1}),
        (CorticothalamicField.published(), {"phi_n": 1e-3}),
    )
    theirs = yardstick(options.yardstick_python, options.duration, [1])
    print(f"one node, steps of {STEP * 1e3:g} ms: seconds simulated in a second")
    for model, noise in models:
        heun, euler = (one_node(model, noise, options.duration, method) for method in ("heun", "euler"))
        print(f"  {type(model).__name__:22s} Heun {heun:6.0f}   Euler {euler:6.0f}")
    for seconds in theirs.values():
        print(f"  {'neurolib wc':22s}               Euler {options.duration / seconds:6.0f}")
    cold, warm = first_call()
    print(f"a process with one short simulation: {cold:.1f} s, with machine code kept from before {warm:.1f} s")
    theirs = yardstick(options.yardstick_python, options.network_duration, options.nodes)
    print(f"coupled Wilson-Cowan nodes, {options.network_duration:g} s, delays up to {LONGEST_DELAY * 1e3:g} ms")
    print(
        "nodes   all connected (s)   ns a connection   neurolib (s)   ours faster by   10 inputs a node (s)   us a node"
    )
    for nodes in options.nodes:
        dense, thin = network(nodes, options.network_duration), network(nodes, options.network_duration, SPARSE_DEGREE)
        steps = options.network_duration / STEP
        each = dense / steps / max(nodes * (nodes - 1), 1) * 1e9
        other = theirs.get(nodes, float("nan"))
        print(
            f"{nodes:5d} {dense:19.3f} {each:17.2f} {other:14.3f} {other / dense:16.2f} {thin:22.3f} "
            f"{thin / steps / nodes * 1e6:11.3f}"
        )


if __name__ == "__main__":
    main()
